// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unloading while somebody listens to events: a program that has one open by
 * perf_event_open() keeps the module; a buffer of tracefs that has events on does
 * not, and is left without them. Afterwards all is as new.
 */
#include <linux/perf_event.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../event/event.h"
#include "child.h"
#include "module.h"

#define TIMES 13
#define EVENTS TRACE_DIR "/events/ipclens"

FIXTURE(consumers) {
	struct space space;
	struct trace trace;
	struct actor actor;
	int fds[8];
	int id;
};

FIXTURE_SETUP(consumers)
{
	memset(self->fds, -1, sizeof(self->fds));
	ASSERT_EQ(0, module_reload(""));
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, actor_start(&self->actor, "actor", 0, 0));
	self->id = peer_get(&self->actor.peer, IPC_PRIVATE, 4096, CREATE);
	ASSERT_GE(self->id, 0);
	/* Has tracefs mounted, too. */
	ASSERT_EQ(0, trace_start(&self->trace, (const char *const[]){ NULL }));
}

FIXTURE_TEARDOWN(consumers)
{
	int n;

	for (n = 0; n < ARRAY_SIZE(self->fds); n++)
		if (self->fds[n] >= 0)
			close(self->fds[n]);
	peer_end(&self->actor.peer);
	trace_stop(&self->trace);
	space_close(&self->space);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
}

static int attach_often(FIXTURE_DATA(consumers) *self)
{
	int n;

	for (n = 0; n < TIMES; n++) {
		long long at = peer_attach(&self->actor.peer, self->id);

		if (at < 0 || peer_detach(&self->actor.peer, at))
			return -1;
	}
	return 0;
}

/* Counts an event that @pid causes, from now on. */
static int perf_open(const char *event, pid_t pid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = trace_form_id(event),
		.sample_period = 1,
	};

	return syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static unsigned long long perf_count(int fd)
{
	unsigned long long count = ~0ULL;

	return read(fd, &count, sizeof(count)) == sizeof(count) ? count : ~0ULL;
}

/* There is nothing of it any more, and a new load is like the first one. */
#define EXPECT_CLEAN() do { \
	EXPECT_FALSE(module_loaded()); \
	EXPECT_EQ(-1, access(LENS_DIR, F_OK)); \
	EXPECT_EQ(-1, access(EVENTS, F_OK)); \
	ASSERT_EQ(0, attach_often(self)); \
	ASSERT_EQ(0, module_load("")); \
	EXPECT_EQ(0, access(EVENTS "/shm_attach/id", F_OK)); \
	ASSERT_EQ(0, attach_often(self)); \
	EXPECT_COUNT(&self->space, self->id, "attaches", TIMES); \
	EXPECT_ALL_TRUE_IN(self->space.fd); \
} while (0)

TEST_SLOW(consumers, perf)
{
	static const char *const events[] = { "shm_attach", "shm_detach", "mq_create" };
	int n, err;

	for (n = 0; n < 3; n++) {
		self->fds[n] = perf_open(events[n], self->actor.peer.pid);
		ASSERT_GE(self->fds[n], 0);
	}
	ASSERT_EQ(0, attach_often(self));
	EXPECT_EQ(TIMES, perf_count(self->fds[0]));
	EXPECT_EQ(TIMES, perf_count(self->fds[1]));
	EXPECT_EQ(0, perf_count(self->fds[2]));
	for (n = 0; n < 3; n++) {
		err = module_unload();
		EXPECT_TRUE(err == -EBUSY || err == -EWOULDBLOCK);
		EXPECT_TRUE(module_loaded());
		ASSERT_EQ(0, attach_often(self));
		EXPECT_EQ((n + 2) * TIMES, perf_count(self->fds[0]));
		if (n == 2)
			break;
		/* The first one stays to the last. */
		ASSERT_EQ(0, close(self->fds[2 - n]));
		self->fds[2 - n] = -1;
	}
	ASSERT_EQ(0, close(self->fds[0]));
	self->fds[0] = -1;
	/* What perf lets go of it gives back a moment later. */
	for (n = 0; n < 500 && (err = module_unload()) == -EWOULDBLOCK; n++)
		usleep(10000);
	EXPECT_EQ(0, err);
	EXPECT_CLEAN();
}

