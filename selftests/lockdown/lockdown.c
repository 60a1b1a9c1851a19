// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel that is locked down while the module is loaded. Irreversible until
 * the next boot, so this collection is the last one. debugfs exempts files that
 * nobody can write, map or control: those of ipclens stay readable.
 */
#include "file.h"
#include "fixture.h"

#include <unistd.h>

#include "command.h"

#define LOCKDOWN "/sys/kernel/security/lockdown"

static const char *const files[] = { "namespaces", "probes", "shm", "shm_holders", "status" };

FIXTURE(lockdown) {
	struct space space;
	struct peer peer;
	struct command command;
	int id;
};

FIXTURE_VARIANT(lockdown) {
	const char *level;
};

FIXTURE_VARIANT_ADD(lockdown, integrity) {
	.level = "integrity",
};

FIXTURE_VARIANT_ADD(lockdown, confidentiality) {
	.level = "confidentiality",
};

FIXTURE_SETUP(lockdown)
{
	if (access(LOCKDOWN, F_OK))
		SKIP(return, "this kernel has no lockdown, or securityfs is not mounted");
	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		SKIP(return, "the leak detector could not be read afterwards");
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	self->id = peer_get(&self->peer, 0x10cd0001, 4096, CREATE);
	ASSERT_GE(self->id, 0);
	ASSERT_GT(peer_attach(&self->peer, self->id), 0);
	ASSERT_EQ(0, file_put(LOCKDOWN, variant->level));
}

FIXTURE_TEARDOWN(lockdown)
{
	peer_end(&self->peer);
	space_close(&self->space);
}

TEST_SLOW(lockdown, files_stay_readable)
{
	/* The lock is on: what could be written through debugfs is closed. */
	EXPECT_EQ(-1, open("/sys/kernel/debug/clear_warn_once", O_WRONLY));
	EXPECT_EQ(EPERM, errno);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct lens_table table;

		EXPECT_EQ(0, lens_load(&table, files[i])) {
			TH_LOG("%s: %s", files[i], table.error);
		}
		lens_free(&table);
	}
	EXPECT_ALL_TRUE_IN(self->space.fd);
	EXPECT_EQ(1, holders_count(&self->space, self->id, self->peer.pid));
	ASSERT_EQ(0, command_run(&self->command, "ipclens shm -rn -o shmid,nattch --ipcns %lu",
				 self->space.inum));
	/* A board may do without the reader. */
	if (self->command.status != 127)
		EXPECT_STREQ("0 1\n", self->command.out);
}

TEST_HARNESS_MAIN
