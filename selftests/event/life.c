// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to a segment while it lives: created, attached, detached, copied by
 * fork, split and moved. Each event in order, each field, each column of history.
 */
#include <sys/mman.h>

#include "event.h"

#define TIMES 13
#define KEY 0x4c100001
#define SIZE (3 * 4096 - 5)

FIXTURE(life) {
	struct space space;
	struct trace trace;
	struct actor maker;
	struct actor user;
	struct span born;
	struct span then;
	long page;
	int id;
};

FIXTURE_SETUP(life)
{
	ASSERT_TRUE(lens_present());
	self->page = sysconf(_SC_PAGESIZE);
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, actor_start(&self->maker, "maker", 0, 0));
	ASSERT_EQ(0, actor_start(&self->user, "user", 4242, 0));
	ASSERT_EQ(0, trace_start(&self->trace, NULL));
	TIMED(&self->born,
	      self->id = peer_get(&self->maker.peer, KEY, SIZE, IPC_CREAT | IPC_EXCL | 0666));
	ASSERT_GE(self->id, 0);
}

FIXTURE_TEARDOWN(life)
{
	peer_end(&self->maker.peer);
	peer_end(&self->user.peer);
	trace_stop(&self->trace);
	space_close(&self->space);
}

#define EVENT EXPECT_SEGMENT_EVENT

/* Forgets the creation. */
#define EXPECT_BORN() do { \
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create"); \
	trace_forget(&self->trace); \
} while (0)

TEST_SLOW(life, created)
{
	struct space *space = &self->space;
	struct actor *maker = &self->maker;
	int id = self->id, other;

	EXPECT_EVENTS(&self->trace, space, "shm_create");
	EVENT(0, "shm_create", maker, { "key", KEY }, { "size", SIZE }, { "perms", 0666 });
	EXPECT_COUNTS(space, id, 0, 0, 0);
	EXPECT_CELL(space, id, "create_comm", "maker");
	EXPECT_CELL(space, id, "last_comm", "-");
	EXPECT_CELL(space, id, "rmid_pid", "-");
	EXPECT_CELL(space, id, "rmid_uid", "-");
	EXPECT_CELL(space, id, "rmid_comm", "-");
	EXPECT_CELL(space, id, "rmid_time", "-");
	EXPECT_HISTORY(space, id, "complete", "1");
	EXPECT_HISTORY(space, id, "orig_key", key_text(KEY));
	EXPECT_ACT(space, id, "create", maker, &self->born);
	EXPECT_HISTORY(space, id, "attach_time", "-");
	EXPECT_HISTORY(space, id, "attach_pid", "-");
	EXPECT_HISTORY(space, id, "copy_uid", "-");
	EXPECT_HISTORY(space, id, "detach_comm", "-");
	EXPECT_HISTORY(space, id, "rmid_time", "-");

	/* By another, without a key. */
	trace_forget(&self->trace);
	TIMED(&self->then, other = peer_get(&self->user.peer, IPC_PRIVATE, 1, CREATE));
	EXPECT_EVENTS(&self->trace, space, "shm_create");
	EXPECT_EVENT(&self->trace, 0, "shm_create", &self->user, { "ipcns", space->inum },
		     { "shmid", other }, { "key", 0 }, { "size", 1 }, { "perms", 0600 });
	EXPECT_ACT(space, other, "create", &self->user, &self->then);
	EXPECT_HISTORY(space, other, "orig_key", key_text(0));
	EXPECT_EQ(2, history_rows("shm", space->inum));
	EXPECT_ALL_TRUE_IN(space->fd);
}

/* What is only found is not created. */
TEST_SLOW(life, found)
{
	EXPECT_EQ(self->id, peer_get(&self->user.peer, KEY, SIZE, 0));
	EXPECT_EQ(self->id, peer_get(&self->user.peer, KEY, 1, IPC_CREAT | 0600));
	EXPECT_BORN();
	EXPECT_ACT(&self->space, self->id, "create", &self->maker, &self->born);
}

