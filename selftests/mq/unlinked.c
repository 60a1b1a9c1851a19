// SPDX-License-Identifier: GPL-2.0-only
/*
 * Charges that outlive a name, a process, a namespace, and users that
 * containers share.
 */

#include <sys/mount.h>
#include <sys/syscall.h>

#include "fixture.h"

FIXTURE(unlinked) {
	struct owner owner;
	long long cost;
};

FIXTURE_VARIANT(unlinked) {
	enum owner_kind kind;
};

FIXTURE_VARIANT_ADD(unlinked, root) {
	.kind = OWNER_ROOT,
};

FIXTURE_VARIANT_ADD(unlinked, plain) {
	.kind = OWNER_PLAIN,
};

FIXTURE_VARIANT_ADD(unlinked, spaces) {
	.kind = OWNER_SPACES,
};

FIXTURE_SETUP(unlinked)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, owner_start(&self->owner, variant->kind));
	self->cost = queue_cost(&self->owner, PEER_NO_ATTR, 0);
	ASSERT_GT(self->cost, 0);
}

FIXTURE_TEARDOWN(unlinked)
{
	peer_end(&self->owner.peer);
	EXPECT_EQ(0, owner_settle(&self->owner, 0));
}

static int rows_named(const struct owner *owner, const char *name)
{
	char ipcns[24];

	snprintf(ipcns, sizeof(ipcns), "%lu", owner->ipcns);
	return lens_matches("mqueue", (const char *const[]){ "ipcns", ipcns, "name", name, NULL });
}

/* The name is gone, the charge stays until the last descriptor is closed. */
TEST_SLOW(unlinked, while_open)
{
	struct owner *owner = &self->owner, child;
	char perms[8];
	long fd;

	fd = queue_default(owner, "gone");
	ASSERT_GE(fd, 0);
	EXPECT_QUEUE(owner, fd, "linked", "1");
	EXPECT_QUEUE(owner, fd, "name", "gone");
	EXPECT_QUEUE(owner, fd, "ipcns", number_text(owner->ipcns));
	EXPECT_QUEUE(owner, fd, "uid", number_text(owner->uid));
	EXPECT_QUEUE(owner, fd, "gid", number_text(owner->uid));
	snprintf(perms, sizeof(perms), "%s", queue_cell(owner, fd, "perms"));
	EXPECT_EQ(0600, strtol(perms, NULL, 8));
	EXPECT_EQ(1, queue_rows(owner, fd));
	ASSERT_EQ(0, queue_unlink(owner, "gone"));
	EXPECT_QUEUE(owner, fd, "linked", "0");
	EXPECT_QUEUE(owner, fd, "name", "gone");
	EXPECT_QUEUE(owner, fd, "charge", number_text(self->cost));
	EXPECT_USER(owner, "queues", "1");
	EXPECT_USER(owner, "unlinked", "1");
	EXPECT_USER_IS(owner, "bytes", self->cost);
	EXPECT_EQ(-ENOENT, queue_open(owner, "gone", O_RDWR, PEER_NO_ATTR, 0));

	/* The same name once more: two rows, two charges. */
	ASSERT_GE(queue_default(owner, "gone"), 0);
	EXPECT_EQ(2, rows_named(owner, "gone"));
	EXPECT_USER(owner, "queues", "2");
	EXPECT_USER(owner, "unlinked", "1");
	EXPECT_USER_IS(owner, "bytes", 2 * self->cost);

	/* Another process has inherited it. */
	ASSERT_EQ(0, owner_nest(&child, owner, 0));
	ASSERT_EQ(0, queue_close(owner, fd));
	EXPECT_QUEUE(&child, fd, "linked", "0");
	EXPECT_USER_IS(owner, "bytes", 2 * self->cost);
	ASSERT_EQ(0, peer_end(&child.peer));
	EXPECT_EQ(1, rows_named(owner, "gone"));
	EXPECT_USER_IS(owner, "bytes", self->cost);
	EXPECT_USER(owner, "unlinked", "0");
	EXPECT_EQ(0, denial_rows(owner, "gone"));
}

/* Closed while linked, then unlinked: the row is there without a descriptor. */
TEST_SLOW(unlinked, after_closing)
{
	struct owner *owner = &self->owner;
	long fd = queue_default(owner, "kept");

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, queue_close(owner, fd));
	EXPECT_EQ(1, rows_named(owner, "kept"));
	EXPECT_USER_IS(owner, "bytes", self->cost);
	ASSERT_EQ(0, queue_unlink(owner, "kept"));
	EXPECT_EQ(0, rows_named(owner, "kept"));
	EXPECT_EQ(0, owner_bytes(owner));
	EXPECT_STREQ("0", lens_peek("namespaces", owner->ipcns, -1, "mq_count"));
}

