// SPDX-License-Identifier: GPL-2.0-only
/*
 * More users than a batch of mq_users holds, met in the wrong order: queues are seen by their
 * inode numbers, which grow with time on each CPU, and the older the queue here, the further
 * behind is its user's row.
 */
#include <stdlib.h>

#include "fixture.h"
#include "herd.h"

#define USERS 200
#define FIRST 910000

FIXTURE(users) {
	struct space space;
	long long cost;
};

/* A queue for each user, the last one's first. 0 or -1. */
static int users_begin(void)
{
	int n;

	for (n = USERS - 1; n >= 0; n--)
		if (setresuid(FIRST + n, FIRST + n, 0) || !herd_queue(n) || setresuid(0, 0, 0))
			return -1;
	return 0;
}

FIXTURE_SETUP(users)
{
	struct owner owner;

	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, owner_start(&owner, OWNER_ROOT));
	self->cost = queue_cost(&owner, 1, 1);
	ASSERT_GT(self->cost, 0);
	ASSERT_EQ(0, peer_end(&owner.peer));
	ASSERT_EQ(0, users_begin());
}

FIXTURE_TEARDOWN(users)
{
	int n;

	/* Not left to the namespace, which may go late: the next run has the same users. */
	for (n = 0; self->space.fd > 0 && n < USERS; n++)
		herd_unlink(n);
	space_close(&self->space);
}

/* A row says what the user's one queue costs, and nothing else. */
static bool row_is_right(const struct lens_table *table, size_t row, unsigned long long cost)
{
	return lens_number(table, row, "bytes") == cost && lens_number(table, row, "queues") == 1 &&
	       lens_number(table, row, "unlinked") == 0 &&
	       lens_number(table, row, "queue_bytes") == cost &&
	       lens_number(table, row, "tasks") == 0 &&
	       lens_number(table, row, "limit_min") == LENS_NONE;
}

/* Reads by @chunk: every @step'th user from the first on has one row, the others none. */
static void check_users(struct __test_metadata *_metadata, size_t chunk, int step, long long cost)
{
	unsigned long userns = userns_inum(getpid());
	struct lens_table table;
	int rows[USERS] = {};
	size_t length, row;
	char *text;
	int n;

	text = lens_slurp(lens_path("mq_users"), chunk, &length);
	ASSERT_NE(NULL, text);
	ASSERT_EQ(0, lens_parse(&table, "mq_users", text, length));
	free(text);
	EXPECT_EQ(0, lens_check(&table));
	for (row = 0; row < table.rows; row++) {
		n = lens_number(&table, row, "uid") - FIRST;
		if (n < 0 || n >= USERS || lens_number(&table, row, "userns") != userns)
			continue;
		rows[n]++;
		EXPECT_TRUE(row_is_right(&table, row, cost)) {
			TH_LOG("user %d", FIRST + n);
		}
	}
	for (n = 0; n < USERS; n++) {
		EXPECT_EQ(n % step == 0, rows[n]) {
			TH_LOG("user %d, read by %zu", FIRST + n, chunk);
		}
	}
	lens_free(&table);
}

TEST_SLOW(users, in_reverse)
{
	int n;

	check_users(_metadata, 1 << 16, 1, self->cost);
	check_users(_metadata, 700, 1, self->cost);
	for (n = 0; n < USERS; n++)
		ASSERT_EQ(0, n % 3 ? herd_unlink(n) : 0);
	check_users(_metadata, 1 << 16, 3, self->cost);
	check_users(_metadata, 700, 3, self->cost);
}

TEST_HARNESS_MAIN
