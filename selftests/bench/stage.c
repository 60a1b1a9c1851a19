// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes segments, processes that have them attached, and queues, runs a command, and
 * takes everything away again. Knows nothing of what the command does.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* What is made: so many, of each in every namespace but for queues. */
static int namespaces, segments, processes, mappings = 1, queues;

static int *ids;
static pid_t *children;
static int child_count;

static void setting_write(const char *path, const char *value)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(value, file) < 0 || fclose(file))
		bench_fail(path);
}

static void segments_allow(void)
{
	char most[16];

	snprintf(most, sizeof(most), "%d", segments + 100);
	setting_write("/proc/sys/kernel/shmmni", most);
}

static void segments_make(void)
{
	ids = calloc(segments + 1, sizeof(*ids));
	if (!ids)
		bench_fail("memory");
	for (int i = 0; i < segments; i++) {
		ids[i] = shmget(0x10000 + i, 4096, IPC_CREAT | IPC_EXCL | 0600);
		if (ids[i] < 0)
			bench_fail("shmget");
	}
}

static void segments_remove(void)
{
	for (int i = 0; i < segments; i++)
		shmctl(ids[i], IPC_RMID, NULL);
}

static void queues_make(void)
{
	struct {
		long flags, maxmsg, msgsize, curmsgs, reserved[4];
	} attr = { .maxmsg = 1, .msgsize = 1 };
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	char name[24];
	int fd;

	setting_write("/proc/sys/fs/mqueue/queues_max", "1000000");
	if (setrlimit(RLIMIT_MSGQUEUE, &all))
		bench_fail("RLIMIT_MSGQUEUE");
	for (int i = 0; i < queues; i++) {
		snprintf(name, sizeof(name), "bench%d", i);
		fd = syscall(SYS_mq_open, name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
		if (fd < 0)
			bench_fail("mq_open");
		close(fd);
	}
}

static void queues_unlink(void)
{
	char name[24];

	for (int i = 0; i < queues; i++) {
		snprintf(name, sizeof(name), "bench%d", i);
		syscall(SYS_mq_unlink, name);
	}
}

/* Waits for its end, once the parent has been told that all is there. */
static __attribute__((noreturn)) void child_stay(int ready)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(ready, "", 1) != 1)
		bench_fail("pipe");
	for (;;)
		pause();
}

/* Process @number has a segment of its own while there are any, like clients of a server. */
static void process_run(int number)
{
	for (int i = 0; i < mappings; i++)
		if (shmat(ids[(number + i) % segments], NULL, 0) == (void *)-1)
			bench_fail("shmat");
}

static void namespace_run(int number)
{
	(void)number;
	if (unshare(CLONE_NEWIPC))
		bench_fail("unshare");
	segments_make();
}

static void children_start(int count, void (*run)(int))
{
	int ready[2];
	char byte;

	children = calloc(count + 1, sizeof(*children));
	if (!children || pipe(ready))
		bench_fail("children");
	for (; child_count < count; child_count++) {
		pid_t pid = fork();

		if (pid < 0)
			bench_fail("fork");
		if (!pid) {
			run(child_count);
			child_stay(ready[1]);
		}
		children[child_count] = pid;
		if (read(ready[0], &byte, 1) != 1)
			bench_fail("pipe");
	}
	close(ready[0]);
	close(ready[1]);
}

static void children_end(void)
{
	while (child_count) {
		kill(children[--child_count], SIGKILL);
		waitpid(children[child_count], NULL, 0);
	}
}

static int command_run(char **argv)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		execvp(argv[0], argv);
		bench_fail(argv[0]);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		bench_fail("fork");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

static const struct {
	char letter;
	int *count;
} options[] = {
	{ 'n', &namespaces }, { 's', &segments }, { 'p', &processes }, { 'm', &mappings },
	{ 'q', &queues },
};

static void options_read(int argc, char **argv)
{
	int letter;

	while ((letter = getopt(argc, argv, "+n:s:p:m:q:")) != -1)
		for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
			if (options[i].letter == letter)
				*options[i].count = atoi(optarg);
	if (optind < argc && (segments || !processes))
		return;
	fprintf(stderr, "usage: stage [-n NAMESPACES] [-s SEGMENTS] [-p PROCESSES] [-m MAPPINGS]\n"
			"\t[-q QUEUES] COMMAND...\n");
	exit(2);
}

int main(int argc, char **argv)
{
	int status;

	options_read(argc, argv);
	if (!namespaces && unshare(CLONE_NEWIPC))
		bench_fail("unshare");
	segments_allow();
	queues_make();
	if (namespaces) {
		children_start(namespaces, namespace_run);
	} else {
		segments_make();
		children_start(processes, process_run);
	}
	status = command_run(argv + optind);
	children_end();
	if (!namespaces)
		segments_remove();
	queues_unlink();
	return status;
}
