// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel.shm_rmid_forced: segments die at the last detach without ever
 * being marked or losing their key. In namespaces of the test's own, since the
 * switch is one per namespace.
 */
#include "fixture.h"

#define FORCED "/proc/sys/kernel/shm_rmid_forced"

FIXTURE(forced) {
	struct space space;
	struct peer creator;
	struct peer other;
};

FIXTURE_SETUP(forced)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->creator, 0));
	ASSERT_EQ(0, peer_start(&self->other, 0));
}

FIXTURE_TEARDOWN(forced)
{
	peer_end(&self->creator);
	peer_end(&self->other);
	space_close(&self->space);
}

static long force(struct peer *peer, int on)
{
	return peer_say(peer, PEER_WRITE, on ? FORCED "\n1" : FORCED "\n0", 0);
}

TEST_SLOW(forced, shown_as_pending)
{
	struct space *space = &self->space;
	int id = peer_get(&self->creator, 0x4c040001, 5000, CREATE);

	ASSERT_GE(id, 0);
	ASSERT_GT(peer_attach(&self->creator, id), 0);
	EXPECT_CELL(space, id, "pending", "no");
	ASSERT_EQ(0, force(&self->creator, 1));
	EXPECT_CELL(space, id, "pending", "forced");
	EXPECT_CELL(space, id, "dest", "0");
	EXPECT_CELL(space, id, "key", "0x4c040001");
	EXPECT_CELL(space, id, "orig_key", "0x4c040001");
	EXPECT_CELL(space, id, "perms", "600");
	EXPECT_STREQ("1", lens_peek("namespaces", space->inum, -1, "rmid_forced"));
	EXPECT_ALL_TRUE_IN(space->fd);
	ASSERT_EQ(0, force(&self->creator, 0));
	EXPECT_CELL(space, id, "pending", "no");
	EXPECT_STREQ("0", lens_peek("namespaces", space->inum, -1, "rmid_forced"));
}

TEST_SLOW(forced, freed_at_last_detach)
{
	struct space *space = &self->space;
	int id = peer_get(&self->creator, 0x4c040002, 5000, CREATE);
	long long address;

	ASSERT_GE(id, 0);
	ASSERT_EQ(0, force(&self->creator, 1));
	ASSERT_GT(peer_attach(&self->creator, id), 0);
	address = peer_attach(&self->other, id);
	ASSERT_GT(address, 0);
	ASSERT_EQ(0, peer_end(&self->creator));
	EXPECT_CELL(space, id, "pending", "forced");
	EXPECT_CELL(space, id, "creator_alive", "0");
	EXPECT_CELL(space, id, "nattch", "1");
	EXPECT_CELL(space, id, "key", "0x4c040002");
	EXPECT_ALL_TRUE_IN(space->fd);
	ASSERT_EQ(0, peer_detach(&self->other, address));
	EXPECT_GONE(space, id);
	EXPECT_ALL_TRUE_IN(space->fd);
}

TEST_SLOW(forced, freed_when_creator_exits)
{
	struct space *space = &self->space;
	int id = peer_get(&self->creator, 0x4c040003, 5000, CREATE);

	ASSERT_GE(id, 0);
	ASSERT_EQ(0, force(&self->other, 1));
	EXPECT_CELL(space, id, "nattch", "0");
	EXPECT_CELL(space, id, "pending", "forced");
	EXPECT_CELL(space, id, "creator_alive", "1");
	ASSERT_EQ(0, peer_end(&self->creator));
	EXPECT_GONE(space, id);
	EXPECT_ALL_TRUE_IN(space->fd);
}

/* Writing 1 frees orphans at once, and orphans alone. */
TEST_SLOW(forced, orphans_freed_by_the_switch)
{
	struct space *space = &self->space;
	int orphan = peer_get(&self->creator, 0x4c040004, 5000, CREATE);
	int owned = peer_get(&self->other, 0x4c040005, 5000, CREATE);
	int held = peer_get(&self->creator, 0x4c040006, 5000, CREATE);

	ASSERT_GE(orphan, 0);
	ASSERT_GE(owned, 0);
	ASSERT_GE(held, 0);
	ASSERT_GT(peer_attach(&self->other, held), 0);
	ASSERT_EQ(0, peer_end(&self->creator));
	EXPECT_CELL(space, orphan, "creator_alive", "0");
	EXPECT_CELL(space, orphan, "pending", "no");
	EXPECT_ALL_TRUE_IN(space->fd);
	ASSERT_EQ(0, force(&self->other, 1));
	EXPECT_GONE(space, orphan);
	EXPECT_CELL(space, owned, "pending", "forced");
	EXPECT_CELL(space, held, "pending", "forced");
	EXPECT_ALL_TRUE_IN(space->fd);
}

/* An explicit IPC_RMID still marks: then the mark is what is shown. */
TEST_SLOW(forced, marked_outranks_forced)
{
	struct space *space = &self->space;
	int id = peer_get(&self->creator, 0x4c040007, 5000, CREATE);

	ASSERT_GE(id, 0);
	ASSERT_EQ(0, force(&self->creator, 1));
	ASSERT_GT(peer_attach(&self->creator, id), 0);
	ASSERT_EQ(0, peer_remove(&self->creator, id));
	EXPECT_CELL(space, id, "pending", "marked");
	EXPECT_CELL(space, id, "dest", "1");
	EXPECT_CELL(space, id, "orig_key", "0x4c040007");
	EXPECT_ALL_TRUE_IN(space->fd);
}

/* Same id in two namespaces, one of which has the switch on. */
TEST_SLOW(forced, per_namespace)
{
	struct space *space = &self->space, other;
	int id[2];

	ASSERT_EQ(0, peer_unshare(&self->other, CLONE_NEWIPC));
	ASSERT_EQ(0, space_of(&other, self->other.pid));
	id[0] = peer_get(&self->creator, 0x4c040008, 5000, CREATE);
	id[1] = peer_get(&self->other, 0x4c040008, 5000, CREATE);
	ASSERT_EQ(id[0], id[1]);
	ASSERT_EQ(0, force(&self->other, 1));
	EXPECT_CELL(space, id[0], "pending", "no");
	EXPECT_CELL(&other, id[1], "pending", "forced");
	EXPECT_ALL_TRUE_IN(space->fd, other.fd);
	space_close(&other);
}

TEST_HARNESS_MAIN
