// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that end with segments attached or created, by exit, exec or a signal,
 * and whole namespaces that end: nothing is left behind in the history.
 */
#include <signal.h>

#include "event.h"

#define KEY 0x4c120001
#define SIZE 4096
#define MANY 7
/* As many as a handler looks at, less a few. */
#define CROWD 113
#define UID 4303

FIXTURE(exits) {
	struct space space;
	struct trace trace;
	struct actor maker;
	struct actor user;
	struct span born;
	struct span then;
	int id;
};

FIXTURE_SETUP(exits)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, actor_start(&self->maker, "maker", 0, 0));
	ASSERT_EQ(0, actor_start(&self->user, "user", 4242, 0));
	ASSERT_EQ(0, trace_start(&self->trace, NULL));
	TIMED(&self->born, self->id = peer_get(&self->maker.peer, KEY, SIZE, 0666 | CREATE));
	ASSERT_GE(self->id, 0);
}

FIXTURE_TEARDOWN(exits)
{
	peer_end(&self->maker.peer);
	peer_end(&self->user.peer);
	trace_stop(&self->trace);
	space_close(&self->space);
}

#define EVENT EXPECT_SEGMENT_EVENT

/*
 * The user attaches it, ends by @end, and each mapping is told of. By then it may be
 * called @name, everywhere.
 */
#define CHECK_END(end, name) do { \
	long long at_[2]; \
	at_[0] = peer_attach(&self->user.peer, self->id); \
	at_[1] = peer_attach(&self->user.peer, self->id); \
	ASSERT_GT(at_[0], 0); \
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_attach shm_attach"); \
	trace_forget(&self->trace); \
	TIMED(&self->then, ASSERT_EQ(0, end)); \
	EXPECT_EVENTS(&self->trace, &self->space, "shm_detach shm_detach"); \
	if (!strcmp(trace_text(&self->trace, 0, "comm"), name)) \
		strcpy(self->user.comm, name); \
	/* In order of addresses. */ \
	EVENT(at_[0] > at_[1], "shm_detach", &self->user, { "start", at_[0] }, \
	      { "nattch", at_[0] < at_[1] }); \
	EVENT(at_[0] < at_[1], "shm_detach", &self->user, { "start", at_[1] }, \
	      { "nattch", at_[0] > at_[1] }); \
	EXPECT_AGE(&self->trace, 0, &self->born, &self->then); \
	EXPECT_COUNTS(&self->space, self->id, 2, 0, 2); \
	EXPECT_ACT(&self->space, self->id, "detach", &self->user, &self->then); \
	EXPECT_LAST(&self->space, self->id, &self->user); \
	EXPECT_ALL_TRUE_IN(self->space.fd); \
} while (0)

TEST_SLOW(exits, exit)
{
	CHECK_END(peer_end(&self->user.peer), "user");
}

TEST_SLOW(exits, killed)
{
	CHECK_END(peer_kill(&self->user.peer, SIGKILL), "user");
}

/*
 * The new program has none of it, nor has it anything to do with it; but on the newest
 * kernels the task has its name already when the old memory goes (exec_mm_put_old()).
 */
TEST_SLOW(exits, exec)
{
	CHECK_END(peer_exec(&self->user.peer, "/bin/true"), "true");
}

/* Threads share what is attached: it goes with the last of them. */
TEST_SLOW(exits, threads)
{
	struct peer thread;

	ASSERT_EQ(0, peer_spawn(&self->user.peer, &thread, PEER_THREAD));
	ASSERT_GT(peer_attach(&thread, self->id), 0);
	ASSERT_EQ(0, peer_leave(&thread));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_attach");
	EXPECT_COUNTS(&self->space, self->id, 1, 0, 0);
	ASSERT_EQ(0, peer_end(&self->user.peer));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_attach shm_detach");
	EXPECT_COUNTS(&self->space, self->id, 1, 0, 1);
}

/* One event for each segment, what is attached elsewhere included. */
TEST_SLOW(exits, creator)
{
	int ids[MANY], n;

	ids[0] = self->id;
	for (n = 1; n < MANY; n++)
		ids[n] = peer_get(&self->maker.peer, KEY + n, SIZE, CREATE);
	ASSERT_GT(peer_attach(&self->user.peer, self->id), 0);
	ASSERT_GT(peer_attach(&self->maker.peer, self->id), 0);
	ASSERT_EQ(0, trace_read(&self->trace));
	trace_forget(&self->trace);
	TIMED(&self->then, ASSERT_EQ(0, peer_end(&self->maker.peer)));
	ASSERT_EQ(0, trace_read(&self->trace));
	trace_keep(&self->trace, "ipcns", self->space.inum);
	EXPECT_EQ(MANY, trace_count(&self->trace, "shm_owner_exit"));
	ASSERT_EQ(MANY + 1, self->trace.count);
	EVENT(0, "shm_detach", &self->maker, { "nattch", 1 });
	/* The newest first, as the kernel keeps them. */
	for (n = 0; n < MANY; n++)
		EXPECT_EVENT(&self->trace, 1 + n, "shm_owner_exit", &self->maker,
			     { "ipcns", self->space.inum }, { "shmid", ids[MANY - 1 - n] },
			     { "nattch", n == MANY - 1 });
	EXPECT_AGE(&self->trace, MANY, &self->born, &self->then);
	EXPECT_CELL(&self->space, self->id, "creator_alive", "0");
	EXPECT_CELL(&self->space, self->id, "create_comm", "maker");
	EXPECT_ACT(&self->space, self->id, "create", &self->maker, &self->born);
}

