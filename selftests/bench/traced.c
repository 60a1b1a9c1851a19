// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads so much of a file while the kernel's tracer is on, and nothing else is: neither what
 * other tasks do is traced nor the start of this one. What is traced is set up elsewhere.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

static int tracing_open(const char *tracing, const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", tracing, name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		bench_fail(path);
	return fd;
}

static void tracing_write(int fd, const char *value)
{
	if (write(fd, value, strlen(value)) < 0)
		bench_fail(value);
}

int main(int argc, char **argv)
{
	static char buffer[65536];
	long left;
	char pid[16];
	int file, on;
	ssize_t got;

	if (argc != 4) {
		fprintf(stderr, "usage: traced TRACING FILE BYTES\n");
		return 2;
	}
	left = atol(argv[3]);
	file = open(argv[2], O_RDONLY);
	if (file < 0)
		bench_fail(argv[2]);
	snprintf(pid, sizeof(pid), "%d", getpid());
	tracing_write(tracing_open(argv[1], "set_ftrace_pid"), pid);
	on = tracing_open(argv[1], "tracing_on");
	/* Once without, so that pages are there. */
	if (read(file, buffer, sizeof(buffer)) < 0 || lseek(file, 0, SEEK_SET))
		bench_fail(argv[2]);
	tracing_write(on, "1");
	while (left > 0 && (got = read(file, buffer, sizeof(buffer))) > 0)
		left -= got;
	tracing_write(on, "0");
	return 0;
}
