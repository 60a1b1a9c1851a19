// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where do_mq_open cannot be probed, the entries of the system call stand in:
 * that of the machine's own processes, and that of 32-bit ones on a 64-bit machine.
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "probes.h"

/* What a child says whose kernel has no entry for 32-bit processes. */
#define NO_ENTRY 255

FIXTURE(entries) {
	rlim_t descriptors;
	int fallback;
};

FIXTURE_VARIANT(entries) {
	const char *parameters;
};

FIXTURE_VARIANT_ADD(entries, common) {
	.parameters = "",
};

FIXTURE_VARIANT_ADD(entries, system_calls) {
	.parameters = "probe_symbol=mq_open:no_such_symbol",
};

FIXTURE_SETUP(entries)
{
	self->descriptors = 64;
	self->fallback = *variant->parameters || strcmp(probe_usual("mq_open"), "active");
	ASSERT_EQ(0, module_reload(variant->parameters));
	EXPECT_STREQ(self->fallback ? "fallback" : "active", probe_cell("mq_open", "state"));
	EXPECT_STREQ(self->fallback ? probe_compat() : "unused", probe_cell("mq_open_compat", "state"));
	EXPECT_STREQ("-", status_value("lost"));
}

FIXTURE_TEARDOWN(entries)
{
	EXPECT_EQ(0, module_unload());
}

static int open_own(const char *name, int flags, int maxmsg, int msgsize)
{
	long attr[8] = { 0, maxmsg, msgsize };

	return syscall(__NR_mq_open, name, flags, 0600, attr) < 0 ? errno : 0;
}

#ifdef __x86_64__
/* The call as a 32-bit process makes it: number, arguments, all below 4 GiB. */
static int open_32(const char *name, int flags, int maxmsg, int msgsize)
{
	const int mq_open_number = 277;
	struct {
		int attr[8];
		char name[32];
	} *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
		      -1, 0);
	long ret = mq_open_number;

	if (low == MAP_FAILED)
		abort();
	low->attr[1] = maxmsg;
	low->attr[2] = msgsize;
	snprintf(low->name, sizeof(low->name), "%s", name);
	asm volatile("int $0x80"
		     : "+a"(ret)
		     : "b"(low->name), "c"((long)flags), "d"(0600L), "S"(low->attr)
		     : "memory", "r8", "r9", "r10", "r11");
	return ret < 0 ? -ret : 0;
}
#else
static int open_32(const char *name, int flags, int maxmsg, int msgsize)
{
	return NO_ENTRY;
}
#endif

