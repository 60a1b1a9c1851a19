// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations by several processes in several IPC namespaces, each told
 * to the model as well; every so often nothing runs and everything is compared.
 * IPCLENS_OPS is how many (20000), IPCLENS_SEED makes a run repeatable.
 */
#include "fixture.h"
#include "operations.h"

#define POINT_EVERY 50
#define PROCESSES 4
#define LONGEST 3600

static struct model model;

FIXTURE(differential) {
	unsigned long long seed;
};

FIXTURE_SETUP(differential)
{
	cpu_set_t one;

	ASSERT_TRUE(lens_present());
	/* One after the other anyway: waking up another processor costs more than the work. */
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
	self->seed = asked("IPCLENS_SEED", 20061);
	model.seed = self->seed * 0x9e3779b97f4a7c15ULL + 1;
	ASSERT_EQ(OPERATION_DONE, operations_start(&model, PROCESSES));
}

FIXTURE_TEARDOWN(differential)
{
	EXPECT_EQ(0, operations_stop(&model));
}

TEST_F_TIMEOUT(differential, operations, LONGEST)
{
	unsigned long long n, count = asked("IPCLENS_OPS", 20000);
	struct verify_count verified = { 0 };

	fprintf(stderr, "# differential: seed %llu\n", self->seed);
	for (n = 1; n <= count; n++) {
		ASSERT_EQ(OPERATION_DONE, operations_step(&model)) {
			TH_LOG("operation %llu of seed %llu", n, self->seed);
		}
		if (n % POINT_EVERY && n < count)
			continue;
		verify_all(&model, &verified);
		ASSERT_EQ(0, verified.differences) {
			TH_LOG("after operation %llu of seed %llu", n, self->seed);
		}
	}
	ASSERT_GT(verified.comparisons, count);
	EXPECT_STREQ("verified", status_value("shm_layout"));
	EXPECT_STREQ("verified", status_value("holders_layout"));
	fprintf(stderr, "# differential: %llu operations, %zu comparisons, %zu differences\n",
		count, verified.comparisons, verified.differences);
	fprintf(stderr, "# differential: %d namespaces, %u processes and attaches\n",
		model.spaces, model.serial);
}

TEST_HARNESS_MAIN
