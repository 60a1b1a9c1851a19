// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many refusals are kept: as many as the parameter says, the newest.
 */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "child.h"
#include "probes.h"

#define FLOODED 2048
#define FLOODED_READS 10

FIXTURE(ring) {
	struct owner owner;
};

FIXTURE_SETUP(ring)
{
	/* Helpers look into its files. */
	ASSERT_EQ(0, module_reload(""));
	ASSERT_EQ(0, owner_start(&self->owner, OWNER_PLAIN));
	ASSERT_EQ(0, owner_limit(&self->owner, RLIMIT_MSGQUEUE, 1000));
}

FIXTURE_TEARDOWN(ring)
{
	peer_end(&self->owner.peer);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
}

static void refuse(struct __test_metadata *_metadata, struct owner *owner, int from, int to)
{
	char name[16];
	int n;

	for (n = from; n < to; n++) {
		snprintf(name, sizeof(name), "ring%d", n);
		EXPECT_EQ(-EMFILE, queue_default(owner, name));
	}
}

#define EXPECT_RING(kept, dropped) do { \
	EXPECT_STREQ(kept, status_value("denials")); \
	EXPECT_STREQ(dropped, status_value("denials_dropped")); \
	EXPECT_STREQ(kept, number_text(denial_rows(&self->owner, NULL))); \
} while (0)

TEST_SLOW(ring, of_one)
{
	ASSERT_EQ(0, module_reload("denials=1"));
	EXPECT_STREQ("1", status_value("denials_size"));
	EXPECT_RING("0", "0");
	refuse(_metadata, &self->owner, 0, 1);
	EXPECT_RING("1", "0");
	refuse(_metadata, &self->owner, 1, 3);
	EXPECT_RING("1", "2");
	EXPECT_EQ(1, denial_rows(&self->owner, "ring2"));
}

/* Not a power of two: the ring turns where it should. */
TEST_SLOW(ring, of_three)
{
	ASSERT_EQ(0, module_reload("denials=3"));
	refuse(_metadata, &self->owner, 0, 3);
	EXPECT_RING("3", "0");
	refuse(_metadata, &self->owner, 3, 8);
	EXPECT_RING("3", "5");
	EXPECT_STREQ("8", status_value("denials_rlimit"));
	EXPECT_EQ(0, denial_rows(&self->owner, "ring4"));
	EXPECT_EQ(1, denial_rows(&self->owner, "ring5"));
	EXPECT_EQ(1, denial_rows(&self->owner, "ring6"));
	EXPECT_EQ(1, denial_rows(&self->owner, "ring7"));
}

TEST_SLOW(ring, largest)
{
	ASSERT_EQ(0, module_reload("denials=65536"));
	EXPECT_STREQ("65536", status_value("denials_size"));
	refuse(_metadata, &self->owner, 0, 300);
	EXPECT_RING("300", "0");
}

/* Root's queues are refused without end, for want of descriptors. */
static pid_t flood_start(void)
{
	struct rlimit none = { 0, 0 };
	pid_t pid = child_fork();

	if (pid)
		return pid;
	if (setrlimit(RLIMIT_NOFILE, &none))
		_exit(1);
	for (;;)
		syscall(SYS_mq_open, "flood", O_RDWR, 0, NULL);
}

/* Those that come while they are counted are not counted: there is an end to it. */
TEST_SLOW(ring, counted_under_a_flood)
{
	unsigned long long count;
	char parameter[32];
	struct owner root;
	pid_t flood;
	int n;

	snprintf(parameter, sizeof(parameter), "denials=%d", FLOODED);
	ASSERT_EQ(0, module_reload(parameter));
	ASSERT_EQ(0, owner_start(&root, OWNER_ROOT));
	ASSERT_LE(0, queue_default(&root, "one"));
	flood = flood_start();
	ASSERT_LT(0, flood);
	while (!strcmp(status_value("denials_dropped"), "0"))
		usleep(10000);
	for (n = 0; n < FLOODED_READS; n++) {
		count = strtoull(user_cell(&root, "denials"), NULL, 10);
		EXPECT_GE(FLOODED, count);
		EXPECT_LT(FLOODED / 2, count);
	}
	ASSERT_TRUE(child_end(flood));
	EXPECT_STREQ(number_text(FLOODED), user_cell(&root, "denials"));
	ASSERT_EQ(0, peer_end(&root.peer));
}

TEST_SLOW(ring, refused)
{
	static const char *const bad[] = { "denials=0", "denials=65537", "denials=-1",
					   "denials=many" };
	int n;

	ASSERT_EQ(0, module_unload());
	for (n = 0; n < ARRAY_SIZE(bad); n++) {
		int err = module_load(bad[n]);

		EXPECT_TRUE(err == -EINVAL || err == -ERANGE) {
			TH_LOG("%s: %d", bad[n], err);
		}
		ASSERT_FALSE(module_loaded());
		EXPECT_EQ(-1, access(LENS_DIR, F_OK));
	}
}

TEST_HARNESS_MAIN
