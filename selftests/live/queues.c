// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader's own answers about message queues against the kernel's: what it says
 * fits must fit, what it advises must help, and whom it names must have the queue.
 */
#include "fixture.h"

#include "command.h"

#define BUDGET 600000

FIXTURE(queues) {
	struct owner owner;
	struct command command;
	long long cost;
};

FIXTURE_VARIANT(queues) {
	enum owner_kind kind;
};

FIXTURE_VARIANT_ADD(queues, plain) {
	.kind = OWNER_PLAIN,
};

FIXTURE_VARIANT_ADD(queues, spaces) {
	.kind = OWNER_SPACES,
};

FIXTURE_SETUP(queues)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, command_run(&self->command, "ipclens --version"));
	if (self->command.status)
		SKIP(return, "no ipclens on the path");
	ASSERT_EQ(0, owner_start(&self->owner, variant->kind));
	self->cost = queue_cost(&self->owner, PEER_NO_ATTR, 0);
	ASSERT_GT(self->cost, 0);
}

FIXTURE_TEARDOWN(queues)
{
	peer_end(&self->owner.peer);
	EXPECT_EQ(0, owner_settle(&self->owner, 0));
}

/* The owner's room as the reader says, -1 if it says nothing. */
static long owner_room(struct owner *owner, struct command *command)
{
	char row[64];
	const char *at;

	if (command_run(command, "ipclens users -rn -o userns,uid,room --ipcns %lu",
			owner->ipcns) || command->status)
		return -1;
	snprintf(row, sizeof(row), "%lu %u ", owner->payer, owner->uid);
	at = strstr(command->out, row);
	return at ? strtol(at + strlen(row), NULL, 10) : -1;
}

/* The last of the refusals in the owner's namespace. */
static const char *owner_fix(struct owner *owner, struct command *command)
{
	char *line;

	if (command_run(command, "ipclens denials -n -o fix --ipcns %lu | tail -n 1",
			owner->ipcns))
		return "(not run)";
	line = strchr(command->out, '\n');
	if (line)
		*line = '\0';
	return command->out;
}

/* As many fit as it says, at every step, and then none. */
TEST_SLOW(queues, room)
{
	struct owner *owner = &self->owner;
	char name[16];
	long left;

	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, BUDGET));
	ASSERT_GE(queue_default(owner, "first"), 0);
	left = BUDGET / self->cost - 1;
	for (; left > 0; left--) {
		EXPECT_EQ(left, owner_room(owner, &self->command));
		snprintf(name, sizeof(name), "q%ld", left);
		ASSERT_GE(queue_default(owner, name), 0);
	}
	EXPECT_EQ(0, owner_room(owner, &self->command));
	EXPECT_EQ(-EMFILE, queue_default(owner, "none"));
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, BUDGET + self->cost));
	EXPECT_EQ(1, owner_room(owner, &self->command));
	EXPECT_GE(queue_default(owner, "one"), 0);
}

/* The soft limit alone where the hard one allows it, and the number that suffices. */
TEST_SLOW(queues, fix_of_bytes)
{
	struct owner *owner = &self->owner;
	long long needed = 2 * self->cost;
	char want[128];

	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, needed - 1));
	ASSERT_GE(queue_default(owner, "first"), 0);
	ASSERT_EQ(-EMFILE, queue_default(owner, "second"));
	snprintf(want, sizeof(want), "prlimit --pid %d --msgqueue=%lld:", owner->peer.pid,
		 needed);
	EXPECT_STREQ(want, owner_fix(owner, &self->command));

	ASSERT_EQ(0, owner_limits(owner, RLIMIT_MSGQUEUE, needed - 1, needed - 1));
	ASSERT_EQ(-EMFILE, queue_default(owner, "second"));
	snprintf(want, sizeof(want), "prlimit --pid %d --msgqueue=%lld:%lld", owner->peer.pid,
		 needed, needed);
	EXPECT_STREQ(want, owner_fix(owner, &self->command));

	ASSERT_EQ(0, owner_limits(owner, RLIMIT_MSGQUEUE, needed, needed));
	EXPECT_GE(queue_default(owner, "second"), 0);
}

