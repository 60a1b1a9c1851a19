// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much is remembered: as many objects as the parameter says, and what gives way
 * is counted; the marked last. What is not remembered is not guessed. A user without
 * rights is enough to fill it.
 */
#include "../event/event.h"
#include "probes.h"

#define KEY 0x4c150001
#define ROOM 8
#define UID 4301

FIXTURE(full) {
	struct space space;
	struct actor actor;
	int ids[ROOM];
};

FIXTURE_SETUP(full)
{
	int n;

	ASSERT_EQ(0, module_reload("history=8"));
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, actor_start(&self->actor, "actor", UID, 0));
	for (n = 0; n < ROOM; n++)
		self->ids[n] = peer_get(&self->actor.peer, KEY + n, 4096, CREATE);
	ASSERT_GE(self->ids[ROOM - 1], 0);
}

FIXTURE_TEARDOWN(full)
{
	peer_end(&self->actor.peer);
	space_close(&self->space);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
}

#define EXPECT_STATUS(used, evicted, late) do { \
	EXPECT_STREQ("8", status_value("history_size")); \
	EXPECT_STREQ(number_text(used), status_value("history_used")); \
	EXPECT_STREQ(number_text(evicted), status_value("history_evicted")); \
	EXPECT_STREQ(number_text(late), status_value("history_late")); \
} while (0)

/* Which of the first segments are still remembered, as bits. */
static unsigned int remembered(FIXTURE_DATA(full) *self)
{
	unsigned int bits = 0;
	int n;

	for (n = 0; n < ROOM; n++)
		bits |= !strcmp("actor", lens_peek("shm", self->space.inum, self->ids[n],
						   "create_comm")) << n;
	return bits;
}

