// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the probes count of a known workload: exactly that, and nothing missed.
 * The counters are of the whole system: nobody else may use shared memory
 * meanwhile. Tasks of others may end, and namespaces of tests before go away with
 * the root of their queues: exits and evictions can be more.
 */
#include "probes.h"

#define TIMES 37

/* In the order of probe_rows. */
enum {
	HIT_ATTACH, HIT_OPEN, HIT_CLOSE, HIT_RMID, HIT_MARK, HIT_EXIT, HIT_CREATE, HIT_DESTROY,
	HIT_MQ_CREATE, HIT_MQ_INODE, HIT_MQ_CHARGE, HIT_MQ_EVICT, HIT_MQ_UNLINK, HIT_MQ_OPEN,
	HIT_MQ_OPEN_COMPAT
};

FIXTURE(hits) {
	struct peer peer;
	long before[PROBES];
	long after[PROBES];
};

FIXTURE_SETUP(hits)
{
	ASSERT_EQ(0, module_reload(""));
	ASSERT_EQ(0, peer_start(&self->peer, CLONE_NEWIPC));
}

FIXTURE_TEARDOWN(hits)
{
	peer_end(&self->peer);
	EXPECT_EQ(0, module_unload());
}

static void hits_read(long *hits)
{
	int n;

	for (n = 0; n < PROBES; n++)
		hits[n] = atol(probe_cell(probe_rows[n].name, "hits"));
}

static int hits_missed(void)
{
	int n, missed = 0;

	for (n = 0; n < PROBES; n++)
		missed += strcmp(probe_cell(probe_rows[n].name, "missed"), "0") != 0;
	return missed;
}

/* Runs @work: the counters must rise by exactly @want; those of others by no less. */
#define EXPECT_HITS(work, ...) do { \
	const long want_[PROBES] = { __VA_ARGS__ }; \
	int n_; \
	hits_read(self->before); \
	ASSERT_EQ(0, work(self)); \
	hits_read(self->after); \
	for (n_ = 0; n_ < PROBES; n_++) { \
		long rose_ = self->after[n_] - self->before[n_]; \
		bool others_ = n_ == HIT_EXIT || n_ == HIT_MQ_EVICT; \
		EXPECT_TRUE(others_ ? rose_ >= want_[n_] : rose_ == want_[n_]) { \
			TH_LOG("%s: %ld hits, not %ld", probe_rows[n_].name, rose_, want_[n_]); \
		} \
	} \
} while (0)

static int work_nothing(FIXTURE_DATA(hits) *self)
{
	return 0;
}

/* Created, attached twice, one of it split, detached, removed. */
static int work_detached(FIXTURE_DATA(hits) *self)
{
	struct peer *peer = &self->peer;
	long long first, second;
	int n, id, bad = 0;

	for (n = 0; n < TIMES && !bad; n++) {
		id = peer_get(peer, 0x4c090001, 3 * 4096, CREATE);
		first = peer_attach(peer, id);
		second = peer_attach(peer, id);
		bad = id < 0 || first < 0 || second < 0 ||
		      peer_call(peer, PEER_PROTECT, first + 4096, 4096, 1, 0) ||
		      peer_detach(peer, first) || peer_detach(peer, second) ||
		      peer_remove(peer, id);
	}
	return bad;
}

static int work_marked(FIXTURE_DATA(hits) *self)
{
	struct peer *peer = &self->peer;
	int n, id, bad = 0;
	long long address;

	for (n = 0; n < TIMES && !bad; n++) {
		id = peer_get(peer, 0x4c090002, 4096, CREATE);
		address = peer_attach(peer, id);
		bad = id < 0 || address < 0 || peer_remove(peer, id) ||
		      peer_call(peer, PEER_OWN, id, 1, 1, 0600) || peer_detach(peer, address);
	}
	return bad;
}

/* A child inherits three mappings, and takes them with it. */
static int work_forked(FIXTURE_DATA(hits) *self)
{
	struct peer *peer = &self->peer, child;
	int n, id, bad = 0;

	id = peer_get(peer, IPC_PRIVATE, 4096, CREATE);
	for (n = 0; n < 3; n++)
		bad |= peer_attach(peer, id) < 0;
	for (n = 0; n < TIMES && !bad; n++)
		bad = peer_spawn(peer, &child, 0) || peer_end(&child);
	return bad || peer_remove(peer, id);
}

