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
	int id, payers;
};

/* Users who are charged for queues. */
static int payers_count(void)
{
	static const char *const any[] = { NULL };

	return lens_matches("mq_users", any);
}

FIXTURE_SETUP(steady)
{
	ASSERT_EQ(0, module_reload(""));
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	self->id = peer_get(&self->peer, 0x51e6e001, 4096, CREATE);
	ASSERT_GT(peer_attach(&self->peer, self->id), 0);
	self->payers = payers_count();
	ASSERT_GE(self->payers, 0);
}

FIXTURE_TEARDOWN(steady)
{
	siege_stop(&self->siege);
	peer_end(&self->peer);
	space_close(&self->space);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
}

/* What was charged is given back, if late: namespaces end behind the back of their last task. */
static int charges_settle(int payers)
{
	int n;

	for (n = 0; n < 6000 && payers_count() != payers; n++)
		usleep(10000);
	return payers_count() == payers ? 0 : -ETIMEDOUT;
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
	EXPECT_EQ(0, charges_settle(self->payers));
	EXPECT_NONE_WITHHELD();
}

TEST_HARNESS_MAIN
