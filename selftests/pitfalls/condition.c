// SPDX-License-Identifier: GPL-2.0-only
/*
 * C3: a condition variable remembers nothing. A signal that finds nobody waiting is
 * lost, and several may wake one waiter once: what is awaited must be looked at.
 */
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "waiting.h"
#include "way.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond;
static int queue_a, queue_b;
static int waiting;

/* With time-outs by a clock that nobody sets. */
static void cond_make(void)
{
	pthread_condattr_t attr;

	claim(!pthread_condattr_init(&attr));
	claim(!pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	claim(!pthread_cond_init(&cond, &attr));
}

/* With the lock held. Returns as soon as it is woken, or so much later. */
static int wait_once(long ms)
{
	struct timespec deadline = deadline_in(ms);
	int error;

	waiting = 1;
	error = pthread_cond_timedwait(&cond, &lock, &deadline);
	waiting = 0;
	say("pthread_cond_timedwait() = %s", error ? "ETIMEDOUT" : "0");
	return error;
}

/* Takes the lock when the other thread has left it by waiting. */
static void lock_when_waiting(void)
{
	pthread_mutex_lock(&lock);
	while (!waiting) {
		pthread_mutex_unlock(&lock);
		usleep(1000);
		pthread_mutex_lock(&lock);
	}
}

static void put(int *queue)
{
	++*queue;
	pthread_cond_signal(&cond);
}

/* Nobody waits yet. */
static void *put_early(void *unused)
{
	pthread_mutex_lock(&lock);
	put(&queue_a);
	put(&queue_b);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Both while somebody waits. */
static void *put_both(void *unused)
{
	lock_when_waiting();
	put(&queue_a);
	put(&queue_b);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* Twice to the same. */
static void *put_same(void *unused)
{
	int n;

	for (n = 0; n < 2; n++) {
		lock_when_waiting();
		put(&queue_a);
		waiting = 0; /* the next time, wait for the next wait */
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static pthread_t thread_start(void *(*run)(void *))
{
	pthread_t thread;

	queue_a = queue_b = waiting = 0;
	claim(!pthread_create(&thread, NULL, run, NULL));
	return thread;
}

/* [wrong] */
/* Two messages are there, and it waits for somebody to say so. */
static void lost(void)
{
	cond_make();
	claim(!pthread_join(thread_start(put_early), NULL));
	pthread_mutex_lock(&lock);
	claim(wait_once(500) == ETIMEDOUT);
	say("queues: %d and %d", queue_a, queue_b);
	claim(queue_a == 1 && queue_b == 1);
	pthread_mutex_unlock(&lock);
}

/* [count] */
/* "Two signals, so both queues have something": one wake-up may be all there is. */
static int wakeups_count(void *(*producer)(void *), long ms)
{
	pthread_t thread = thread_start(producer);
	int wakeups = 0;

	pthread_mutex_lock(&lock);
	while (wakeups < 2 && !wait_once(ms))
		wakeups++;
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	say("wake-ups: %d, queues: %d and %d", wakeups, queue_a, queue_b);
	return wakeups;
}

static void too_few(void)
{
	int tries = 0;

	cond_make();
	/* A wake-up out of nothing is allowed, but not the rule. */
	while (wakeups_count(put_both, 1000) != 1)
		claim(++tries < 10);
	claim(queue_a == 1 && queue_b == 1);
}

/* Two wake-ups, and yet nothing in the other queue. */
static void too_many(void)
{
	cond_make();
	claim(wakeups_count(put_same, 60000) == 2);
	claim(queue_a > 0 && queue_b == 0);
}

/* [right] */
/* Waits for what it needs, whoever signals how often and when. */
static void both_await(void *(*producer)(void *), int early)
{
	pthread_t thread = thread_start(producer);

	if (early)
		pthread_join(thread, NULL);
	pthread_mutex_lock(&lock);
	while (!(queue_a && queue_b))
		claim(!wait_once(60000));
	say("queues: %d and %d", queue_a, queue_b);
	pthread_mutex_unlock(&lock);
	if (!early)
		pthread_join(thread, NULL);
}

static void predicate(void)
{
	cond_make();
	both_await(put_early, 1);
	both_await(put_both, 0);
}

/* [end] */
static const struct way ways[] = {
	{ .name = "wrong", .run = lost },
	{ .name = "wrong-few", .run = too_few },
	{ .name = "wrong-many", .run = too_many },
	{ .name = "right", .run = predicate },
};

int main(int argc, char **argv)
{
	return ways_main(argc, argv, ways, sizeof(ways) / sizeof(*ways));
}