/* The user's processes are gone, the queues and their charge are not. */
TEST_SLOW(unlinked, user_without_tasks)
{
	struct owner *owner = &self->owner, keeper;
	struct truth_tasks tasks;

	/* Keeps the namespaces, not the user. */
	ASSERT_EQ(0, owner_nest(&keeper, owner, 0));
	ASSERT_GE(queue_default(owner, "left"), 0);
	EXPECT_USER_IS(owner, "bytes", self->cost);
	if (variant->kind == OWNER_PLAIN) {
		char path[64];

		/* A plain user's process cannot become another: have one of root's there. */
		ASSERT_EQ(0, peer_end(&keeper.peer));
		ASSERT_EQ(0, peer_start(&keeper.peer, 0));
		snprintf(path, sizeof(path), "/proc/%d/ns/ipc", owner->peer.pid);
		ASSERT_EQ(0, peer_say(&keeper.peer, PEER_MEET, path, CLONE_NEWIPC));
		ASSERT_EQ(0, peer_end(&owner->peer));
		EXPECT_USER(owner, "tasks", "0");
		EXPECT_USER(owner, "limit_min", "-");
		EXPECT_USER(owner, "limit_max", "-");
	} else {
		ASSERT_EQ(0, peer_end(&owner->peer));
	}
	EXPECT_USER_IS(owner, "bytes", self->cost);
	EXPECT_USER(owner, "queues", "1");
	EXPECT_EQ(1, rows_named(owner, "left"));
	ASSERT_EQ(0, truth_tasks_read(&tasks, owner));
	if (variant->kind != OWNER_ROOT)
		EXPECT_USER_IS(owner, "tasks", tasks.tasks);
	ASSERT_EQ(0, peer_say(&keeper.peer, PEER_MQ_UNLINK, "left", 0));
	EXPECT_EQ(0, owner_bytes(owner));
	EXPECT_EQ(0, peer_end(&keeper.peer));
}

/* Two IPC namespaces, one user: one budget, one row. */
TEST_SLOW(unlinked, two_containers)
{
	struct owner *owner = &self->owner, other = self->owner;
	char first[24], second[24];
	long fd[2];

	if (variant->kind == OWNER_SPACES) {
		ASSERT_EQ(0, owner_nest(&other, owner, CLONE_NEWIPC));
	} else {
		ASSERT_EQ(0, peer_start(&other.peer, CLONE_NEWIPC));
		ASSERT_EQ(0, owner_limits(&other, RLIMIT_MSGQUEUE, 819200, RLIM_INFINITY));
		ASSERT_EQ(0, peer_call(&other.peer, PEER_BECOME, other.uid, other.uid, 0, 0));
		other.ipcns = truth_space_inum(other.peer.pid);
	}
	ASSERT_NE(owner->ipcns, other.ipcns);
	/* The same name in both is two queues. */
	fd[0] = queue_default(owner, "same");
	fd[1] = queue_default(&other, "same");
	ASSERT_GE(fd[0], 0);
	ASSERT_GE(fd[1], 0);
	snprintf(first, sizeof(first), "%lu", owner->ipcns);
	snprintf(second, sizeof(second), "%lu", other.ipcns);
	EXPECT_QUEUE(owner, fd[0], "ipcns", first);
	EXPECT_QUEUE(&other, fd[1], "ipcns", second);
	EXPECT_STRNE(queue_cell(owner, fd[0], "dev"), queue_cell(&other, fd[1], "dev"));
	EXPECT_USER(owner, "queues", "2");
	EXPECT_USER_IS(owner, "bytes", 2 * self->cost);
	ASSERT_EQ(0, owner_limit(&other, RLIMIT_MSGQUEUE, 3 * self->cost - 1));
	EXPECT_EQ(-EMFILE, queue_default(&other, "more"));
	EXPECT_DENIAL(&other, "more", "reason", "rlimit");
	EXPECT_DENIAL_IS(&other, "more", "charged", 2 * self->cost);
	EXPECT_DENIAL(&other, "more", "ipcns", second);
	EXPECT_EQ(0, peer_end(&other.peer));
	EXPECT_EQ(0, owner_settle(owner, self->cost));
}

/*
 * Made in a namespace below, unlinked, its descriptor handed out, the
 * namespace left without a process: the descriptor keeps the file system and so
 * the queue beside it, which nobody can reach any more. Charged at every level, or
 * all to the same user.
 */
