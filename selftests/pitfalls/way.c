// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the ways of a case, each in a process of its own with a time limit, and prints
 * KTAP. Knows no case.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "way.h"

/* Emulated debug kernels are slow. */
enum { PATIENCE = 120 };

static const char *prefix = "";

/**
 * claim_check() - end this process with KSFT_FAIL unless a claim holds
 * @good: whether it does
 * @text: the claim
 * @file: where it is made
 * @line: where it is made
 */
void claim_check(int good, const char *text, const char *file, int line)
{
	if (good)
		return;
	printf("# %s:%d: not so: %s (%s)\n", file, line, text, strerror(errno));
	fflush(stdout);
	_exit(KSFT_FAIL);
}

/**
 * say() - print a line on what the way sees, as a comment if this is a test
 * @format: as of printf()
 */
void say(const char *format, ...)
{
	va_list args;

	fputs(prefix, stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/**
 * seconds() - since some moment, by a clock that nobody can set
 */
double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/**
 * root_missing() - why what needs root cannot be tried, or NULL
 */
const char *root_missing(void)
{
	return geteuid() ? "needs root" : NULL;
}

/**
 * error_name() - of errno, like "EAGAIN"; a sentence where the C library knows no names
 */
const char *error_name(void)
{
#ifdef __GLIBC__
	return strerrorname_np(errno);
#else
	return strerror(errno);
#endif
}

static int way_try(const struct way *way)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		alarm(PATIENCE);
		way->run();
		fflush(stdout);
		_exit(KSFT_PASS);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 0;
	if (WIFSIGNALED(status))
		printf("# %s: ended by signal %d\n", way->name, WTERMSIG(status));
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static const char *way_missing(const struct way *way)
{
	return way->missing ? way->missing() : NULL;
}

static int way_alone(const struct way *way)
{
	const char *missing = way_missing(way);

	if (missing) {
		say("%s", missing);
		return KSFT_SKIP;
	}
	alarm(PATIENCE);
	way->run();
	return KSFT_PASS;
}

static int ways_try(const struct way *ways, size_t count)
{
	const char *missing;
	size_t n, plan = 0;

	prefix = "# ";
	for (n = 0; n < count; n++)
		plan += !(ways[n].flags & WAY_BY_NAME);
	ksft_print_header();
	ksft_set_plan(plan);
	for (n = 0; n < count; n++) {
		if (ways[n].flags & WAY_BY_NAME)
			continue;
		missing = way_missing(&ways[n]);
		if (missing)
			ksft_test_result_skip("%s: %s\n", ways[n].name, missing);
		else
			ksft_test_result(way_try(&ways[n]), "%s\n", ways[n].name);
	}
	return ksft_get_fail_cnt() ? KSFT_FAIL : KSFT_PASS;
}

/**
 * ways_main() - the main() of a case
 * @argc: as of main()
 * @argv: the name of a way, or nothing
 * @ways: the case's
 * @count: how many they are
 *
 * Return: an exit status of the kernel's selftests, 2 for an unknown way.
 */
int ways_main(int argc, char **argv, const struct way *ways, size_t count)
{
	size_t n;

	if (argc == 1)
		return ways_try(ways, count);
	for (n = 0; n < count; n++) {
		if (argc == 2 && !strcmp(argv[1], ways[n].name))
			return way_alone(&ways[n]);
	}
	fprintf(stderr, "usage: %s [WAY], where WAY is one of:\n", argv[0]);
	for (n = 0; n < count; n++)
		fprintf(stderr, "  %s\n", ways[n].name);
	return 2;
}
