// SPDX-License-Identifier: GPL-2.0-only
/*
 * What reading "mqueue" and "mq_users" costs for each queue there is, and kernel
 * memory while a reader is stopped in the middle. In a guest that counts
 * instructions a nanosecond is one instruction. Judges the figures by its goals.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define LENS_MQUEUE "/sys/kernel/debug/ipclens/mqueue"
#define LENS_USERS "/sys/kernel/debug/ipclens/mq_users"

/*
 * Goals. Nothing keeps a place in the kernel's list, so that one look at all of it
 * serves for some hundred queues: their cost grows a little with their number.
 */
#define GOAL_GROWTH 1.3
#define GOAL_USERS_GROWTH 1.5
#define GOAL_MEMORY_KIB 128.0

struct figures {
	double row; /* nanoseconds of "mqueue" per queue */
	double user; /* of "mq_users" per queue */
	double memory; /* KiB per stopped reader */
};

static int made;

static void queues_limits(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	FILE *file = fopen("/proc/sys/fs/mqueue/queues_max", "w");

	if (!file || fprintf(file, "1000000") < 0 || fclose(file))
		bench_fail("fs.mqueue.queues_max");
	if (setrlimit(RLIMIT_MSGQUEUE, &all))
		bench_fail("RLIMIT_MSGQUEUE");
}

static void queues_make(int count)
{
	struct {
		long flags, maxmsg, msgsize, curmsgs, reserved[4];
	} attr = { .maxmsg = 1, .msgsize = 1 };
	char name[24];
	int fd;

	for (; made < count; made++) {
		snprintf(name, sizeof(name), "bench%d", made);
		fd = syscall(SYS_mq_open, name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
		if (fd < 0)
			bench_fail("mq_open");
		close(fd);
	}
}

static void queues_unlink(void)
{
	char name[24];

	while (made) {
		snprintf(name, sizeof(name), "bench%d", --made);
		syscall(SYS_mq_unlink, name);
	}
}

static struct figures figures_take(int queues)
{
	struct figures figures;

	queues_make(queues);
	figures.row = bench_row_cost(LENS_MQUEUE, 2, queues);
	/* One row, for which each queue is looked at. */
	figures.user = bench_row_cost(LENS_USERS, 2, 1) / queues;
	figures.memory = bench_memory(LENS_MQUEUE);
	printf("%8d %18.0f %19.0f %20.0f\n", queues, figures.row, figures.user, figures.memory);
	fflush(stdout);
	return figures;
}

int main(int argc, char **argv)
{
	struct figures *all = calloc(argc, sizeof(*all));
	int last = argc - 2, missed = 0;
	double growth, memory = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: mq_read QUEUES QUEUES...  (ascending)\n");
		return 2;
	}
	if (!all)
		bench_fail("memory");
	queues_limits();
	printf("%8s %18s %19s %20s\n", "queues", "mqueue per queue", "mq_users per queue",
	       "KiB while reading");
	for (int i = 0; i <= last; i++) {
		all[i] = figures_take(atoi(argv[i + 1]));
		if (all[i].memory > memory)
			memory = all[i].memory;
	}
	queues_unlink();
	growth = all[last].row / all[0].row;
	missed |= bench_goal(1, growth <= GOAL_GROWTH, "growth of a row's cost", growth,
			     GOAL_GROWTH);
	growth = all[last].user / all[0].user;
	missed |= bench_goal(2, growth <= GOAL_USERS_GROWTH, "growth of a user's cost per queue",
			     growth, GOAL_USERS_GROWTH);
	missed |= bench_goal(3, memory <= GOAL_MEMORY_KIB, "KiB of a read", memory,
			     GOAL_MEMORY_KIB);
	return missed;
}
