// SPDX-License-Identifier: GPL-2.0-only
/*
 * Message queues: created, unlinked, destroyed, refused. Each event with its fields,
 * and what the rows of "mqueue" and "history" tell of the creator.
 */
#include "event.h"

#define TIMES 13

FIXTURE(queues) {
	struct owner owner;
	struct actor actor;
	struct trace trace;
	struct space space;
	struct span born;
	struct span then;
	long long cost;
};

FIXTURE_SETUP(queues)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, owner_start(&self->owner, OWNER_PLAIN));
	self->cost = queue_cost(&self->owner, 7, 131);
	ASSERT_GT(self->cost, 0);
	self->actor = (struct actor){ .peer = self->owner.peer, .uid = self->owner.uid };
	ASSERT_EQ(0, actor_named(&self->actor, "owner"));
	self->space.inum = self->owner.ipcns;
	ASSERT_EQ(0, trace_start(&self->trace, NULL));
}

FIXTURE_TEARDOWN(queues)
{
	peer_end(&self->owner.peer);
	trace_stop(&self->trace);
	EXPECT_EQ(0, owner_settle(&self->owner, 0));
}

#define EVENT(index, name, who, ...) \
	EXPECT_EVENT(&self->trace, index, name, who, { "ipcns", self->space.inum }, __VA_ARGS__)

static unsigned long long queue_ino(const struct owner *owner, int fd)
{
	return strtoull(queue_cell(owner, fd, "ino"), NULL, 10);
}

TEST_SLOW(queues, created)
{
	struct owner *owner = &self->owner;
	unsigned long long ino;
	char path[64];
	struct stat st;
	long fd;

	TIMED(&self->born, fd = queue_open(owner, "made", QUEUE_NEW, 7, 131));
	ASSERT_GE(fd, 0);
	snprintf(path, sizeof(path), "/proc/%d/fd/%ld", owner->peer.pid, fd);
	ASSERT_EQ(0, stat(path, &st));
	ino = st.st_ino;
	EXPECT_EVENTS(&self->trace, &self->space, "mq_create");
	EVENT(0, "mq_create", &self->actor, { "ino", ino }, { "maxmsg", 7 }, { "msgsize", 131 },
	      { "charge", self->cost });
	EXPECT_STREQ("made", trace_text(&self->trace, 0, "name"));
	EXPECT_QUEUE(owner, fd, "create_pid", number_text(owner->peer.pid));
	EXPECT_QUEUE(owner, fd, "create_comm", "owner");
	EXPECT_TRUE(time_fits(queue_cell(owner, fd, "create_time"), &self->born));
	EXPECT_TRUE(history_act_fits("mqueue", self->space.inum, ino, "create", &self->actor,
				     &self->born));
	EXPECT_STREQ("1", history_cell("mqueue", self->space.inum, ino, "complete"));
	EXPECT_STREQ("-", history_cell("mqueue", self->space.inum, ino, "orig_key"));
	EXPECT_STREQ("-", history_cell("mqueue", self->space.inum, ino, "rmid_time"));

	/* Opened once more, by another: nothing new. */
	ASSERT_GE(queue_open(owner, "made", O_RDWR, PEER_NO_ATTR, 0), 0);
	ASSERT_GE(queue_open(owner, "made", O_RDWR | O_CREAT, 7, 131), 0);
	EXPECT_EVENTS(&self->trace, &self->space, "mq_create");
	EXPECT_EQ(1, history_rows("mqueue", self->space.inum));
}

