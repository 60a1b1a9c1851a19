// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel that is locked down while the module is loaded. Irreversible until
 * the next boot, so this collection is the last one, and where the leak detector is to be
 * asked (IPCLENS_LEAKS is not "off") it is skipped. debugfs exempts files that
 * nobody can write, map or control: those of ipclens stay readable. Events do not, once
 * the level is confidentiality, and modules need a signature at either.
 */
#include "file.h"
#include "fixture.h"

#include <sys/mount.h>
#include <unistd.h>

#include "command.h"
#include "module.h"
#include "trace.h"

#define LOCKDOWN "/sys/kernel/security/lockdown"

/* Ends the file of a module that is signed. */
#define SIGNED "~Module signature appended~\n"

FIXTURE(lockdown) {
	struct space space;
	struct peer peer;
	struct command command;
	int id;
};

FIXTURE_VARIANT(lockdown) {
	const char *level;
	int tracefs; /* errno of opening its files */
};

FIXTURE_VARIANT_ADD(lockdown, integrity) {
	.level = "integrity",
	.tracefs = 0,
};

FIXTURE_VARIANT_ADD(lockdown, confidentiality) {
	.level = "confidentiality",
	.tracefs = EPERM,
};

/* 0 or -errno; the kernel refuses a level that it has already. */
static int lock_down(const char *level)
{
	char have[128] = "", want[32];
	int fd = open(LOCKDOWN, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, have, sizeof(have) - 1) < 0)
		return -errno;
	close(fd);
	snprintf(want, sizeof(want), "[%s]", level);
	return strstr(have, want) ? 0 : file_put(LOCKDOWN, level);
}

/* Why a test is skipped, NULL if it need not be. */
static const char *lock_refused(void)
{
	if (access(LOCKDOWN, F_OK))
		return "this kernel has no lockdown, or securityfs is not mounted";
	if (!access("/sys/kernel/debug/kmemleak", F_OK) && strcmp(getenv("IPCLENS_LEAKS") ?: "", "off"))
		return "the leak detector could not be read afterwards";
	return NULL;
}

FIXTURE_SETUP(lockdown)
{
	/* Each test says that it is skipped: a setup cannot. */
	if (lock_refused())
		return;
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	self->id = peer_get(&self->peer, 0x10cd0001, 4096, CREATE);
	ASSERT_GE(self->id, 0);
	ASSERT_GT(peer_attach(&self->peer, self->id), 0);
	ASSERT_EQ(0, lock_down(variant->level));
}

FIXTURE_TEARDOWN(lockdown)
{
	if (!self->peer.pid)
		return;
	peer_end(&self->peer);
	space_close(&self->space);
}

TEST_SLOW(lockdown, files_stay_readable)
{
	if (lock_refused())
		SKIP(return, lock_refused());
	/* The lock is on: what could be written through debugfs is closed. */
	EXPECT_EQ(-1, open("/sys/kernel/debug/clear_warn_once", O_WRONLY));
	EXPECT_EQ(EPERM, errno);
	for (size_t n = 0; n < LENS_FILES; n++) {
		struct lens_table table;

		EXPECT_EQ(0, lens_load(&table, lens_file(n))) {
			TH_LOG("%s: %s", lens_file(n), table.error);
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

/* 1 or 0; -1 if there is no such file. */
static int module_signed(void)
{
	char end[sizeof(SIGNED)] = "";
	int fd = open(module_path(), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (lseek(fd, -(off_t)strlen(SIGNED), SEEK_END) < 0 || read(fd, end, strlen(SIGNED)) < 0)
		end[0] = '\0';
	close(fd);
	return !strcmp(end, SIGNED);
}

/* The kernel looks at the signature before the name: that it is loaded already is not said. */
TEST_SLOW(lockdown, unsigned_module_is_refused)
{
	int is_signed = module_signed();

	if (lock_refused())
		SKIP(return, lock_refused());
	if (is_signed)
		SKIP(return, is_signed < 0 ? "the module's file is not here" :
					     "the module is signed here");
	EXPECT_EQ(-EPERM, module_load(""));
	EXPECT_TRUE(module_loaded());
}

/* What shows events, or switches them. */
TEST_SLOW(lockdown, events)
{
	static const char *const files[] = { "trace", "trace_pipe", "events/ipclens/enable",
					     "events/ipclens/shm_create/enable" };
	char path[96];
	int n, fd;

	if (lock_refused())
		SKIP(return, lock_refused());
	if (access(TRACE_DIR "/instances", F_OK))
		mount("trace", TRACE_DIR, "tracefs", 0, NULL);
	if (access(TRACE_DIR "/events/ipclens", F_OK))
		SKIP(return, "this kernel has no events");
	for (n = 0; n < ARRAY_SIZE(files); n++) {
		snprintf(path, sizeof(path), TRACE_DIR "/%s", files[n]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		EXPECT_EQ(variant->tracefs, fd < 0 ? errno : 0) {
			TH_LOG("%s", path);
		}
		close(fd);
	}
}

TEST_HARNESS_MAIN
