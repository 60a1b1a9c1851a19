// SPDX-License-Identifier: GPL-2.0-only
/*
 * C2: select() on Linux leaves in its time-out what has not passed of it, and a
 * descriptor of FD_SETSIZE or more does not fit in its sets.
 */
#include <errno.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

#include "waiting.h"
#include "way.h"

enum { HIGH = FD_SETSIZE + 8 };

static int pipe_make(void)
{
	int ends[2];

	claim(!pipe(ends));
	return ends[0];
}

static const char *descriptors_missing(void)
{
	struct rlimit limit = { 0, 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_max > HIGH ? NULL : "the hard limit allows no descriptor above FD_SETSIZE";
}

/* A descriptor that has no place in an fd_set, with something to read. */
static int high_make(void)
{
	struct rlimit limit;
	int ends[2];

	claim(!getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = limit.rlim_max;
	claim(!setrlimit(RLIMIT_NOFILE, &limit));
	claim(!pipe(ends) && write(ends[1], "x", 1) == 1);
	claim(dup2(ends[0], HIGH) == HIGH);
	return HIGH;
}

static double select_take(int fd, struct timeval *timeout)
{
	double start = seconds();
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	claim(!select(fd + 1, &set, NULL, NULL, timeout));
	start = seconds() - start;
	say("select() = 0 after %.1f s", start);
	return start;
}

/* [wrong] */
/* Set once, used in a loop: waits the first time only. */
static void reuse(void)
{
	struct timeval timeout = { .tv_sec = 2 };
	int fd = pipe_make(), n;

	claim(select_take(fd, &timeout) > 1.99);
	claim(timeout.tv_sec == 0 && timeout.tv_usec == 0);
	for (n = 0; n < 3; n++)
		claim(select_take(fd, &timeout) < 1);
}

/* [setsize] */
/* A bit behind the end of the set is in whatever lies there. */
static void setsize(void)
{
	struct {
		fd_set set;
		unsigned long neighbour[16];
	} here = { .neighbour = { 0 } };
	volatile int fd = high_make(); /* volatile: the compiler must not see it */
	struct timeval timeout = { .tv_sec = 2 };

	FD_ZERO(&here.set);
	FD_SET(fd, &here.set);
	say("descriptor %d: behind the set is 0x%lx", fd, here.neighbour[0]);
	claim(here.neighbour[0]);
	/* Whoever has grown his sets gets an answer, for the kernel knows no limit. */
	claim(select(fd + 1, &here.set, NULL, NULL, &timeout) == 1);
}

/* [right] */
/* What is left of a deadline is computed anew, before each wait. */
static void again(void)
{
	double start = seconds();
	struct timespec deadline = deadline_in(600);
	struct timeval timeout;
	int fd = pipe_make();
	long long ms;

	while ((ms = (deadline_left(&deadline) + 999999) / 1000000)) {
		timeout = timeval_of_ms(ms < 200 ? ms : 200);
		select_take(fd, &timeout);
	}
	claim(seconds() - start > 0.59);
}

/* [poll] */
/* poll() changes no time-out, and takes any descriptor. */
static void by_poll(void)
{
	struct pollfd ready = { .fd = high_make(), .events = POLLIN };

	claim(poll(&ready, 1, 2000) == 1 && ready.revents == POLLIN);
	say("poll() of descriptor %d = 1", ready.fd);
}

/* [end] */
static const struct way ways[] = {
	{ .name = "wrong", .run = reuse },
	{ .name = "wrong-setsize", .run = setsize, .missing = descriptors_missing },
	{ .name = "right", .run = again },
	{ .name = "right-poll", .run = by_poll, .missing = descriptors_missing },
};

int main(int argc, char **argv)
{
	return ways_main(argc, argv, ways, sizeof(ways) / sizeof(*ways));
}
