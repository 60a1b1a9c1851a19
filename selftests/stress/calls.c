// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every file operation there is, in random order, on every file, by threads that share
 * some descriptors. IPCLENS_CALLS is how many (1000), IPCLENS_SEED makes a run repeatable.
 */
#include <pthread.h>

#include "calls.h"
#include "fixture.h"

#define CALLERS 4
#define SEGMENTS 120
#define QUEUES 20
#define LONGEST 3600

FIXTURE(calls) {
	struct space space; /* the owner's */
	struct owner owner;
};

FIXTURE_SETUP(calls)
{
	char name[16];
	int n, id;

	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, owner_start(&self->owner, OWNER_ROOT));
	ASSERT_EQ(0, space_of(&self->space, self->owner.peer.pid));
	for (n = 0; n < SEGMENTS; n++) {
		id = peer_get(&self->owner.peer, IPC_PRIVATE, 4096, CREATE);
		ASSERT_GE(id, 0);
		ASSERT_GT(peer_attach(&self->owner.peer, id), 0);
	}
	for (n = 0; n < QUEUES; n++) {
		snprintf(name, sizeof(name), "calls%d", n);
		ASSERT_GE(queue_open(&self->owner, name, QUEUE_NEW, 1, 1), 0);
	}
}

FIXTURE_TEARDOWN(calls)
{
	char name[16];
	int n;

	for (n = 0; n < QUEUES; n++) {
		snprintf(name, sizeof(name), "calls%d", n);
		queue_unlink(&self->owner, name);
	}
	peer_end(&self->owner.peer);
	space_close(&self->space);
}

static void *call(void *data)
{
	unsigned long count = asked("IPCLENS_CALLS", 1000) / CALLERS;
	struct caller *caller = data;

	while (caller->done < count)
		caller_step(caller);
	return NULL;
}

TEST_F_TIMEOUT(calls, random, LONGEST)
{
	unsigned long long seed = asked("IPCLENS_SEED", 20061);
	unsigned long done = 0, compared = 0;
	struct caller callers[CALLERS];
	pthread_t threads[CALLERS];
	int n;

	fprintf(stderr, "# calls: seed %llu\n", seed);
	ASSERT_EQ(0, calls_init());
	for (n = 0; n < CALLERS; n++) {
		ASSERT_EQ(0, caller_init(&callers[n], seed * CALLERS + n));
		ASSERT_EQ(0, pthread_create(&threads[n], NULL, call, &callers[n]));
	}
	for (n = 0; n < CALLERS; n++) {
		pthread_join(threads[n], NULL);
		EXPECT_EQ(0, callers[n].wrong);
		done += callers[n].done;
		compared += callers[n].compared;
		caller_exit(&callers[n]);
	}
	calls_exit();
	EXPECT_GT(compared, done);
	fprintf(stderr, "# calls: %lu operations, %lu bytes compared\n", done, compared);
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_HARNESS_MAIN
