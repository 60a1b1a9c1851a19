/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which cells stand out, and whether colours are wanted. Knows no table.
 */
#ifndef IPCLENS_COLOUR_H
#define IPCLENS_COLOUR_H

#include <stdbool.h>

enum colour_when {
	COLOUR_AUTO, /* on a terminal */
	COLOUR_ALWAYS,
	COLOUR_NEVER,
};

bool colour_when_find(const char *name, enum colour_when *when);
bool colour_wanted(enum colour_when when, int fd);
const char *colour_of(const char *column, const char *cell);

#endif /* IPCLENS_COLOUR_H */