/* The buffer stays and is empty; the events have to be turned on again. */
TEST_SLOW(consumers, tracefs)
{
	ASSERT_EQ(0, trace_switch(&self->trace, NULL, 1));
	ASSERT_EQ(0, attach_often(self));
	EXPECT_EQ(2 * TIMES, trace_written(&self->trace));
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(0, trace_written(&self->trace));
	EXPECT_EQ(-ENOENT, trace_switch(&self->trace, "shm_attach", 1));
	EXPECT_CLEAN();
	EXPECT_EQ(0, trace_written(&self->trace));
	trace_stop(&self->trace);
	ASSERT_EQ(0, trace_start(&self->trace, NULL));
	ASSERT_EQ(0, attach_often(self));
	EXPECT_EVENTS(&self->trace, &self->space,
		      "shm_attach shm_detach shm_attach shm_detach shm_attach shm_detach "
		      "shm_attach shm_detach shm_attach shm_detach shm_attach shm_detach "
		      "shm_attach shm_detach shm_attach shm_detach shm_attach shm_detach "
		      "shm_attach shm_detach shm_attach shm_detach shm_attach shm_detach "
		      "shm_attach shm_detach");
}

/* The same, with what was written not read yet, and somebody waiting for more. */
TEST_SLOW(consumers, unread)
{
	char path[160], text[4096];

	ASSERT_EQ(0, trace_switch(&self->trace, NULL, 1));
	snprintf(path, sizeof(path), "%s/trace_pipe", self->trace.dir);
	self->fds[0] = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_GE(self->fds[0], 0);
	ASSERT_EQ(0, attach_often(self));
	ASSERT_GT(read(self->fds[0], text, 200), 0);
	ASSERT_EQ(0, module_unload());
	while (read(self->fds[0], text, sizeof(text)) > 0)
		;
	EXPECT_CLEAN();
	EXPECT_GE(0, read(self->fds[0], text, sizeof(text)));
}

/*
 * Files of the events themselves stay open over their end, and say so. Not "format"
 * and "trigger", which the kernel forgets to close (6.1: it reads freed memory then,
 * whichever module it was).
 */
TEST_SLOW(consumers, open_files)
{
	static const char *const files[] = { "enable", "filter", "id" };
	char path[128], text[256];
	int n;

	for (n = 0; n < ARRAY_SIZE(files); n++) {
		snprintf(path, sizeof(path), EVENTS "/shm_attach/%s", files[n]);
		self->fds[n] = open(path, O_RDONLY | O_CLOEXEC);
		ASSERT_GE(self->fds[n], 0);
	}
	ASSERT_EQ(0, module_unload());
	/* The number is no more than a number. */
	EXPECT_GT(0, read(self->fds[0], text, sizeof(text)));
	EXPECT_GE(0, read(self->fds[1], text, sizeof(text)));
	EXPECT_CLEAN();
	for (n = 0; n < ARRAY_SIZE(files); n++) {
		EXPECT_EQ(0, close(self->fds[n]));
		self->fds[n] = -1;
	}
	ASSERT_EQ(0, module_reload(""));
}

/* Who unloads and loads while others cause events that somebody records. */
TEST_SLOW(consumers, under_load)
{
	pid_t pid = child_fork();
	int n;

	if (!pid) {
		for (;;) {
			int id = shmget(IPC_PRIVATE, 4096, CREATE);
			void *at = shmat(id, NULL, 0);

			shmctl(id, IPC_RMID, NULL);
			shmdt(at);
		}
	}
	ASSERT_GT(pid, 0);
	for (n = 0; n < 5; n++) {
		long long written;

		ASSERT_EQ(0, trace_switch(&self->trace, NULL, 1));
		do {
			written = trace_written(&self->trace);
			ASSERT_GE(written, 0);
		} while (written < 40);
		ASSERT_EQ(0, module_unload());
		ASSERT_EQ(0, module_load(""));
	}
	ASSERT_TRUE(child_end(pid));
	ASSERT_EQ(0, attach_often(self));
	EXPECT_CELL(&self->space, self->id, "attaches", number_text(TIMES));
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_HARNESS_MAIN
