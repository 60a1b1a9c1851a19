// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many processes at once: what was done is what rows and events count, or what
 * was missed is told. IPCLENS_OPS scales it.
 */
#include <mqueue.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "child.h"
#include "event.h"

#define WORKERS 8

/* One process in so many acts forks. */
#define FORK_EVERY 97

enum { CREATED, ATTACHED, COPIED, DETACHED, REMOVED, DESTROYED, ACTS };

static const char *const act_events[ACTS] = {
	"shm_create", "shm_attach", "shm_fork", "shm_detach", "shm_rmid", "shm_destroy",
};

static const char *const act_probes[ACTS] = {
	"create", "attach", "open", "close", "mark", "destroy",
};

/* What workers have done, by their own count. */
struct tally {
	unsigned long done[ACTS];
	int failed;
};

FIXTURE(crowd) {
	struct space space;
	struct trace traces[ACTS];
	unsigned long missed[ACTS];
	struct tally *tallies; /* one for each worker */
	pid_t pids[WORKERS];
	unsigned long ops; /* of each worker */
	int id;
};

static unsigned long probe_missed(const char *name)
{
	return strtoul(lens_select("probes", (const char *const[]){ "name", name, NULL }, "missed"),
		       NULL, 10);
}

FIXTURE_SETUP(crowd)
{
	int n;

	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	for (n = 0; n < ACTS; n++) {
		const char *const events[] = { act_events[n], NULL };

		ASSERT_EQ(0, trace_start(&self->traces[n], events));
		self->missed[n] = probe_missed(act_probes[n]);
	}
	/* An attach and a detach each: 100,000 in all, if it is 20,000. */
	self->ops = asked("IPCLENS_OPS", 2000) * 5 / 2 / WORKERS;
	self->tallies = mmap(NULL, WORKERS * sizeof(struct tally), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->tallies);
	self->id = shmget(IPC_PRIVATE, 4096, CREATE);
	ASSERT_GE(self->id, 0);
}

FIXTURE_TEARDOWN(crowd)
{
	int n;

	for (n = 0; n < ACTS; n++)
		trace_stop(&self->traces[n]);
	space_close(&self->space);
}

/* Each process is called by its number. */
static void name_self(void)
{
	char comm[16];

	snprintf(comm, sizeof(comm), "c%d", getpid());
	prctl(PR_SET_NAME, comm);
}

static int fork_once(void)
{
	pid_t pid = fork();

	if (!pid) {
		name_self();
		_exit(0);
	}
	return pid < 0 || waitpid(pid, NULL, 0) != pid;
}

static void work_attach(struct tally *tally, int id, unsigned long ops)
{
	unsigned long n;

	for (n = 0; n < ops && !tally->failed; n++) {
		void *at = shmat(id, NULL, 0);

		tally->failed |= at == (void *)-1;
		tally->done[ATTACHED]++;
		if (n % FORK_EVERY == 0) {
			tally->failed |= fork_once();
			tally->done[COPIED]++;
			tally->done[DETACHED]++;
		}
		tally->failed |= shmdt(at);
		tally->done[DETACHED]++;
	}
}

/* Half of them removed while attached, half when nobody has them any more. */
static void work_create(struct tally *tally, int id, unsigned long ops)
{
	unsigned long n;

	for (n = 0; n < ops && !tally->failed; n++) {
		void *at;

		id = shmget(IPC_PRIVATE, 4096, CREATE);
		at = shmat(id, NULL, 0);
		tally->failed |= id < 0 || at == (void *)-1;
		if (n % 2)
			tally->failed |= shmctl(id, IPC_RMID, NULL);
		tally->failed |= shmdt(at);
		if (n % 2 == 0)
			tally->failed |= shmctl(id, IPC_RMID, NULL);
		tally->done[CREATED]++;
		tally->done[ATTACHED]++;
		tally->done[DETACHED]++;
		tally->done[REMOVED]++;
		tally->done[DESTROYED]++;
	}
}

static int crowd_begin(FIXTURE_DATA(crowd) *self, unsigned long ops,
		       void (*work)(struct tally *tally, int id, unsigned long ops))
{
	int n;

	fflush(NULL);
	for (n = 0; n < WORKERS; n++) {
		self->pids[n] = child_fork();
		if (self->pids[n] < 0)
			return -errno;
		if (self->pids[n])
			continue;
		name_self();
		work(&self->tallies[n], self->id, ops);
		_exit(self->tallies[n].failed);
	}
	return 0;
}

/* Whether all are done; one that failed is told of by a negative number. */
static int crowd_done(FIXTURE_DATA(crowd) *self)
{
	int n, status, running = 0, failed = 0;

	for (n = 0; n < WORKERS; n++) {
		if (!self->pids[n])
			continue;
		if (waitpid(self->pids[n], &status, WNOHANG) != self->pids[n]) {
			running++;
			continue;
		}
		failed |= status;
		self->pids[n] = 0;
	}
	return failed ? -1 : !running;
}

static unsigned long crowd_sum(FIXTURE_DATA(crowd) *self, int act)
{
	unsigned long sum = 0;
	int n;

	for (n = 0; n < WORKERS; n++)
		sum += self->tallies[n].done[act];
	return sum;
}

/* Events so far and what was missed are what was done. */
#define EXPECT_ALL_TOLD(act, more) do { \
	unsigned long missed_ = probe_missed(act_probes[act]) - self->missed[act]; \
	EXPECT_EQ(crowd_sum(self, act) + (more), trace_written(&self->traces[act]) + missed_) { \
		TH_LOG("%s, %lu missed", act_events[act], missed_); \
	} \
} while (0)

