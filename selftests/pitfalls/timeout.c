// SPDX-License-Identifier: GPL-2.0-only
/*
 * C2: the time-outs of sockets, SO_RCVTIMEO and SO_SNDTIMEO, count microseconds; 0 is
 * "for ever"; accept() and connect() obey them, too.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "waiting.h"
#include "way.h"

/*
 * Seconds, of 0.3: these time-outs end by the tick, whose counter lags behind the clock, and
 * catches up by jumps, where a busy host emulates the machine.
 */
#define AT_LEAST 0.2

static int pair_make(void)
{
	int pair[2];

	claim(!socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	return pair[0];
}

static double receive_take(int fd, int *error)
{
	double start = seconds();
	char byte;

	*error = recv(fd, &byte, 1, 0) < 0 ? errno : 0;
	start = seconds() - start;
	errno = *error;
	say("recv() = %s after %.1f s", *error ? error_name() : "0", start);
	return start;
}

static void timeout_set(int fd, long sec, long usec)
{
	struct timeval timeout = { sec, usec };

	say("SO_RCVTIMEO { %ld, %ld }", sec, usec);
	claim(!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));
}

/* [wrong] */
/* Half a minute in milliseconds is 30 milliseconds here. */
static void milliseconds(void)
{
	int fd = pair_make(), error;

	timeout_set(fd, 0, 30000);
	claim(receive_take(fd, &error) < 15);
	claim(error == EAGAIN);
}

/* [tiny] */
/* 500 milliseconds in the wrong unit are over before they begin. */
static void tiny(void)
{
	int fd = pair_make(), error;

	timeout_set(fd, 0, 500);
	claim(receive_take(fd, &error) < 15);
	claim(error == EAGAIN);
}

/* [zero] */
static void on_alarm(int number)
{
}

/* "Do not wait at all" it is not: only the signal ends it. */
static void zero(void)
{
	struct sigaction action = { .sa_handler = on_alarm }; /* no SA_RESTART */
	int fd = pair_make(), error;

	timeout_set(fd, 0, 0);
	claim(!sigaction(SIGALRM, &action, NULL));
	alarm(2);
	claim(receive_take(fd, &error) > 1.9);
	claim(error == EINTR);
}

/* [range] */
/* A second and a half as microseconds alone: refused, and who looks? */
static void range(void)
{
	struct timeval timeout = { 0, 1500000 };
	socklen_t size = sizeof(timeout);
	int fd = pair_make();

	claim(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0);
	say("SO_RCVTIMEO { 0, 1500000 } = %s", error_name());
	claim(errno == EDOM);
	claim(!getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, &size));
	claim(timeout.tv_sec == 0 && timeout.tv_usec == 0); /* still for ever */
}

/* [right] */
static void right(void)
{
	struct timeval timeout = timeval_of_ms(1500);
	int fd = pair_make(), error;
	char byte;

	claim(timeout.tv_sec == 1 && timeout.tv_usec == 500000);
	timeout = timeval_of_ms(300);
	claim(!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));
	claim(receive_take(fd, &error) > AT_LEAST);
	claim(error == EAGAIN);
	/* not at all */
	claim(recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
}

/* [accept] */
/* A listener that nobody knows, by an address that the kernel chooses. */
static int listener_make(struct sockaddr_un *address, socklen_t *size)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	*size = sizeof(address->sun_family);
	claim(fd >= 0 && !bind(fd, (struct sockaddr *)address, *size));
	*size = sizeof(*address);
	claim(!getsockname(fd, (struct sockaddr *)address, size));
	claim(!listen(fd, 0));
	return fd;
}

/* Of a listener, SO_RCVTIMEO bounds accept(); SO_SNDTIMEO bounds connect(). */
static void accept_and_connect(void)
{
	struct timeval timeout = timeval_of_ms(300);
	struct sockaddr_un address;
	socklen_t size;
	double start = seconds();
	int listener = listener_make(&address, &size), fd, tries = 0;

	claim(!setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)));
	claim(accept(listener, NULL, NULL) < 0 && errno == EAGAIN);
	say("accept() = %s after %.1f s", error_name(), seconds() - start);
	claim(seconds() - start > AT_LEAST);

	/* Until there is no room for one more to wait to be accepted. */
	do {
		start = seconds();
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		claim(!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)));
	} while (!connect(fd, (struct sockaddr *)&address, size) && ++tries < 100);
	claim(errno == EAGAIN);
	say("connect() number %d = %s after %.1f s", tries + 1, error_name(), seconds() - start);
	claim(seconds() - start > AT_LEAST);
}

/* [end] */
static const struct way ways[] = {
	{ .name = "wrong", .run = milliseconds },
	{ .name = "wrong-tiny", .run = tiny },
	{ .name = "wrong-zero", .run = zero },
	{ .name = "wrong-range", .run = range },
	{ .name = "right", .run = right },
	{ .name = "right-accept", .run = accept_and_connect },
};

int main(int argc, char **argv)
{
	return ways_main(argc, argv, ways, sizeof(ways) / sizeof(*ways));
}