static unsigned long status_count(const char *key)
{
	return strtoul(status_value(key), NULL, 10);
}

/* A handler looks at no more than 128: that there were others is counted. Anybody can do it. */
TEST_SLOW(exits, creator_of_many)
{
	static const struct {
		int made, told, cut;
	} cases[] = { { 128, 128, 0 }, { 129, 128, 1 }, { 300, 128, 1 } };
	int n, k;

	for (n = 0; n < ARRAY_SIZE(cases); n++) {
		unsigned long cut = status_count("owner_exit_cut");
		struct actor lone;
		int ids[300];

		ASSERT_EQ(0, actor_start(&lone, "lone", UID, 0));
		for (k = 0; k < cases[n].made; k++)
			ids[k] = peer_get(&lone.peer, IPC_PRIVATE, SIZE, CREATE);
		ASSERT_GE(ids[cases[n].made - 1], 0);
		ASSERT_EQ(0, trace_read(&self->trace));
		trace_forget(&self->trace);
		ASSERT_EQ(0, peer_end(&lone.peer));
		ASSERT_EQ(0, trace_read(&self->trace));
		trace_keep(&self->trace, "ipcns", self->space.inum);
		EXPECT_EQ(cases[n].told, trace_count(&self->trace, "shm_owner_exit"));
		EXPECT_EQ(cut + cases[n].cut, status_count("owner_exit_cut"));
		EXPECT_EVENT(&self->trace, 0, "shm_owner_exit", &lone,
			     { "shmid", ids[cases[n].made - 1] });
		for (k = 0; k < cases[n].made; k++)
			ASSERT_EQ(0, shmctl(ids[k], IPC_RMID, NULL));
	}
}

/*
 * Others destroy segments while their creator goes: each is told of before it is
 * destroyed, if its creator was still there, or a walk is counted as cut.
 */
TEST_SLOW(exits, creator_in_a_crowd)
{
	unsigned long cut = status_count("owner_exit_cut");
	int n, k, ids[100];

	for (n = 0; n < 11; n++) {
		struct actor lone;

		ASSERT_EQ(0, actor_start(&lone, "lone", 0, 0));
		for (k = 0; k < ARRAY_SIZE(ids); k++)
			ids[k] = peer_get(&lone.peer, IPC_PRIVATE, SIZE, CREATE);
		ASSERT_EQ(0, trace_read(&self->trace));
		trace_forget(&self->trace);
		ASSERT_EQ(0, kill(lone.peer.pid, SIGKILL));
		/* From the last to be told of; one half stays. */
		for (k = 0; k < ARRAY_SIZE(ids); k += 2)
			ASSERT_EQ(0, shmctl(ids[k], IPC_RMID, NULL));
		peer_kill(&lone.peer, SIGKILL);
		ASSERT_EQ(0, trace_read(&self->trace));
		trace_keep(&self->trace, "ipcns", self->space.inum);
		EXPECT_EQ(ARRAY_SIZE(ids) / 2, trace_count(&self->trace, "shm_destroy"));
		if (status_count("owner_exit_cut") == cut)
			EXPECT_LE(ARRAY_SIZE(ids) / 2,
				  trace_count(&self->trace, "shm_owner_exit"));
		cut = status_count("owner_exit_cut");
		for (k = 1; k < ARRAY_SIZE(ids); k += 2)
			ASSERT_EQ(0, shmctl(ids[k], IPC_RMID, NULL));
	}
}

/* Leaving the namespace is as good, once. */
TEST_SLOW(exits, creator_unshares)
{
	TIMED(&self->then, ASSERT_EQ(0, peer_unshare(&self->maker.peer, CLONE_NEWIPC)));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_owner_exit");
	EVENT(1, "shm_owner_exit", &self->maker, { "nattch", 0 });
	EXPECT_AGE(&self->trace, 1, &self->born, &self->then);
	ASSERT_EQ(0, peer_end(&self->maker.peer));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_owner_exit");
	EXPECT_CELL(&self->space, self->id, "creator_alive", "0");
}

/* A thread of several: its segments, not its process's. */
TEST_SLOW(exits, creating_thread)
{
	struct actor thread = { .comm = "thread" };
	int id;

	ASSERT_EQ(0, peer_spawn(&self->maker.peer, &thread.peer, PEER_THREAD));
	ASSERT_EQ(0, actor_named(&thread, "thread"));
	id = peer_get(&thread.peer, IPC_PRIVATE, SIZE, CREATE);
	ASSERT_GE(id, 0);
	ASSERT_EQ(0, peer_leave(&thread.peer));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_create shm_owner_exit");
	EXPECT_EVENT(&self->trace, 2, "shm_owner_exit", NULL, { "shmid", id },
		     { "pid", self->maker.peer.pid });
	EXPECT_STREQ("thread", trace_text(&self->trace, 2, "comm"));
}