TEST_SLOW(queues, in_order)
{
	struct owner *owner = &self->owner;
	unsigned long long ino[TIMES];
	char name[16];
	long fd;
	int n;

	for (n = 0; n < TIMES; n++) {
		snprintf(name, sizeof(name), "order%d", n);
		fd = queue_open(owner, name, QUEUE_NEW, 7, 131);
		ASSERT_GE(fd, 0);
		ino[n] = queue_ino(owner, fd);
		ASSERT_EQ(0, queue_close(owner, fd));
	}
	EXPECT_EQ(TIMES, history_rows("mqueue", self->space.inum));
	for (n = 0; n < TIMES; n++) {
		snprintf(name, sizeof(name), "order%d", n);
		ASSERT_EQ(0, queue_unlink(owner, name));
	}
	EXPECT_EQ(0, history_rows("mqueue", self->space.inum));
	ASSERT_EQ(0, trace_read(&self->trace));
	trace_keep(&self->trace, "ipcns", self->space.inum);
	ASSERT_EQ(3 * TIMES, self->trace.count);
	for (n = 0; n < TIMES; n++) {
		snprintf(name, sizeof(name), "order%d", n);
		EVENT(n, "mq_create", &self->actor, { "ino", ino[n] });
		EVENT(TIMES + 2 * n, "mq_unlink", &self->actor, { "ino", ino[n] });
		EVENT(TIMES + 2 * n + 1, "mq_destroy", &self->actor, { "ino", ino[n] },
		      { "charge", self->cost });
		EXPECT_STREQ(name, trace_text(&self->trace, n, "name"));
		EXPECT_STREQ(name, trace_text(&self->trace, TIMES + 2 * n, "name"));
	}
}

/* Without a name it lives until the last of those who have it open lets go. */
TEST_SLOW(queues, unlinked)
{
	struct owner *owner = &self->owner, child;
	struct actor other;
	unsigned long long ino;
	long fd;

	TIMED(&self->born, fd = queue_open(owner, "gone", QUEUE_NEW, 7, 131));
	ino = queue_ino(owner, fd);
	ASSERT_EQ(0, owner_nest(&child, owner, 0));
	other = (struct actor){ .peer = child.peer, .uid = owner->uid };
	ASSERT_EQ(0, actor_named(&other, "other"));
	TIMED(&self->then, ASSERT_EQ(0, queue_unlink(&child, "gone")));
	EXPECT_EVENTS(&self->trace, &self->space, "mq_create mq_unlink");
	EVENT(1, "mq_unlink", &other, { "ino", ino });
	EXPECT_AGE(&self->trace, 1, &self->born, &self->then);
	EXPECT_QUEUE(owner, fd, "create_comm", "owner");
	ASSERT_EQ(0, queue_close(owner, fd));
	EXPECT_EVENTS(&self->trace, &self->space, "mq_create mq_unlink");
	TIMED(&self->then, ASSERT_EQ(0, peer_end(&child.peer)));
	EXPECT_EVENTS(&self->trace, &self->space, "mq_create mq_unlink mq_destroy");
	EVENT(2, "mq_destroy", &other, { "ino", ino }, { "charge", self->cost });
	EXPECT_AGE(&self->trace, 2, &self->born, &self->then);
	EXPECT_EQ(0, history_rows("mqueue", self->space.inum));
}

/* A hyphen in a row is -1 in an event. */
static unsigned long long denial_number(const struct owner *owner, const char *name,
					const char *column)
{
	const char *cell = denial_cell(owner, name, column);

	return strcmp(cell, "-") ? strtoull(cell, NULL, 10) : ~0ULL;
}

/* The record at @index says what the row of "mq_denials" says. */
#define EXPECT_AS_ROW(index, name_) do { \
	EVENT(index, "mq_denied", &self->actor, \
	      { "errno", denial_number(&self->owner, name_, "errno") }, \
	      { "asked", denial_number(&self->owner, name_, "asked") }, \
	      { "charged", denial_number(&self->owner, name_, "charged") }, \
	      { "limit", denial_number(&self->owner, name_, "limit") }); \
	EXPECT_STREQ(name_, trace_text(&self->trace, index, "name")); \
	EXPECT_DENIAL(&self->owner, name_, "reason", trace_text(&self->trace, index, "reason")); \
	EXPECT_EQ(1, denial_rows(&self->owner, name_)); \
} while (0)