static int work_refused(FIXTURE_DATA(hits) *self)
{
	int n, bad = 0;

	for (n = 0; n < TIMES && !bad; n++)
		bad = peer_attach(&self->peer, 12345) >= 0 || peer_remove(&self->peer, 12345) >= 0;
	return bad;
}

/* Made, opened once more, unlinked, closed. */
static int work_queues(FIXTURE_DATA(hits) *self)
{
	struct owner owner = { .peer = self->peer };
	long first, second;
	int n, bad = 0;

	for (n = 0; n < TIMES && !bad; n++) {
		first = queue_default(&owner, "hits");
		second = queue_open(&owner, "hits", O_RDWR, 0, 0);
		bad = first < 0 || second < 0 || queue_unlink(&owner, "hits") ||
		      queue_close(&owner, first) || queue_close(&owner, second);
	}
	return bad;
}

/* No such queue; and one that is larger than the user's limit. */
static int work_queues_refused(FIXTURE_DATA(hits) *self)
{
	struct owner owner = { .peer = self->peer };
	int n, bad = 0;

	for (n = 0; n < TIMES && !bad; n++)
		bad = queue_open(&owner, "hits", O_RDWR, 0, 0) != -ENOENT ||
		      queue_open(&owner, "hits", QUEUE_NEW, 1000, 8192) != -EMFILE;
	return bad;
}

TEST_SLOW(hits, counted_exactly)
{
	int charges = strcmp(probe_usual("mq_charge"), "unused") ? TIMES : 0;

	/* attach, open, close, rmid, mark, exit, create, destroy */
	EXPECT_HITS(work_nothing, 0);
	EXPECT_HITS(work_detached, 2 * TIMES, 2 * TIMES, 4 * TIMES, TIMES, 0, 0, TIMES, TIMES);
	EXPECT_HITS(work_marked, TIMES, 0, TIMES, 2 * TIMES, TIMES, 0, TIMES, TIMES);
	EXPECT_HITS(work_refused, TIMES, 0, 0, TIMES, 0, 0, 0, 0);
	EXPECT_HITS(work_queues, [HIT_MQ_OPEN] = 2 * TIMES, [HIT_MQ_CREATE] = TIMES,
		    [HIT_MQ_INODE] = TIMES, [HIT_MQ_EVICT] = TIMES, [HIT_MQ_UNLINK] = TIMES);
	EXPECT_HITS(work_queues_refused, [HIT_MQ_OPEN] = 2 * TIMES, [HIT_MQ_CREATE] = TIMES,
		    [HIT_MQ_INODE] = TIMES, [HIT_MQ_CHARGE] = charges, [HIT_MQ_EVICT] = TIMES);
	EXPECT_EQ(0, hits_missed());
}

/* Last, since what was attached stays. */
TEST_SLOW(hits, forks_counted_exactly)
{
	EXPECT_EQ(0, work_forked(self));
	hits_read(self->before);
	EXPECT_EQ(0, work_forked(self));
	hits_read(self->after);
	/* Six mappings by now, three of the first time. */
	EXPECT_EQ(3, self->after[HIT_ATTACH] - self->before[HIT_ATTACH]);
	EXPECT_EQ(6 * TIMES, self->after[HIT_OPEN] - self->before[HIT_OPEN]);
	EXPECT_EQ(6 * TIMES, self->after[HIT_CLOSE] - self->before[HIT_CLOSE]);
	EXPECT_LE(TIMES, self->after[HIT_EXIT] - self->before[HIT_EXIT]);
	EXPECT_EQ(1, self->after[HIT_MARK] - self->before[HIT_MARK]);
	EXPECT_EQ(1, self->after[HIT_CREATE] - self->before[HIT_CREATE]);
	EXPECT_EQ(0, self->after[HIT_DESTROY] - self->before[HIT_DESTROY]);
	EXPECT_EQ(0, hits_missed());
}

TEST_HARNESS_MAIN
