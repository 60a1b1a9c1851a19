// SPDX-License-Identifier: GPL-2.0-only
/*
 * With room for one call under way, calls that overlap are missed: that is told,
 * state is right all the same, and what was not missed is counted. The callers have no
 * rights.
 */
#include <mqueue.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "../event/event.h"
#include "probes.h"

#define WORKERS 6
#define ROUNDS 40
#define UID 4302

FIXTURE(missed) {
	struct space space;
	struct trace trace;
	unsigned long *done; /* attaches */
	int id;
};

FIXTURE_SETUP(missed)
{
	ASSERT_EQ(0, module_reload("maxactive=1"));
	ASSERT_EQ(0, trace_start(&self->trace, (const char *const[]){ "shm_attach", NULL }));
	ASSERT_EQ(0, space_enter(&self->space));
	self->done = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->done);
	self->id = shmget(IPC_PRIVATE, 4096, CREATE | 0666);
	ASSERT_GE(self->id, 0);
}

FIXTURE_TEARDOWN(missed)
{
	trace_stop(&self->trace);
	space_close(&self->space);
	EXPECT_EQ(0, module_unload());
}

static unsigned long probe_missed(const char *name)
{
	return strtoul(probe_cell(name, "missed"), NULL, 10);
}

/* Each worker leaves a segment attached, one marked, and a queue, each time. */
static int work(unsigned long *done, int id, unsigned int ops)
{
	char name[32];
	unsigned int n;
	int own, bad = 0;
	void *at;

	for (n = 0; n < ops && !bad; n++) {
		at = shmat(id, NULL, 0);
		bad |= at == (void *)-1 || shmdt(at);
		__atomic_fetch_add(done, 1, __ATOMIC_RELAXED);
		snprintf(name, sizeof(name), "/missed%d", getpid());
		own = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL);
		bad |= own < 0 || mq_unlink(name) || mq_close(own);
	}
	own = shmget(IPC_PRIVATE, 4096, CREATE);
	at = shmat(own, NULL, 0);
	__atomic_fetch_add(done, 1, __ATOMIC_RELAXED);
	bad |= own < 0 || at == (void *)-1 || shmctl(own, IPC_RMID, NULL) || shmdt(at);
	return bad;
}

/* All at once; 0 if each of them could do what it had to. */
static int crowd(FIXTURE_DATA(missed) *self, unsigned int ops)
{
	pid_t pids[WORKERS];
	int n, status, bad = 0;

	fflush(NULL);
	for (n = 0; n < WORKERS; n++) {
		pids[n] = fork();
		if (!pids[n])
			_exit(setresgid(UID, UID, UID) || setresuid(UID, UID, UID) ||
			      work(self->done, self->id, ops));
	}
	for (n = 0; n < WORKERS; n++)
		bad |= waitpid(pids[n], &status, 0) != pids[n] || status;
	return bad;
}

static unsigned long count_of(FIXTURE_DATA(missed) *self, const char *column)
{
	return strtoul(lens_peek("shm", self->space.inum, self->id, column), NULL, 10);
}

/* Until some were missed: with two processors it does not take long. */
TEST_F_TIMEOUT(missed, one_at_a_time, 2 * PATIENCE)
{
	struct owner here = { .peer = { .pid = getpid() } };
	char name[16];
	int n, fd;

	for (n = 0; n < ROUNDS && !(probe_missed("attach") && probe_missed("mq_open")); n++)
		ASSERT_EQ(0, crowd(self, 100));
	EXPECT_LT(0, probe_missed("attach"));
	EXPECT_LT(0, probe_missed("mq_open"));
	TH_LOG("%d rounds: attach %lu, create %lu, rmid %lu, mq_open %lu, mq_create %lu", n,
	       probe_missed("attach"), probe_missed("create"), probe_missed("rmid"),
	       probe_missed("mq_open"), probe_missed("mq_create"));
	/* All others have removed theirs. */
	EXPECT_STREQ("1", lens_peek("namespaces", self->space.inum, -1, "shm_count"));
	EXPECT_STREQ("0", lens_peek("namespaces", self->space.inum, -1, "mq_count"));
	EXPECT_ALL_TRUE_IN(self->space.fd);
	/* Every one is either an event or missed. */
	EXPECT_EQ(*self->done, trace_written(&self->trace) + probe_missed("attach"));
	/* Missed are those of all segments; of this one no fewer are counted. */
	EXPECT_LE(*self->done - n * WORKERS, count_of(self, "attaches") + probe_missed("attach"));
	EXPECT_GE(*self->done - n * WORKERS, count_of(self, "attaches"));
	/* No room is needed to see these. */
	EXPECT_EQ(*self->done - n * WORKERS, count_of(self, "detaches"));
	EXPECT_EQ(0, probe_missed("close"));
	/* Queues, when all is quiet. */
	for (n = 0; n < 7; n++) {
		snprintf(name, sizeof(name), "/quiet%d", n);
		fd = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL);
		ASSERT_GE(fd, 0);
		EXPECT_QUEUE(&here, fd, "name", name + 1);
		EXPECT_QUEUE(&here, fd, "create_pid", number_text(getpid()));
		EXPECT_QUEUE(&here, fd, "ipcns", number_text(self->space.inum));
	}
	EXPECT_EQ(7, history_rows("mqueue", self->space.inum));
}

/* Nobody else: nothing is missed, one after the other. */
TEST_SLOW(missed, alone)
{
	EXPECT_EQ(0, work(self->done, self->id, 23));
	EXPECT_COUNTS(&self->space, self->id, 23, 0, 23);
	EXPECT_EQ(0, probe_missed("attach") + probe_missed("create") + probe_missed("rmid") +
			     probe_missed("mq_open") + probe_missed("mq_create"));
}

TEST_HARNESS_MAIN