#define EXPECT_ALL_COUNTED(act, column) do { \
	unsigned long missed_ = probe_missed(act_probes[act]) - self->missed[act]; \
	EXPECT_COUNT(&self->space, self->id, column, crowd_sum(self, act) - missed_); \
	EXPECT_HISTORY(&self->space, self->id, column, number_text(crowd_sum(self, act) - missed_)); \
} while (0)

/* Number and name belong together, or no name is told; -1 if it cannot be read. */
static int names_wrong(const char *file, const char *pid_column, const char *comm_column,
		       unsigned long ipcns)
{
	struct lens_table table;
	int row, wrong = -1;
	char comm[24];

	if (!lens_load(&table, file)) {
		row = lens_find(&table, ipcns, -1);
		snprintf(comm, sizeof(comm), "c%s", lens_cell(&table, row, pid_column));
		wrong = row < 0 || (strcmp(lens_cell(&table, row, comm_column), comm) &&
				    strcmp(lens_cell(&table, row, comm_column), "-"));
		if (wrong)
			fprintf(stderr, "# %s: %s beside %s\n", file,
				lens_cell(&table, row, comm_column),
				lens_cell(&table, row, pid_column));
	}
	lens_free(&table);
	return wrong;
}

/* Reads while they are at it. */
#define WATCH_NAMES() do { \
	EXPECT_EQ(0, names_wrong("shm", "lpid", "last_comm", self->space.inum)); \
	EXPECT_EQ(0, names_wrong("history", "attach_pid", "attach_comm", self->space.inum)); \
	EXPECT_EQ(0, names_wrong("history", "detach_pid", "detach_comm", self->space.inum)); \
} while (0)

TEST_F_TIMEOUT(crowd, one_segment, 2 * PATIENCE)
{
	int done;

	ASSERT_EQ(0, crowd_begin(self, self->ops, work_attach));
	while (!(done = crowd_done(self))) {
		WATCH_NAMES();
		usleep(20000);
	}
	ASSERT_EQ(1, done);
	EXPECT_EQ(WORKERS * self->ops, crowd_sum(self, ATTACHED));
	EXPECT_ALL_COUNTED(ATTACHED, "attaches");
	EXPECT_ALL_COUNTED(COPIED, "copies");
	EXPECT_ALL_COUNTED(DETACHED, "detaches");
	EXPECT_ALL_TOLD(ATTACHED, 0);
	EXPECT_ALL_TOLD(COPIED, 0);
	EXPECT_ALL_TOLD(DETACHED, 0);
	EXPECT_STRNE("-", lens_peek("shm", self->space.inum, self->id, "last_comm"));
	EXPECT_EQ(0, truth_nattch(self->id));
	TH_LOG("%lu attaches, %lu copies, %lu missed", crowd_sum(self, ATTACHED),
	       crowd_sum(self, COPIED), probe_missed("attach") - self->missed[ATTACHED]);
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* Nothing stays of segments that come and go. */
TEST_F_TIMEOUT(crowd, many_segments, 2 * PATIENCE)
{
	const char *late = status_value("history_late"), *used = status_value("history_used");
	const char *unpaired = status_value("rmid_unpaired");
	int done;

	ASSERT_EQ(0, crowd_begin(self, self->ops / 8 + 1, work_create));
	while (!(done = crowd_done(self)))
		usleep(20000);
	ASSERT_EQ(1, done);
	/* The test has made one more. */
	EXPECT_ALL_TOLD(CREATED, 1);
	EXPECT_ALL_TOLD(ATTACHED, 0);
	EXPECT_ALL_TOLD(DETACHED, 0);
	EXPECT_ALL_TOLD(REMOVED, 0);
	EXPECT_ALL_TOLD(DESTROYED, 0);
	EXPECT_STREQ(unpaired, status_value("rmid_unpaired"));
	EXPECT_STREQ(late, status_value("history_late"));
	EXPECT_STREQ(used, status_value("history_used"));
	EXPECT_EQ(1, history_rows("shm", self->space.inum));
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

static void work_queues(struct tally *tally, int id, unsigned long ops)
{
	char name[24];
	unsigned long n;

	snprintf(name, sizeof(name), "/crowd%d", getpid());
	for (n = 0; n < ops && !tally->failed; n++) {
		mqd_t queue = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL);

		tally->failed |= queue < 0 || mq_unlink(name) || mq_close(queue);
		tally->done[CREATED]++;
	}
}

TEST_F_TIMEOUT(crowd, many_queues, 2 * PATIENCE)
{
	static const char *const names[] = { "mq_create", "mq_unlink", "mq_destroy" };
	unsigned long missed = probe_missed("mq_create");
	struct trace traces[3];
	int n, done;

	for (n = 0; n < 3; n++)
		ASSERT_EQ(0, trace_start(&traces[n], (const char *const[]){ names[n], NULL }));
	ASSERT_EQ(0, crowd_begin(self, self->ops / 8 + 1, work_queues));
	while (!(done = crowd_done(self)))
		usleep(20000);
	ASSERT_EQ(1, done);
	EXPECT_EQ(crowd_sum(self, CREATED),
		  trace_written(&traces[0]) + probe_missed("mq_create") - missed);
	EXPECT_EQ(crowd_sum(self, CREATED), trace_written(&traces[1]));
	EXPECT_EQ(crowd_sum(self, CREATED), trace_written(&traces[2]));
	EXPECT_EQ(0, history_rows("mqueue", self->space.inum));
	for (n = 0; n < 3; n++)
		trace_stop(&traces[n]);
}

TEST_HARNESS_MAIN