TEST_SLOW(queues, fix_of_descriptors)
{
	struct owner *owner = &self->owner;
	const char *fix;
	char want[128];
	long limit;

	ASSERT_EQ(0, owner_limits(owner, RLIMIT_NOFILE, 3, 4096));
	ASSERT_EQ(-EMFILE, queue_default(owner, "first"));
	snprintf(want, sizeof(want), "prlimit --pid %d --nofile=", owner->peer.pid);
	fix = owner_fix(owner, &self->command);
	ASSERT_EQ(0, strncmp(want, fix, strlen(want))) {
		TH_LOG("%s", fix);
	}
	limit = strtol(fix + strlen(want), NULL, 10);
	EXPECT_EQ(':', fix[strlen(fix) - 1]);
	ASSERT_EQ(0, owner_limits(owner, RLIMIT_NOFILE, limit, 4096));
	EXPECT_GE(queue_default(owner, "first"), 0);
}

/* The command for a setting of the owner's namespace. */
static void setting_fix(const struct owner *owner, const char *setting, char fix[256])
{
	int pid = owner->peer.pid, used;

	used = snprintf(fix, 256, "nsenter --target %d --ipc sysctl -w fs.mqueue.%s", pid,
			setting);
	if (owner->userns != userns_inum(getpid()))
		snprintf(fix + used, 256 - used,
			 " || nsenter --target %d --user --ipc sysctl -w fs.mqueue.%s", pid,
			 setting);
}

/* The command as it stands, run by a shell, lets the queue be opened. */
TEST_SLOW(queues, fix_of_settings)
{
	struct owner *owner = &self->owner;
	char fix[256];

	ASSERT_EQ(-EINVAL, queue_open(owner, "long", QUEUE_NEW, 11, 8192));
	setting_fix(owner, "msg_max=11", fix);
	EXPECT_STREQ(fix, owner_fix(owner, &self->command));
	ASSERT_EQ(0, command_run(&self->command, "%s", fix));
	EXPECT_EQ(0, self->command.status);
	EXPECT_GE(queue_open(owner, "long", QUEUE_NEW, 11, 8192), 0);

	setting_fix(owner, "queues_max=1", fix);
	ASSERT_EQ(0, command_run(&self->command, "%s", fix));
	ASSERT_EQ(-ENOSPC, queue_default(owner, "second"));
	setting_fix(owner, "queues_max=2", fix);
	EXPECT_STREQ(fix, owner_fix(owner, &self->command));
	ASSERT_EQ(0, command_run(&self->command, "%s", fix));
	EXPECT_EQ(0, self->command.status);
	EXPECT_GE(queue_default(owner, "second"), 0);
}

/* Above the namespace another row is full; as much as is told has to be freed there. */
TEST_SLOW(queues, fix_of_namespace)
{
	struct owner *owner = &self->owner;
	unsigned long long needed;
	char want[256], name[16];
	long fd = 0, last = 0;
	int n;

	if (variant->kind != OWNER_SPACES)
		SKIP(return, "the user is in the initial user namespace");
	if (!users_are_nested())
		SKIP(return, "namespaces have no ceiling before Linux 5.14");
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, RLIM_INFINITY));
	for (n = 0; fd >= 0 && n < 100; n++) {
		last = fd;
		snprintf(name, sizeof(name), "q%d", n);
		fd = queue_default(owner, name);
	}
	ASSERT_EQ(-EMFILE, fd);
	EXPECT_EQ(0, owner_room(owner, &self->command));
	needed = strtoull(denial_cell(owner, name, "charged"), NULL, 10) + self->cost;
	snprintf(want, sizeof(want), "free %llu bytes of user 0 in user namespace %lu, or recreate "
		 "the one below it under prlimit --msgqueue=%llu:%llu",
		 needed - strtoull(denial_cell(owner, name, "limit"), NULL, 10),
		 userns_inum(getpid()), needed, needed);
	EXPECT_STREQ(want, owner_fix(owner, &self->command));
	snprintf(name, sizeof(name), "q%d", n - 2);
	ASSERT_EQ(0, queue_unlink(owner, name));
	ASSERT_EQ(0, queue_close(owner, last));
	EXPECT_EQ(1, owner_room(owner, &self->command));
	EXPECT_GE(queue_default(owner, "again"), 0);
}

