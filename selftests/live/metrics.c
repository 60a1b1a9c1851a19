// SPDX-License-Identifier: GPL-2.0-only
/*
 * The metrics of the running module against what the test has done: segments of each
 * kind, queues, a refusal, and no module at all.
 */
#include "fixture.h"

#include <time.h>

#include "command.h"
#include "module.h"

#define FILE_NAME "/tmp/ipclens.prom"

FIXTURE(metrics) {
	struct space space;
	struct peer peer;
	struct command command;
};

FIXTURE_SETUP(metrics)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, command_run(&self->command, "ipclens --version"));
	if (self->command.status)
		SKIP(return, "no ipclens on the path");
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
}

FIXTURE_TEARDOWN(metrics)
{
	peer_end(&self->peer);
	space_close(&self->space);
	unlink(FILE_NAME);
}

/* The number behind a name with labels, -1 if it is not there. */
static long long sample(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static long long sample(const struct command *command, const char *format, ...)
{
	char name[256] = "\n";
	const char *at;
	va_list args;

	va_start(args, format);
	vsnprintf(name + 1, sizeof(name) - 2, format, args);
	va_end(args);
	strcat(name, " ");
	at = strstr(command->out, name);
	return at ? strtoll(at + strlen(name), NULL, 10) : -1;
}

/* A creator that is gone, and nobody who has it attached. */
static void make_orphan(struct __test_metadata *_metadata, size_t size)
{
	struct peer creator;

	ASSERT_EQ(0, peer_start(&creator, 0));
	ASSERT_GE(peer_get(&creator, 0x11fe0003, size, CREATE), 0);
	ASSERT_EQ(0, peer_end(&creator));
}

TEST_SLOW(metrics, segments)
{
	const unsigned long ns = self->space.inum;
	const struct command *said = &self->command;
	int marked;

	marked = peer_get(&self->peer, 0x11fe0001, 8192, CREATE);
	ASSERT_GE(marked, 0);
	ASSERT_GE(peer_get(&self->peer, 0x11fe0002, 100, CREATE), 0);
	ASSERT_GT(peer_attach(&self->peer, marked), 0);
	ASSERT_EQ(0, peer_remove(&self->peer, marked));
	make_orphan(_metadata, 5000);
	ASSERT_EQ(0, command_run(&self->command, "ipclens metrics --top 1000 --output-file "
				 FILE_NAME " && cat " FILE_NAME));
	EXPECT_EQ(0, said->status);
	EXPECT_STREQ("", said->err);
	EXPECT_EQ(3, sample(said, "ipclens_shm_segments{ipcns=\"%lu\"}", ns));
	EXPECT_EQ(8192 + 100 + 5000, sample(said, "ipclens_shm_bytes{ipcns=\"%lu\"}", ns));
	EXPECT_EQ(1, sample(said, "ipclens_shm_pending_segments{ipcns=\"%lu\",pending=\"marked\"}",
			    ns));
	EXPECT_EQ(8192, sample(said, "ipclens_shm_pending_bytes{ipcns=\"%lu\",pending=\"marked\"}",
			       ns));
	EXPECT_EQ(1, sample(said, "ipclens_shm_orphaned_segments{ipcns=\"%lu\"}", ns));
	EXPECT_EQ(5000, sample(said, "ipclens_shm_orphaned_bytes{ipcns=\"%lu\"}", ns));
	EXPECT_EQ(truth_file_number("/proc/sys/kernel/shmmni"),
		  sample(said, "ipclens_shm_segments_limit{ipcns=\"%lu\"}", ns));
	EXPECT_EQ(1, sample(said, "ipclens_up"));
	EXPECT_EQ(1, sample(said, "ipclens_data_complete"));
	EXPECT_LE(time(NULL) - 60, sample(said, "ipclens_collect_timestamp_seconds"));
}

TEST_SLOW(metrics, queues)
{
	const struct command *said = &self->command;
	struct owner owner;
	char user[64];
	long long refused, cost;

	ASSERT_EQ(0, owner_start(&owner, OWNER_PLAIN));
	cost = queue_cost(&owner, PEER_NO_ATTR, 0);
	ASSERT_GT(cost, 0);
	snprintf(user, sizeof(user), "{userns=\"%lu\",uid=\"%u\"}", owner.userns, owner.uid);
	ASSERT_GE(queue_default(&owner, "kept"), 0);
	ASSERT_GE(queue_default(&owner, "gone"), 0);
	ASSERT_EQ(0, queue_unlink(&owner, "gone"));
	ASSERT_EQ(0, owner_limit(&owner, RLIMIT_MSGQUEUE, 3 * cost - 1));
	ASSERT_EQ(0, command_run(&self->command, "ipclens metrics --top 1000"));
	refused = sample(said, "ipclens_mq_denials_total{reason=\"rlimit\"}");
	EXPECT_LE(0, refused);
	EXPECT_EQ(-EMFILE, queue_default(&owner, "third"));
	ASSERT_EQ(0, command_run(&self->command, "ipclens metrics --top 1000"));
	EXPECT_EQ(0, said->status);
	EXPECT_EQ(refused + 1, sample(said, "ipclens_mq_denials_total{reason=\"rlimit\"}"));
	EXPECT_EQ(2 * cost, sample(said, "ipclens_mq_bytes%s", user));
	EXPECT_EQ(2, sample(said, "ipclens_mq_queues%s", user));
	EXPECT_EQ(1, sample(said, "ipclens_mq_unlinked_queues%s", user));
	EXPECT_EQ(3 * cost - 1, sample(said, "ipclens_mq_limit_bytes%s", user));
	EXPECT_EQ(0, sample(said, "ipclens_mq_room_queues%s", user));
	EXPECT_EQ(0, peer_end(&owner.peer));
	EXPECT_EQ(0, owner_settle(&owner, 0));
}

TEST_SLOW(metrics, no_module)
{
	int unloaded = module_unload();
	int ran = command_run(&self->command, "ipclens metrics --output-file " FILE_NAME
			      "; status=$?; cat " FILE_NAME "; exit $status");

	EXPECT_EQ(0, unloaded ? 0 : module_load(""));
	ASSERT_EQ(0, unloaded);
	ASSERT_EQ(0, ran);
	EXPECT_EQ(1, self->command.status);
	EXPECT_EQ(1, command_complaints(&self->command));
	EXPECT_NE(NULL, strstr(self->command.err, "insmod ipclens.ko"));
	EXPECT_EQ(0, sample(&self->command, "ipclens_up"));
	EXPECT_EQ(0, sample(&self->command, "ipclens_data_complete"));
	EXPECT_LE(time(NULL) - 60, sample(&self->command, "ipclens_collect_timestamp_seconds"));
	EXPECT_EQ(-1, sample(&self->command, "ipclens_namespaces"));
}

TEST_HARNESS_MAIN
