// SPDX-License-Identifier: GPL-2.0-only
/*
 * C4: a mutex goes to whoever is there first. Who releases it and takes it again at
 * once is there before the one that was woken up for it.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "way.h"

enum { STARVED = 100, TURNS = 50, SOON_S = 110 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long takes; /* by the worker, counted with the lock held */
static int busy; /* with the lock held, and then nobody else may be */
static int done;

/* With the lock held, as if something were written to a disk. */
static void work(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	claim(!busy++);
	nanosleep(&ms, NULL);
	takes++;
	busy--;
}

/* Each thread on a CPU of its own: what is woken up does not push aside who woke it. */
static cpu_set_t cpus;

static const char *cpus_missing(void)
{
	claim(!sched_getaffinity(0, sizeof(cpus), &cpus));
	return CPU_COUNT(&cpus) > 1 ? NULL : "needs two CPUs";
}

static void cpu_take(int number)
{
	cpu_set_t one;
	int cpu = 0;

	while (!CPU_ISSET(cpu, &cpus) || number-- > 0)
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	claim(!sched_setaffinity(0, sizeof(one), &one));
}

/* [wrong] */
/* Has the lock all the time but for the moment between two turns. */
static void *hog(void *unused)
{
	cpu_take(0);
	while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
		pthread_mutex_lock(&lock);
		work();
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

/* How often this thread has gone to sleep. */
static long sleeps(void)
{
	struct rusage usage;

	claim(!getrusage(RUSAGE_THREAD, &usage));
	return usage.ru_nvcsw;
}

/* How often it is woken up for the lock, finds it taken again, and sleeps on. */
static long turn_await(void)
{
	long before = sleeps();

	pthread_mutex_lock(&lock);
	before = sleeps() - before - 1;
	pthread_mutex_unlock(&lock);
	return before;
}

static void starve(void)
{
	double start = seconds();
	pthread_t other;
	long most = 0, n;

	cpu_take(1);
	claim(!pthread_create(&other, NULL, hog, NULL));
	while (most < STARVED) {
		usleep(5000);
		n = turn_await();
		if (n > most)
			most = n;
		claim(seconds() - start < SOON_S);
	}
	__atomic_store_n(&done, 1, __ATOMIC_RELAXED);
	claim(!pthread_join(other, NULL));
	say("%ld times in one wait, a thread was woken up for the lock and found it taken", most);
}

/* [right] */
/* A lock that goes round: who asks draws a number, and the numbers are served in turn. */
struct ticket_lock {
	pthread_mutex_t mutex;
	pthread_cond_t turn;
	unsigned long next, served;
};

static void ticket_take(struct ticket_lock *queue)
{
	unsigned long mine;

	pthread_mutex_lock(&queue->mutex);
	mine = queue->next++;
	while (mine != queue->served)
		pthread_cond_wait(&queue->turn, &queue->mutex);
	pthread_mutex_unlock(&queue->mutex);
}

static void ticket_give(struct ticket_lock *queue)
{
	pthread_mutex_lock(&queue->mutex);
	queue->served++;
	pthread_cond_broadcast(&queue->turn);
	pthread_mutex_unlock(&queue->mutex);
}

/* [end] */
static struct ticket_lock fair = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 };

static void *fair_hog(void *unused)
{
	while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
		ticket_take(&fair);
		work();
		ticket_give(&fair);
	}
	return NULL;
}

/* When this thread's number was drawn, one turn of the other's may have been before it. */
static long fair_turn_await(void)
{
	unsigned long mine;
	long before, after;

	pthread_mutex_lock(&fair.mutex);
	before = takes;
	mine = fair.next++;
	while (mine != fair.served)
		pthread_cond_wait(&fair.turn, &fair.mutex);
	pthread_mutex_unlock(&fair.mutex);
	claim(!busy);
	after = takes;
	ticket_give(&fair);
	return after - before;
}

static void go_round(void)
{
	pthread_t other;
	long most = 0, n;
	int turn;

	claim(!pthread_create(&other, NULL, fair_hog, NULL));
	for (turn = 0; turn < TURNS; turn++) {
		usleep(5000);
		n = fair_turn_await();
		if (n > most)
			most = n;
	}
	__atomic_store_n(&done, 1, __ATOMIC_RELAXED);
	claim(!pthread_join(other, NULL));
	say("in %d turns of one thread, the other had at most %ld before", TURNS, most);
	claim(most <= 1);
}

static const struct way ways[] = {
	{ .name = "wrong", .run = starve, .missing = cpus_missing },
	{ .name = "right", .run = go_round },
};

int main(int argc, char **argv)
{
	return ways_main(argc, argv, ways, sizeof(ways) / sizeof(*ways));
}
