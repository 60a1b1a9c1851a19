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

/* The best of some reads: the first one warms the caches. */
#define REPEATS 3
/* Readers stopped at once, so that their memory stands out from the noise. */
#define READERS 64

void bench_fail(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* Read a file to its end; returns nanoseconds and counts lines. */
static double read_whole(const char *path, long *lines)
{
	static char buffer[131072];
	struct timespec from, to;
	int fd = open(path, O_RDONLY);
	ssize_t got;

	if (fd < 0)
		bench_fail(path);
	*lines = 0;
	clock_gettime(CLOCK_MONOTONIC, &from);
	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		for (char *p = buffer; (p = memchr(p, '\n', buffer + got - p)); p++)
			++*lines;
	clock_gettime(CLOCK_MONOTONIC, &to);
	close(fd);
	if (got < 0)
		bench_fail(path);
	return (to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec);
}

/* Nanoseconds of reading the file, the best of some times, over @rows. */
double bench_row_cost(const char *path, int headings, int rows)
{
	double best = 0;

	for (int i = 0; i < REPEATS; i++) {
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

int bench_goal(int number, int met, const char *what, double value, double limit)
{
	printf("%sok %d %s: %.3f, at most %.3f\n", met ? "" : "not ", number, what, value, limit);
	return !met;
}
