// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments of other IPC namespaces, whose ids collide; holders
 * that left the namespace of what they hold; namespaces that end. And the
 * "namespaces" file itself.
 */
#include <signal.h>

#include "fixture.h"

#define SPACES 3
#define MANY 200

/* Peer n is alone in namespace n; all of them give their first segment the same id. */
FIXTURE(namespaces) {
	struct space space[SPACES];
	struct peer peer[SPACES];
	int id;
};

FIXTURE_SETUP(namespaces)
{
	int n;

	ASSERT_TRUE(lens_present());
	for (n = 0; n < SPACES; n++) {
		ASSERT_EQ(0, peer_start(&self->peer[n], CLONE_NEWIPC));
		ASSERT_EQ(0, space_of(&self->space[n], self->peer[n].pid));
		self->id = peer_get(&self->peer[n], 0x4c060001, (n + 1) * 4096, CREATE);
		/* The first segment of a fresh namespace. */
		ASSERT_EQ(0, self->id);
	}
}

FIXTURE_TEARDOWN(namespaces)
{
	int n;

	for (n = 0; n < SPACES; n++) {
		peer_end(&self->peer[n]);
		space_close(&self->space[n]);
	}
}

#define EXPECT_ALL_SPACES_TRUE() \
	EXPECT_ALL_TRUE_IN(self->space[0].fd, self->space[1].fd, self->space[2].fd)

TEST_SLOW(namespaces, colliding_ids)
{
	int n;

	for (n = 0; n < SPACES; n++)
		ASSERT_GT(peer_attach(&self->peer[n], 0), 0);
	/* Three rows with id 0, told apart by namespace; none of it is ours to see. */
	for (n = 0; n < SPACES; n++) {
		EXPECT_COUNT(&self->space[n], 0, "size", (n + 1) * 4096);
		EXPECT_COUNT(&self->space[n], 0, "cpid", self->peer[n].pid);
		EXPECT_CELL(&self->space[n], 0, "nattch", "1");
		EXPECT_EQ(1, holders_count(&self->space[n], 0, self->peer[n].pid));
		EXPECT_EQ(1, holders_count(&self->space[n], 0, 0));
	}
	EXPECT_LT(shmget(0x4c060001, 0, 0), 0);
	EXPECT_ALL_SPACES_TRUE();
}

/* Attached, then off to a fresh namespace, where the same id is made once more. */
TEST_SLOW(namespaces, holder_left_its_namespace)
{
	struct peer *mover = &self->peer[1], keeper;
	struct space fresh;

	ASSERT_EQ(0, peer_spawn(mover, &keeper, 0));
	ASSERT_GT(peer_attach(mover, 0), 0);
	EXPECT_CELL(&self->space[1], 0, "creator_alive", "1");
	ASSERT_EQ(0, peer_unshare(mover, CLONE_NEWIPC));
	ASSERT_EQ(0, space_of(&fresh, mover->pid));
	ASSERT_NE(fresh.inum, self->space[1].inum);
	EXPECT_EQ(1, holders_count(&self->space[1], 0, mover->pid));
	EXPECT_STREQ(number_text(fresh.inum),
		     lens_peek("shm_holders", self->space[1].inum, 0, "task_ipcns"));
	/* Leaving cuts the creator off from what it made. */
	EXPECT_CELL(&self->space[1], 0, "creator_alive", "0");
	EXPECT_CELL(&self->space[1], 0, "nattch", "1");

	ASSERT_EQ(0, peer_get(mover, 0x4c060002, 9 * 4096, CREATE));
	ASSERT_GT(peer_attach(mover, 0), 0);
	ASSERT_GT(peer_attach(mover, 0), 0);
	EXPECT_EQ(2, holders_count(&fresh, 0, mover->pid));
	EXPECT_EQ(1, holders_count(&self->space[1], 0, mover->pid));
	EXPECT_CELL(&fresh, 0, "nattch", "2");
	EXPECT_COUNT(&fresh, 0, "size", 9 * 4096);
	EXPECT_ALL_TRUE_IN(self->space[0].fd, self->space[1].fd, self->space[2].fd, fresh.fd);

	ASSERT_EQ(0, peer_remove(&keeper, 0));
	EXPECT_CELL(&self->space[1], 0, "pending", "marked");
	EXPECT_CELL(&fresh, 0, "pending", "no");
	ASSERT_EQ(0, peer_end(mover));
	EXPECT_GONE(&self->space[1], 0);
	EXPECT_ALL_TRUE_IN(self->space[1].fd);
	EXPECT_EQ(0, peer_end(&keeper));
	space_close(&fresh);
}

/* No task is left in the namespace; what holds its segment is found all the same. */
TEST_SLOW(namespaces, holder_of_a_namespace_without_tasks)
{
	struct peer *mover = &self->peer[1];

	ASSERT_GT(peer_attach(mover, 0), 0);
	ASSERT_EQ(0, peer_unshare(mover, CLONE_NEWIPC));
	EXPECT_EQ(1, holders_count(&self->space[1], 0, mover->pid));
	EXPECT_GONE(&self->space[1], 0);
	EXPECT_STREQ("(none)", lens_peek("namespaces", self->space[1].inum, -1, "ipcns"));
	/* Entered again by its descriptor it is seen again. */
	ASSERT_EQ(0, setns(self->space[1].fd, CLONE_NEWIPC));
	EXPECT_CELL(&self->space[1], 0, "nattch", "1");
	EXPECT_ALL_SPACES_TRUE();
}

