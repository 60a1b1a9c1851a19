// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time-outs done right. A deadline is computed once, by CLOCK_MONOTONIC, which nobody
 * sets; whatever interrupts a wait, the next one waits for what is left.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "waiting.h"

#define NS_PER_SEC 1000000000LL
#define NS_PER_MS 1000000LL

/* [timespec_after] */
/**
 * timespec_after() - a time that is later
 * @time: a valid one
 * @ns: by how much, not negative
 */
struct timespec timespec_after(struct timespec time, long long ns)
{
	time.tv_sec += ns / NS_PER_SEC;
	time.tv_nsec += ns % NS_PER_SEC;
	if (time.tv_nsec >= NS_PER_SEC) { /* not ">": 1000000000 is EINVAL */
		time.tv_sec++;
		time.tv_nsec -= NS_PER_SEC;
	}
	return time;
}

/* [timeval_of_ms] */
/**
 * timeval_of_ms() - a time-out for SO_RCVTIMEO and SO_SNDTIMEO
 * @ms: more than 0, which would be "for ever"
 */
struct timeval timeval_of_ms(long ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

/* [deadline] */
/**
 * deadline_in() - a moment of CLOCK_MONOTONIC
 * @ms: from now
 */
struct timespec deadline_in(long ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return timespec_after(now, ms * NS_PER_MS);
}

/**
 * deadline_left() - nanoseconds until then, 0 if it has come
 * @deadline: of CLOCK_MONOTONIC
 */
long long deadline_left(const struct timespec *deadline)
{
	struct timespec now;
	long long left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (deadline->tv_sec - now.tv_sec) * NS_PER_SEC + deadline->tv_nsec - now.tv_nsec;
	return left > 0 ? left : 0;
}

/* [readable] */
/* Sleeps until there is something to read, 1, or the deadline has come, 0. */
static int readable_await(int fd, const struct timespec *deadline)
{
	long long ns = deadline_left(deadline);
	struct timespec left = timespec_after((struct timespec){ 0 }, ns);
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int count = ppoll(&ready, 1, &left, NULL);

	return count < 0 && errno == EINTR ? ns > 0 : count;
}

/* [queue] */
/**
 * queue_receive_until() - like mq_receive(), for so long
 * @queue: the queue
 * @message: where to
 * @size: of that, at least the queue's mq_msgsize
 * @deadline: of CLOCK_MONOTONIC
 *
 * mq_timedreceive() waits by CLOCK_REALTIME, and who sets that moves the end of the wait.
 * So poll() does the waiting, which Linux allows for a queue; and the message, unless
 * somebody else was quicker, is taken with a deadline that has always passed.
 *
 * Return: as mq_receive(), ETIMEDOUT once the deadline has come.
 */
ssize_t queue_receive_until(mqd_t queue, void *message, size_t size,
			    const struct timespec *deadline)
{
	static const struct timespec past;
	ssize_t got;
	int more;

	do {
		more = readable_await(queue, deadline);
		if (more < 0)
			return -1;
		got = mq_timedreceive(queue, message, size, NULL, &past);
	} while (got < 0 && (errno == ETIMEDOUT || errno == EAGAIN || errno == EINTR) && more);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		errno = ETIMEDOUT;
	return got;
}

/* [socket] */
/**
 * socket_receive_until() - like recv(), for so long
 * @fd: the socket
 * @message: where to
 * @size: of that
 * @deadline: of CLOCK_MONOTONIC
 *
 * Return: as recv(), ETIMEDOUT once the deadline has come.
 */
ssize_t socket_receive_until(int fd, void *message, size_t size, const struct timespec *deadline)
{
	ssize_t got;
	int more;

	do {
		more = readable_await(fd, deadline);
		if (more < 0)
			return -1;
		got = recv(fd, message, size, MSG_DONTWAIT);
	} while (got < 0 && (errno == EAGAIN || errno == EINTR) && more);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		errno = ETIMEDOUT;
	return got;
}
/* [end] */
