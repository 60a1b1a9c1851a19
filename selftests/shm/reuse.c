// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ids and addresses used again. Sequence numbers in ids,
 * SHM_REMAP over other segments, remap_file_pages() on a marked one: paths
 * with a history of bugs. After each step the rows must equal the kernel's word.
 */
#include "fixture.h"

#define CYCLES 300

FIXTURE(reuse) {
	struct space space;
	struct peer peer;
	long page;
};

FIXTURE_SETUP(reuse)
{
	self->page = sysconf(_SC_PAGESIZE);
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
}

FIXTURE_TEARDOWN(reuse)
{
	peer_end(&self->peer);
	space_close(&self->space);
}

/* The same slots of the namespace's table, under new ids each time round. */
TEST_SLOW(reuse, create_and_remove)
{
	int n, id, last = -1, reused = 0;

	for (n = 0; n < CYCLES; n++) {
		id = peer_get(&self->peer, 0x4c0b0000 + n, 4096 + n, CREATE);
		ASSERT_GE(id, 0);
		reused += n && id > 0x7fff;
		ASSERT_NE(last, id);
		EXPECT_COUNT(&self->space, id, "size", 4096 + n);
		EXPECT_CELL(&self->space, id, "orig_key", key_text(0x4c0b0000 + n));
		if (last >= 0)
			EXPECT_GONE(&self->space, last);
		ASSERT_EQ(0, peer_remove(&self->peer, id));
		last = id;
	}
	EXPECT_GT(reused, 0);
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* Marked segments keep their slots while others come and go around them. */
TEST_SLOW(reuse, around_marked)
{
	int marked[3], id, n;

	for (n = 0; n < 3; n++) {
		marked[n] = peer_get(&self->peer, 0x4c0b1000, 4096 * (n + 1), CREATE);
		ASSERT_GE(marked[n], 0);
		ASSERT_GT(peer_attach(&self->peer, marked[n]), 0);
		ASSERT_EQ(0, peer_remove(&self->peer, marked[n]));
	}
	for (n = 0; n < CYCLES; n++) {
		id = peer_get(&self->peer, 0x4c0b1000, 4096, CREATE);
		ASSERT_GE(id, 0);
		if (n % 30 == 0)
			EXPECT_ALL_TRUE_IN(self->space.fd);
		ASSERT_EQ(0, peer_remove(&self->peer, id));
	}
	for (n = 0; n < 3; n++) {
		EXPECT_CELL(&self->space, marked[n], "orig_key", "0x4c0b1000");
		EXPECT_CELL(&self->space, marked[n], "key", "0x00000000");
		EXPECT_COUNT(&self->space, marked[n], "size", 4096 * (n + 1));
	}
}

/* The largest id there is. */
TEST_SLOW(reuse, largest_id)
{
	int id, low;

	if (access("/proc/sys/kernel/shm_next_id", W_OK))
		SKIP(return, "this kernel has no kernel.shm_next_id");
	low = peer_get(&self->peer, IPC_PRIVATE, 4096, CREATE);
	ASSERT_EQ(0, peer_say(&self->peer, PEER_WRITE,
			      "/proc/sys/kernel/shm_next_id\n2147483647", 0));
	id = peer_get(&self->peer, 0x4c0b2000, 4096, CREATE);
	ASSERT_EQ(2147483647, id);
	ASSERT_GT(peer_attach(&self->peer, id), 0);
	EXPECT_CELL(&self->space, id, "shmid", "2147483647");
	EXPECT_CELL(&self->space, low, "shmid", number_text(low));
	EXPECT_EQ(1, holders_count(&self->space, id, 0));
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_SLOW(reuse, attached_over_another)
{
	const long part = 2 * SHMLBA;
	int large = peer_get(&self->peer, 0x4c0b3000, 3 * part, CREATE);
	int small = peer_get(&self->peer, 0x4c0b3001, part, CREATE);
	long long any, base, over;

	ASSERT_GE(large, 0);
	ASSERT_GE(small, 0);
	/* Some machines let a segment begin at each fourth page only, if it is told where. */
	any = peer_attach(&self->peer, large);
	ASSERT_GT(any, 0);
	ASSERT_EQ(0, peer_detach(&self->peer, any));
	base = any & -(long long)SHMLBA;
	ASSERT_EQ(base, peer_call(&self->peer, PEER_SHMAT, large, base, 0, 0));
	over = base + part;
	ASSERT_EQ(over, peer_call(&self->peer, PEER_SHMAT, small, over, SHM_REMAP, 0));
	/* The large one lost its middle: two mappings of it are left. */
	EXPECT_CELL(&self->space, large, "nattch", "2");
	EXPECT_CELL(&self->space, small, "nattch", "1");
	EXPECT_EQ(1, holder_exact(&self->space, large, self->peer.pid, base, over, "rw-"));
	EXPECT_EQ(1, holder_exact(&self->space, large, self->peer.pid, over + part,
				  over + 2 * part, "rw-"));
	EXPECT_EQ(1, holder_exact(&self->space, small, self->peer.pid, over, over + part, "rw-"));
	EXPECT_ALL_TRUE_IN(self->space.fd);

	/* Over itself and over a marked one, which dies of it. */
	ASSERT_EQ(over, peer_call(&self->peer, PEER_SHMAT, small, over, SHM_REMAP, 0));
	EXPECT_CELL(&self->space, small, "nattch", "1");
	ASSERT_EQ(0, peer_remove(&self->peer, small));
	ASSERT_EQ(base, peer_call(&self->peer, PEER_SHMAT, large, base, SHM_REMAP, 0));
	EXPECT_GONE(&self->space, small);
	EXPECT_CELL(&self->space, large, "nattch", "1");
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* remap_file_pages() of one page of a marked segment that other mappings keep. */
TEST_SLOW(reuse, pages_shuffled_while_marked)
{
	int id = peer_get(&self->peer, 0x4c0b4000, 4 * self->page, CREATE);
	long long base;

	ASSERT_GE(id, 0);
	base = peer_attach(&self->peer, id);
	ASSERT_GT(base, 0);
	ASSERT_EQ(0, peer_touch(&self->peer, base, 4 * self->page));
	ASSERT_EQ(0, peer_remove(&self->peer, id));
	ASSERT_EQ(0, peer_call(&self->peer, PEER_SHUFFLE, base + self->page, self->page, 3, 0));
	EXPECT_CELL(&self->space, id, "nattch", "3");
	EXPECT_CELL(&self->space, id, "pending", "marked");
	EXPECT_EQ(3, holders_count(&self->space, id, self->peer.pid));
	EXPECT_ALL_TRUE_IN(self->space.fd);
	ASSERT_EQ(0, peer_end(&self->peer));
	EXPECT_GONE(&self->space, id);
}

/* ... and of all of it: its last mapping goes first, and the segment with it. */
TEST_SLOW(reuse, all_pages_shuffled_while_marked)
{
	int id = peer_get(&self->peer, 0x4c0b4001, 4 * self->page, CREATE);
	long long base, ret;

	ASSERT_GE(id, 0);
	base = peer_attach(&self->peer, id);
	ASSERT_GT(base, 0);
	ASSERT_EQ(0, peer_remove(&self->peer, id));
	ret = peer_call(&self->peer, PEER_SHUFFLE, base, 4 * self->page, 0, 0);
	EXPECT_CELL(&self->space, id, "nattch", ret ? "(none)" : "1");
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_HARNESS_MAIN
