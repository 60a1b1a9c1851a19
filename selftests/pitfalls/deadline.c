// SPDX-License-Identifier: GPL-2.0-only
/*
 * C1: mq_timedsend() and mq_timedreceive() take a moment of CLOCK_REALTIME, not a
 * length of time, and want its nanoseconds below 1000000000.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "waiting.h"
#include "way.h"

enum { HOUR = 3600 };

static const char name[] = "/pitfall-deadline";

/* A queue of one message, full or empty. */
static mqd_t queue_make(int full)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 16 };
	mqd_t queue;

	mq_unlink(name);
	queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
	claim(queue >= 0);
	claim(!mq_unlink(name));
	claim(!full || !mq_send(queue, "first", 6, 0));
	return queue;
}

static double send_take(mqd_t queue, const struct timespec *deadline, int *error)
{
	double start = seconds();

	*error = mq_timedsend(queue, "more", 5, 0, deadline) ? errno : 0;
	start = seconds() - start;
	errno = *error;
	say("mq_timedsend(..., { %lld, %ld }) = %s after %.1f s", (long long)deadline->tv_sec,
	    deadline->tv_nsec, *error ? error_name() : "0", start);
	return start;
}

/* [wrong] */
/* Thirty seconds, meant from now on, are in January 1970. */
static void relative(void)
{
	struct timespec timeout = { .tv_sec = 30 };
	int error;

	say("the queue has room");
	send_take(queue_make(0), &timeout, &error);
	claim(error == 0); /* nobody notices */
	say("the queue is full");
	claim(send_take(queue_make(1), &timeout, &error) < 15);
	claim(error == ETIMEDOUT);
}

/* [carry] */
/* Right but for one value in a thousand million. */
static struct timespec after_wrong(struct timespec now, long ns)
{
	now.tv_nsec += ns;
	if (now.tv_nsec > 1000000000) {
		now.tv_sec++;
		now.tv_nsec -= 1000000000;
	}
	return now;
}

static void carry(void)
{
	struct timespec now, deadline;
	int error;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_nsec = 400000000; /* as it comes to be now and then */
	deadline = after_wrong(now, 600000000);
	say("the queue is full");
	send_take(queue_make(1), &deadline, &error);
	claim(error == EINVAL);
	say("the queue has room");
	send_take(queue_make(0), &deadline, &error);
	claim(error == EINVAL);
}

/* [right] */
static void absolute(void)
{
	struct timespec now, deadline;
	mqd_t queue = queue_make(1);
	double start = seconds();
	int error;

	clock_gettime(CLOCK_REALTIME, &now);
	deadline = timespec_after(now, 300000000);
	send_take(queue, &deadline, &error);
	claim(error == ETIMEDOUT && seconds() - start > 0.29);

	now.tv_nsec = 400000000;
	deadline = timespec_after(now, 600000000);
	claim(deadline.tv_nsec == 0 && deadline.tv_sec == now.tv_sec + 1);
}

/* [step] */
static void clock_step(long by)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += by;
	claim(!clock_settime(CLOCK_REALTIME, &now));
}

static void *clock_step_soon(void *by)
{
	usleep(300000);
	clock_step(*(long *)by);
	return NULL;
}

/* A deadline in half an hour has come when somebody sets the clock by an hour. */
static void stepped(void)
{
	struct timespec now, deadline;
	long by = HOUR;
	pthread_t other;
	int error;

	clock_gettime(CLOCK_REALTIME, &now);
	deadline = timespec_after(now, HOUR / 2 * 1000000000LL);
	claim(!pthread_create(&other, NULL, clock_step_soon, &by));
	claim(send_take(queue_make(1), &deadline, &error) < 60);
	claim(error == ETIMEDOUT);
	claim(!pthread_join(other, NULL));
	clock_step(-by);
}

/* What has no room for a minute, whatever the clock says, comes to an end in time. */
static void stepped_right(void)
{
	double start = seconds();
	struct timespec deadline = deadline_in(2000);
	long by = HOUR;
	pthread_t other;
	char message[16];

	claim(!pthread_create(&other, NULL, clock_step_soon, &by));
	claim(queue_receive_until(queue_make(0), message, sizeof(message), &deadline) < 0);
	claim(errno == ETIMEDOUT);
	say("ETIMEDOUT after %.1f s of 2.0 s, though the clock was set by an hour", seconds() - start);
	claim(seconds() - start > 1.99);
	claim(!pthread_join(other, NULL));

	by = -HOUR;
	start = seconds();
	deadline = deadline_in(2000);
	claim(!pthread_create(&other, NULL, clock_step_soon, &by));
	claim(queue_receive_until(queue_make(0), message, sizeof(message), &deadline) < 0);
	claim(errno == ETIMEDOUT);
	say("ETIMEDOUT after %.1f s of 2.0 s, though it was set back", seconds() - start);
	claim(seconds() - start > 1.99 && seconds() - start < 60);
	claim(!pthread_join(other, NULL));
}

/* [end] */
static const struct way ways[] = {
	{ .name = "wrong", .run = relative },
	{ .name = "wrong-carry", .run = carry },
	{ .name = "right", .run = absolute },
	{ .name = "wrong-step", .run = stepped, .missing = root_missing, .flags = WAY_BY_NAME },
	{ .name = "right-step", .run = stepped_right, .missing = root_missing, .flags = WAY_BY_NAME },
};

int main(int argc, char **argv)
{
	return ways_main(argc, argv, ways, sizeof(ways) / sizeof(*ways));
}