TEST_SLOW(life, attached_and_detached)
{
	struct space *space = &self->space;
	struct actor *who[] = { &self->maker, &self->user };
	struct span spans[2 * TIMES];
	long long at[TIMES];
	int n;

	EXPECT_BORN();
	for (n = 0; n < TIMES; n++) {
		TIMED(&spans[n], at[n] = peer_attach(&who[n % 2]->peer, self->id));
		ASSERT_GT(at[n], 0);
	}
	EXPECT_COUNTS(space, self->id, TIMES, 0, 0);
	EXPECT_ACT(space, self->id, "attach", &self->maker, &spans[TIMES - 1]);
	EXPECT_LAST(space, self->id, &self->maker);
	for (n = 0; n < TIMES - 1; n++)
		TIMED(&spans[TIMES + n],
		      ASSERT_EQ(0, peer_detach(&who[n % 2]->peer, at[n])));
	EXPECT_COUNTS(space, self->id, TIMES, 0, TIMES - 1);
	EXPECT_ACT(space, self->id, "attach", &self->maker, &spans[TIMES - 1]);
	EXPECT_ACT(space, self->id, "detach", &self->user, &spans[2 * TIMES - 2]);
	EXPECT_LAST(space, self->id, &self->user);

	ASSERT_EQ(0, trace_read(&self->trace));
	trace_keep(&self->trace, "ipcns", space->inum);
	ASSERT_EQ(2 * TIMES - 1, self->trace.count);
	for (n = 0; n < TIMES; n++) {
		EVENT(n, "shm_attach", who[n % 2], { "start", at[n] }, { "nattch", n + 1 });
		EXPECT_AGE(&self->trace, n, &self->born, &spans[n]);
	}
	for (n = 0; n < TIMES - 1; n++) {
		EVENT(TIMES + n, "shm_detach", who[n % 2], { "start", at[n] },
		      { "end", at[n] + 3 * self->page }, { "nattch", TIMES - 1 - n });
		EXPECT_AGE(&self->trace, TIMES + n, &self->born, &spans[TIMES + n]);
	}
	EXPECT_ALL_TRUE_IN(space->fd);
}