TEST_SLOW(namespaces, limits)
{
	struct peer *peer = &self->peer[2];

	ASSERT_EQ(0, peer_say(peer, PEER_WRITE, "/proc/sys/kernel/shmmax\n1048576", 0));
	ASSERT_EQ(0, peer_say(peer, PEER_WRITE, "/proc/sys/kernel/shmall\n77777", 0));
	ASSERT_EQ(0, peer_say(peer, PEER_WRITE, "/proc/sys/kernel/shmmni\n123", 0));
	ASSERT_EQ(0, peer_say(peer, PEER_WRITE, "/proc/sys/fs/mqueue/queues_max\n17", 0));
	ASSERT_EQ(0, peer_say(peer, PEER_WRITE, "/proc/sys/fs/mqueue/msg_max\n13", 0));
	ASSERT_EQ(0, peer_say(peer, PEER_WRITE, "/proc/sys/fs/mqueue/msgsize_max\n4242", 0));
	EXPECT_STREQ("1048576", lens_peek("namespaces", self->space[2].inum, -1, "shmmax"));
	EXPECT_STREQ("77777", lens_peek("namespaces", self->space[2].inum, -1, "shmall"));
	EXPECT_STREQ("123", lens_peek("namespaces", self->space[2].inum, -1, "shmmni"));
	EXPECT_STREQ("17", lens_peek("namespaces", self->space[2].inum, -1, "mq_queues_max"));
	EXPECT_STREQ("13", lens_peek("namespaces", self->space[2].inum, -1, "mq_msg_max"));
	EXPECT_STREQ("4242", lens_peek("namespaces", self->space[2].inum, -1, "mq_msgsize_max"));
	EXPECT_STRNE("123", lens_peek("namespaces", self->space[1].inum, -1, "shmmni"));
	EXPECT_ALL_SPACES_TRUE();
}

TEST_SLOW(namespaces, counts)
{
	struct peer *peer = &self->peer[2];
	unsigned long inum = self->space[2].inum;
	int id;

	EXPECT_STREQ("1", lens_peek("namespaces", inum, -1, "shm_count"));
	EXPECT_STREQ("3", lens_peek("namespaces", inum, -1, "shm_pages"));
	id = peer_get(peer, IPC_PRIVATE, 4 * 4096 + 1, CREATE);
	ASSERT_GE(id, 0);
	EXPECT_STREQ("2", lens_peek("namespaces", inum, -1, "shm_count"));
	EXPECT_STREQ("8", lens_peek("namespaces", inum, -1, "shm_pages"));
	ASSERT_GE(peer_say(peer, PEER_QUEUE, "/one", 0), 0);
	ASSERT_GE(peer_say(peer, PEER_QUEUE, "/two", 0), 0);
	EXPECT_STREQ("2", lens_peek("namespaces", inum, -1, "mq_count"));
	EXPECT_STREQ("0", lens_peek("namespaces", self->space[1].inum, -1, "mq_count"));
	ASSERT_EQ(0, peer_remove(peer, id));
	EXPECT_STREQ("1", lens_peek("namespaces", inum, -1, "shm_count"));
	EXPECT_ALL_SPACES_TRUE();
}

TEST_SLOW(namespaces, owner)
{
	char path[64];
	struct space space;
	struct peer peer;
	struct stat st;

	ASSERT_EQ(0, peer_start(&peer, CLONE_NEWUSER | CLONE_NEWIPC));
	ASSERT_EQ(0, space_of(&space, peer.pid));
	snprintf(path, sizeof(path), "/proc/%d/ns/user", peer.pid);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_STREQ(number_text(st.st_ino),
		     lens_peek("namespaces", space.inum, -1, "owner_userns"));
	ASSERT_EQ(0, stat("/proc/self/ns/user", &st));
	EXPECT_STREQ(number_text(st.st_ino),
		     lens_peek("namespaces", self->space[0].inum, -1, "owner_userns"));
	EXPECT_ALL_TRUE_IN(space.fd);
	EXPECT_EQ(0, peer_end(&peer));
	space_close(&space);
}

/* The initial namespace is always there, with its fixed number. */
TEST_SLOW(namespaces, initial)
{
	struct space initial;

	ASSERT_EQ(0, space_of(&initial, 1));
	EXPECT_STREQ("4026531839", lens_peek("namespaces", LENS_INITIAL, -1, "ipcns"));
	if (initial.inum == LENS_INITIAL)
		EXPECT_ALL_TRUE_IN(initial.fd);
	space_close(&initial);
}

/* The last task of a namespace full of segments goes, and so do all rows. */
TEST_SLOW(namespaces, ends_with_many)
{
	struct peer *peer = &self->peer[0];
	unsigned long inum = self->space[0].inum;
	struct lens_table table;
	int n;

	for (n = 0; n < MANY; n++)
		ASSERT_GE(peer_get(peer, IPC_PRIVATE, 4096, CREATE), 0);
	ASSERT_GT(peer_attach(peer, 0), 0);
	ASSERT_EQ(0, peer_remove(peer, 0));
	EXPECT_ALL_TRUE_IN(self->space[0].fd);
	ASSERT_EQ(0, lens_load(&table, "shm"));
	EXPECT_EQ(MANY + 1, lens_count(&table, inum, -1));
	lens_free(&table);

	space_close(&self->space[0]);
	ASSERT_EQ(0, peer_kill(peer, SIGKILL));
	ASSERT_EQ(0, lens_load(&table, "shm"));
	EXPECT_EQ(0, lens_count(&table, inum, -1));
	lens_free(&table);
	ASSERT_EQ(0, lens_load(&table, "namespaces"));
	EXPECT_EQ(0, lens_count(&table, inum, -1));
	lens_free(&table);
	EXPECT_EQ(0, holders_count(&(struct space){ .inum = inum }, 0, 0));
	EXPECT_ALL_TRUE_IN(self->space[1].fd, self->space[2].fd);
}

TEST_HARNESS_MAIN
