// SPDX-License-Identifier: GPL-2.0-only
/*
 * What reading "shm" costs: time per row next to /proc/sysvipc/shm, and kernel
 * memory while a reader is stopped in the middle. In a guest that counts
 * instructions a nanosecond is one instruction. Judges the figures by its goals.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "bench.h"

#define LENS_SHM "/sys/kernel/debug/ipclens/shm"
#define PROC_SHM "/proc/sysvipc/shm"

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

static struct figures figures_take(int segments)
{
	struct figures figures = { .segments = segments };

	segments_make(segments);
	figures.proc = bench_row_cost(PROC_SHM, 1, segments);
	figures.lens = bench_row_cost(LENS_SHM, 2, segments);
	figures.memory = bench_memory(LENS_SHM);
	printf("%8d %18.0f %14.0f %7.3f %20.0f\n", segments, figures.proc, figures.lens,
	       figures.lens / figures.proc, figures.memory);
	fflush(stdout);
	return figures;
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
	missed |= bench_goal(1, ratio <= GOAL_RATIO, "cost of a row against sysvipc", ratio, GOAL_RATIO);
	missed |= bench_goal(2, growth <= GOAL_GROWTH, "growth of a row's cost", growth, GOAL_GROWTH);
	missed |= bench_goal(3, memory <= GOAL_MEMORY_KIB, "KiB of a read", memory, GOAL_MEMORY_KIB);
	return missed;
}
