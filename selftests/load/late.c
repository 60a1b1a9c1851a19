// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was there before the module: known from the first act on, with counts from
 * then on, and never taken for something whose creation was seen.
 */
#include "../event/event.h"
#include "module.h"

#define KEY 0x4c140001

FIXTURE(late) {
	struct space space;
	struct trace trace;
	struct actor maker;
	struct actor user;
	struct owner owner; /* the maker, once more */
	struct span then;
	long long at;
	long fd;
	int id;
};

FIXTURE_SETUP(late)
{
	ASSERT_EQ(0, module_loaded() ? module_unload() : 0);
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, actor_start(&self->maker, "maker", 0, 0));
	ASSERT_EQ(0, actor_start(&self->user, "user", 4242, 0));
	self->owner = (struct owner){ .peer = self->maker.peer };
	self->id = peer_get(&self->maker.peer, KEY, 4096, 0666 | CREATE);
	self->at = peer_attach(&self->maker.peer, self->id);
	ASSERT_GT(self->at, 0);
	ASSERT_GT(peer_attach(&self->maker.peer, self->id), 0);
	self->fd = queue_default(&self->owner, "late");
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(0, module_load(""));
	ASSERT_EQ(0, trace_start(&self->trace, NULL));
}

FIXTURE_TEARDOWN(late)
{
	peer_end(&self->maker.peer);
	peer_end(&self->user.peer);
	trace_stop(&self->trace);
	space_close(&self->space);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
}

#define EVENT(index, name, who, ...) \
	EXPECT_SEGMENT_EVENT(index, name, who, { "age_ns", 0 }, __VA_ARGS__)

#define EXPECT_LATE_COUNTS(attaches_, copies_, detaches_) do { \
	EXPECT_COUNT(&self->space, self->id, "attaches", attaches_); \
	EXPECT_COUNT(&self->space, self->id, "copies", copies_); \
	EXPECT_COUNT(&self->space, self->id, "detaches", detaches_); \
	EXPECT_HISTORY(&self->space, self->id, "attaches", number_text(attaches_)); \
	EXPECT_HISTORY(&self->space, self->id, "copies", number_text(copies_)); \
	EXPECT_HISTORY(&self->space, self->id, "detaches", number_text(detaches_)); \
} while (0)

/* Looking at it is no act. */
TEST_SLOW(late, untouched)
{
	static const char *const cells[] = { "attaches", "detaches", "copies", "create_comm",
					     "last_comm", "rmid_pid", "rmid_uid", "rmid_comm",
					     "rmid_time" };
	int n;

	for (n = 0; n < ARRAY_SIZE(cells); n++)
		EXPECT_CELL(&self->space, self->id, cells[n], "-");
	EXPECT_ALL_TRUE_IN(self->space.fd);
	EXPECT_EQ(0, history_rows("shm", self->space.inum));
	EXPECT_EQ(0, history_rows("mqueue", self->space.inum));
	EXPECT_STREQ("0", status_value("history_used"));
	EXPECT_STREQ("0", status_value("history_late"));
	EXPECT_STREQ("0", status_value("history_evicted"));
	EXPECT_EVENTS(&self->trace, &self->space, "");
}