/* By whoever has it, with its name or without, and then by nobody. */
TEST_SLOW(queues, holders)
{
	struct owner *owner = &self->owner;
	struct owner child;
	char want[256];
	long fd;

	fd = queue_default(owner, "a b\n\033[31m");
	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, owner_nest(&child, owner, 0));
	ASSERT_EQ(0, queue_unlink(owner, "a b\n\033[31m"));
	ASSERT_EQ(0, command_run(&self->command, "ipclens mqholders --ipcns %lu -rn "
				 "-o name,linked,charge,pid,fd --sort pid", owner->ipcns));
	EXPECT_EQ(0, self->command.status);
	EXPECT_STREQ("", self->command.err);
	snprintf(want, sizeof(want), "a\\x20b\\x0a\\x1b[31m 0 %lld %d %ld\n"
		 "a\\x20b\\x0a\\x1b[31m 0 %lld %d %ld\n", self->cost, owner->peer.pid, fd,
		 self->cost, child.peer.pid, fd);
	EXPECT_STREQ(want, self->command.out);
	peer_end(&child.peer);
	ASSERT_EQ(0, queue_close(owner, fd));

	fd = queue_default(owner, "kept");
	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, queue_close(owner, fd));
	ASSERT_EQ(0, command_run(&self->command, "ipclens mqholders --ipcns %lu -rn "
				 "-o name,linked,pid,comm,fd", owner->ipcns));
	EXPECT_EQ(0, self->command.status);
	EXPECT_STREQ("kept 1 - - -\n", self->command.out);
	EXPECT_EQ(0, queue_unlink(owner, "kept"));
}

/* A capture tells the same, but for the holders, which are not in it. */
TEST_SLOW(queues, capture)
{
	struct owner *owner = &self->owner;
	struct command live;
	long fd = queue_default(owner, "q");

	ASSERT_GE(fd, 0);
	ASSERT_EQ(0, command_run(&live, "ipclens mqueue --ipcns %lu --bytes --output-all",
				 owner->ipcns));
	ASSERT_EQ(0, command_run(&self->command, "cat %s/* | ipclens --from - mqueue "
				 "--ipcns %lu --bytes --output-all", LENS_DIR, owner->ipcns));
	EXPECT_EQ(0, self->command.status);
	EXPECT_STREQ(live.out, self->command.out);
	EXPECT_NE(NULL, strstr(live.out, number_text(self->cost)));
	ASSERT_EQ(0, command_run(&live, "ipclens users -o userns,uid,bytes,queues,level,room"));
	ASSERT_EQ(0, command_run(&self->command, "cat %s/* | ipclens --from - users "
				 "-o userns,uid,bytes,queues,level,room", LENS_DIR));
	EXPECT_EQ(0, self->command.status);
	EXPECT_STREQ(live.out, self->command.out);
	EXPECT_NE(NULL, strstr(live.out, number_text(owner->payer)));
	ASSERT_EQ(0, command_run(&self->command, "cat %s/* | ipclens --from - mqholders",
				 LENS_DIR));
	EXPECT_EQ(2, self->command.status);
	EXPECT_NE(NULL, strstr(self->command.err, "'mqholders' does not go with --from"));
}

TEST_HARNESS_MAIN
