// SPDX-License-Identifier: GPL-2.0-only
/*
 * The three causes of EMFILE at the same time, from threads of one process; and
 * refusals that come faster than anybody reads them.
 */
#include <signal.h>

#include "fixture.h"

#define EACH 60
#define FLOOD 5000
#define FLOODERS 3
/* More than one default queue, less than two. */
#define SOFT 100000

FIXTURE(together) {
	struct peer root;
	struct owner owner;
};

FIXTURE_SETUP(together)
{
	ASSERT_TRUE(lens_present());
}

FIXTURE_TEARDOWN(together)
{
}

static int rows_of(pid_t pid, const char *name, const char *reason)
{
	char text[24];

	snprintf(text, sizeof(text), "%d", pid);
	return lens_matches("mq_denials", (const char *const[]){ "pid", text, "name", name, "reason",
								 reason, NULL });
}

/* Thread @n of @owner's process, with a user id of its own within the namespace. */
static int thread_start(struct owner *owner, struct peer *thread, unsigned int n)
{
	int ret = peer_spawn(&owner->peer, thread, PEER_THREAD);

	return ret ? ret : peer_call(thread, PEER_BECOME, n, 0, 0, 0);
}

static int thread_open(struct peer *thread, const char *name)
{
	struct owner as = { .peer = *thread };

	return queue_default(&as, name);
}

static void storm_tell(struct __test_metadata *_metadata, struct peer *thread, const char *name,
		       long maxmsg)
{
	struct peer_request request = { .op = PEER_MQ_STORM, .arg = { EACH, maxmsg, 8192 } };

	snprintf(request.text, sizeof(request.text), "%s", name);
	ASSERT_EQ(0, peer_tell(thread, &request));
}

static const char *const causes[] = { "nofile", "rlimit", "userns" };

/*
 * Each thread asks for queues. It must be refused @want times, for its own reason and no
 * other, which "status" counts as well.
 */
static void check_causes(struct __test_metadata *_metadata, pid_t pid, struct peer *threads,
			 const int want[3])
{
	static const char *const keys[] = { "denials_nofile", "denials_rlimit", "denials_userns" };
	unsigned long long counted[3];
	int n, k;

	for (n = 0; n < 3; n++) {
		counted[n] = status_number(keys[n]);
		storm_tell(_metadata, &threads[n], causes[n], n == 1 ? 5 : 10);
	}
	for (n = 0; n < 3; n++) {
		EXPECT_EQ(want[n], peer_hear(&threads[n]));
		EXPECT_EQ(counted[n] + want[n], status_number(keys[n]));
	}
	for (n = 0; n < 3; n++)
		for (k = 0; k < 3; k++)
			EXPECT_EQ(n == k ? want[n] : 0, rows_of(pid, causes[n], causes[k])) {
				TH_LOG("cause %d taken for %d", n, k);
			}
}

/* A process whose threads, with a user each, have a queue or none; no descriptor left in one. */
static void threads_start(struct __test_metadata *_metadata, struct owner *owner,
			  struct peer thread[4])
{
	struct rlimit limit = { 240000, RLIM_INFINITY }, before;
	int n;

	/* The ceiling is the creator's limit at the time. */
	ASSERT_EQ(0, prlimit(0, RLIMIT_MSGQUEUE, &limit, &before));
	ASSERT_EQ(0, peer_start(&owner->peer, CLONE_NEWUSER | CLONE_NEWIPC));
	ASSERT_EQ(0, prlimit(0, RLIMIT_MSGQUEUE, &before, NULL));
	ASSERT_EQ(0, peer_map_ids(&owner->peer, 900000, 10));
	ASSERT_EQ(0, peer_call(&owner->peer, PEER_BECOME, 0, 0, 0, 0));
	for (n = 0; n < 4; n++)
		ASSERT_EQ(0, thread_start(owner, &thread[n], n + 1));
	ASSERT_EQ(0, owner_limits(owner, RLIMIT_MSGQUEUE, SOFT, RLIM_INFINITY));
	/* Thread 4's user takes part of the namespace's room. */
	ASSERT_GE(thread_open(&thread[1], "two"), 0);
	ASSERT_GE(thread_open(&thread[3], "four"), 0);
	ASSERT_EQ(0, peer_call(&thread[0], PEER_UNSHARE, CLONE_FILES, 0, 0, 0));
	ASSERT_EQ(0, owner_limits(owner, RLIMIT_NOFILE, 60, 60));
	ASSERT_GT(peer_call(&thread[0], PEER_DUP, 2, 0, 0, 0), 0);
}

