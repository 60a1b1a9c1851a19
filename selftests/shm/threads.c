// SPDX-License-Identifier: GPL-2.0-only
/*
 * Threads and shared memory descriptors. Creators that are
 * not leaders, leaders that are dead, processes that share their memory, a
 * thread that is in a namespace of its own.
 */
#include <signal.h>

#include "fixture.h"

FIXTURE(threads) {
	struct space space;
	struct peer peer; /* the leader */
	struct peer thread;
	int id; /* created by the leader */
	long long base;
};

FIXTURE_SETUP(threads)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	ASSERT_EQ(0, peer_spawn(&self->peer, &self->thread, PEER_THREAD));
	ASSERT_EQ(self->peer.pid, self->thread.pid);
	ASSERT_NE(self->peer.tid, self->thread.tid);
	self->id = peer_get(&self->peer, 0x4c0d0001, 4096, CREATE);
	ASSERT_GE(self->id, 0);
	self->base = peer_attach(&self->peer, self->id);
	ASSERT_GT(self->base, 0);
}

FIXTURE_TEARDOWN(threads)
{
	peer_end(self->thread.fd >= 0 ? &self->thread : &self->peer);
	space_close(&self->space);
}

TEST_SLOW(threads, creating_thread_exits)
{
	int id = peer_get(&self->thread, 0x4c0d0002, 4096, CREATE);

	ASSERT_GE(id, 0);
	EXPECT_COUNT(&self->space, id, "cpid", self->peer.pid);
	EXPECT_CELL(&self->space, id, "creator_alive", "1");
	ASSERT_EQ(0, peer_leave(&self->thread));
	/* The process lives, the creating thread does not. */
	EXPECT_CELL(&self->space, id, "creator_alive", "0");
	EXPECT_CELL(&self->space, self->id, "creator_alive", "1");
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_SLOW(threads, leader_exits)
{
	pid_t pid = self->peer.pid;

	ASSERT_EQ(0, peer_leave(&self->peer));
	EXPECT_CELL(&self->space, self->id, "creator_alive", "0");
	EXPECT_CELL(&self->space, self->id, "nattch", "1");
	EXPECT_EQ(1, holders_count(&self->space, self->id, pid));
	EXPECT_STREQ(number_text(self->space.inum),
		     lens_peek("shm_holders", self->space.inum, self->id, "task_ipcns"));
	EXPECT_ALL_TRUE_IN(self->space.fd);
	ASSERT_EQ(0, peer_remove(&self->thread, self->id));
	EXPECT_CELL(&self->space, self->id, "pending", "marked");
	ASSERT_EQ(0, peer_end(&self->thread));
	EXPECT_GONE(&self->space, self->id);
	EXPECT_EQ(0, holders_count(&self->space, self->id, 0));
}

/* Only threads are left in the namespace, and no leader. */
TEST_SLOW(threads, leader_exits_in_a_namespace_of_its_own)
{
	struct space own;
	struct peer leader, thread;
	int id;

	ASSERT_EQ(0, peer_start(&leader, CLONE_NEWIPC));
	ASSERT_EQ(0, space_of(&own, leader.pid));
	ASSERT_EQ(0, peer_spawn(&leader, &thread, PEER_THREAD));
	id = peer_get(&thread, 0x4c0d0003, 4096, CREATE);
	ASSERT_EQ(0, peer_leave(&leader));
	EXPECT_CELL(&own, id, "creator_alive", "1");
	EXPECT_STREQ(number_text(thread.tid), lens_peek("namespaces", own.inum, -1, "pid"));
	EXPECT_ALL_TRUE_IN(own.fd);
	EXPECT_EQ(0, peer_end(&thread));
	space_close(&own);
}

/* One thread alone leaves for another namespace: found through that thread. */
TEST_SLOW(threads, unshare_in_one_thread)
{
	char path[64];
	struct space own;
	struct stat st;
	int id;

	ASSERT_EQ(0, peer_unshare(&self->thread, CLONE_NEWIPC));
	snprintf(path, sizeof(path), "/proc/%d/task/%d/ns/ipc", self->thread.pid, self->thread.tid);
	own.fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_GE(own.fd, 0);
	ASSERT_EQ(0, fstat(own.fd, &st));
	own.inum = st.st_ino;
	ASSERT_NE(own.inum, self->space.inum);
	ASSERT_EQ(0, peer_say(&self->thread, PEER_NAME, "deserter", 0));

	id = peer_get(&self->thread, 0x4c0d0004, 4096, CREATE);
	ASSERT_EQ(self->id, id);
	ASSERT_GT(peer_attach(&self->thread, id), 0);
	EXPECT_CELL(&own, id, "orig_key", "0x4c0d0004");
	EXPECT_EQ(1, holders_count(&own, id, self->peer.pid));
	EXPECT_EQ(1, holders_count(&self->space, self->id, self->peer.pid));
	EXPECT_STREQ(number_text(self->thread.tid), lens_peek("namespaces", own.inum, -1, "pid"));
	EXPECT_STREQ("deserter", lens_peek("namespaces", own.inum, -1, "comm"));
	EXPECT_ALL_TRUE_IN(self->space.fd, own.fd);
	space_close(&own);
}

/* Two processes, one memory: each mapping has one row, under the older process. */
static void check_shared(struct __test_metadata *_metadata, FIXTURE_DATA(threads) *self,
			 unsigned long flags)
{
	struct peer child;
	long long second;

	ASSERT_EQ(0, peer_spawn(&self->peer, &child, flags));
	ASSERT_NE(child.pid, self->peer.pid);
	second = peer_attach(&child, self->id);
	ASSERT_GT(second, 0);
	EXPECT_CELL(&self->space, self->id, "nattch", "2");
	EXPECT_COUNT(&self->space, self->id, "lpid", child.pid);
	EXPECT_EQ(2, holders_count(&self->space, self->id, 0));
	EXPECT_EQ(2, holders_count(&self->space, self->id, self->peer.pid));
	EXPECT_EQ(0, holders_count(&self->space, self->id, child.pid));
	EXPECT_ALL_TRUE_IN(self->space.fd);
	ASSERT_EQ(0, peer_end(&child));
	EXPECT_EQ(2, holders_count(&self->space, self->id, self->peer.pid));
	EXPECT_EQ(0, peer_detach(&self->peer, second));
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_SLOW(threads, memory_shared_by_clone)
{
	check_shared(_metadata, self, CLONE_VM);
}

TEST_SLOW(threads, memory_shared_by_vfork)
{
	check_shared(_metadata, self, CLONE_VM | CLONE_VFORK);
}

/* ... the first of the two dies, and the rows move to the one that is left. */
TEST_SLOW(threads, sharer_survives)
{
	struct peer child;

	ASSERT_EQ(0, peer_spawn(&self->peer, &child, CLONE_VM | CLONE_NEWIPC));
	ASSERT_EQ(0, peer_kill(&self->peer, SIGKILL));
	self->peer = child;
	self->thread.fd = -1;
	EXPECT_EQ(1, holders_count(&self->space, self->id, child.pid));
	EXPECT_CELL(&self->space, self->id, "nattch", "1");
	EXPECT_CELL(&self->space, self->id, "creator_alive", "0");
	EXPECT_STREQ(number_text(truth_space_inum(child.pid)),
		     lens_peek("shm_holders", self->space.inum, self->id, "task_ipcns"));
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* Neither kernel threads nor processes without segments have rows. */
TEST_SLOW(threads, only_those_who_map)
{
	struct peer idle;

	ASSERT_EQ(0, peer_start(&idle, 0));
	EXPECT_EQ(1, holders_count(&self->space, self->id, 0));
	EXPECT_EQ(0, holders_count(&self->space, self->id, idle.pid));
	EXPECT_EQ(0, peer_end(&idle));
}

TEST_HARNESS_MAIN