TEST_SLOW(late, counts_since_load)
{
	struct actor child;

	TIMED(&self->then, ASSERT_GT(peer_attach(&self->user.peer, self->id), 0));
	EXPECT_LATE_COUNTS(1, 0, 0);
	EXPECT_HISTORY(&self->space, self->id, "complete", "0");
	EXPECT_STREQ("1", status_value("history_late"));
	EXPECT_STREQ("1", status_value("history_used"));
	EXPECT_CELL(&self->space, self->id, "create_comm", "-");
	EXPECT_HISTORY(&self->space, self->id, "create_pid", "-");
	EXPECT_HISTORY(&self->space, self->id, "create_time", "-");
	EXPECT_LAST(&self->space, self->id, &self->user);
	EXPECT_ACT(&self->space, self->id, "attach", &self->user, &self->then);
	ASSERT_EQ(0, actor_fork(&self->maker, &child, "child"));
	ASSERT_EQ(0, peer_end(&child.peer));
	EXPECT_LATE_COUNTS(1, 2, 2);
	/* More go than came since. */
	ASSERT_EQ(0, peer_end(&self->user.peer));
	ASSERT_EQ(0, peer_detach(&self->maker.peer, self->at));
	EXPECT_LATE_COUNTS(1, 2, 4);
	EXPECT_EQ(1, truth_nattch(self->id));
	EXPECT_STREQ("1", status_value("history_late"));
	EXPECT_EVENTS(&self->trace, &self->space,
		      "shm_attach shm_fork shm_fork shm_detach shm_detach shm_detach shm_detach");
	EVENT(0, "shm_attach", &self->user, { "nattch", 3 });
	EVENT(2, "shm_fork", &self->maker, { "nattch", 5 });
	EVENT(6, "shm_detach", &self->maker, { "nattch", 1 }, { "start", self->at });
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* The first act is the end. */
TEST_SLOW(late, removed)
{
	TIMED(&self->then, ASSERT_EQ(0, peer_remove(&self->maker.peer, self->id)));
	EXPECT_COUNT(&self->space, self->id, "rmid_pid", self->maker.peer.pid);
	EXPECT_CELL(&self->space, self->id, "rmid_comm", "maker");
	EXPECT_CELL(&self->space, self->id, "create_comm", "-");
	EXPECT_LATE_COUNTS(0, 0, 0);
	EXPECT_ACT(&self->space, self->id, "rmid", &self->maker, &self->then);
	ASSERT_EQ(0, peer_end(&self->maker.peer));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_rmid shm_detach shm_detach shm_destroy");
	EVENT(0, "shm_rmid", &self->maker, { "orig_key", KEY }, { "nattch", 2 });
	EVENT(3, "shm_destroy", &self->maker, { "orig_key", KEY }, { "size", 4096 });
	EXPECT_EQ(0, history_rows("shm", self->space.inum));
	EXPECT_STREQ("0", status_value("history_used"));
}

TEST_SLOW(late, creator_exit)
{
	ASSERT_EQ(0, peer_end(&self->maker.peer));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_detach shm_detach shm_owner_exit");
	EVENT(2, "shm_owner_exit", &self->maker, { "nattch", 0 });
	/* No act on it: who unlinks what nobody has attached. */
	ASSERT_EQ(0, shmctl(self->id, IPC_RMID, NULL));
	EXPECT_EVENTS(&self->trace, &self->space,
		      "shm_detach shm_detach shm_owner_exit shm_rmid shm_destroy");
	EVENT(3, "shm_rmid", NULL, { "pid", getpid() }, { "orig_key", KEY }, { "nattch", 0 });
}

TEST_SLOW(late, queue)
{
	struct owner *owner = &self->owner;
	unsigned long long ino = strtoull(queue_cell(owner, self->fd, "ino"), NULL, 10);

	EXPECT_QUEUE(owner, self->fd, "create_pid", "-");
	EXPECT_QUEUE(owner, self->fd, "create_comm", "-");
	EXPECT_QUEUE(owner, self->fd, "create_time", "-");
	ASSERT_EQ(0, queue_unlink(owner, "late"));
	ASSERT_EQ(0, queue_close(owner, self->fd));
	EXPECT_EVENTS(&self->trace, &self->space, "mq_unlink mq_destroy");
	EXPECT_EVENT(&self->trace, 0, "mq_unlink", &self->maker, { "ino", ino }, { "age_ns", 0 });
	EXPECT_STREQ("late", trace_text(&self->trace, 0, "name"));
	EXPECT_EVENT(&self->trace, 1, "mq_destroy", &self->maker, { "ino", ino }, { "age_ns", 0 });
	EXPECT_STREQ("0", status_value("history_late"));
}

/* What one load has seen, the next one has not. */
TEST_SLOW(late, reloaded)
{
	int id = peer_get(&self->user.peer, IPC_PRIVATE, 4096, CREATE);

	EXPECT_CELL(&self->space, id, "create_comm", "user");
	trace_stop(&self->trace);
	ASSERT_EQ(0, module_reload(""));
	EXPECT_CELL(&self->space, id, "create_comm", "-");
	EXPECT_STREQ("0", status_value("history_used"));
	ASSERT_GT(peer_attach(&self->user.peer, id), 0);
	EXPECT_CELL(&self->space, id, "attaches", "1");
	EXPECT_CELL(&self->space, id, "create_comm", "-");
	EXPECT_HISTORY(&self->space, id, "complete", "0");
	ASSERT_EQ(0, trace_start(&self->trace, NULL));
}

/* Marked already: marking it again is no news. */
TEST_SLOW(late, marked_before)
{
	trace_stop(&self->trace);
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, peer_remove(&self->maker.peer, self->id));
	ASSERT_EQ(0, module_load(""));
	ASSERT_EQ(0, trace_start(&self->trace, NULL));
	EXPECT_CELL(&self->space, self->id, "pending", "marked");
	EXPECT_CELL(&self->space, self->id, "rmid_pid", "-");
	ASSERT_EQ(0, peer_remove(&self->maker.peer, self->id));
	EXPECT_EVENTS(&self->trace, &self->space, "");
	EXPECT_CELL(&self->space, self->id, "rmid_pid", "-");
}

TEST_HARNESS_MAIN
