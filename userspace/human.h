/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers as people say them: bytes, durations, moments. Knows no column.
 */
#ifndef IPCLENS_HUMAN_H
#define IPCLENS_HUMAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Long enough for whatever is written here. */
#define HUMAN_SIZE 32

char *human_bytes(char *to, size_t size, uint64_t bytes);
char *human_duration(char *to, size_t size, uint64_t seconds);
char *human_time(char *to, size_t size, uint64_t seconds);

bool human_bytes_parse(const char *text, uint64_t *bytes);
bool human_duration_parse(const char *text, uint64_t *seconds);

#endif /* IPCLENS_HUMAN_H */
