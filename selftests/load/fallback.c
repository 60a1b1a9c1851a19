// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the probe on IPC_RMID sits on its second choice, which sees semaphores and
 * message queues, too, and returns before the deed is done: the same events.
 */
#include <sys/msg.h>
#include <sys/sem.h>

#include "../event/event.h"
#include "module.h"

#define KEY 0x4c160001

FIXTURE(fallback) {
	struct space space;
	struct trace trace;
	struct actor maker;
	struct actor user;
	int id;
};

FIXTURE_SETUP(fallback)
{
	ASSERT_EQ(0, module_reload("probe_symbol=rmid:no_such_symbol"));
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, actor_start(&self->maker, "maker", 0, 0));
	ASSERT_EQ(0, actor_start(&self->user, "user", 4242, 0));
	ASSERT_EQ(0, trace_start(&self->trace, NULL));
	self->id = peer_get(&self->maker.peer, KEY, 4096, 0666 | CREATE);
	ASSERT_GE(self->id, 0);
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create");
	trace_forget(&self->trace);
}

FIXTURE_TEARDOWN(fallback)
{
	peer_end(&self->maker.peer);
	peer_end(&self->user.peer);
	trace_stop(&self->trace);
	space_close(&self->space);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
}

#define EVENT EXPECT_SEGMENT_EVENT

static int force(int on)
{
	FILE *file = fopen("/proc/sys/kernel/shm_rmid_forced", "we");

	if (!file)
		return -errno;
	fprintf(file, "%d", on);
	return fclose(file);
}

TEST_SLOW(fallback, unattached)
{
	ASSERT_EQ(0, peer_remove(&self->maker.peer, self->id));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_rmid shm_destroy");
	EVENT(0, "shm_rmid", &self->maker, { "orig_key", KEY }, { "nattch", 0 });
	EVENT(1, "shm_destroy", &self->maker, { "orig_key", KEY });
}

TEST_SLOW(fallback, attached)
{
	long long at = peer_attach(&self->user.peer, self->id);

	ASSERT_EQ(0, peer_remove(&self->maker.peer, self->id));
	EXPECT_COUNT(&self->space, self->id, "rmid_pid", self->maker.peer.pid);
	ASSERT_EQ(0, peer_detach(&self->user.peer, at));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_attach shm_rmid shm_detach shm_destroy");
	EVENT(1, "shm_rmid", &self->maker, { "orig_key", KEY }, { "nattch", 1 });
	EVENT(3, "shm_destroy", &self->user, { "orig_key", KEY });
}

/* One of each kind, all with the same id. */
TEST_SLOW(fallback, other_kinds)
{
	int sem = semget(IPC_PRIVATE, 1, CREATE), msg = msgget(IPC_PRIVATE, CREATE);

	ASSERT_EQ(self->id, sem);
	ASSERT_EQ(self->id, msg);
	ASSERT_EQ(0, semctl(sem, 0, IPC_RMID));
	ASSERT_EQ(0, msgctl(msg, IPC_RMID, NULL));
	EXPECT_EVENTS(&self->trace, &self->space, "");
	EXPECT_CELL(&self->space, self->id, "rmid_pid", "-");
	/* Nor is what the same task destroys later taken for that. */
	ASSERT_EQ(0, peer_end(&self->maker.peer));
	ASSERT_EQ(0, force(1));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_owner_exit shm_destroy");
}

TEST_SLOW(fallback, refused)
{
	long long at = peer_attach(&self->user.peer, self->id);

	EXPECT_EQ(-EPERM, peer_remove(&self->user.peer, self->id));
	ASSERT_EQ(0, peer_say(&self->maker.peer, PEER_WRITE,
			      "/proc/sys/kernel/shm_rmid_forced\n1", 0));
	ASSERT_EQ(0, peer_end(&self->maker.peer));
	ASSERT_EQ(0, peer_detach(&self->user.peer, at));
	EXPECT_EVENTS(&self->trace, &self->space,
		      "shm_attach shm_owner_exit shm_detach shm_destroy");
}

TEST_HARNESS_MAIN
