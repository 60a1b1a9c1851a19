// SPDX-License-Identifier: GPL-2.0-only
/*
 * What reading "shm" costs: time per row next to /proc/sysvipc/shm, and kernel
 * memory while a reader is stopped in the middle. In a guest that counts
 * instructions a nanosecond is one instruction. Judges the figures by its goals.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

#define LENS_SHM "/sys/kernel/debug/ipclens/shm"
#define PROC_SHM "/proc/sysvipc/shm"

/* The best of some reads: the first one warms the caches. */
#define REPEATS 3
/* Readers stopped at once, so that their memory stands out from the noise. */
#define READERS 64

/* Goals: rows no dearer than the kernel's own, cost flat, memory bounded. */
#define GOAL_RATIO 1.0
#define GOAL_GROWTH 1.2
#define GOAL_MEMORY_KIB 128.0

struct figures {
	int segments;
	double proc, lens; /* nanoseconds per row */
	double memory; /* KiB per stopped reader */
};

static int *ids;
static int made;

static void bench_fail(const char *what)
{
	fprintf(stderr, "shm_read: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void segments_make(int count)
{
	for (; made < count; made++) {
		ids[made] = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
		if (ids[made] < 0)
			bench_fail("shmget");
	}
}

static void segments_remove(void)
{
	while (made)
		shmctl(ids[--made], IPC_RMID, NULL);
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

static double row_cost(const char *path, int headings, int segments)
{
	double best = 0;

	for (int i = 0; i < REPEATS; i++) {
		long lines;
		double cost = read_whole(path, &lines);

		if (lines - headings < segments) {
			fprintf(stderr, "shm_read: %s has %ld rows for %d segments\n", path,
				lines - headings, segments);
			exit(2);
		}
		if (!i || cost < best)
			best = cost;
	}
	return best / segments;
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

static double reader_memory(void)
{
	double before = kernel_memory();
	double after;
	int fds[READERS];
	char byte;

	for (int i = 0; i < READERS; i++) {
		fds[i] = open(LENS_SHM, O_RDONLY);
		if (fds[i] < 0 || read(fds[i], &byte, 1) != 1)
			bench_fail(LENS_SHM);
	}
	after = kernel_memory();
	for (int i = 0; i < READERS; i++)
		close(fds[i]);
	return (after - before) / READERS;
}

static struct figures figures_take(int segments)
{
	struct figures figures = { .segments = segments };

	segments_make(segments);
	figures.proc = row_cost(PROC_SHM, 1, segments);
	figures.lens = row_cost(LENS_SHM, 2, segments);
	figures.memory = reader_memory();
	printf("%8d %18.0f %14.0f %7.3f %20.0f\n", segments, figures.proc, figures.lens,
	       figures.lens / figures.proc, figures.memory);
	fflush(stdout);
	return figures;
}

static int goal(int number, int met, const char *what, double value, double limit)
{
	printf("%sok %d %s: %.3f, at most %.3f\n", met ? "" : "not ", number, what, value, limit);
	return !met;
}

int main(int argc, char **argv)
{
	struct figures *all = calloc(argc, sizeof(*all));
	double ratio = 0, memory = 0, growth;
	int last = argc - 2;
	int missed = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: shm_read SEGMENTS SEGMENTS...  (ascending)\n");
		return 2;
	}
	ids = calloc(atoi(argv[argc - 1]), sizeof(*ids));
	if (!all || !ids)
		bench_fail("memory");
	printf("%8s %18s %14s %7s %20s\n", "segments", "sysvipc/shm per row",
	       "shm per row", "ratio", "KiB while reading");
	for (int i = 0; i <= last; i++) {
		all[i] = figures_take(atoi(argv[i + 1]));
		if (all[i].lens / all[i].proc > ratio)
			ratio = all[i].lens / all[i].proc;
		if (all[i].memory > memory)
			memory = all[i].memory;
	}
	segments_remove();
	growth = all[last].lens / all[last - 1].lens;
	missed |= goal(1, ratio <= GOAL_RATIO, "cost of a row against sysvipc", ratio, GOAL_RATIO);
	missed |= goal(2, growth <= GOAL_GROWTH, "growth of a row's cost", growth, GOAL_GROWTH);
	missed |= goal(3, memory <= GOAL_MEMORY_KIB, "KiB of a read", memory, GOAL_MEMORY_KIB);
	return missed;
}
