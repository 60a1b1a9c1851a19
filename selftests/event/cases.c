// SPDX-License-Identifier: GPL-2.0-only
/*
 * The classic program from beginning to end, in its variants: the same shmget, shmat and
 * IPC_RMID as users write them, and all that rows, history and events say of it.
 */
#include <sys/mman.h>

#include "event.h"

#define SIZE 1024
#define EXCLUSIVE (IPC_CREAT | IPC_EXCL | 0666)

FIXTURE(cases) {
	struct space space;
	struct trace trace;
	struct actor program;
	struct actor next; /* the same program, started once more */
	struct span born;
	struct span then;
	key_t key;
	int id;
};

FIXTURE_SETUP(cases)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, actor_start(&self->program, "program", 0, 0));
	ASSERT_EQ(0, actor_start(&self->next, "next", 0, 0));
	ASSERT_EQ(0, trace_start(&self->trace, NULL));
	self->key = ftok("/usr", 0);
	ASSERT_NE(-1, self->key);
}

FIXTURE_TEARDOWN(cases)
{
	peer_end(&self->program.peer);
	peer_end(&self->next.peer);
	trace_stop(&self->trace);
	space_close(&self->space);
}

#define EVENT EXPECT_SEGMENT_EVENT

#define EXPECT_STEPS(want) EXPECT_EVENTS(&self->trace, &self->space, want)

/* Nothing is left: no row, no mapping, no history. */
#define EXPECT_NOTHING_LEFT() do { \
	EXPECT_EQ(0, lens_matches("shm", (const char *const[]){ \
		"ipcns", number_text(self->space.inum), NULL })); \
	EXPECT_EQ(0, lens_matches("shm_holders", (const char *const[]){ \
		"ipcns", number_text(self->space.inum), NULL })); \
	EXPECT_EQ(0, history_rows("shm", self->space.inum)); \
	EXPECT_ALL_TRUE_IN(self->space.fd); \
} while (0)

/* One round of the program: made and attached, in the span "born". */
#define ROUND(at) do { \
	TIMED(&self->born, self->id = peer_get(&self->program.peer, self->key, SIZE, EXCLUSIVE)); \
	ASSERT_GE(self->id, 0); \
	(at) = peer_attach(&self->program.peer, self->id); \
	ASSERT_GT(at, 0); \
	EXPECT_CELL(&self->space, self->id, "nattch", "1"); \
} while (0)

/* What the program leaves marked: what it was, who marked it when, who has it. */
#define EXPECT_MARKED(at) do { \
	struct space *space_ = &self->space; \
	EXPECT_CELL(space_, self->id, "dest", "1"); \
	EXPECT_CELL(space_, self->id, "pending", "marked"); \
	EXPECT_CELL(space_, self->id, "key", "0x00000000"); \
	EXPECT_CELL(space_, self->id, "orig_key", key_text(self->key)); \
	EXPECT_CELL(space_, self->id, "perms", "1666"); \
	EXPECT_CELL(space_, self->id, "nattch", "1"); \
	EXPECT_CELL(space_, self->id, "create_comm", "program"); \
	EXPECT_COUNT(space_, self->id, "rmid_pid", self->program.peer.pid); \
	EXPECT_CELL(space_, self->id, "rmid_uid", "0"); \
	EXPECT_CELL(space_, self->id, "rmid_comm", "program"); \
	EXPECT_TRUE(time_fits(lens_peek("shm", space_->inum, self->id, "rmid_time"), \
			      &self->then)); \
	EXPECT_ACT(space_, self->id, "create", &self->program, &self->born); \
	EXPECT_ACT(space_, self->id, "rmid", &self->program, &self->then); \
	EXPECT_COUNTS(space_, self->id, 1, 0, 0); \
	EXPECT_EQ(1, holders_count(space_, self->id, 0)); \
	EXPECT_EQ(1, holder_exact(space_, self->id, self->program.peer.pid, at, \
				  (at) + sysconf(_SC_PAGESIZE), "rw-")); \
} while (0)

/* Removed while attached, twice with the same key; both go with the process. */
TEST_SLOW(cases, a1_marked_twice)
{
	long long at[2];
	int n, ids[2];

	for (n = 0; n < 2; n++) {
		ROUND(at[n]);
		ids[n] = self->id;
		TIMED(&self->then, ASSERT_EQ(0, peer_remove(&self->program.peer, self->id)));
		EXPECT_MARKED(at[n]);
		EXPECT_STEPS("shm_create shm_attach shm_rmid");
		EVENT(0, "shm_create", &self->program, { "key", self->key }, { "size", SIZE },
		      { "perms", 0666 });
		EVENT(1, "shm_attach", &self->program, { "start", at[n] }, { "nattch", 1 });
		EVENT(2, "shm_rmid", &self->program, { "orig_key", self->key }, { "size", SIZE },
		      { "nattch", 1 });
		EXPECT_AGE(&self->trace, 2, &self->born, &self->then);
		trace_forget(&self->trace);
	}
	EXPECT_NE(ids[0], ids[1]);
	EXPECT_EQ(2, lens_matches("shm", (const char *const[]){
		"ipcns", number_text(self->space.inum), "pending", "marked", "orig_key",
		key_text(self->key), NULL }));
	ASSERT_EQ(0, peer_end(&self->program.peer));
	EXPECT_STEPS("shm_detach shm_destroy shm_detach shm_destroy");
	for (n = 0; n < 2; n++) {
		/* In order of addresses. */
		self->id = ids[(at[0] > at[1]) ^ n];
		EVENT(2 * n, "shm_detach", &self->program, { "nattch", 0 });
		EVENT(2 * n + 1, "shm_destroy", &self->program, { "orig_key", self->key },
		      { "size", SIZE });
	}
	EXPECT_NOTHING_LEFT();
}