/* A queue that could not be paid is none: neither created nor destroyed. */
TEST_SLOW(queues, refused)
{
	struct owner *owner = &self->owner;
	long last;

	EXPECT_EQ(-EINVAL, queue_open(owner, "attr", QUEUE_NEW, 1000000, 1));
	EXPECT_EQ(-ENOENT, queue_open(owner, "none", O_RDWR, PEER_NO_ATTR, 0));
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, self->cost - 1));
	EXPECT_EQ(-EMFILE, queue_open(owner, "dear", QUEUE_NEW, 7, 131));
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, self->cost));
	last = queue_open(owner, "kept", QUEUE_NEW, 7, 131);
	ASSERT_GE(last, 0);
	EXPECT_EQ(-EEXIST, queue_open(owner, "kept", QUEUE_NEW, 7, 131));
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_NOFILE, last + 1));
	EXPECT_EQ(-EMFILE, queue_open(owner, "full", QUEUE_NEW, 7, 131));

	EXPECT_EVENTS(&self->trace, &self->space, "mq_denied mq_denied mq_create mq_denied");
	EXPECT_AS_ROW(0, "attr");
	EXPECT_AS_ROW(1, "dear");
	EXPECT_AS_ROW(3, "full");
	EXPECT_STREQ("attr", trace_text(&self->trace, 0, "reason"));
	EVENT(0, "mq_denied", &self->actor, { "errno", EINVAL }, { "asked", 1000000 },
	      { "charged", ~0ULL }, { "limit", 10 });
	EXPECT_STREQ("rlimit", trace_text(&self->trace, 1, "reason"));
	EVENT(1, "mq_denied", &self->actor, { "errno", EMFILE }, { "asked", self->cost },
	      { "charged", 0 }, { "limit", self->cost - 1 });
	EXPECT_STREQ("nofile", trace_text(&self->trace, 3, "reason"));
	EXPECT_EQ(1, history_rows("mqueue", self->space.inum));
	EXPECT_STREQ("1", lens_peek("namespaces", self->space.inum, -1, "mq_count"));
}

/* Made by open() in a mounted file system: in its namespace, wherever the caller is. */
TEST_SLOW(queues, in_the_file_system)
{
	static const char path[] = "/dev/mqueue/lens-test";
	struct peer_request request = {
		.op = PEER_OPEN,
		.arg = { O_CREAT | O_EXCL | O_RDWR, 0600 },
	};
	struct space initial = { .inum = LENS_INITIAL };
	struct actor root;
	struct stat st;

	ASSERT_EQ(0, actor_start(&root, "root", 0, CLONE_NEWIPC));
	snprintf(request.text, sizeof(request.text), "%s", path);
	ASSERT_GE(peer_ask(&root.peer, &request), 0);
	ASSERT_EQ(0, stat(path, &st));
	EXPECT_EQ(-EEXIST, peer_ask(&root.peer, &request));
	ASSERT_EQ(0, unlink(path));
	EXPECT_EVENTS(&self->trace, &initial, "mq_create mq_unlink");
	EXPECT_EVENT(&self->trace, 0, "mq_create", &root, { "ino", st.st_ino },
		     { "ipcns", LENS_INITIAL });
	EXPECT_EVENT(&self->trace, 1, "mq_unlink", NULL, { "ino", st.st_ino },
		     { "ipcns", LENS_INITIAL }, { "pid", getpid() });
	EXPECT_EQ(0, peer_end(&root.peer));
	EXPECT_EVENTS(&self->trace, &initial, "mq_create mq_unlink mq_destroy");
	EXPECT_EVENT(&self->trace, 2, "mq_destroy", &root, { "ino", st.st_ino });
}

/* What a namespace had goes with it. */
TEST_SLOW(queues, namespace)
{
	int n, tries;
	char name[16];

	for (n = 0; n < TIMES; n++) {
		snprintf(name, sizeof(name), "left%d", n);
		ASSERT_GE(queue_open(&self->owner, name, QUEUE_NEW, 7, 131), 0);
	}
	ASSERT_EQ(0, trace_read(&self->trace));
	ASSERT_EQ(0, peer_end(&self->owner.peer));
	EXPECT_EQ(0, owner_settle(&self->owner, 0));
	for (tries = 0; tries < 1000 && history_rows("mqueue", self->space.inum); tries++)
		usleep(10000);
	EXPECT_EQ(0, history_rows("mqueue", self->space.inum));
	ASSERT_EQ(0, trace_read(&self->trace));
	trace_keep(&self->trace, "ipcns", self->space.inum);
	EXPECT_EQ(TIMES, trace_count(&self->trace, "mq_create"));
	EXPECT_EQ(TIMES, trace_count(&self->trace, "mq_destroy"));
	EXPECT_EQ(0, trace_count(&self->trace, "mq_unlink"));
	EXPECT_EQ(2 * TIMES, self->trace.count);
}

TEST_HARNESS_MAIN
