// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once for a sixth of IPCLENS_MINUTES (1), with the module loaded
 * throughout: what has to be right then is right at the end.
 */
#include "fixture.h"
#include "module.h"
#include "siege.h"

FIXTURE(steady) {
	struct space space;
	struct peer peer;
	struct siege siege;
	int id;
};

/* Of a column, over those rows alone where column @zero, unless it is NULL, is 0. */
static unsigned long long sum_of(const char *file, const char *column, const char *zero)
{
	struct lens_table table;
	unsigned long long sum = 0;
	size_t row;

	if (lens_load(&table, file))
		sum = LENS_BAD;
	else
		for (row = 0; row < table.rows; row++)
			if (!zero || !lens_number(&table, row, zero))
				sum += lens_number(&table, row, column);
	lens_free(&table);
	return sum;
}

FIXTURE_SETUP(steady)
{
	ASSERT_EQ(0, module_reload(""));
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	self->id = peer_get(&self->peer, 0x51e6e001, 4096, CREATE);
	ASSERT_GT(peer_attach(&self->peer, self->id), 0);
}

FIXTURE_TEARDOWN(steady)
{
	siege_stop(&self->siege);
	peer_end(&self->peer);
	space_close(&self->space);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
}

/*
 * What users are charged at the top is what queues cost, wherever these were made and whoever
 * has them. If late: namespaces end behind the back of their last task.
 */
static int charges_settle(void)
{
	unsigned long long users = 0, queues = 0;
	int n;

	for (n = 0; n < 600; n++) {
		queues = sum_of("mqueue", "charge", NULL);
		users = sum_of("mq_users", "bytes", "level");
		if (users == queues && users != LENS_BAD)
			return 0;
		usleep(100000);
	}
	fprintf(stderr, "# siege: users are charged %llu bytes, queues cost %llu\n", users, queues);
	return -ETIMEDOUT;
}

TEST_F_TIMEOUT(steady, everything, 7000)
{
	if (!stressors_present())
		SKIP(return, SIEGE_NONE);
	ASSERT_LE(siege_minutes(), SIEGE_MINUTES_MOST);
	ASSERT_EQ(0, siege_events(true));
	ASSERT_EQ(0, siege_start(&self->siege, false));
	sleep(siege_minutes() * 10);
	EXPECT_EQ(0, siege_stop(&self->siege));
	ASSERT_EQ(0, siege_events(false));
	EXPECT_CELL(&self->space, self->id, "nattch", "1");
	EXPECT_CELL(&self->space, self->id, "orig_key", "0x51e6e001");
	EXPECT_EQ(1, holders_count(&self->space, self->id, self->peer.pid));
	EXPECT_EQ(0, charges_settle());
	EXPECT_NONE_WITHHELD();
}

TEST_HARNESS_MAIN