/* Left behind; who made it is known though it is gone, and the next one fails. */
TEST_SLOW(cases, a2_left_behind)
{
	struct space *space = &self->space;
	pid_t creator = self->program.peer.pid;
	long long at;

	ROUND(at);
	TIMED(&self->then, ASSERT_EQ(0, peer_end(&self->program.peer)));
	EXPECT_EQ(-EEXIST, peer_get(&self->next.peer, self->key, SIZE, EXCLUSIVE));
	EXPECT_CELL(space, self->id, "nattch", "0");
	EXPECT_CELL(space, self->id, "creator_alive", "0");
	EXPECT_CELL(space, self->id, "pending", "no");
	EXPECT_CELL(space, self->id, "key", key_text(self->key));
	EXPECT_COUNT(space, self->id, "size", SIZE);
	EXPECT_COUNT(space, self->id, "cpid", creator);
	EXPECT_CELL(space, self->id, "create_comm", "program");
	EXPECT_LAST(space, self->id, &self->program);
	EXPECT_CELL(space, self->id, "rmid_pid", "-");
	EXPECT_ACT(space, self->id, "create", &self->program, &self->born);
	EXPECT_ACT(space, self->id, "detach", &self->program, &self->then);
	EXPECT_EQ(0, holders_count(space, self->id, 0));
	EXPECT_STEPS("shm_create shm_attach shm_detach shm_owner_exit");
	EVENT(2, "shm_detach", &self->program, { "start", at }, { "nattch", 0 });
	EVENT(3, "shm_owner_exit", &self->program, { "nattch", 0 });
	EXPECT_ALL_TRUE_IN(space->fd);
}

/* Detached, then removed: freed at once, each step told in its order. */
TEST_SLOW(cases, a3_freed_at_once)
{
	struct actor *program = &self->program;
	long long at;
	int n;

	for (n = 0; n < 2; n++) {
		ROUND(at);
		ASSERT_EQ(0, peer_detach(&program->peer, at));
		TIMED(&self->then, ASSERT_EQ(0, peer_remove(&program->peer, self->id)));
		EXPECT_STEPS("shm_create shm_attach shm_detach shm_rmid shm_destroy");
		EVENT(0, "shm_create", program, { "key", self->key });
		EVENT(1, "shm_attach", program, { "start", at }, { "nattch", 1 });
		EVENT(2, "shm_detach", program, { "start", at }, { "nattch", 0 });
		EVENT(3, "shm_rmid", program, { "orig_key", self->key }, { "nattch", 0 });
		EVENT(4, "shm_destroy", program, { "orig_key", self->key }, { "size", SIZE });
		EXPECT_AGE(&self->trace, 3, &self->born, &self->then);
		EXPECT_AGE(&self->trace, 4, &self->born, &self->then);
		trace_forget(&self->trace);
		EXPECT_NOTHING_LEFT();
	}
}

/* Mappings are counted, not processes: 1, 3 by one mprotect(), 6 by a fork(). */
TEST_SLOW(cases, a5_mappings_not_processes)
{
	struct space *space = &self->space;
	long long page = sysconf(_SC_PAGESIZE), at;
	struct actor child;

	self->id = peer_get(&self->program.peer, self->key, 3 * page, EXCLUSIVE);
	at = peer_attach(&self->program.peer, self->id);
	ASSERT_GT(at, 0);
	EXPECT_CELL(space, self->id, "nattch", "1");
	EXPECT_EQ(1, holders_count(space, self->id, 0));
	ASSERT_EQ(0, peer_call(&self->program.peer, PEER_PROTECT, at + page, page, PROT_READ, 0));
	EXPECT_CELL(space, self->id, "nattch", "3");
	EXPECT_EQ(3, holders_count(space, self->id, self->program.peer.pid));
	ASSERT_EQ(0, actor_fork(&self->program, &child, "child"));
	EXPECT_CELL(space, self->id, "nattch", "6");
	EXPECT_EQ(3, holders_count(space, self->id, self->program.peer.pid));
	EXPECT_EQ(3, holders_count(space, self->id, child.peer.pid));
	TIMED(&self->then, ASSERT_EQ(0, peer_remove(&self->next.peer, self->id)));
	EXPECT_CELL(space, self->id, "pending", "marked");
	EXPECT_CELL(space, self->id, "rmid_comm", "next");
	EXPECT_EQ(6, holders_count(space, self->id, 0));
	EXPECT_COUNTS(space, self->id, 1, 5, 0);
	EXPECT_STEPS("shm_create shm_attach shm_fork shm_fork shm_fork shm_fork shm_fork "
			   "shm_rmid");
	EVENT(3, "shm_fork", &self->program, { "nattch", 3 });
	EVENT(6, "shm_fork", &self->program, { "nattch", 6 });
	EVENT(7, "shm_rmid", &self->next, { "orig_key", self->key }, { "nattch", 6 });
	EXPECT_ALL_TRUE_IN(space->fd);
	trace_forget(&self->trace);
	ASSERT_EQ(0, peer_end(&child.peer));
	EXPECT_CELL(space, self->id, "nattch", "3");
	EXPECT_EQ(3, holders_count(space, self->id, 0));
	ASSERT_EQ(0, peer_end(&self->program.peer));
	EXPECT_STEPS("shm_detach shm_detach shm_detach shm_detach shm_detach shm_detach "
			   "shm_destroy");
	EVENT(6, "shm_destroy", &self->program, { "orig_key", self->key });
	EXPECT_NOTHING_LEFT();
}

TEST_HARNESS_MAIN
