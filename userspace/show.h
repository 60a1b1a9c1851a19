/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands that show a table.
 */
#ifndef IPCLENS_SHOW_H
#define IPCLENS_SHOW_H

#include "options.h"

int show_table(const struct options *options);
int show_segments(const struct options *options);
int show_search(const struct options *options);
int show_doctor(const struct options *options);

#endif /* IPCLENS_SHOW_H */
