// SPDX-License-Identifier: GPL-2.0-only
/*
 * C1: mq_timedsend() and mq_timedreceive() take a moment of CLOCK_REALTIME, not a
 * length of time, and want its nanoseconds below 1000000000.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "waiting.h"
#include "way.h"

enum { HOUR = 3600, LATE_MS = 2000, LONG_MS = 60000, TRIES = 5 };

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
/*
 * Sets the clock as soon as @waiter sleeps; then makes room in @queue, if that is one.
 * Puts the clock back when all is over, or has taken long.
 */
struct setter {
	pthread_t thread;
	struct timespec ahead; /* CLOCK_REALTIME minus CLOCK_MONOTONIC before that */
	long by;
	pid_t waiter;
	mqd_t queue;
	double set; /* when, as seconds() */
	int over;
};

static int asleep(pid_t thread)
{
	char path[64], text[512] = "";
	const char *state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)thread);
	file = fopen(path, "r");
	claim(file && fgets(text, sizeof(text), file));
	fclose(file);
	state = strrchr(text, ')');
	return state && state[1] && state[2] == 'S';
}

/* By that of the clocks which nobody sets. */
static void clock_set(struct timespec ahead, long by)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ahead.tv_sec += by;
	now = timespec_after(ahead, now.tv_sec * 1000000000LL + now.tv_nsec);
	claim(!clock_settime(CLOCK_REALTIME, &now));
}

static void *setter_run(void *argument)
{
	struct setter *setter = argument;
	char message[16];
	int passed;

	while (!asleep(setter->waiter))
		usleep(10000);
	setter->set = seconds();
	clock_set(setter->ahead, setter->by);
	if (setter->queue >= 0) {
		usleep((LATE_MS + LATE_MS / 4) * 1000);
		claim(mq_receive(setter->queue, message, sizeof(message), NULL) > 0);
	}
	for (passed = 0; passed < LONG_MS && !__atomic_load_n(&setter->over, __ATOMIC_RELAXED);
	     passed += 10)
		usleep(10000);
	clock_set(setter->ahead, 0);
	return NULL;
}

static void setter_start(struct setter *setter, long by, mqd_t queue)
{
	struct timespec monotonic;

	clock_gettime(CLOCK_REALTIME, &setter->ahead);
	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	setter->ahead.tv_sec -= monotonic.tv_sec + 1;
	setter->ahead = timespec_after(setter->ahead, 1000000000 - monotonic.tv_nsec);
	setter->by = by;
	setter->waiter = gettid();
	setter->queue = queue;
	setter->over = 0;
	claim(!pthread_create(&setter->thread, NULL, setter_run, setter));
}

/* Whether the clock was set before @end (as seconds()): a busy machine may be late. */
static int setter_end(struct setter *setter, double end)
{
	__atomic_store_n(&setter->over, 1, __ATOMIC_RELAXED);
	claim(!pthread_join(setter->thread, NULL));
	return setter->set < end;
}

/* A deadline in half an hour has come when somebody sets the clock by an hour. */
static void stepped(void)
{
	struct timespec now, deadline;
	mqd_t queue = queue_make(1);
	struct setter setter;
	double taken;
	int error;

	clock_gettime(CLOCK_REALTIME, &now);
	deadline = timespec_after(now, HOUR / 2 * 1000000000LL);
	setter_start(&setter, HOUR, -1);
	taken = send_take(queue, &deadline, &error);
	claim(setter_end(&setter, seconds()));
	claim(taken * 1000 < LONG_MS);
	claim(error == ETIMEDOUT);
}

/* A deadline in two seconds is in an hour when somebody sets the clock back. */
static void stepped_back(void)
{
	double taken, end;
	int error, tries, in_time = 0;

	for (tries = 0; tries < TRIES && !in_time; tries++) {
		struct timespec now, deadline;
		mqd_t queue = queue_make(1);
		struct setter setter;

		end = seconds() + LATE_MS / 1000.0;
		clock_gettime(CLOCK_REALTIME, &now);
		deadline = timespec_after(now, LATE_MS * 1000000LL);
		setter_start(&setter, -HOUR, queue);
		taken = send_take(queue, &deadline, &error);
		in_time = setter_end(&setter, end);
	}
	claim(in_time);
	say("that was not to wait for more than %.1f s", LATE_MS / 1000.0);
	claim(error == 0); /* for there is room at last */
	claim(taken > LATE_MS / 1000.0);
}

/* A wait for a second takes a second, whoever sets the clock by how much. */
static void receive_in_time(long by)
{
	mqd_t queue = queue_make(0);
	double start, taken;
	int error, tries, in_time = 0;
	ssize_t got;

	for (tries = 0; tries < TRIES && !in_time; tries++) {
		struct timespec deadline = deadline_in(1000);
		struct setter setter;
		char message[16];

		start = seconds();
		setter_start(&setter, by, -1);
		got = queue_receive_until(queue, message, sizeof(message), &deadline);
		error = errno;
		taken = seconds() - start;
		in_time = setter_end(&setter, start + 1);
	}
	claim(in_time);
	say("after %.1f s of 1.0 s, the clock was set by %ld s", taken, by);
	claim(got < 0 && error == ETIMEDOUT);
	claim(taken > 0.99 && taken * 1000 < LONG_MS);
}

static void stepped_right(void)
{
	receive_in_time(HOUR);
	receive_in_time(-HOUR);
}

/* [end] */
static const struct way ways[] = {
	{ .name = "wrong", .run = relative },
	{ .name = "wrong-carry", .run = carry },
	{ .name = "right", .run = absolute },
	{ .name = "wrong-step", .run = stepped, .missing = root_missing, .flags = WAY_BY_NAME },
	{ .name = "wrong-back",
	  .run = stepped_back,
	  .missing = root_missing,
	  .flags = WAY_BY_NAME },
	{ .name = "right-step", .run = stepped_right, .missing = root_missing, .flags = WAY_BY_NAME },
};

int main(int argc, char **argv)
{
	return ways_main(argc, argv, ways, sizeof(ways) / sizeof(*ways));
}
