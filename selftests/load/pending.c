// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments that were marked, attached or orphaned before the module was
 * loaded. Everything but history must be right at once.
 */
#include "fixture.h"
#include "module.h"

FIXTURE(pending) {
	struct space space;
	struct peer peer;
	struct peer child;
};

FIXTURE_SETUP(pending)
{
	ASSERT_EQ(0, module_loaded() ? module_unload() : 0);
	ASSERT_FALSE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
}

FIXTURE_TEARDOWN(pending)
{
	peer_end(&self->peer);
	peer_end(&self->child);
	space_close(&self->space);
	EXPECT_EQ(0, module_unload());
}

TEST_SLOW(pending, before_the_module)
{
	static const char *const history[] = { "attaches", "detaches", "create_comm", "last_comm",
					       "rmid_pid", "rmid_uid", "rmid_comm", "rmid_time" };
	struct space *space = &self->space;
	struct peer *peer = &self->peer;
	int marked = peer_get(peer, 0x4c080001, 3 * 4096, CREATE);
	int twin = peer_get(peer, 0x4c080002, 4096, CREATE);
	int orphan = peer_get(peer, 0x4c080003, 5000, CREATE);
	pid_t creator = peer->pid;
	int n;

	ASSERT_GE(marked, 0);
	ASSERT_GE(twin, 0);
	ASSERT_GE(orphan, 0);
	ASSERT_GT(peer_attach(peer, marked), 0);
	ASSERT_GT(peer_attach(peer, marked), 0);
	ASSERT_GT(peer_attach(peer, twin), 0);
	ASSERT_EQ(0, peer_spawn(peer, &self->child, 0));
	ASSERT_EQ(0, peer_remove(peer, marked));
	ASSERT_EQ(0, peer_remove(peer, twin));
	ASSERT_EQ(0, peer_end(peer));
	ASSERT_EQ(0, module_load(""));

	EXPECT_CELL(space, marked, "dest", "1");
	EXPECT_CELL(space, marked, "pending", "marked");
	EXPECT_CELL(space, marked, "nattch", "2");
	EXPECT_CELL(space, marked, "key", "0x00000000");
	EXPECT_CELL(space, marked, "orig_key", "0x4c080001");
	EXPECT_CELL(space, marked, "creator_alive", "0");
	EXPECT_COUNT(space, marked, "cpid", creator);
	EXPECT_CELL(space, twin, "orig_key", "0x4c080002");
	EXPECT_CELL(space, twin, "nattch", "1");
	EXPECT_CELL(space, orphan, "nattch", "0");
	EXPECT_CELL(space, orphan, "pending", "no");
	EXPECT_CELL(space, orphan, "orig_key", "0x4c080003");
	EXPECT_EQ(2, holders_count(space, marked, self->child.pid));
	EXPECT_EQ(1, holders_count(space, twin, self->child.pid));
	for (n = 0; n < ARRAY_SIZE(history); n++)
		EXPECT_CELL(space, marked, history[n], "-");
	EXPECT_ALL_TRUE_IN(space->fd);

	ASSERT_EQ(0, peer_end(&self->child));
	EXPECT_GONE(space, marked);
	EXPECT_GONE(space, twin);
	EXPECT_CELL(space, orphan, "nattch", "0");
}

TEST_HARNESS_MAIN
