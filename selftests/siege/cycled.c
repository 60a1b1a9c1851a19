// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once for IPCLENS_MINUTES (1), with the module loaded and unloaded again
 * and again, events on: each time what has to be right is right.
 */
#include <time.h>

#include "fixture.h"
#include "module.h"
#include "siege.h"

#define CYCLES_LEAST 5

FIXTURE(cycled) {
	struct space space;
	struct peer peer;
	struct siege siege;
	int id;
};

FIXTURE_SETUP(cycled)
{
	ASSERT_EQ(0, module_loaded() ? module_unload() : 0);
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	self->id = peer_get(&self->peer, 0x51e6e002, 4096, CREATE);
	ASSERT_GT(peer_attach(&self->peer, self->id), 0);
}

FIXTURE_TEARDOWN(cycled)
{
	siege_stop(&self->siege);
	peer_end(&self->peer);
	space_close(&self->space);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
}

/* So many times it is tried before readers are told to leave, and at most. */
#define TRIES_AMONG_READERS 20
#define TRIES_MOST 240000

/*
 * Refused as long as somebody has a file open, which of readers that do not pause one always
 * has. Those that leave first read on to the end; whoever has opens files and closes them,
 * so that it goes in the middle of that.
 */
static int unload_patiently(struct siege *siege)
{
	int tries, ret = -EBUSY;

	for (tries = 0; tries < TRIES_MOST && (ret == -EWOULDBLOCK || ret == -EBUSY); tries++) {
		siege->shared->leave = tries >= TRIES_AMONG_READERS;
		ret = module_unload();
		if (ret)
			usleep(500);
	}
	siege->shared->leave = false;
	return ret;
}

TEST_F_TIMEOUT(cycled, everything, 7000)
{
	time_t end = time(NULL) + siege_minutes() * 60;
	int cycles;

	if (!stressors_present())
		SKIP(return, SIEGE_NONE);
	ASSERT_LE(siege_minutes(), SIEGE_MINUTES_MOST);
	ASSERT_EQ(0, siege_start(&self->siege, true));
	for (cycles = 0; cycles < CYCLES_LEAST || time(NULL) < end; cycles++) {
		ASSERT_EQ(0, module_load(""));
		EXPECT_EQ(0, siege_events(true));
		/* from at once to some seconds */
		usleep(cycles % 7 * 500000);
		EXPECT_CELL(&self->space, self->id, "nattch", "1");
		EXPECT_EQ(1, holders_count(&self->space, self->id, self->peer.pid));
		EXPECT_NONE_WITHHELD();
		/* one time in two they are on when it goes */
		if (cycles % 2)
			EXPECT_EQ(0, siege_events(false));
		ASSERT_EQ(0, unload_patiently(&self->siege));
	}
	EXPECT_EQ(0, siege_stop(&self->siege));
	EXPECT_EQ(-1, access(LENS_DIR, F_OK));
	fprintf(stderr, "# siege: loaded and unloaded %d times\n", cycles);
}

TEST_HARNESS_MAIN
