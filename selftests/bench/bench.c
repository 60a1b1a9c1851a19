// SPDX-License-Identifier: GPL-2.0-only
/* What the measuring programs have in common. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

/* The best of some reads, as the first one warms the caches; but for long files. */
#define REPEATS 3
#define ROWS_LONG 20000
/* Readers stopped at once, so that their memory stands out from the noise. */
#define READERS 64

void bench_fail(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* Where a program adds its figures to those of others. */
FILE *bench_append(const char *path)
{
	FILE *out = fopen(path, "a");

	if (!out)
		bench_fail(path);
	return out;
}

/* Nanoseconds since some moment; instructions in a guest that counts them. */
double bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

/* The same in a guest that counts, without a system call, which costs more than some others. */
double bench_count(void)
{
	return __builtin_ia32_rdtsc();
}

static int value_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts @values; the second quartile is the median. */
double bench_quartile(double *values, int count, int quartile)
{
	qsort(values, count, sizeof(*values), value_compare);
	return values[count * quartile / 4];
}

/* Read a file to its end; returns nanoseconds and counts lines. */
static double read_whole(const char *path, long *lines)
{
	static char buffer[131072];
	int fd = open(path, O_RDONLY);
	double begun, cost;
	ssize_t got;

	if (fd < 0)
		bench_fail(path);
	*lines = 0;
	begun = bench_now();
	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		for (char *p = buffer; (p = memchr(p, '\n', buffer + got - p)); p++)
			++*lines;
	cost = bench_now() - begun;
	close(fd);
	if (got < 0)
		bench_fail(path);
	return cost;
}

/* Nanoseconds of reading the file, the best of some times, over @rows. */
double bench_row_cost(const char *path, int headings, int rows)
{
	double best = 0;

	for (int i = 0; i < (rows < ROWS_LONG ? REPEATS : 1); i++) {
		long lines;
		double cost = read_whole(path, &lines);

		if (lines - headings < rows) {
			fprintf(stderr, "bench: %s has %ld rows, not %d\n", path,
				lines - headings, rows);
			exit(2);
		}
		if (!i || cost < best)
			best = cost;
	}
	return best / rows;
}

/* KiB that the kernel has allocated, of the kinds a seq_file uses. */
static double kernel_memory(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char name[64];
	double value, sum = 0;

	if (!file)
		bench_fail("/proc/meminfo");
	while (fscanf(file, "%63s %lf%*[^\n]", name, &value) == 2)
		if (!strcmp(name, "Slab:") || !strcmp(name, "VmallocUsed:"))
			sum += value;
	fclose(file);
	return sum;
}

/* KiB per reader that is stopped in the middle of the file. */
double bench_memory(const char *path)
{
	double before = kernel_memory();
	double after;
	int fds[READERS];
	char byte;

	for (int i = 0; i < READERS; i++) {
		fds[i] = open(path, O_RDONLY);
		if (fds[i] < 0 || read(fds[i], &byte, 1) != 1)
			bench_fail(path);
	}
	after = kernel_memory();
	for (int i = 0; i < READERS; i++)
		close(fds[i]);
	return (after - before) / READERS;
}
