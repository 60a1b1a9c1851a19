// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPC_RMID: of attached and unattached segments, by the owner and by others, once
 * and twice; and what destroys without it: kernel.shm_rmid_forced.
 */
#include "event.h"

#define KEY 0x4c110001
#define SIZE 8192
#define OWNER 4242
#define FORCED "/proc/sys/kernel/shm_rmid_forced\n"

FIXTURE(marks) {
	struct space space;
	struct trace trace;
	struct actor maker;
	struct actor other;
	struct span born;
	struct span then;
	int id;
};

FIXTURE_SETUP(marks)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, actor_start(&self->maker, "maker", 0, 0));
	ASSERT_EQ(0, actor_start(&self->other, "other", OWNER, 0));
	ASSERT_EQ(0, trace_start(&self->trace, NULL));
	TIMED(&self->born, self->id = peer_get(&self->maker.peer, KEY, SIZE, CREATE));
	ASSERT_GE(self->id, 0);
	/* The other user's from now on, who may remove it. */
	ASSERT_EQ(0, peer_call(&self->maker.peer, PEER_OWN, self->id, OWNER, OWNER, 0600));
}

FIXTURE_TEARDOWN(marks)
{
	peer_end(&self->maker.peer);
	peer_end(&self->other.peer);
	trace_stop(&self->trace);
	space_close(&self->space);
}

#define EVENT EXPECT_SEGMENT_EVENT

/* The cells of both files say who marked it, in the span "then". */
#define EXPECT_MARKED_BY(who) do { \
	EXPECT_CELL(&self->space, self->id, "pending", "marked"); \
	EXPECT_COUNT(&self->space, self->id, "rmid_pid", (who)->peer.pid); \
	EXPECT_COUNT(&self->space, self->id, "rmid_uid", (who)->uid); \
	EXPECT_CELL(&self->space, self->id, "rmid_comm", (who)->comm); \
	EXPECT_TRUE(time_fits(lens_peek("shm", self->space.inum, self->id, "rmid_time"), \
			      &self->then)); \
	EXPECT_ACT(&self->space, self->id, "rmid", who, &self->then); \
} while (0)

TEST_SLOW(marks, by_another)
{
	struct actor *maker = &self->maker, *other = &self->other;
	long long at;

	ASSERT_GT(peer_attach(&maker->peer, self->id), 0);
	at = peer_attach(&maker->peer, self->id);
	TIMED(&self->then, ASSERT_EQ(0, peer_remove(&other->peer, self->id)));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_attach shm_attach shm_rmid");
	EVENT(3, "shm_rmid", other, { "orig_key", KEY }, { "size", SIZE }, { "nattch", 2 });
	EXPECT_AGE(&self->trace, 3, &self->born, &self->then);
	EXPECT_MARKED_BY(other);
	EXPECT_ALL_TRUE_IN(self->space.fd);
	/* It lives on, and goes with the last. */
	ASSERT_EQ(0, peer_detach(&maker->peer, at));
	EXPECT_COUNTS(&self->space, self->id, 2, 0, 1);
	EXPECT_MARKED_BY(other);
	trace_forget(&self->trace);
	TIMED(&self->then, ASSERT_EQ(0, peer_end(&maker->peer)));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_detach shm_detach shm_destroy");
	EVENT(2, "shm_destroy", maker, { "orig_key", KEY }, { "size", SIZE });
	EXPECT_AGE(&self->trace, 2, &self->born, &self->then);
	EXPECT_GONE(&self->space, self->id);
	EXPECT_HISTORY(&self->space, self->id, "number", "(none)");
}

/* Nobody has it any more, and it is destroyed at once. */
TEST_SLOW(marks, unattached)
{
	struct actor *maker = &self->maker, *other = &self->other;
	long long at = peer_attach(&maker->peer, self->id);

	ASSERT_EQ(0, peer_detach(&maker->peer, at));
	TIMED(&self->then, ASSERT_EQ(0, peer_remove(&other->peer, self->id)));
	EXPECT_EVENTS(&self->trace, &self->space,
		      "shm_create shm_attach shm_detach shm_rmid shm_destroy");
	EVENT(0, "shm_create", maker, { "key", KEY }, { "size", SIZE }, { "perms", 0600 });
	EVENT(1, "shm_attach", maker, { "start", at }, { "nattch", 1 });
	EVENT(2, "shm_detach", maker, { "start", at }, { "nattch", 0 });
	EVENT(3, "shm_rmid", other, { "orig_key", KEY }, { "size", SIZE }, { "nattch", 0 });
	EVENT(4, "shm_destroy", other, { "orig_key", KEY }, { "size", SIZE });
	EXPECT_AGE(&self->trace, 3, &self->born, &self->then);
	EXPECT_AGE(&self->trace, 4, &self->born, &self->then);
	EXPECT_HISTORY(&self->space, self->id, "number", "(none)");
	/* A removal of something else says nothing of this one. */
	EXPECT_LT(peer_remove(&other->peer, self->id), 0);
	EXPECT_EVENTS(&self->trace, &self->space,
		      "shm_create shm_attach shm_detach shm_rmid shm_destroy");
}

/* The second time does nothing; what the first one was stays known. */
TEST_SLOW(marks, twice)
{
	ASSERT_GT(peer_attach(&self->maker.peer, self->id), 0);
	TIMED(&self->then, ASSERT_EQ(0, peer_remove(&self->other.peer, self->id)));
	usleep(1100000);
	ASSERT_EQ(0, peer_remove(&self->maker.peer, self->id));
	ASSERT_EQ(0, peer_remove(&self->maker.peer, self->id));
	EXPECT_MARKED_BY(&self->other);
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_attach shm_rmid");
	EVENT(2, "shm_rmid", &self->other, { "orig_key", KEY }, { "nattch", 1 });
}

