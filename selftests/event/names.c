// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that are made to confuse whoever reads them: of processes and of queues, by a user
 * without rights.
 * Rows stay rows, and say the same as events do.
 */
#include "event.h"

static const char *const hostile[] = {
	"a b  c", "new\nline", "\x1b[2J\x1b[31m", "\\040\\", "-", "\t\r\v\f\a\b", "\xff\xfe\xc3\x28",
	"# ipclens shm 1", "pid=1 uid=0", "%s%n%x",
};

#define HOSTILE ((int)ARRAY_SIZE(hostile))

FIXTURE(names) {
	struct owner owner;
	struct space space;
	struct trace trace;
};

FIXTURE_SETUP(names)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, owner_start(&self->owner, OWNER_PLAIN));
	ASSERT_EQ(0, space_of(&self->space, self->owner.peer.pid));
	ASSERT_EQ(0, trace_start(&self->trace, NULL));
}

FIXTURE_TEARDOWN(names)
{
	peer_end(&self->owner.peer);
	trace_stop(&self->trace);
	space_close(&self->space);
}

/* All files are as documented. */
static int files_check(void)
{
	static const char *const files[] = { "history", "shm", "mqueue", "mq_denials" };
	struct lens_table table;
	int n, bad = 0;

	for (n = 0; n < ARRAY_SIZE(files); n++) {
		bad += lens_load(&table, files[n]) ? 1 : lens_check(&table);
		lens_free(&table);
	}
	return bad;
}

TEST_SLOW(names, of_processes)
{
	struct peer *peer = &self->owner.peer;
	struct space *space = &self->space;
	char comm[16], plain[80];
	int n, id;
	long fd;

	for (n = 0; n < HOSTILE; n++) {
		snprintf(comm, sizeof(comm), "%s", hostile[n]);
		lens_encode(comm, plain, sizeof(plain));
		ASSERT_EQ(0, peer_say(peer, PEER_NAME, comm, 0));
		id = peer_get(peer, IPC_PRIVATE, 4096, CREATE);
		ASSERT_GT(peer_attach(peer, id), 0);
		ASSERT_EQ(0, peer_remove(peer, id));
		fd = queue_default(&self->owner, "plain");
		ASSERT_GE(fd, 0);
		EXPECT_CELL(space, id, "create_comm", plain);
		EXPECT_CELL(space, id, "last_comm", plain);
		EXPECT_CELL(space, id, "rmid_comm", plain);
		EXPECT_HISTORY(space, id, "create_comm", plain);
		EXPECT_HISTORY(space, id, "attach_comm", plain);
		EXPECT_HISTORY(space, id, "rmid_comm", plain);
		EXPECT_QUEUE(&self->owner, fd, "create_comm", plain);
		EXPECT_EQ(-EINVAL, queue_open(&self->owner, "refused", QUEUE_NEW, -1, 1));
		EXPECT_DENIAL(&self->owner, "refused", "comm", plain);
		EXPECT_EQ(0, files_check());
		EXPECT_EVENTS(&self->trace, space, "shm_create shm_attach shm_rmid mq_create mq_denied");
		for (id = 0; id < 5; id++)
			EXPECT_STREQ(comm, trace_text(&self->trace, id, "comm"));
		trace_forget(&self->trace);
		ASSERT_EQ(0, queue_unlink(&self->owner, "plain"));
		ASSERT_EQ(0, queue_close(&self->owner, fd));
		ASSERT_EQ(0, trace_read(&self->trace));
		trace_forget(&self->trace);
	}
}

/* A process without a name is one all the same. */
TEST_SLOW(names, of_nobody)
{
	int id;

	ASSERT_EQ(0, peer_say(&self->owner.peer, PEER_NAME, "", 0));
	id = peer_get(&self->owner.peer, IPC_PRIVATE, 4096, CREATE);
	EXPECT_CELL(&self->space, id, "create_comm", "-");
	EXPECT_HISTORY(&self->space, id, "create_pid", number_text(self->owner.peer.pid));
	EXPECT_EQ(0, files_check());
}

static void name_make(char *name, size_t size, int n)
{
	memset(name, n % 2 ? '\n' : '\033', size);
	if (n < HOSTILE)
		snprintf(name, size, "%s", hostile[n]);
	else
		name[size - 1] = '\0';
}

/* The last two as long as can be. */
TEST_SLOW(names, of_queues)
{
	char name[256], plain[1100];
	long fd;
	int n;

	for (n = 0; n < HOSTILE + 2; n++) {
		name_make(name, sizeof(name), n);
		lens_encode(name, plain, sizeof(plain));
		fd = queue_default(&self->owner, name);
		ASSERT_GE(fd, 0);
		EXPECT_QUEUE(&self->owner, fd, "name", plain);
		EXPECT_EQ(0, files_check());
		ASSERT_EQ(0, queue_unlink(&self->owner, name));
		ASSERT_EQ(0, queue_close(&self->owner, fd));
		EXPECT_EQ(-EINVAL, queue_open(&self->owner, name, QUEUE_NEW, -1, 1));
		EXPECT_DENIAL(&self->owner, name, "reason", "attr");
		EXPECT_EQ(0, files_check());
		EXPECT_EVENTS(&self->trace, &self->space, "mq_create mq_unlink mq_destroy mq_denied");
		EXPECT_STREQ(name, trace_text(&self->trace, 0, "name"));
		EXPECT_STREQ(name, trace_text(&self->trace, 1, "name"));
		EXPECT_STREQ(name, trace_text(&self->trace, 3, "name"));
		trace_forget(&self->trace);
	}
}

TEST_HARNESS_MAIN