/* Calls @open in a child that may have @descriptors; its errno, or NO_ENTRY. */
static int open_refused(pid_t *child, int (*open)(const char *, int, int, int),
			const char *name, int maxmsg, rlim_t descriptors)
{
	struct rlimit limit = { descriptors, descriptors };
	int status;

	fflush(NULL);
	*child = fork();
	if (!*child) {
		setrlimit(RLIMIT_NOFILE, &limit);
		_exit(open(name, QUEUE_NEW, maxmsg, 8192));
	}
	if (waitpid(*child, &status, 0) != *child)
		return -1;
	/* What int $0x80 does where nobody listens. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
		return NO_ENTRY;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int denial_of(pid_t pid, const char *reason)
{
	return lens_matches("mq_denials", (const char *const[]){ "pid", number_text(pid), "reason",
								 reason, NULL });
}

#define EXPECT_CAUSES(open, probe) do { \
	pid_t pid_; \
	EXPECT_EQ(EMFILE, open_refused(&pid_, open, "entries", 10, 0)); \
	EXPECT_EQ(1, denial_of(pid_, "nofile")); \
	EXPECT_EQ(EMFILE, open_refused(&pid_, open, "entries", 1000, self->descriptors)); \
	EXPECT_EQ(1, denial_of(pid_, "rlimit")); \
	EXPECT_EQ(EINVAL, open_refused(&pid_, open, "entries", -1, self->descriptors)); \
	EXPECT_EQ(1, denial_of(pid_, "attr")); \
	EXPECT_EQ(ENOENT, open_refused(&pid_, open, "", 10, self->descriptors)); \
	EXPECT_STREQ("2", probe_cell("mq_create", "hits")); \
	EXPECT_STREQ("4", probe_cell(probe, "hits")); \
	EXPECT_STREQ("3", status_value("denials")); \
	EXPECT_STREQ("1", status_value("denials_nofile")); \
	EXPECT_STREQ("1", status_value("denials_rlimit")); \
	EXPECT_STREQ("1", status_value("denials_attr")); \
	EXPECT_STREQ("0", status_value("denials_other")); \
	EXPECT_STREQ("0", status_value("denials_unpaired")); \
} while (0)

/* Of the test, which may be a 32-bit program itself. */
TEST_SLOW(entries, own)
{
	int compat = sizeof(long) == 4 && !strcmp(probe_cell("mq_open_compat", "state"), "active");

	EXPECT_CAUSES(open_own, compat ? "mq_open_compat" : "mq_open");
	EXPECT_STREQ("0", probe_cell(compat ? "mq_open" : "mq_open_compat", "hits"));
}

TEST_SLOW(entries, of_32_bit)
{
	pid_t pid;

	if (open_refused(&pid, open_32, "", 10, 0) == NO_ENTRY)
		SKIP(return, "this kernel has no entry for 32-bit processes");
	ASSERT_EQ(0, module_reload(variant->parameters));
	EXPECT_CAUSES(open_32, self->fallback ? "mq_open_compat" : "mq_open");
	if (self->fallback)
		EXPECT_STREQ("0", probe_cell("mq_open", "hits"));
}

/* Without its inner probes mq_open may not tell one cause of an error from another. */
FIXTURE(unseen) {
	pid_t pid;
};

FIXTURE_VARIANT(unseen) {
	const char *parameters;
	const char *nofile;
	const char *rlimit;
	const char *attr;
	const char *unpaired;
};

FIXTURE_VARIANT_ADD(unseen, create) {
	.parameters = "probe_symbol=mq_create:x",
	.nofile = "nofile",
	.rlimit = "rlimit",
	.attr = "attr",
	.unpaired = "0",
};

FIXTURE_VARIANT_ADD(unseen, inode) {
	.parameters = "probe_symbol=mq_inode:x",
	.nofile = "nofile",
	.rlimit = "other",
	.attr = "other",
	.unpaired = "2",
};

FIXTURE_VARIANT_ADD(unseen, both) {
	.parameters = "probe_symbol=mq_create:x,mq_inode:x",
	.nofile = "other",
	.rlimit = "other",
	.attr = "other",
	.unpaired = "3",
};

FIXTURE_VARIANT_ADD(unseen, charge) {
	.parameters = "probe_symbol=mq_charge:x",
	.nofile = "nofile",
	.rlimit = "rlimit",
	.attr = "attr",
	.unpaired = "0",
};

FIXTURE_SETUP(unseen)
{
	ASSERT_EQ(0, module_reload(variant->parameters));
}

FIXTURE_TEARDOWN(unseen)
{
	EXPECT_EQ(0, module_unload());
}

TEST_SLOW(unseen, never_taken_for_another)
{
	EXPECT_EQ(EMFILE, open_refused(&self->pid, open_own, "unseen", 10, 0));
	EXPECT_EQ(1, denial_of(self->pid, variant->nofile));
	EXPECT_EQ(EMFILE, open_refused(&self->pid, open_own, "unseen", 1000, 64));
	EXPECT_EQ(1, denial_of(self->pid, variant->rlimit));
	EXPECT_EQ(EINVAL, open_refused(&self->pid, open_own, "unseen", -1, 64));
	EXPECT_EQ(1, denial_of(self->pid, variant->attr));
	/* Of a name there is but one thing to say. */
	EXPECT_EQ(EACCES, open_refused(&self->pid, open_own, "un/seen", 10, 64));
	EXPECT_EQ(1, denial_of(self->pid, "perm"));
	EXPECT_STREQ("4", status_value("denials"));
	EXPECT_STREQ(variant->unpaired, status_value("denials_unpaired"));
	EXPECT_STREQ(variant->unpaired, status_value("denials_other"));
	EXPECT_STREQ("1", status_value("denials_perm"));
}

/* This error has one cause alone, whoever tells of it. */
TEST_SLOW(unseen, no_room_for_queues)
{
	struct owner owner;

	ASSERT_EQ(0, owner_start(&owner, OWNER_PLAIN));
	ASSERT_EQ(0, owner_setting(&owner, "queues_max", 1));
	ASSERT_LE(0, queue_default(&owner, "room"));
	EXPECT_EQ(-ENOSPC, queue_default(&owner, "none"));
	EXPECT_DENIAL(&owner, "none", "reason", "queues_max");
	EXPECT_DENIAL(&owner, "none", "limit", "1");
	EXPECT_DENIAL_IS(&owner, "none", "ipcns", truth_space_inum(owner.peer.pid));
	EXPECT_STREQ("0", status_value("denials_unpaired"));
	ASSERT_EQ(0, peer_end(&owner.peer));
}

TEST_HARNESS_MAIN
