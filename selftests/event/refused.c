// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that fail, and calls that change something else: no event, no history, and
 * nothing that could be taken for a later act.
 */
#include <sys/resource.h>

#include "event.h"

#define KEY 0x4c130001
#define SIZE 8192
#define FORCED "/proc/sys/kernel/shm_rmid_forced\n"

FIXTURE(refused) {
	struct space space;
	struct trace trace;
	struct actor maker;
	struct actor user;
	const char *late;
	int id;
};

FIXTURE_SETUP(refused)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, actor_start(&self->maker, "maker", 0, 0));
	ASSERT_EQ(0, actor_start(&self->user, "user", 4242, 0));
	ASSERT_EQ(0, trace_start(&self->trace, NULL));
	self->id = peer_get(&self->maker.peer, KEY, SIZE, CREATE);
	ASSERT_GE(self->id, 0);
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create");
	trace_forget(&self->trace);
	self->late = status_value("history_late");
}

FIXTURE_TEARDOWN(refused)
{
	peer_end(&self->maker.peer);
	peer_end(&self->user.peer);
	trace_stop(&self->trace);
	space_close(&self->space);
}

#define EXPECT_NOTHING() do { \
	EXPECT_EVENTS(&self->trace, &self->space, ""); \
	EXPECT_EQ(1, history_rows("shm", self->space.inum)); \
	EXPECT_COUNTS(&self->space, self->id, 0, 0, 0); \
	EXPECT_CELL(&self->space, self->id, "rmid_pid", "-"); \
	EXPECT_CELL(&self->space, self->id, "last_comm", "-"); \
	EXPECT_STREQ(self->late, status_value("history_late")); \
	EXPECT_ALL_TRUE_IN(self->space.fd); \
} while (0)

static int address_space_limit(const struct actor *actor, rlim_t soft)
{
	struct rlimit limit = { soft, RLIM_INFINITY };

	return prlimit(actor->peer.pid, RLIMIT_AS, &limit, NULL);
}

TEST_SLOW(refused, attach)
{
	struct peer *maker = &self->maker.peer, *user = &self->user.peer;
	int gone = peer_get(maker, IPC_PRIVATE, SIZE, CREATE);

	ASSERT_EQ(0, peer_remove(maker, gone));
	ASSERT_EQ(0, trace_read(&self->trace));
	trace_forget(&self->trace);
	EXPECT_EQ(-EACCES, peer_attach(user, self->id));
	EXPECT_EQ(-EINVAL, peer_attach(maker, 12345));
	EXPECT_EQ(-EINVAL, peer_attach(maker, -1));
	EXPECT_GT(0, peer_attach(maker, gone));
	EXPECT_EQ(-EINVAL, peer_call(maker, PEER_SHMAT, self->id, 0x10001, 0, 0));
	EXPECT_EQ(-EINVAL, peer_call(maker, PEER_SHMAT, self->id, 0, SHM_REMAP, 0));
	/* Where there is something already: the program itself. */
	EXPECT_EQ(-EINVAL, peer_call(maker, PEER_SHMAT, self->id,
				     (unsigned long)&address_space_limit & -(unsigned long)SHMLBA,
				     0, 0));
	/* Counted for a moment, then mmap() has no room. */
	ASSERT_EQ(0, address_space_limit(&self->maker, 4096));
	EXPECT_EQ(-ENOMEM, peer_attach(maker, self->id));
	ASSERT_EQ(0, address_space_limit(&self->maker, RLIM_INFINITY));
	EXPECT_NOTHING();
	EXPECT_EQ(-EINVAL, peer_detach(maker, 0x10000));
	EXPECT_NOTHING();
}

TEST_SLOW(refused, create)
{
	struct peer *maker = &self->maker.peer, *user = &self->user.peer;

	EXPECT_EQ(-EEXIST, peer_get(maker, KEY, SIZE, CREATE));
	EXPECT_EQ(-EACCES, peer_get(user, KEY, SIZE, 0600));
	EXPECT_EQ(-EINVAL, peer_get(maker, KEY, SIZE + 1, 0));
	EXPECT_EQ(-ENOENT, peer_get(maker, KEY + 1, SIZE, 0));
	EXPECT_EQ(-EINVAL, peer_get(maker, KEY + 1, 0, CREATE));
	ASSERT_EQ(0, peer_say(maker, PEER_WRITE, "/proc/sys/kernel/shmmax\n16384", 0));
	EXPECT_EQ(-EINVAL, peer_get(maker, KEY + 1, 16385, CREATE));
	ASSERT_EQ(0, peer_say(maker, PEER_WRITE, "/proc/sys/kernel/shmall\n2", 0));
	EXPECT_EQ(-ENOSPC, peer_get(maker, KEY + 1, 4096, CREATE));
	ASSERT_EQ(0, peer_say(maker, PEER_WRITE, "/proc/sys/kernel/shmall\n99", 0));
	ASSERT_EQ(0, peer_say(maker, PEER_WRITE, "/proc/sys/kernel/shmmni\n1", 0));
	EXPECT_EQ(-ENOSPC, peer_get(maker, KEY + 1, 4096, CREATE));
	/* A kernel without huge pages does not ask who wants them. */
	EXPECT_EQ(access("/proc/sys/vm/nr_hugepages", F_OK) ? -EINVAL : -EPERM,
		  peer_get(user, KEY + 1, 16384, SHM_HUGETLB | CREATE));
	EXPECT_NOTHING();
}

TEST_SLOW(refused, remove)
{
	EXPECT_EQ(-EPERM, peer_remove(&self->user.peer, self->id));
	EXPECT_EQ(-EINVAL, peer_remove(&self->maker.peer, 12345));
	EXPECT_EQ(-EPERM, peer_call(&self->user.peer, PEER_OWN, self->id, 4242, 4242, 0600) ==
				  -EACCES ? -EPERM : 0);
	EXPECT_NOTHING();
	/* Granted, but no removal. */
	ASSERT_EQ(0, peer_call(&self->maker.peer, PEER_OWN, self->id, 0, 0, 0666));
	ASSERT_EQ(0, peer_call(&self->maker.peer, PEER_LOCK, self->id, 1, 0, 0));
	ASSERT_EQ(0, peer_call(&self->maker.peer, PEER_LOCK, self->id, 0, 0, 0));
	EXPECT_NOTHING();
}

/* A removal that was refused is not the one that a later destruction comes from. */
TEST_SLOW(refused, then_destroyed)
{
	long long at;

	ASSERT_EQ(0, peer_call(&self->maker.peer, PEER_OWN, self->id, 0, 0, 0666));
	EXPECT_EQ(-EPERM, peer_remove(&self->user.peer, self->id));
	at = peer_attach(&self->user.peer, self->id);
	ASSERT_GT(at, 0);
	ASSERT_EQ(0, peer_say(&self->maker.peer, PEER_WRITE, FORCED "1", 0));
	ASSERT_EQ(0, peer_end(&self->maker.peer));
	EXPECT_EQ(-EPERM, peer_remove(&self->user.peer, self->id));
	ASSERT_EQ(0, peer_detach(&self->user.peer, at));
	EXPECT_EVENTS(&self->trace, &self->space,
		      "shm_attach shm_owner_exit shm_detach shm_destroy");
	EXPECT_EVENT(&self->trace, 3, "shm_destroy", &self->user, { "shmid", self->id });
}

TEST_HARNESS_MAIN
