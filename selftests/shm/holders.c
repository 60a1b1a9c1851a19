// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who maps a segment. nattch counts mappings, not processes: splitting a
 * mapping raises it, fork doubles it, and every one has its row with exact
 * addresses and protection.
 */
#include <sys/mman.h>

#include "fixture.h"

#define FORKS 4
#define MAPPINGS 100

FIXTURE(holders) {
	struct space space;
	struct peer peer;
	long page;
	long long base;
	int id;
};

FIXTURE_SETUP(holders)
{
	self->page = sysconf(_SC_PAGESIZE);
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	self->id = peer_get(&self->peer, 0x4c050001, 3 * self->page, CREATE);
	ASSERT_GE(self->id, 0);
	self->base = peer_attach(&self->peer, self->id);
	ASSERT_GT(self->base, 0);
}

FIXTURE_TEARDOWN(holders)
{
	peer_end(&self->peer);
	space_close(&self->space);
}

/* One page of the mapping of @peer, counted from its start, with @prot. */
#define EXPECT_PAGE(peer, from, to, prot) \
	EXPECT_EQ(1, holder_exact(&self->space, self->id, (peer)->pid, \
				  self->base + (from) * self->page, \
				  self->base + (to) * self->page, prot))

TEST_SLOW(holders, one_page_protected)
{
	EXPECT_PAGE(&self->peer, 0, 3, "rw-");
	EXPECT_CELL(&self->space, self->id, "nattch", "1");
	ASSERT_EQ(0, peer_call(&self->peer, PEER_PROTECT, self->base + self->page, self->page,
			       PROT_READ, 0));
	EXPECT_CELL(&self->space, self->id, "nattch", "3");
	EXPECT_PAGE(&self->peer, 0, 1, "rw-");
	EXPECT_PAGE(&self->peer, 1, 2, "r--");
	EXPECT_PAGE(&self->peer, 2, 3, "rw-");
	EXPECT_EQ(3, holders_count(&self->space, self->id, 0));
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_SLOW(holders, fork_doubles_then_removed)
{
	struct peer child;

	ASSERT_EQ(0, peer_call(&self->peer, PEER_PROTECT, self->base + self->page, self->page,
			       PROT_NONE, 0));
	ASSERT_EQ(0, peer_spawn(&self->peer, &child, 0));
	EXPECT_CELL(&self->space, self->id, "nattch", "6");
	EXPECT_EQ(3, holders_count(&self->space, self->id, self->peer.pid));
	EXPECT_EQ(3, holders_count(&self->space, self->id, child.pid));
	EXPECT_PAGE(&child, 1, 2, "---");
	EXPECT_ALL_TRUE_IN(self->space.fd);

	ASSERT_EQ(0, peer_remove(&child, self->id));
	EXPECT_CELL(&self->space, self->id, "pending", "marked");
	EXPECT_CELL(&self->space, self->id, "nattch", "6");
	ASSERT_EQ(0, peer_call(&self->peer, PEER_UNMAP, self->base + self->page, self->page, 0, 0));
	EXPECT_CELL(&self->space, self->id, "nattch", "5");
	EXPECT_EQ(2, holders_count(&self->space, self->id, self->peer.pid));
	EXPECT_ALL_TRUE_IN(self->space.fd);

	ASSERT_EQ(0, peer_end(&child));
	EXPECT_CELL(&self->space, self->id, "nattch", "2");
	EXPECT_EQ(0, holders_count(&self->space, self->id, child.pid));
	ASSERT_EQ(0, peer_detach(&self->peer, self->base));
	EXPECT_GONE(&self->space, self->id);
}

TEST_SLOW(holders, middle_page_unmapped)
{
	ASSERT_EQ(0, peer_call(&self->peer, PEER_UNMAP, self->base + self->page, self->page, 0, 0));
	EXPECT_CELL(&self->space, self->id, "nattch", "2");
	EXPECT_PAGE(&self->peer, 0, 1, "rw-");
	EXPECT_PAGE(&self->peer, 2, 3, "rw-");
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_SLOW(holders, many_processes_removed_while_held)
{
	struct peer child[FORKS];
	int n;

	for (n = 0; n < FORKS; n++)
		ASSERT_EQ(0, peer_spawn(&self->peer, &child[n], 0));
	ASSERT_EQ(0, peer_remove(&self->peer, self->id));
	EXPECT_COUNT(&self->space, self->id, "nattch", FORKS + 1);
	EXPECT_EQ(FORKS + 1, holders_count(&self->space, self->id, 0));
	EXPECT_ALL_TRUE_IN(self->space.fd);
	ASSERT_EQ(0, peer_end(&self->peer));
	for (n = FORKS; n > 0; n--) {
		EXPECT_COUNT(&self->space, self->id, "nattch", n);
		EXPECT_EQ(n, holders_count(&self->space, self->id, 0));
		EXPECT_EQ(1, holders_count(&self->space, self->id, child[n - 1].pid));
		EXPECT_CELL(&self->space, self->id, "orig_key", "0x4c050001");
		ASSERT_EQ(0, n % 2 ? peer_kill(&child[n - 1], 9) : peer_end(&child[n - 1]));
	}
	EXPECT_GONE(&self->space, self->id);
}

/* Twice in one process, once only to read, once to execute too. */
TEST_SLOW(holders, protections)
{
	long long second = peer_call(&self->peer, PEER_SHMAT, self->id, 0, SHM_RDONLY, 0);
	long long third = peer_call(&self->peer, PEER_SHMAT, self->id, 0, SHM_EXEC, 0);

	ASSERT_GT(second, 0);
	/* 0600 does not let us execute, but root may. */
	ASSERT_EQ(0, peer_call(&self->peer, PEER_OWN, self->id, 0, 0, 0700));
	if (third < 0)
		third = peer_call(&self->peer, PEER_SHMAT, self->id, 0, SHM_EXEC, 0);
	ASSERT_GT(third, 0);
	EXPECT_EQ(1, holder_exact(&self->space, self->id, self->peer.pid, second,
				  second + 3 * self->page, "r--"));
	EXPECT_EQ(1, holder_exact(&self->space, self->id, self->peer.pid, third,
				  third + 3 * self->page, "rwx"));
	EXPECT_CELL(&self->space, self->id, "nattch", "3");
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* Moved away from where it was attached: the row follows. */
TEST_SLOW(holders, moved)
{
	long long to = self->base + 64 * self->page;

	/* A hole to move to: nothing else lies just above what shmat() chose. */
	to = peer_call(&self->peer, PEER_MOVE, self->base, 3 * self->page, to, 0);
	ASSERT_EQ(self->base + 64 * self->page, to);
	EXPECT_EQ(1, holder_exact(&self->space, self->id, self->peer.pid, to,
				  to + 3 * self->page, "rw-"));
	EXPECT_CELL(&self->space, self->id, "nattch", "1");
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* Whether there is a row of a segment in what was read so far. */
static int row_came(FIXTURE_DATA(holders) *self, const char *text, size_t used, int id)
{
	struct lens_table table;
	int row;

	if (!used || text[used - 1] != '\n' || lens_parse(&table, "shm_holders", text, used))
		return 0;
	row = lens_find(&table, self->space.inum, id);
	lens_free(&table);
	return row >= 0;
}

/* More mappings than a reader fetches at once; some are read when one takes their place. */
TEST_SLOW(holders, replaced_under_the_reader)
{
	long long size = MAPPINGS * self->page, base, n;
	struct lens_table table;
	char text[1 << 15];
	int fd, id, other, row;
	size_t used = 0;

	id = peer_get(&self->peer, 0x4c050002, size, CREATE);
	other = peer_get(&self->peer, 0x4c050003, size, CREATE);
	base = peer_attach(&self->peer, id);
	ASSERT_GT(base, 0);
	/* Where shmat() may be asked to attach. */
	ASSERT_EQ(0, peer_call(&self->peer, PEER_SHMDT, base, 0, 0, 0));
	base &= -(long long)SHMLBA;
	ASSERT_EQ(base, peer_call(&self->peer, PEER_SHMAT, id, base, 0, 0));
	for (n = 0; n < MAPPINGS; n += 2)
		ASSERT_EQ(0, peer_call(&self->peer, PEER_PROTECT, base + n * self->page,
				       self->page, PROT_READ, 0));
	fd = lens_open("shm_holders");
	ASSERT_GE(fd, 0);
	for (; !row_came(self, text, used, id); used++) {
		ASSERT_LT(used, sizeof(text) - 1);
		ASSERT_EQ(1, read(fd, text + used, 1));
	}
	ASSERT_EQ(base, peer_call(&self->peer, PEER_SHMAT, other, base, SHM_REMAP, 0));
	while (used < sizeof(text) - 1 && read(fd, text + used, 1) == 1)
		used++;
	close(fd);
	ASSERT_EQ(0, lens_parse(&table, "shm_holders", text, used));
	EXPECT_EQ(0, lens_check(&table));
	row = lens_find(&table, self->space.inum, other);
	ASSERT_LT(0, row);
	/* It is told from where those that were read end. */
	EXPECT_EQ(id, lens_number(&table, row - 1, "shmid"));
	EXPECT_EQ(lens_number(&table, row - 1, "end"), lens_number(&table, row, "start"));
	EXPECT_EQ(base + size, lens_number(&table, row, "end"));
	lens_free(&table);
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_HARNESS_MAIN
