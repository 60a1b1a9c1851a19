// SPDX-License-Identifier: GPL-2.0-only
/* Runs a command with its output in a file, and tells what that took. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"

#define OUTPUT "/tmp/shown"

static void command_run(const char *root, char *const argv[])
{
	int fd = open(OUTPUT, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || (root && (chroot(root) || chdir("/"))))
		_exit(126);
	execvp(argv[0], argv);
	_exit(127);
}

static long command_lines(void)
{
	FILE *file = fopen(OUTPUT, "r");
	long lines = 0;
	int c;

	if (!file)
		bench_fail(OUTPUT);
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

/* Once more: @cost has zeroes before the first time. @root is NULL, or what to chroot into. */
void command_measure(struct command_cost *cost, const char *root, char *const argv[])
{
	double begun = bench_now(), took;
	struct rusage usage;
	int status;
	pid_t pid;

	pid = fork();
	if (!pid)
		command_run(root, argv);
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		bench_fail(argv[0]);
	took = bench_now() - begun;
	if (status) {
		fprintf(stderr, "%s: status %#x\n", argv[0], status);
		exit(1);
	}
	if (!cost->lines || took < cost->nanoseconds)
		cost->nanoseconds = took;
	if (usage.ru_maxrss > cost->memory_kib)
		cost->memory_kib = usage.ru_maxrss;
	cost->lines = command_lines();
}
