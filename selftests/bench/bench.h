/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdio.h>

__attribute__((noreturn)) void bench_fail(const char *what);
FILE *bench_append(const char *path);
double bench_now(void);
double bench_count(void);
double bench_quartile(double *values, int count, int quartile);
double bench_row_cost(const char *path, int headings, int rows);
double bench_memory(const char *path);

#endif /* BENCH_BENCH_H */