/* Over what is there already: that goes first. */
TEST_SLOW(life, attached_over_another)
{
	struct peer *peer = &self->maker.peer;
	long long any = peer_attach(peer, self->id), at = any & -(long long)SHMLBA;

	/* Some machines let a segment begin at each fourth page only, if it is told where. */
	ASSERT_GT(any, 0);
	ASSERT_EQ(0, peer_detach(peer, any));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_attach shm_detach");
	trace_forget(&self->trace);
	ASSERT_EQ(at, peer_call(peer, PEER_SHMAT, self->id, at, 0, 0));
	ASSERT_EQ(at, peer_call(peer, PEER_SHMAT, self->id, at, SHM_REMAP | SHM_RDONLY, 0));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_attach shm_detach shm_attach");
	EVENT(0, "shm_attach", &self->maker, { "start", at }, { "nattch", 1 });
	EVENT(1, "shm_detach", &self->maker, { "start", at });
	EVENT(2, "shm_attach", &self->maker, { "start", at }, { "nattch", 1 });
	EXPECT_COUNTS(&self->space, self->id, 3, 0, 2);
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_SLOW(life, forked)
{
	struct space *space = &self->space;
	struct actor child[3];
	long long at[2];
	int n;

	at[0] = peer_attach(&self->maker.peer, self->id);
	at[1] = peer_attach(&self->maker.peer, self->id);
	/* In order of addresses, as the kernel copies. */
	if (at[0] > at[1]) {
		long long high = at[0];

		at[0] = at[1];
		at[1] = high;
	}
	ASSERT_GT(at[0], 0);
	EXPECT_EVENTS(&self->trace, space, "shm_create shm_attach shm_attach");
	trace_forget(&self->trace);
	for (n = 0; n < 3; n++)
		TIMED(&self->then, ASSERT_EQ(0, actor_fork(&self->maker, &child[n], "child")));
	EXPECT_COUNTS(space, self->id, 2, 6, 0);
	EXPECT_ACT(space, self->id, "copy", &self->maker, &self->then);
	EXPECT_LAST(space, self->id, &self->maker);
	EXPECT_EVENTS(&self->trace, space,
		      "shm_fork shm_fork shm_fork shm_fork shm_fork shm_fork");
	for (n = 0; n < 6; n++)
		EVENT(n, "shm_fork", &self->maker, { "start", at[n % 2] },
		      { "end", at[n % 2] + 3 * self->page }, { "nattch", 3 + n });
	EXPECT_AGE(&self->trace, 5, &self->born, &self->then);
	trace_forget(&self->trace);
	TIMED(&self->then, ASSERT_EQ(0, peer_detach(&child[1].peer, at[0])));
	EXPECT_EVENTS(&self->trace, space, "shm_detach");
	EVENT(0, "shm_detach", &child[1], { "start", at[0] }, { "nattch", 7 });
	EXPECT_ACT(space, self->id, "detach", &child[1], &self->then);
	EXPECT_COUNTS(space, self->id, 2, 6, 1);
	EXPECT_LAST(space, self->id, &child[1]);
	EXPECT_ALL_TRUE_IN(space->fd);
	for (n = 0; n < 3; n++)
		EXPECT_EQ(0, peer_end(&child[n].peer));
	EXPECT_COUNTS(space, self->id, 2, 6, 6);
}

/* A thread has nothing of its own; who attaches is the process, by the thread's name. */
TEST_SLOW(life, threads)
{
	struct actor thread = { .uid = 0, .comm = "thread" };

	ASSERT_GT(peer_attach(&self->maker.peer, self->id), 0);
	ASSERT_EQ(0, peer_spawn(&self->maker.peer, &thread.peer, PEER_THREAD));
	ASSERT_EQ(self->maker.peer.pid, thread.peer.pid);
	ASSERT_EQ(0, actor_named(&thread, "thread"));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_attach");
	TIMED(&self->then, ASSERT_GT(peer_attach(&thread.peer, self->id), 0));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_attach shm_attach");
	EVENT(2, "shm_attach", &thread, { "nattch", 2 });
	EXPECT_ACT(&self->space, self->id, "attach", &thread, &self->then);
	EXPECT_COUNTS(&self->space, self->id, 2, 0, 0);
}

/* mprotect() in the middle: three mappings where one was, each counted. */
TEST_SLOW(life, split)
{
	long long page = self->page, at = peer_attach(&self->user.peer, self->id);

	ASSERT_GT(at, 0);
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_attach");
	TIMED(&self->then, ASSERT_EQ(0, peer_call(&self->user.peer, PEER_PROTECT, at + page, page,
						  PROT_READ, 0)));
	EXPECT_COUNTS(&self->space, self->id, 1, 2, 0);
	EXPECT_ACT(&self->space, self->id, "copy", &self->user, &self->then);
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_attach shm_fork shm_fork");
	EVENT(2, "shm_fork", &self->user, { "start", at }, { "end", at + page }, { "nattch", 2 });
	EVENT(3, "shm_fork", &self->user, { "start", at + 2 * page }, { "end", at + 3 * page },
	      { "nattch", 3 });
	EXPECT_ALL_TRUE_IN(self->space.fd);
	trace_forget(&self->trace);
	/* shmdt() finds all the pieces, munmap() of one takes only that. */
	ASSERT_EQ(0, peer_call(&self->user.peer, PEER_UNMAP, at + page, page, 0, 0));
	EXPECT_COUNTS(&self->space, self->id, 1, 2, 1);
	ASSERT_EQ(0, peer_detach(&self->user.peer, at));
	EXPECT_COUNTS(&self->space, self->id, 1, 2, 3);
	EXPECT_EVENTS(&self->trace, &self->space, "shm_detach shm_detach shm_detach");
	EVENT(0, "shm_detach", &self->user, { "start", at + page }, { "end", at + 2 * page },
	      { "nattch", 2 });
	EVENT(1, "shm_detach", &self->user, { "start", at }, { "end", at + page }, { "nattch", 1 });
	EVENT(2, "shm_detach", &self->user, { "start", at + 2 * page }, { "nattch", 0 });
}

/* The rest of a mapping is a copy of it, for as long as it takes to cut. */
TEST_SLOW(life, cut)
{
	long long page = self->page, at = peer_attach(&self->user.peer, self->id);

	ASSERT_GT(at, 0);
	ASSERT_EQ(0, peer_call(&self->user.peer, PEER_UNMAP, at, page, 0, 0));
	EXPECT_COUNTS(&self->space, self->id, 1, 1, 1);
	ASSERT_EQ(0, peer_call(&self->user.peer, PEER_UNMAP, at + 2 * page, page, 0, 0));
	EXPECT_COUNTS(&self->space, self->id, 1, 2, 2);
	EXPECT_EVENTS(&self->trace, &self->space,
		      "shm_create shm_attach shm_fork shm_detach shm_fork shm_detach");
	EVENT(3, "shm_detach", &self->user, { "start", at }, { "end", at + page }, { "nattch", 1 });
	EVENT(5, "shm_detach", &self->user, { "start", at + 2 * page }, { "nattch", 1 });
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/*
 * remap_file_pages() has the first page cut off, unmapped, and mapped anew, neither
 * by shmat() nor as a copy: that one mapping is not seen.
 */
TEST_SLOW(life, shuffled)
{
	long long page = self->page, at = peer_attach(&self->maker.peer, self->id);

	ASSERT_GT(at, 0);
	ASSERT_EQ(0, peer_call(&self->maker.peer, PEER_SHUFFLE, at, page, 1, 0));
	EXPECT_EQ(2, truth_nattch(self->id));
	EXPECT_CELL(&self->space, self->id, "attaches", "1");
	EXPECT_CELL(&self->space, self->id, "copies", "1");
	EXPECT_CELL(&self->space, self->id, "detaches", "1");
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_attach shm_fork shm_detach");
	EVENT(3, "shm_detach", &self->maker, { "start", at }, { "end", at + page });
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_SLOW(life, moved)
{
	long long size = 3 * self->page, at = peer_attach(&self->maker.peer, self->id), to;

	ASSERT_GT(at, 0);
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_attach");
	/* The place that another attach has just left is free. */
	to = peer_attach(&self->maker.peer, self->id);
	ASSERT_EQ(0, peer_detach(&self->maker.peer, to));
	ASSERT_EQ(0, trace_read(&self->trace));
	trace_forget(&self->trace);
	TIMED(&self->then,
	      ASSERT_EQ(to, peer_call(&self->maker.peer, PEER_MOVE, at, size, to, 0)));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_fork shm_detach");
	EVENT(0, "shm_fork", &self->maker, { "start", to }, { "end", to + size }, { "nattch", 2 });
	EVENT(1, "shm_detach", &self->maker, { "start", at }, { "end", at + size },
	      { "nattch", 1 });
	EXPECT_AGE(&self->trace, 0, &self->born, &self->then);
	EXPECT_AGE(&self->trace, 1, &self->born, &self->then);
	EXPECT_COUNTS(&self->space, self->id, 2, 1, 2);
	EXPECT_ACT(&self->space, self->id, "copy", &self->maker, &self->then);
	EXPECT_ACT(&self->space, self->id, "detach", &self->maker, &self->then);
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* Whoever it is in there: numbers are those of the initial namespaces. */
TEST_SLOW(life, in_a_container)
{
	struct actor root = { .uid = 70000 };
	struct space space;
	int id;

	ASSERT_EQ(0, peer_start(&root.peer, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC));
	ASSERT_EQ(0, peer_map_ids(&root.peer, root.uid, 10));
	ASSERT_EQ(0, peer_call(&root.peer, PEER_BECOME, 3, 3, 0, 0));
	root.uid += 3;
	ASSERT_EQ(0, actor_named(&root, "inside"));
	ASSERT_EQ(0, space_of(&space, root.peer.pid));
	TIMED(&self->then, id = peer_get(&root.peer, KEY, SIZE, CREATE));
	ASSERT_GT(peer_attach(&root.peer, id), 0);
	ASSERT_EQ(0, peer_remove(&root.peer, id));
	EXPECT_ACT(&space, id, "create", &root, &self->then);
	EXPECT_COUNT(&space, id, "rmid_pid", root.peer.pid);
	EXPECT_COUNT(&space, id, "rmid_uid", root.uid);
	EXPECT_LAST(&space, id, &root);
	ASSERT_EQ(0, trace_read(&self->trace));
	trace_keep(&self->trace, "ipcns", space.inum);
	ASSERT_STREQ("shm_create shm_attach shm_rmid", trace_names(&self->trace));
	EXPECT_EVENT(&self->trace, 0, "shm_create", &root, { "shmid", id });
	EXPECT_EVENT(&self->trace, 2, "shm_rmid", &root, { "shmid", id });
	EXPECT_EQ(0, peer_end(&root.peer));
	space_close(&space);
}

/* The id alone does not tell which segment: in another namespace it is another. */
TEST_SLOW(life, of_other_namespaces)
{
	struct actor stranger;
	struct space other;
	int id;

	ASSERT_EQ(0, actor_start(&stranger, "stranger", 0, CLONE_NEWIPC));
	ASSERT_EQ(0, space_of(&other, stranger.peer.pid));
	id = peer_get(&stranger.peer, KEY, SIZE, CREATE);
	ASSERT_EQ(self->id, id);
	ASSERT_GT(peer_attach(&self->maker.peer, self->id), 0);
	ASSERT_GT(peer_attach(&stranger.peer, id), 0);
	ASSERT_GT(peer_attach(&stranger.peer, id), 0);
	EXPECT_COUNTS(&self->space, self->id, 1, 0, 0);
	EXPECT_CELL(&other, id, "attaches", "2");
	EXPECT_CELL(&other, id, "create_comm", "stranger");
	EXPECT_CELL(&self->space, self->id, "create_comm", "maker");
	/* Who has left it still detaches from it. */
	ASSERT_EQ(0, peer_unshare(&stranger.peer, CLONE_NEWIPC));
	ASSERT_EQ(0, setns(other.fd, CLONE_NEWIPC));
	ASSERT_EQ(0, peer_end(&stranger.peer));
	EXPECT_COUNTS(&other, id, 2, 0, 2);
	ASSERT_EQ(0, setns(self->space.fd, CLONE_NEWIPC));
	EXPECT_EVENTS(&self->trace, &self->space, "shm_create shm_attach");
	space_close(&other);
}

TEST_HARNESS_MAIN