/*
 * Thread 1 has no descriptor left. Thread 2's user has one queue, and its second
 * is over the soft limit though the namespace has room for it. Thread 3's user
 * has none, but the larger one it asks for is over what the namespace has left,
 * if namespaces have a ceiling.
 */
TEST_SLOW(together, three_causes)
{
	const int want[3] = { EACH, EACH, users_are_nested() ? EACH : 0 };
	struct owner *owner = &self->owner;
	struct peer thread[4];

	threads_start(_metadata, owner, thread);
	check_causes(_metadata, owner->peer.pid, thread, want);
	EXPECT_EQ(want[0] + want[1] + want[2], denial_rows(owner, NULL));
	EXPECT_DENIAL(owner, "nofile", "limit", "60");
	EXPECT_DENIAL(owner, "nofile", "charged", "60");
	EXPECT_DENIAL_IS(owner, "rlimit", "limit", SOFT);
	EXPECT_DENIAL(owner, "rlimit", "uid", "900002");
	EXPECT_DENIAL(owner, "rlimit", "limit_uid", "900002");
	if (want[2]) {
		EXPECT_DENIAL(owner, "userns", "limit", "240000");
		EXPECT_DENIAL(owner, "userns", "uid", "900003");
		EXPECT_DENIAL(owner, "userns", "limit_uid", "0");
		EXPECT_DENIAL(owner, "userns", "level", "0");
	}
	EXPECT_EQ(0, peer_end(&owner->peer));
}

/* Every refusal made is kept or counted as dropped, and what is kept was made. */
TEST_SLOW(together, faster_than_read)
{
	struct peer_request request = { .op = PEER_MQ_STORM, .arg = { FLOOD, 10, 8192 } };
	unsigned long long before, after, size, dropped, refused;
	struct owner flooder[FLOODERS];
	struct lens_table table;
	int n, k, strange = 0;
	size_t row;

	size = status_number("denials_size");
	ASSERT_GT(size, 0);
	before = status_number("denials") + status_number("denials_dropped");
	dropped = status_number("denials_dropped");
	refused = status_number("denials_rlimit");
	for (n = 0; n < FLOODERS; n++) {
		ASSERT_EQ(0, owner_start(&flooder[n], OWNER_PLAIN));
		ASSERT_EQ(0, owner_limit(&flooder[n], RLIMIT_MSGQUEUE, 1000 + n));
	}
	for (n = 0; n < FLOODERS; n++) {
		snprintf(request.text, sizeof(request.text), "flood%d", n);
		ASSERT_EQ(0, peer_tell(&flooder[n].peer, &request));
	}
	/* Rows are whole and in order, however often they are overwritten meanwhile. */
	for (k = 0; k < 50; k++) {
		ASSERT_EQ(0, lens_load(&table, "mq_denials"));
		EXPECT_EQ(0, lens_check(&table));
		EXPECT_LE(table.rows, size);
		for (row = 0; row < table.rows; row++)
			for (n = 0; n < FLOODERS; n++)
				if (lens_number(&table, row, "pid") == flooder[n].peer.pid)
					strange += lens_number(&table, row, "limit") != 1000 + n ||
						   lens_number(&table, row, "uid") != flooder[n].uid;
		lens_free(&table);
	}
	EXPECT_EQ(0, strange);
	for (n = 0; n < FLOODERS; n++)
		EXPECT_EQ(FLOOD, peer_hear(&flooder[n].peer));
	after = status_number("denials") + status_number("denials_dropped");
	EXPECT_EQ(FLOODERS * FLOOD, after - before);
	EXPECT_EQ(FLOODERS * FLOOD, status_number("denials_rlimit") - refused);
	EXPECT_GT(status_number("denials_dropped"), dropped);
	EXPECT_EQ(size, status_number("denials"));
	for (n = 0, k = 0; n < FLOODERS; n++)
		k += denial_rows(&flooder[n], NULL);
	EXPECT_EQ(size, k);
	for (n = 0; n < FLOODERS; n++)
		EXPECT_EQ(0, peer_end(&flooder[n].peer));
}

TEST_HARNESS_MAIN