TEST_SLOW(full, quietest_gives_way)
{
	EXPECT_STATUS(8, 0, 0);
	EXPECT_EQ(0xff, remembered(self));
	ASSERT_GE(peer_get(&self->actor.peer, KEY + 8, 4096, CREATE), 0);
	EXPECT_STATUS(8, 1, 0);
	EXPECT_EQ(0xfe, remembered(self));
	EXPECT_CELL(&self->space, self->ids[0], "attaches", "-");
	EXPECT_CELL(&self->space, self->ids[0], "detaches", "-");
	EXPECT_CELL(&self->space, self->ids[0], "copies", "-");
	EXPECT_CELL(&self->space, self->ids[0], "last_comm", "-");
	/* An act makes it young again. */
	ASSERT_GT(peer_attach(&self->actor.peer, self->ids[1]), 0);
	ASSERT_GE(peer_get(&self->actor.peer, KEY + 9, 4096, CREATE), 0);
	EXPECT_STATUS(8, 2, 0);
	EXPECT_EQ(0xfa, remembered(self));
	EXPECT_COUNTS(&self->space, self->ids[1], 1, 0, 0);
	/* A queue takes room as well, and what goes leaves it. */
	ASSERT_GE(peer_say(&self->actor.peer, PEER_QUEUE, "/full", 0), 0);
	EXPECT_STATUS(8, 3, 0);
	EXPECT_EQ(0xf2, remembered(self));
	ASSERT_EQ(0, peer_remove(&self->actor.peer, self->ids[7]));
	EXPECT_STATUS(7, 3, 0);
	ASSERT_GE(peer_get(&self->actor.peer, KEY + 10, 4096, CREATE), 0);
	EXPECT_STATUS(8, 3, 0);
	EXPECT_EQ(0x72, remembered(self));
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* What was forgotten and is seen again: what it did before is not known. */
TEST_SLOW(full, seen_again)
{
	struct span then;
	int n, id = self->ids[0];
	long long at = peer_attach(&self->actor.peer, id);

	ASSERT_GT(at, 0);
	for (n = 0; n < ROOM; n++)
		ASSERT_GE(peer_get(&self->actor.peer, KEY + 8 + n, 4096, CREATE), 0);
	EXPECT_STATUS(8, 8, 0);
	EXPECT_EQ(0, remembered(self));
	TIMED(&then, ASSERT_EQ(0, peer_detach(&self->actor.peer, at)));
	EXPECT_STATUS(8, 9, 1);
	EXPECT_HISTORY(&self->space, id, "complete", "0");
	EXPECT_HISTORY(&self->space, id, "attaches", "-");
	EXPECT_HISTORY(&self->space, id, "copies", "-");
	EXPECT_HISTORY(&self->space, id, "detaches", "-");
	EXPECT_CELL(&self->space, id, "attaches", "-");
	EXPECT_CELL(&self->space, id, "copies", "-");
	EXPECT_CELL(&self->space, id, "detaches", "-");
	EXPECT_CELL(&self->space, id, "create_comm", "-");
	EXPECT_HISTORY(&self->space, id, "attach_time", "-");
	EXPECT_ACT(&self->space, id, "detach", &self->actor, &then);
	EXPECT_LAST(&self->space, id, &self->actor);
	/* One that is new is known whole. */
	n = peer_get(&self->actor.peer, IPC_PRIVATE, 4096, CREATE);
	EXPECT_STATUS(8, 10, 1);
	EXPECT_COUNTS(&self->space, n, 0, 0, 0);
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* What is marked goes last, then by how long it has been quiet as well. */
TEST_SLOW(full, marked_stay)
{
	struct peer *peer = &self->actor.peer;
	int n;

	for (n = 0; n < 3; n++) {
		ASSERT_GT(peer_attach(peer, self->ids[n]), 0);
		ASSERT_EQ(0, peer_remove(peer, self->ids[n]));
	}
	for (n = 0; n < 53; n++)
		ASSERT_GE(peer_get(peer, KEY + 100 + n, 4096, CREATE), 0);
	EXPECT_STATUS(8, 53, 0);
	EXPECT_EQ(0x07, remembered(self));
	for (n = 0; n < 3; n++)
		EXPECT_COUNT(&self->space, self->ids[n], "rmid_pid", peer->pid);
	/* Six marked; five more, and all are. */
	for (n = 3; n < ROOM; n++) {
		ASSERT_GT(peer_attach(peer, self->ids[n]), 0);
		ASSERT_EQ(0, peer_remove(peer, self->ids[n]));
	}
	EXPECT_STATUS(8, 58, 5);
	for (n = 0; n < ROOM; n++)
		EXPECT_COUNT(&self->space, self->ids[n], "rmid_pid", peer->pid);
	EXPECT_EQ(0x07, remembered(self));
	ASSERT_GT(peer_attach(peer, self->ids[0]), 0);
	ASSERT_GE(peer_get(peer, KEY + 200, 4096, CREATE), 0);
	/* The newcomer is the one that is not marked. */
	EXPECT_CELL(&self->space, self->ids[1], "rmid_pid", "-");
	EXPECT_CELL(&self->space, self->ids[1], "pending", "marked");
	EXPECT_EQ(0x05, remembered(self));
	ASSERT_GE(peer_get(peer, KEY + 201, 4096, CREATE), 0);
	EXPECT_EQ(0x05, remembered(self));
	EXPECT_STATUS(8, 60, 5);
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* Far more than there is room for, and a whole set of other sizes. */
TEST_SLOW(full, sizes)
{
	static const struct {
		const char *parameter;
		const char *size;
	} sizes[] = {
		{ "", "2048" },		       { "history=8", "8" },	   { "history=9", "16" },
		{ "history=1000", "1024" },    { "history=65536", "65536" },
		{ "history=100000", "131072" },
	};
	int n, k;

	for (n = 0; n < ARRAY_SIZE(sizes); n++) {
		ASSERT_EQ(0, module_reload(sizes[n].parameter));
		EXPECT_STREQ(sizes[n].size, status_value("history_size"));
		EXPECT_STREQ("0", status_value("history_used"));
		for (k = 0; k < 23; k++)
			ASSERT_GE(peer_get(&self->actor.peer, IPC_PRIVATE, 4096, CREATE), 0);
		k = strtol(status_value("history_used"), NULL, 10) +
		    strtol(status_value("history_evicted"), NULL, 10);
		EXPECT_EQ(23, k);
		EXPECT_EQ(strtol(status_value("history_used"), NULL, 10),
			  history_rows("shm", self->space.inum));
	}
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_SLOW(full, refused)
{
	static const char *const bad[] = {
		"history=0",	   "history=7",		     "history=1048577",
		"history=-1",	   "history=many",	     "history=",
		"history=99999999999999", "maxactive=-1",
		"maxactive=some",  "history=4294967304",
	};
	struct trace trace;
	int n, err;

	/* Has tracefs mounted, too. */
	ASSERT_EQ(0, trace_start(&trace, (const char *const[]){ NULL }));
	ASSERT_EQ(0, module_unload());
	for (n = 0; n < ARRAY_SIZE(bad); n++) {
		err = module_load(bad[n]);
		EXPECT_TRUE(err == -EINVAL || err == -ERANGE) {
			TH_LOG("%s: %d", bad[n], err);
		}
		ASSERT_FALSE(module_loaded());
		EXPECT_EQ(-1, access(LENS_DIR, F_OK));
		EXPECT_EQ(-1, access(TRACE_DIR "/events/ipclens", F_OK));
	}
	trace_stop(&trace);
	ASSERT_EQ(0, module_load(""));
}

TEST_HARNESS_MAIN
