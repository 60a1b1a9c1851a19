// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload FILE [begun]: what the bpftrace tools are to count, on one CPU so that it comes
 * in order, under the name "workload". FILE is the tool's output: when all is done, an
 * act under the name "ended" is repeated until it is in there, because the tools need
 * this process alive to find its functions' names; with "begun", one under that name
 * before all. Knows nothing of ipclens.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LEAKED = 13, FREED = 3, KEPT = 1, REMOVED = 1, HELD = 2, TOO_LONG = 3, TOO_LARGE = 2 };
enum { TOUCHED = 2, NOT_THERE = 3 };
enum { NO_SEGMENT = 999999, SEEN_MS = 60000, STEP_MS = 100 };

#define FRAME __attribute__((noinline, noclone))

static void require(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static FRAME int segment_make(size_t size)
{
	int id = shmget(IPC_PRIVATE, size, 0600);

	require(id >= 0, "shmget");
	return id;
}

static void segment_mark(int id)
{
	require(!shmctl(id, IPC_RMID, NULL), "shmctl");
}

static FRAME void segment_leak(void)
{
	volatile int id = segment_make(4096);

	(void)id;
}

/* Marked while attached, copied by a fork, freed by the last detach. */
static void segment_free(void)
{
	int id = segment_make(8192), status;
	void *memory = shmat(id, NULL, 0);

	segment_mark(id);
	if (!fork())
		_exit(0);
	require(wait(&status) > 0 && !status, "wait");
	require(!shmdt(memory), "shmdt");
}

/* By another process than the one that made it. */
static void segment_remove(void)
{
	int id = segment_make(12288), status;

	if (!fork()) {
		segment_mark(id);
		_exit(0);
	}
	require(wait(&status) > 0 && !status, "wait");
}

/* Marked, written to in two pages, and freed by the exit. */
static void segment_keep(void)
{
	int id = segment_make(16384), n;
	char *memory = shmat(id, NULL, 0);

	segment_mark(id);
	for (n = 0; n < TOUCHED; n++)
		memory[n * 4096] = 1;
}

/* Its holder outlives this process. */
static void segments_held_mark(const int *ids)
{
	int n;

	for (n = 0; n < HELD; n++)
		segment_mark(ids[n]);
}

/* Before anything is attached, so that the fork copies nothing. */
static void segments_hold(int *ids)
{
	int n, ready[2];
	char byte;

	require(!pipe(ready), "pipe");
	for (n = 0; n < HELD; n++)
		ids[n] = segment_make(32768);
	if (!fork()) {
		prctl(PR_SET_NAME, "holder");
		for (n = 0; n < HELD; n++)
			require(shmat(ids[n], NULL, 0) != (void *)-1, "shmat");
		require(write(ready[1], "", 1) == 1, "write");
		pause();
	}
	require(read(ready[0], &byte, 1) == 1, "read");
}

static FRAME void queue_refuse(const char *name, long maxmsg, long msgsize)
{
	struct {
		long flags, maxmsg, msgsize, curmsgs, reserved[4];
	} attr = { .maxmsg = maxmsg, .msgsize = msgsize };

	require(syscall(SYS_mq_open, name, O_CREAT | O_RDWR, 0600, &attr) < 0, "mq_open");
}

static int file_has(const char *path, const char *text)
{
	static char said[1 << 20];
	FILE *file = fopen(path, "r");

	require(!!file, path);
	said[fread(said, 1, sizeof(said) - 1, file)] = 0;
	fclose(file);
	return !!strstr(said, text);
}

/* Acts under that name until the tool has told of it. */
static void wait_seen(const char *path, const char *name)
{
	int ms;

	for (ms = 0; ms < SEEN_MS && !file_has(path, name); ms += STEP_MS) {
		prctl(PR_SET_NAME, name);
		segment_mark(segment_make(4096));
		queue_refuse(name, 1000003, 10);
		prctl(PR_SET_NAME, "workload");
		usleep(STEP_MS * 1000);
	}
	require(ms < SEEN_MS, "the tool's output");
}

int main(int argc, char **argv)
{
	int held[HELD], n;
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	require(argc > 1 && !sched_setaffinity(0, sizeof(first), &first), "workload FILE");
	if (argc > 2)
		wait_seen(argv[1], argv[2]);
	segments_hold(held);
	for (n = 0; n < LEAKED; n++)
		segment_leak();
	for (n = 0; n < FREED; n++)
		segment_free();
	for (n = 0; n < REMOVED; n++)
		segment_remove();
	for (n = 0; n < KEPT; n++)
		segment_keep();
	for (n = 0; n < NOT_THERE; n++)
		require(shmat(NO_SEGMENT, NULL, 0) == (void *)-1 && errno == EINVAL, "shmat");
	segments_held_mark(held);
	for (n = 0; n < TOO_LONG; n++)
		queue_refuse("long", 1000003, 10);
	for (n = 0; n < TOO_LARGE; n++)
		queue_refuse("large", 1000, 8192);
	wait_seen(argv[1], "ended");
	return 0;
}