/* Who has left the namespace by setns() is still the creator; which one it was is known. */
TEST_SLOW(exits, creator_elsewhere)
{
	ASSERT_EQ(0, peer_say(&self->maker.peer, PEER_MEET, "/proc/1/ns/ipc", CLONE_NEWIPC));
	ASSERT_EQ(0, peer_end(&self->maker.peer));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_owner_exit");
	EVENT(1, "shm_owner_exit", &self->maker, { "nattch", 0 });
}

/* What a namespace had, until all of it is gone; namespaces go in their own time. */
static int wait_destroyed(struct trace *trace, unsigned long inum, size_t count)
{
	int n, ret = 0;

	for (n = 0; n < 6000 && !ret; n++) {
		ret = trace_read(trace);
		trace_keep(trace, "ipcns", inum);
		if (trace_count(trace, "shm_destroy") == count)
			return 0;
		usleep(10000);
	}
	return ret ? ret : -ETIMEDOUT;
}

/* All of it goes, rows and history. */
TEST_SLOW(exits, namespace)
{
	struct actor lone;
	struct space space;
	int n, ids[CROWD];

	ASSERT_EQ(0, actor_start(&lone, "lone", 0, CLONE_NEWIPC));
	ASSERT_EQ(0, space_of(&space, lone.peer.pid));
	for (n = 0; n < CROWD; n++)
		ids[n] = peer_get(&lone.peer, KEY + n, SIZE, CREATE);
	ASSERT_EQ(CROWD, history_rows("shm", space.inum));
	ASSERT_GT(peer_attach(&lone.peer, ids[1]), 0);
	ASSERT_EQ(0, peer_remove(&lone.peer, ids[1]));
	space_close(&space);
	ASSERT_EQ(0, peer_end(&lone.peer));
	ASSERT_EQ(0, wait_destroyed(&self->trace, space.inum, CROWD));
	/* The marked one went with the memory, before its creator was gone. */
	EXPECT_EQ(CROWD - 1, trace_count(&self->trace, "shm_owner_exit"));
	EXPECT_EQ(1, trace_count(&self->trace, "shm_rmid"));
	EXPECT_EQ(0, history_rows("shm", space.inum));
	EXPECT_EQ(0, lens_matches("shm", (const char *const[]){ "ipcns", number_text(space.inum),
								NULL }));
	/* Nobody of ours did it: a worker of the kernel. */
	EXPECT_STREQ("shm_destroy", trace_event(&self->trace, self->trace.count - 1));
	EXPECT_NE(lone.peer.pid,
		  (pid_t)trace_number(&self->trace, self->trace.count - 1, "pid"));
	EXPECT_EQ(0, trace_number(&self->trace, self->trace.count - 1, "uid"));
	EXPECT_LT(0, trace_number(&self->trace, self->trace.count - 1, "age_ns"));
}

/* Namespace after namespace has the same number and the same ids. */
TEST_SLOW(exits, successors)
{
	unsigned long first = 0;
	int n, reused = 0;

	for (n = 0; n < 37; n++) {
		struct actor lone;
		struct space space;
		char comm[16];

		snprintf(comm, sizeof(comm), "lone%d", n);
		ASSERT_EQ(0, actor_start(&lone, comm, 0, CLONE_NEWIPC));
		ASSERT_EQ(0, space_of(&space, lone.peer.pid));
		/* What is open would keep it. */
		space_close(&space);
		reused += space.inum == first;
		first = first ? first : space.inum;
		ASSERT_EQ(0, peer_get(&lone.peer, KEY, SIZE, CREATE));
		EXPECT_STREQ(comm, lens_peek("shm", space.inum, 0, "create_comm"));
		EXPECT_CELL(&space, 0, "attaches", "0");
		EXPECT_CELL(&space, 0, "last_comm", "-");
		EXPECT_CELL(&space, 0, "rmid_pid", "-");
		EXPECT_EQ(1, history_rows("shm", space.inum));
		ASSERT_GT(peer_attach(&lone.peer, 0), 0);
		EXPECT_CELL(&space, 0, "attaches", "1");
		EXPECT_CELL(&space, 0, "last_comm", comm);
		/* Half of them marked, which goes at exit. */
		if (n % 2)
			ASSERT_EQ(0, peer_remove(&lone.peer, 0));
		ASSERT_EQ(0, peer_end(&lone.peer));
		ASSERT_EQ(0, wait_destroyed(&self->trace, space.inum, 1));
		EXPECT_EQ(0, history_rows("shm", space.inum));
		trace_forget(&self->trace);
	}
	EXPECT_LT(0, reused);
}

TEST_HARNESS_MAIN