TEST_SLOW(unlinked, handed_out)
{
	struct owner *owner = &self->owner, child, here = { .peer = { .pid = getpid() } };
	int below = users_are_nested() ? 0 : 2;
	char dev[24];
	long there;
	int fd;

	ASSERT_EQ(0, owner_nest(&child, owner, CLONE_NEWUSER | CLONE_NEWIPC));
	there = queue_default(&child, "handed");
	ASSERT_GE(there, 0);
	ASSERT_GE(queue_default(&child, "other"), 0);
	ASSERT_EQ(0, queue_unlink(&child, "handed"));
	EXPECT_USER_IS(&child, "bytes", 2 * self->cost);
	EXPECT_USER_IS(owner, "bytes", 2 * self->cost);
	EXPECT_USER_IS(owner, "queues", below);
	EXPECT_USER_IS(owner, "queue_bytes", below * self->cost);
	fd = queue_here(&child, there);
	ASSERT_GE(fd, 0);
	snprintf(dev, sizeof(dev), "%s", queue_cell(&here, fd, "dev"));
	ASSERT_EQ(0, peer_end(&child.peer));

	EXPECT_QUEUE(&here, fd, "charge", number_text(self->cost));
	EXPECT_QUEUE(&here, fd, "name", "handed");
	EXPECT_QUEUE(&here, fd, "linked", "0");
	EXPECT_QUEUE(&here, fd, "ipcns", "-");
	EXPECT_QUEUE(&here, fd, "charged_userns", number_text(child.payer));
	EXPECT_QUEUE(&here, fd, "charged_uid", number_text(child.uid));
	EXPECT_EQ(2, lens_matches("mqueue", (const char *const[]){ "dev", dev, NULL }));
	EXPECT_USER_IS(&child, "bytes", 2 * self->cost);
	EXPECT_USER(&child, "queues", "2");
	EXPECT_USER(&child, "unlinked", "1");
	EXPECT_USER_IS(owner, "bytes", 2 * self->cost);
	EXPECT_USER_IS(owner, "queues", below);
	EXPECT_USER(&child, "parent_userns", below ? "-" : number_text(owner->userns));
	ASSERT_EQ(0, close(fd));
	/* The file system goes in its own time. */
	EXPECT_EQ(0, owner_settle(owner, 0));
	EXPECT_EQ(0, lens_matches("mqueue", (const char *const[]){ "dev", dev, NULL }));
	EXPECT_EQ(0, owner_bytes(&child));
	EXPECT_USER(&child, "bytes", "(none)");
}

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#endif

/* As in linux/landlock.h, which not every machine has; read_file is all that is asked for. */
#define RULE_PATH_BENEATH 1
#define ACCESS_READ_FILE 4

struct path_beneath {
	unsigned long long allowed;
	int parent;
} __attribute__((packed));

/* A descriptor of a rule about a queue of the caller's namespace, which nobody enforces. */
static int rule_about(const char *queue)
{
	unsigned long long handled = ACCESS_READ_FILE;
	struct path_beneath beneath = { .allowed = ACCESS_READ_FILE };
	int rule = syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	int err;

	if (rule < 0)
		return -errno;
	/* A Landlock rule takes no file of a file system that is not mounted. */
	err = queues_mount("/tmp");
	if (err)
		return err;
	if (chdir("/tmp"))
		return -errno;
	beneath.parent = open(queue, O_PATH | O_CLOEXEC);
	err = syscall(SYS_landlock_add_rule, rule, RULE_PATH_BENEATH, &beneath, 0) ? -errno : 0;
	close(beneath.parent);
	return chdir("/") || umount("/tmp") || err ? err ?: -errno : rule;
}

/* Nobody has it open, and it has no name any more: something else keeps it, and its charge. */
TEST_SLOW(unlinked, kept_by_a_rule)
{
	struct owner *owner = &self->owner;
	char ipcns[24];
	const char *const keys[] = { "ipcns", ipcns, "linked", "0", NULL };
	struct space space;
	long fd;
	int rule;

	snprintf(ipcns, sizeof(ipcns), "%lu", owner->ipcns);
	ASSERT_EQ(0, space_of(&space, owner->peer.pid));
	ASSERT_EQ(0, setns(space.fd, CLONE_NEWIPC));
	fd = queue_default(owner, "ruled");
	ASSERT_GE(fd, 0);
	rule = rule_about("ruled");
	if (rule == -ENOSYS || rule == -EOPNOTSUPP) {
		/* It would wait for its namespace to end, which is ours. */
		EXPECT_EQ(0, queue_unlink(owner, "ruled"));
		SKIP(return, "this kernel has no Landlock");
	}
	ASSERT_GE(rule, 0);
	ASSERT_EQ(0, queue_unlink(owner, "ruled"));
	EXPECT_EQ(1, rows_named(owner, "ruled"));
	ASSERT_EQ(0, queue_close(owner, fd));
	EXPECT_EQ(0, rows_named(owner, "ruled"));
	EXPECT_EQ(1, lens_matches("mqueue", keys));
	EXPECT_STREQ("-", lens_select("mqueue", keys, "name"));
	EXPECT_STREQ(number_text(self->cost), lens_select("mqueue", keys, "charge"));
	EXPECT_STREQ(number_text(owner->uid), lens_select("mqueue", keys, "charged_uid"));
	EXPECT_STREQ("1", lens_peek("namespaces", owner->ipcns, -1, "mq_count"));
	EXPECT_USER_IS(owner, "bytes", self->cost);
	EXPECT_USER_IS(owner, "queue_bytes", self->cost);
	EXPECT_USER(owner, "unlinked", "1");
	ASSERT_EQ(0, close(rule));
	EXPECT_EQ(0, owner_settle(owner, 0));
	EXPECT_EQ(0, lens_matches("mqueue", keys));
	space_close(&space);
}

TEST_HARNESS_MAIN
