// SPDX-License-Identifier: GPL-2.0-only
/*
 * What operations cost that the module probes, and some that it does not, in instructions
 * of a guest that counts them. Prints two lines for each: "probe STATE OPERATION MEDIAN" and
 * "mean STATE OPERATION MEAN". Knows nothing of what is loaded.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define WARM 100
/* Microseconds in which a tracer prints what it has not printed yet of the one before. */
#define SETTLE 300000
#define TIMES_MOST 4000

static int segment;
static int pipe_ends[2];

static void attach_detach(void)
{
	void *at = shmat(segment, NULL, 0);

	if (at == (void *)-1 || shmdt(at))
		bench_fail("shmat");
}

static void fork_exit(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		bench_fail("fork");
}

static void *held;

static void hold(void)
{
	held = shmat(segment, NULL, 0);
	if (held == (void *)-1)
		bench_fail("shmat");
}

static void let_go(void)
{
	shmdt(held);
}

/* Ids are given out in turn, and what that takes depends on how far they have got. */
static void space_make(void)
{
	if (unshare(CLONE_NEWIPC))
		bench_fail("unshare");
}

static void create_remove(void)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);

	if (id < 0 || shmctl(id, IPC_RMID, NULL))
		bench_fail("shmget");
}

static void queue_make(void)
{
	mqd_t queue = mq_open("/bench", O_CREAT | O_RDWR, 0600, NULL);

	if (queue == (mqd_t)-1 || mq_close(queue))
		bench_fail("mq_open");
}

static void queue_open_close(void)
{
	mqd_t queue = mq_open("/bench", O_RDWR);

	if (queue == (mqd_t)-1 || mq_close(queue))
		bench_fail("mq_open");
}

static void queue_unlink(void)
{
	if (mq_unlink("/bench"))
		bench_fail("mq_unlink");
}

static void queue_make_unlink(void)
{
	queue_make();
	queue_unlink();
}

static void pipe_make(void)
{
	if (pipe(pipe_ends))
		bench_fail("pipe");
}

static void pipe_close(void)
{
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

static void pipe_write_read(void)
{
	char byte = 0;

	if (write(pipe_ends[1], &byte, 1) != 1 || read(pipe_ends[0], &byte, 1) != 1)
		bench_fail("pipe");
}

static void map_unmap(void)
{
	void *at = mmap(NULL, 65536, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || munmap(at, 65536))
		bench_fail("mmap");
}

static void file_open_close(void)
{
	int fd = open("/proc/self/comm", O_RDONLY);

	if (fd < 0 || close(fd))
		bench_fail("open");
}

static const struct operation {
	const char *name;
	void (*before)(void);
	void (*run)(void);
	void (*after)(void);
	int times;
} operations[] = {
	{ "shmat+shmdt", NULL, attach_detach, NULL, 4000 },
	{ "fork+exit,attached", hold, fork_exit, let_go, 1000 },
	{ "shmget+IPC_RMID", space_make, create_remove, NULL, 4000 },
	{ "mq_open+close", queue_make, queue_open_close, queue_unlink, 4000 },
	{ "mq_open+close+unlink,new", NULL, queue_make_unlink, NULL, 4000 },
	{ "fork+exit", NULL, fork_exit, NULL, 1000 },
	{ "pipe,write+read", pipe_make, pipe_write_read, pipe_close, 4000 },
	{ "mmap+munmap", NULL, map_unmap, NULL, 4000 },
	{ "open+close", NULL, file_open_close, NULL, 4000 },
};

static void nothing(void)
{
}

/*
 * Of each time alone: a tick, a page that has to be found, work that was put off fall on some
 * and not on others, and are in the mean, but not in the median.
 */
static void cost_take(void (*run)(void), int times, double *median, double *mean)
{
	static double costs[TIMES_MOST];
	double sum = 0;

	for (int i = 0; i < WARM; i++)
		run();
	for (int i = 0; i < times; i++) {
		double begun = bench_count();

		run();
		costs[i] = bench_count() - begun;
		sum += costs[i];
	}
	*mean = sum / times;
	*median = bench_quartile(costs, times, 2);
}

static void operation_measure(FILE *out, const char *state, const struct operation *operation)
{
	double median, mean, counting, unused;

	cost_take(nothing, TIMES_MOST, &counting, &unused);
	usleep(SETTLE);
	if (operation->before)
		operation->before();
	cost_take(operation->run, operation->times, &median, &mean);
	if (operation->after)
		operation->after();
	fprintf(out, "probe %s %s %.0f\nmean %s %s %.1f\n", state, operation->name,
		median - counting, state, operation->name, mean - counting);
}

int main(int argc, char **argv)
{
	FILE *out;

	if (argc < 3) {
		fprintf(stderr, "usage: ops STATE FILE [OPERATION]  (appends to FILE)\n");
		return 2;
	}
	out = bench_append(argv[2]);
	space_make();
	segment = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	if (segment < 0)
		bench_fail("shmget");
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		const struct operation *operation = &operations[i];

		if (argc > 3 && strcmp(argv[3], operation->name))
			continue;
		operation_measure(out, argv[1], operation);
	}
	return fclose(out) ? 1 : 0;
}
