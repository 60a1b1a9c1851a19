// SPDX-License-Identifier: GPL-2.0-only
/*
 * Users and processes by number, as the initial namespaces have them: IPC_SET,
 * creators that are not root, user and pid namespaces.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "fixture.h"

#define MAP_FIRST 100000
#define MAP_COUNT 65536

FIXTURE(owners) {
	struct space space;
	struct peer peer;
};

FIXTURE_SETUP(owners)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
}

FIXTURE_TEARDOWN(owners)
{
	peer_end(&self->peer);
	space_close(&self->space);
}

#define EXPECT_OWNERS(space, id, uid, gid, cuid, cgid) do { \
	EXPECT_COUNT(space, id, "uid", uid); \
	EXPECT_COUNT(space, id, "gid", gid); \
	EXPECT_COUNT(space, id, "cuid", cuid); \
	EXPECT_COUNT(space, id, "cgid", cgid); \
} while (0)

TEST_SLOW(owners, given_away)
{
	int id = peer_get(&self->peer, 0x4c0e0001, 4096, CREATE);

	ASSERT_GE(id, 0);
	EXPECT_OWNERS(&self->space, id, 0, 0, 0, 0);
	ASSERT_EQ(0, peer_call(&self->peer, PEER_OWN, id, 1234, 5678, 0640));
	EXPECT_OWNERS(&self->space, id, 1234, 5678, 0, 0);
	EXPECT_CELL(&self->space, id, "perms", "640");
	EXPECT_ALL_TRUE_IN(self->space.fd);
	/* What IPC_SET cannot do: mark or lock by way of the mode. */
	ASSERT_EQ(0, peer_call(&self->peer, PEER_OWN, id, 1234, 5678, 03777));
	EXPECT_CELL(&self->space, id, "perms", "777");
	EXPECT_CELL(&self->space, id, "dest", "0");
}

TEST_SLOW(owners, created_by_others)
{
	int id;

	ASSERT_EQ(0, peer_call(&self->peer, PEER_BECOME, 1111, 2222, 0, 0));
	id = peer_get(&self->peer, 0x4c0e0002, 4096, CREATE);
	ASSERT_GE(id, 0);
	ASSERT_GT(peer_attach(&self->peer, id), 0);
	EXPECT_OWNERS(&self->space, id, 1111, 2222, 1111, 2222);
	EXPECT_EQ(1, holders_count(&self->space, id, self->peer.pid));
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_SLOW(owners, largest_number)
{
	int id;

	ASSERT_EQ(0, peer_call(&self->peer, PEER_BECOME, 4294967294, 4294967293, 0, 0));
	id = peer_get(&self->peer, 0x4c0e0003, 4096, CREATE);
	ASSERT_GE(id, 0);
	EXPECT_OWNERS(&self->space, id, 4294967294, 4294967293, 4294967294, 4294967293);
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_SLOW(owners, in_a_user_namespace)
{
	struct space own;
	struct peer peer;
	int id[2];

	ASSERT_EQ(0, peer_start(&peer, CLONE_NEWUSER | CLONE_NEWIPC));
	ASSERT_EQ(0, space_of(&own, peer.pid));
	ASSERT_EQ(0, peer_map_ids(&peer, MAP_FIRST, MAP_COUNT));
	/* Becomes its own root, which is MAP_FIRST to us, then its user 5. */
	ASSERT_EQ(0, peer_call(&peer, PEER_BECOME, 0, 0, 0, 0));
	id[0] = peer_get(&peer, 0x4c0e0004, 4096, CREATE);
	ASSERT_GE(id[0], 0);
	ASSERT_EQ(0, peer_call(&peer, PEER_OWN, id[0], 7, 8, 0600));
	ASSERT_EQ(0, peer_call(&peer, PEER_BECOME, 5, 6, 0, 0));
	id[1] = peer_get(&peer, 0x4c0e0005, 4096, CREATE);
	ASSERT_GE(id[1], 0);
	EXPECT_OWNERS(&own, id[0], MAP_FIRST + 7, MAP_FIRST + 8, MAP_FIRST, MAP_FIRST);
	EXPECT_OWNERS(&own, id[1], MAP_FIRST + 5, MAP_FIRST + 6, MAP_FIRST + 5, MAP_FIRST + 6);
	EXPECT_ALL_TRUE_IN(own.fd);
	EXPECT_EQ(0, peer_end(&peer));
	space_close(&own);
}

/* Made before any id was mapped: its creator is who we are outside. */
TEST_SLOW(owners, in_an_unmapped_user_namespace)
{
	struct space own;
	struct peer peer;
	int id;

	ASSERT_EQ(0, peer_start(&peer, CLONE_NEWUSER | CLONE_NEWIPC));
	ASSERT_EQ(0, space_of(&own, peer.pid));
	id = peer_get(&peer, 0x4c0e0006, 4096, CREATE);
	ASSERT_GE(id, 0);
	EXPECT_OWNERS(&own, id, 0, 0, 0, 0);
	EXPECT_ALL_TRUE_IN(own.fd);
	EXPECT_EQ(0, peer_end(&peer));
	space_close(&own);
}

/* pid 1 in there, quite another number here; its child likewise. */
TEST_SLOW(owners, in_a_pid_namespace)
{
	struct peer init, child;
	struct space own;
	int id;

	ASSERT_EQ(0, peer_start(&init, CLONE_NEWPID | CLONE_NEWIPC));
	ASSERT_EQ(0, space_of(&own, init.pid));
	ASSERT_EQ(0, peer_spawn(&init, &child, 0));
	ASSERT_NE(child.pid, init.pid);
	EXPECT_EQ(1, init.tid);
	EXPECT_EQ(2, child.tid);
	ASSERT_GT(init.pid, 1);
	id = peer_get(&init, 0x4c0e0007, 4096, CREATE);
	ASSERT_GE(id, 0);
	ASSERT_GT(peer_attach(&child, id), 0);
	EXPECT_COUNT(&own, id, "cpid", init.pid);
	EXPECT_COUNT(&own, id, "lpid", child.pid);
	EXPECT_EQ(1, holders_count(&own, id, child.pid));
	EXPECT_EQ(0, holders_count(&own, id, init.pid));
	EXPECT_STREQ(number_text(init.pid < child.pid ? init.pid : child.pid),
		     lens_peek("namespaces", own.inum, -1, "pid"));
	EXPECT_ALL_TRUE_IN(own.fd);
	EXPECT_EQ(0, peer_end(&child));
	EXPECT_EQ(0, peer_end(&init));
	space_close(&own);
}

/* Whoever reads: the numbers are those of the initial namespaces. */
TEST_SLOW(owners, read_from_a_pid_namespace)
{
	int id = peer_get(&self->peer, 0x4c0e0008, 4096, CREATE), status;
	pid_t reader;

	ASSERT_GT(peer_attach(&self->peer, id), 0);
	reader = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	if (!reader) {
		const char *want = number_text(self->peer.pid);
		unsigned long inum = self->space.inum;

		_exit(getpid() != 1 || strcmp(want, lens_peek("shm", inum, id, "cpid")) ||
		      strcmp(want, lens_peek("shm", inum, id, "lpid")) ||
		      strcmp(want, lens_peek("shm_holders", inum, id, "pid")));
	}
	ASSERT_EQ(reader, waitpid(reader, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
