// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPC_RMID and what it leaves: marked segments, orphans, segments freed at
 * once, marked segments attached again. In the initial namespace, where users
 * meet them, and in one of the test's own.
 */
#include "fixture.h"

FIXTURE(rmid) {
	struct space space;
	struct peer peer;
	key_t key;
};

FIXTURE_VARIANT(rmid) {
	int own;
};

FIXTURE_VARIANT_ADD(rmid, initial) {
	.own = 0,
};

FIXTURE_VARIANT_ADD(rmid, own) {
	.own = 1,
};

FIXTURE_SETUP(rmid)
{
	int id;

	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, variant->own ? space_enter(&self->space) : space_of(&self->space, 0));
	self->key = ftok("/", 'L');
	/* What a broken run of this very test may have left in the initial namespace. */
	id = shmget(self->key, 0, 0);
	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	ASSERT_EQ(0, peer_start(&self->peer, 0));
}

FIXTURE_TEARDOWN(rmid)
{
	int id = shmget(self->key, 0, 0);

	peer_end(&self->peer);
	if (id >= 0)
		shmctl(id, IPC_RMID, NULL);
	space_close(&self->space);
}

/* All that must be true of one marked segment of 1024 bytes that @self->peer holds. */
static void check_marked(struct __test_metadata *_metadata, FIXTURE_DATA(rmid) *self, int id,
			 long long address)
{
	struct space *space = &self->space;

	EXPECT_CELL(space, id, "dest", "1");
	EXPECT_CELL(space, id, "pending", "marked");
	EXPECT_CELL(space, id, "key", "0x00000000");
	EXPECT_CELL(space, id, "orig_key", key_text(self->key));
	EXPECT_CELL(space, id, "perms", "1666");
	EXPECT_CELL(space, id, "nattch", "1");
	EXPECT_CELL(space, id, "size", "1024");
	EXPECT_CELL(space, id, "huge", "0");
	EXPECT_CELL(space, id, "creator_alive", "1");
	EXPECT_CELL(space, id, "dtime", "-");
	EXPECT_COUNT(space, id, "cpid", self->peer.pid);
	EXPECT_COUNT(space, id, "lpid", self->peer.pid);
	EXPECT_EQ(1, holders_count(space, id, 0));
	EXPECT_EQ(1, holder_exact(space, id, self->peer.pid, address,
				  address + sysconf(_SC_PAGESIZE), "rw-"));
}