/* The same for a segment that never had a key. */
TEST_SLOW(marks, twice_without_a_key)
{
	ASSERT_EQ(0, peer_remove(&self->maker.peer, self->id));
	self->id = peer_get(&self->other.peer, IPC_PRIVATE, SIZE, CREATE);
	ASSERT_GT(peer_attach(&self->maker.peer, self->id), 0);
	ASSERT_EQ(0, trace_read(&self->trace));
	trace_forget(&self->trace);
	TIMED(&self->then, ASSERT_EQ(0, peer_remove(&self->other.peer, self->id)));
	ASSERT_EQ(0, peer_remove(&self->maker.peer, self->id));
	EXPECT_MARKED_BY(&self->other);
	EXPECT_EVENTS(&self->trace, &self->space, "shm_rmid");
	EVENT(0, "shm_rmid", &self->other, { "orig_key", 0 }, { "nattch", 1 });
}

/* A marked one can still be attached by its id; the last detach is the end. */
TEST_SLOW(marks, attached_afterwards)
{
	long long first = peer_attach(&self->maker.peer, self->id), second;

	ASSERT_GT(first, 0);
	ASSERT_EQ(0, peer_remove(&self->maker.peer, self->id));
	second = peer_attach(&self->other.peer, self->id);
	ASSERT_GT(second, 0);
	ASSERT_EQ(0, peer_detach(&self->maker.peer, first));
	EXPECT_COUNTS(&self->space, self->id, 2, 0, 1);
	ASSERT_EQ(0, peer_detach(&self->other.peer, second));
	EXPECT_EVENTS(&self->trace, &self->space,
		      "shm_create shm_attach shm_rmid shm_attach shm_detach shm_detach shm_destroy");
	EVENT(3, "shm_attach", &self->other, { "nattch", 2 });
	EVENT(4, "shm_detach", &self->maker, { "nattch", 1 });
	EVENT(6, "shm_destroy", &self->other, { "orig_key", KEY }, { "size", SIZE });
}

/* What comes to be where another was begins with nothing, and ends with nothing. */
TEST_SLOW(marks, successors)
{
	int n, id;
	long long at;

	ASSERT_EQ(0, peer_remove(&self->other.peer, self->id));
	for (n = 0; n < 53; n++) {
		id = peer_get(&self->maker.peer, KEY, SIZE, CREATE);
		ASSERT_GE(id, 0);
		EXPECT_COUNTS(&self->space, id, 0, 0, 0);
		EXPECT_CELL(&self->space, id, "last_comm", "-");
		EXPECT_CELL(&self->space, id, "rmid_pid", "-");
		EXPECT_EQ(1, history_rows("shm", self->space.inum));
		at = peer_attach(&self->maker.peer, id);
		ASSERT_EQ(0, peer_remove(&self->maker.peer, id));
		ASSERT_EQ(0, peer_detach(&self->maker.peer, at));
		EXPECT_EQ(0, history_rows("shm", self->space.inum));
	}
}

/* Setting it destroys what has neither a creator nor a user: no removal. */
TEST_SLOW(marks, forced_by_sysctl)
{
	struct actor setter;

	ASSERT_EQ(0, actor_start(&setter, "setter", 0, 0));
	ASSERT_EQ(0, peer_end(&self->maker.peer));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_owner_exit");
	EXPECT_CELL(&self->space, self->id, "create_comm", "maker");
	TIMED(&self->then, ASSERT_EQ(0, peer_say(&setter.peer, PEER_WRITE, FORCED "1", 0)));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_owner_exit shm_destroy");
	EVENT(2, "shm_destroy", &setter, { "orig_key", KEY }, { "size", SIZE });
	EXPECT_AGE(&self->trace, 2, &self->born, &self->then);
	EXPECT_HISTORY(&self->space, self->id, "number", "(none)");
	EXPECT_EQ(0, peer_end(&setter.peer));
}

/* Once set, the last detach destroys, or the creator's exit. */
TEST_SLOW(marks, forced_by_exit)
{
	int second = peer_get(&self->maker.peer, IPC_PRIVATE, 1, CREATE);
	long long at;

	ASSERT_GE(second, 0);
	at = peer_attach(&self->other.peer, self->id);
	ASSERT_GT(at, 0);
	ASSERT_EQ(0, peer_say(&self->maker.peer, PEER_WRITE, FORCED "1", 0));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_create shm_attach");
	EXPECT_CELL(&self->space, self->id, "pending", "forced");
	EXPECT_CELL(&self->space, self->id, "rmid_pid", "-");
	trace_forget(&self->trace);
	ASSERT_EQ(0, peer_end(&self->maker.peer));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_owner_exit shm_owner_exit shm_destroy");
	EXPECT_EVENT(&self->trace, 2, "shm_destroy", &self->maker, { "shmid", second });
	trace_forget(&self->trace);
	ASSERT_EQ(0, peer_detach(&self->other.peer, at));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_detach shm_destroy");
	EVENT(1, "shm_destroy", &self->other, { "orig_key", KEY }, { "size", SIZE });
	EXPECT_EQ(0, history_rows("shm", self->space.inum));
}

TEST_HARNESS_MAIN
