// SPDX-License-Identifier: GPL-2.0-only
/*
 * What shmat+shmdt costs when 1, 2, ... CPUs do it in turn, each on a segment of its own:
 * lines "scale STATE CPUS NUMBER", the lower quartile of all of them, in instructions of a
 * guest that counts them. "scale yield" does nothing, for ever.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define CPUS_MOST 8
#define TIMES 2000

/* What the processes of a round have in common. */
static struct common {
	atomic_int arrived, done;
	double costs[CPUS_MOST * TIMES];
} *common;

static int segments[CPUS_MOST];

/* At this instruction, and else only where one is idle, the emulator goes to the next CPU. */
static void cpu_yield(void)
{
	__builtin_ia32_pause();
}

static void attach_detach(int segment)
{
	void *at = shmat(segment, NULL, 0);

	if (at == (void *)-1 || shmdt(at))
		bench_fail("shmat");
}

static void all_wait(atomic_int *arrived, int cpus)
{
	atomic_fetch_add(arrived, 1);
	while (atomic_load(arrived) < cpus)
		cpu_yield();
}

static void process_run(int cpu, int cpus)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		bench_fail("sched_setaffinity");
	attach_detach(segments[cpu]);
	all_wait(&common->arrived, cpus);
	for (int i = 0; i < TIMES; i++) {
		double begun = bench_count();

		attach_detach(segments[cpu]);
		common->costs[cpu * TIMES + i] = bench_count() - begun;
		cpu_yield();
	}
	/* A CPU that ends a process takes its turn in the middle of what another one counts. */
	all_wait(&common->done, cpus);
	_exit(0);
}

static double round_cost(int cpus)
{
	common->arrived = 0;
	common->done = 0;
	for (int i = 0; i < cpus; i++) {
		pid_t pid = fork();

		if (pid < 0)
			bench_fail("fork");
		if (!pid)
			process_run(i, cpus);
	}
	while (wait(NULL) > 0)
		;
	/* Half of them also refill what the CPUs share, more or less: the median is at the edge. */
	return bench_quartile(common->costs, cpus * TIMES, 1);
}

int main(int argc, char **argv)
{
	FILE *out;

	while (argc == 2 && !strcmp(argv[1], "yield"))
		cpu_yield();
	if (argc < 4) {
		fprintf(stderr, "usage: scale STATE FILE CPUS..., scale yield\n");
		return 2;
	}
	out = bench_append(argv[2]);
	common = mmap(NULL, sizeof(*common), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (common == MAP_FAILED || unshare(CLONE_NEWIPC))
		bench_fail("unshare");
	for (int i = 0; i < CPUS_MOST; i++)
		segments[i] = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	for (int n = 3; n < argc; n++) {
		round_cost(atoi(argv[n]));
		fprintf(out, "scale %s %s %.0f\n", argv[1], argv[n], round_cost(atoi(argv[n])));
	}
	return fclose(out) ? 1 : 0;
}