/* Remove while attached, twice with the same key: two rows that differ in id alone. */
TEST_SLOW(rmid, marked_twice)
{
	struct peer *peer = &self->peer;
	long long address[2];
	int id[2], n;

	for (n = 0; n < 2; n++) {
		id[n] = peer_get(peer, self->key, 1024, IPC_CREAT | IPC_EXCL | 0666);
		ASSERT_GE(id[n], 0);
		address[n] = peer_attach(peer, id[n]);
		ASSERT_GT(address[n], 0);
		EXPECT_CELL(&self->space, id[n], "pending", "no");
		EXPECT_CELL(&self->space, id[n], "key", key_text(self->key));
		ASSERT_EQ(0, peer_remove(peer, id[n]));
	}
	ASSERT_NE(id[0], id[1]);
	for (n = 0; n < 2; n++)
		check_marked(_metadata, self, id[n], address[n]);
	EXPECT_ALL_TRUE_IN(self->space.fd);

	ASSERT_EQ(0, peer_end(peer));
	EXPECT_GONE(&self->space, id[0]);
	EXPECT_GONE(&self->space, id[1]);
	EXPECT_EQ(0, holders_count(&self->space, id[0], 0));
	EXPECT_EQ(0, holders_count(&self->space, id[1], 0));
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* Neither detached nor removed: stays for ever, and the next run fails. */
TEST_SLOW(rmid, orphan)
{
	struct space *space = &self->space;
	struct peer next;
	pid_t creator;
	int id;

	id = peer_get(&self->peer, self->key, 1024, IPC_CREAT | IPC_EXCL | 0666);
	ASSERT_GE(id, 0);
	ASSERT_GT(peer_attach(&self->peer, id), 0);
	EXPECT_CELL(space, id, "creator_alive", "1");
	creator = self->peer.pid;
	ASSERT_EQ(0, peer_end(&self->peer));

	EXPECT_CELL(space, id, "nattch", "0");
	EXPECT_CELL(space, id, "creator_alive", "0");
	EXPECT_CELL(space, id, "dest", "0");
	EXPECT_CELL(space, id, "pending", "no");
	EXPECT_CELL(space, id, "key", key_text(self->key));
	EXPECT_CELL(space, id, "orig_key", key_text(self->key));
	EXPECT_COUNT(space, id, "cpid", creator);
	EXPECT_COUNT(space, id, "lpid", creator);
	EXPECT_STRNE("-", lens_peek("shm", space->inum, id, "dtime"));
	EXPECT_EQ(0, holders_count(space, id, 0));
	EXPECT_ALL_TRUE_IN(space->fd);

	ASSERT_EQ(0, peer_start(&next, 0));
	EXPECT_EQ(-EEXIST, peer_get(&next, self->key, 1024, IPC_CREAT | IPC_EXCL | 0666));
	EXPECT_CELL(space, id, "nattch", "0");
	EXPECT_EQ(0, peer_remove(&next, id));
	EXPECT_GONE(space, id);
	EXPECT_EQ(0, peer_end(&next));
}

/* Detached, then removed: nothing is left. */
TEST_SLOW(rmid, freed_at_once)
{
	struct peer *peer = &self->peer;
	long long address;
	int id;

	id = peer_get(peer, self->key, 1024, IPC_CREAT | IPC_EXCL | 0666);
	ASSERT_GE(id, 0);
	EXPECT_CELL(&self->space, id, "lpid", "-");
	EXPECT_CELL(&self->space, id, "atime", "-");
	address = peer_attach(peer, id);
	ASSERT_GT(address, 0);
	ASSERT_EQ(0, peer_detach(peer, address));
	EXPECT_CELL(&self->space, id, "nattch", "0");
	EXPECT_CELL(&self->space, id, "creator_alive", "1");
	EXPECT_ALL_TRUE_IN(self->space.fd);
	ASSERT_EQ(0, peer_remove(peer, id));
	EXPECT_GONE(&self->space, id);
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* A marked segment can be attached by id as long as it lives. */
TEST_SLOW(rmid, marked_attached_again)
{
	struct peer *first = &self->peer, second;
	struct space *space = &self->space;
	long long address;
	int id;

	ASSERT_EQ(0, peer_start(&second, 0));
	id = peer_get(first, self->key, 8192, IPC_CREAT | IPC_EXCL | 0666);
	ASSERT_GE(id, 0);
	ASSERT_GT(peer_attach(first, id), 0);
	ASSERT_EQ(0, peer_remove(first, id));
	address = peer_attach(&second, id);
	ASSERT_GT(address, 0);
	EXPECT_CELL(space, id, "nattch", "2");
	EXPECT_COUNT(space, id, "lpid", second.pid);
	EXPECT_EQ(1, holders_count(space, id, first->pid));
	EXPECT_EQ(1, holders_count(space, id, second.pid));
	EXPECT_ALL_TRUE_IN(space->fd);

	ASSERT_EQ(0, peer_end(first));
	EXPECT_CELL(space, id, "nattch", "1");
	EXPECT_CELL(space, id, "pending", "marked");
	EXPECT_CELL(space, id, "creator_alive", "0");
	EXPECT_CELL(space, id, "orig_key", key_text(self->key));
	EXPECT_ALL_TRUE_IN(space->fd);

	ASSERT_EQ(0, peer_detach(&second, address));
	EXPECT_GONE(space, id);
	EXPECT_LT(peer_attach(&second, id), 0);
	EXPECT_EQ(0, peer_end(&second));
}

TEST_HARNESS_MAIN
