// SPDX-License-Identifier: GPL-2.0-only
/*
 * C5: a semaphore that is posted more often than waited for grows, says nothing, and
 * refuses at SEM_VALUE_MAX.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

#include "way.h"

enum { POSTS = 5000, ROOM = 16 };

static sem_t items, room;
static int done;
static int taken;

static int value(sem_t *sem)
{
	int now;

	claim(!sem_getvalue(sem, &now));
	return now;
}

static void *consume_slowly(void *bounded)
{
	while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {
		claim(!sem_wait(&items));
		taken++;
		if (bounded)
			claim(!sem_post(&room));
		usleep(bounded ? 0 : 1000);
	}
	return NULL;
}

/* [wrong] */
/* One post an item, and nobody asks whether they are fetched. */
static void grow(void)
{
	pthread_t consumer;
	int n;

	claim(!sem_init(&items, 0, 0));
	claim(!pthread_create(&consumer, NULL, consume_slowly, NULL));
	for (n = 0; n < POSTS; n++) {
		claim(!sem_post(&items));
		if (n % 100 == 0)
			usleep(1000);
	}
	__atomic_store_n(&done, 1, __ATOMIC_RELAXED);
	claim(!pthread_join(consumer, NULL));
	say("%d posts, %d waits: the semaphore is at %d", POSTS, taken, value(&items));
	claim(value(&items) == POSTS - taken);
	claim(value(&items) > POSTS / 2);
}

/* [end of range] */
/* Where that ends, after two thousand million of them. */
static void refused(void)
{
	claim(!sem_init(&items, 0, SEM_VALUE_MAX - 1));
	claim(!sem_post(&items));
	claim(value(&items) == SEM_VALUE_MAX);
	claim(sem_post(&items) < 0 && errno == EOVERFLOW);
	say("sem_post() at %d = %s", value(&items), error_name());
	claim(value(&items) == SEM_VALUE_MAX);
}

/* [right] */
/* A second semaphore counts the room: who has none to put an item in waits. */
static void bounded(void)
{
	pthread_t consumer;
	int n, most = 0;

	claim(!sem_init(&items, 0, 0));
	claim(!sem_init(&room, 0, ROOM));
	claim(!pthread_create(&consumer, NULL, consume_slowly, &room));
	for (n = 0; n < POSTS; n++) {
		claim(!sem_wait(&room));
		claim(!sem_post(&items));
		if (value(&items) > most)
			most = value(&items);
	}
	say("%d posts: the semaphore was never above %d", POSTS, most);
	claim(most <= ROOM);
}

/* [end] */
static const struct way ways[] = {
	{ .name = "wrong", .run = grow },
	{ .name = "wrong-full", .run = refused },
	{ .name = "right", .run = bounded },
};

int main(int argc, char **argv)
{
	return ways_main(argc, argv, ways, sizeof(ways) / sizeof(*ways));
}
