// SPDX-License-Identifier: GPL-2.0-only
/*
 * What shmat+shmdt costs when 1, 2, ... CPUs do it in turn, each on a segment of its own:
 * lines "scale STATE CPUS NANOSECONDS". In a guest that counts instructions, time is what
 * all CPUs have done together; it is divided by all that they were asked to do, so that
 * what grows with their number is seen. "scale yield" does nothing, for ever.
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
#define ROUNDS 5
#define TIMES 2000

/* What the processes of a round have in common. */
static struct common {
	atomic_int arrived, done;
	double begun[CPUS_MOST], ended[CPUS_MOST];
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
	cpu_yield();
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
	common->begun[cpu] = bench_now();
	for (int i = 0; i < TIMES; i++)
		attach_detach(segments[cpu]);
	common->ended[cpu] = bench_now();
	/* To end is work, too. */
	all_wait(&common->done, cpus);
	_exit(0);
}

static double round_cost(int cpus)
{
	double begun, ended;

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
	begun = common->begun[0];
	ended = common->ended[0];
	for (int i = 1; i < cpus; i++) {
		if (common->begun[i] < begun)
			begun = common->begun[i];
		if (common->ended[i] > ended)
			ended = common->ended[i];
	}
	return (ended - begun) / cpus / TIMES;
}

int main(int argc, char **argv)
{
	double costs[ROUNDS];
	FILE *out;

	while (argc == 2 && !strcmp(argv[1], "yield"))
		cpu_yield();
	if (argc < 4) {
		fprintf(stderr, "usage: scale STATE FILE CPUS..., scale yield\n");
		return 2;
	}
	out = fopen(argv[2], "a");
	if (!out)
		bench_fail(argv[2]);
	common = mmap(NULL, sizeof(*common), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (common == MAP_FAILED || unshare(CLONE_NEWIPC))
		bench_fail("unshare");
	for (int i = 0; i < CPUS_MOST; i++)
		segments[i] = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	for (int n = 3; n < argc; n++) {
		round_cost(atoi(argv[n]));
		for (int i = 0; i < ROUNDS; i++)
			costs[i] = round_cost(atoi(argv[n]));
		fprintf(out, "scale %s %s %.1f\n", argv[1], argv[n], bench_median(costs, ROUNDS));
	}
	return fclose(out) ? 1 : 0;
}
