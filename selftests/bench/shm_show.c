// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to show many segments: "ipclens shm" against "lsipc -m", each with its
 * default columns and into a file. Prints KTAP. Knows nothing of how either does it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 2
#define OUTPUT "/tmp/shown"
#define MEMORY_MAX_KIB (64 * 1024)

struct cost {
	double seconds; /* of the quickest round */
	long memory_kib; /* most that it had resident */
	long lines;
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void run(char *const argv[])
{
	int fd = open(OUTPUT, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(126);
	execvp(argv[0], argv);
	_exit(127);
}

static long lines_count(void)
{
	FILE *file = fopen(OUTPUT, "r");
	long lines = 0;
	int c;

	if (!file)
		fail(OUTPUT);
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

static void measure(struct cost *cost, char *const argv[])
{
	struct timespec before, after;
	struct rusage usage;
	double seconds;
	int status;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &before);
	pid = fork();
	if (!pid)
		run(argv);
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		fail(argv[0]);
	clock_gettime(CLOCK_MONOTONIC, &after);
	if (status) {
		fprintf(stderr, "%s: status %#x\n", argv[0], status);
		exit(1);
	}
	seconds = after.tv_sec - before.tv_sec + (after.tv_nsec - before.tv_nsec) / 1e9;
	if (!cost->lines || seconds < cost->seconds)
		cost->seconds = seconds;
	if (usage.ru_maxrss > cost->memory_kib)
		cost->memory_kib = usage.ru_maxrss;
	cost->lines = lines_count();
}

static int result(int ok, int number, const char *name)
{
	printf("%sok %d %s\n", ok ? "" : "not ", number, name);
	return !ok;
}

int main(int argc, char **argv)
{
	char *const lens[] = { "ipclens", "shm", NULL }, *const lsipc[] = { "lsipc", "-m", NULL };
	int segments = argc > 1 ? atoi(argv[1]) : 32000, failed;
	struct cost ours = { 0 }, theirs = { 0 };

	for (int i = 0; i < segments; i++)
		if (shmget(0x10000 + i, 4096, IPC_CREAT | IPC_EXCL | 0600) < 0)
			fail("shmget");
	for (int i = 0; i < ROUNDS; i++) {
		measure(&theirs, lsipc);
		measure(&ours, lens);
	}
	printf("TAP version 13\n1..3\n");
	printf("# %d segments: ipclens shm %.2f s, %ld KiB; lsipc -m %.2f s, %ld KiB\n", segments,
	       ours.seconds, ours.memory_kib, theirs.seconds, theirs.memory_kib);
	failed = result(ours.lines == segments + 1 && theirs.lines == segments + 1, 1,
			"both show every segment");
	failed += result(ours.seconds < theirs.seconds, 2, "ipclens shm is faster than lsipc -m");
	failed += result(ours.memory_kib < MEMORY_MAX_KIB, 3, "ipclens shm takes less than 64 MiB");
	return failed;
}
