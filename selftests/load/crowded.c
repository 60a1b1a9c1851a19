// SPDX-License-Identifier: GPL-2.0-only
/*
 * More calls at once than there is room to follow: what each did is an event or a row,
 * or it is counted as one that could not be followed; and nothing twice. The callers have
 * no rights; root holds them up only so that they come together for certain.
 */
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../event/event.h"
#include "gate.h"
#include "probes.h"

/* There is room for 256. */
#define CALLERS 320

/*
 * Segments that somebody adds up: it takes a while, with the lock held. Where the
 * callers do not come together in that time, more of them.
 */
#define SEGMENTS 3500
#define MORE_SEGMENTS 1750

#define ROUNDS 16
#define QUICK 16
#define UID 4305

struct caller {
	pthread_t thread;
	pthread_barrier_t *start;
	int number;
	int id;
	int err;
};

FIXTURE(crowded) {
	struct space space;
	struct caller callers[CALLERS];
	pthread_barrier_t start;
	int adding;
};

FIXTURE_SETUP(crowded)
{
	ASSERT_EQ(0, module_reload("maxactive=1024 denials=1024"));
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, pthread_barrier_init(&self->start, NULL, CALLERS + 1));
}

FIXTURE_TEARDOWN(crowded)
{
	pthread_barrier_destroy(&self->start);
	space_close(&self->space);
	EXPECT_EQ(0, module_unload());
}

static unsigned long probe_count_of(const char *name, const char *column)
{
	return strtoul(probe_cell(name, column), NULL, 10);
}

/* They wait for the start. */
static int callers_begin(FIXTURE_DATA(crowded) *self, void *(*call)(void *caller))
{
	pthread_attr_t attr;
	int n, err = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	for (n = 0; n < CALLERS && !err; n++) {
		self->callers[n].number = n;
		self->callers[n].start = &self->start;
		err = pthread_create(&self->callers[n].thread, &attr, call, &self->callers[n]);
	}
	pthread_attr_destroy(&attr);
	return err;
}

/* How many of them did not end with that error. */
static int callers_differ(FIXTURE_DATA(crowded) *self, int err)
{
	int n, differ = 0;

	for (n = 0; n < CALLERS; n++) {
		pthread_join(self->callers[n].thread, NULL);
		differ += self->callers[n].err != err;
	}
	return differ;
}

/* The calling thread alone: the library would take all others along. */
static int thread_become(unsigned int uid)
{
	return syscall(SYS_setresuid, uid, uid, uid);
}

/* As who objects are made; back to root by 0. */
static int thread_act_as(unsigned int uid)
{
	return syscall(SYS_setresuid, -1, uid, -1);
}

/* Who holds the lock may let nobody else run on its processor. */
static void stay_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *remove_one(void *arg)
{
	struct caller *caller = arg;
	int refused = thread_become(UID);

	stay_on(1);
	pthread_barrier_wait(caller->start);
	caller->err = refused || shmctl(caller->id, IPC_RMID, NULL) ? errno : 0;
	return NULL;
}

static void *add_up(void *arg)
{
	const int *adding = arg;
	struct shm_info info;

	stay_on(0);
	if (thread_become(UID))
		return NULL;
	while (__atomic_load_n(adding, __ATOMIC_RELAXED))
		shmctl(0, SHM_INFO, (struct shmid_ds *)&info);
	return NULL;
}

/* All of them have a segment, which nobody has attached, and wait. */
static int removals_begin(FIXTURE_DATA(crowded) *self)
{
	int n, err = 0;

	if (thread_act_as(UID))
		return -errno;
	for (n = 0; n < CALLERS && !err; n++) {
		self->callers[n].id = shmget(IPC_PRIVATE, 4096, CREATE);
		err = self->callers[n].id < 0 ? -errno : 0;
	}
	if (thread_act_as(0))
		return -errno;
	return err ? err : callers_begin(self, remove_one);
}

static int segments_allow(int count)
{
	int fd = open("/proc/sys/kernel/shmmni", O_WRONLY), ret;

	ret = dprintf(fd, "%d", count);
	close(fd);
	return ret > 0 ? 0 : -1;
}

static int segments_add(int count)
{
	int n, err = 0;

	if (thread_act_as(UID))
		return -errno;
	for (n = 0; n < count && !err; n++)
		err = shmget(IPC_PRIVATE, 4096, CREATE) < 0 ? -errno : 0;
	return thread_act_as(0) ? -errno : err;
}

/*
 * Until some have found no room: it takes a round or two. Where the probe is on what is
 * called with the lock held, they come one by one.
 */
TEST_F_TIMEOUT(crowded, removals, 2 * PATIENCE)
{
	int n, rounds = kernel_has("shmctl_down") ? ROUNDS : 1;
	unsigned long unpaired = 0;
	struct trace trace;
	pthread_t adder;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "needs two processors");
	ASSERT_EQ(0, segments_allow(SEGMENTS + ROUNDS * MORE_SEGMENTS + CALLERS));
	ASSERT_EQ(0, trace_start(&trace, (const char *const[]){ "shm_rmid", NULL }));
	for (n = 0; n < rounds && !unpaired; n++) {
		/* Without the one who adds up, who would have each of these wait. */
		ASSERT_EQ(0, segments_add(n ? MORE_SEGMENTS : SEGMENTS));
		ASSERT_EQ(0, removals_begin(self));
		self->adding = 1;
		ASSERT_EQ(0, pthread_create(&adder, NULL, add_up, &self->adding));
		usleep(20000);
		pthread_barrier_wait(&self->start);
		EXPECT_EQ(0, callers_differ(self, 0));
		__atomic_store_n(&self->adding, 0, __ATOMIC_RELAXED);
		pthread_join(adder, NULL);
		unpaired = status_number("rmid_unpaired");
	}
	EXPECT_EQ(rounds > 1, unpaired > 0);
	EXPECT_EQ(0, probe_count_of("rmid", "missed"));
	EXPECT_EQ(n * CALLERS, trace_written(&trace) + unpaired);
	trace_stop(&trace);
	TH_LOG("%d rounds, %lu found no room", n, unpaired);
}

static int open_refused(const char *name)
{
	return syscall(SYS_mq_open, name, QUEUE_NEW, 0600, NULL) < 0 ? errno : 0;
}

static void *open_one(void *arg)
{
	struct caller *caller = arg;
	int refused = thread_become(UID);
	char name[24];

	snprintf(name, sizeof(name), "crowded%d", caller->number);
	pthread_barrier_wait(caller->start);
	caller->err = refused ? EPERM : open_refused(name);
	return NULL;
}

/* Refused before the gate, for want of a descriptor and of a name, by as many tasks. */
static int open_quick(void)
{
	struct rlimit none = { 0, 0 };
	pid_t children[QUICK];
	int n, status, bad = 0;

	fflush(NULL);
	for (n = 0; n < QUICK; n++) {
		children[n] = fork();
		if (!children[n]) {
			setrlimit(RLIMIT_NOFILE, &none);
			_exit(thread_become(UID) || open_refused("quick") != EMFILE ||
			      open_refused((char *)8) != EFAULT);
		}
	}
	for (n = 0; n < QUICK; n++)
		bad |= waitpid(children[n], &status, 0) != children[n] || status;
	return bad;
}

static int rows_with(const char *reason, int err)
{
	return lens_matches("mq_denials", (const char *const[]){ "reason", reason, "errno",
								 number_text(err), NULL });
}

/* Callers that are not in exactly one row. */
static int callers_not_once(void)
{
	int seen[CALLERS] = {}, number, n, bad = 0;
	struct lens_table table;
	size_t row;

	if (lens_load(&table, "mq_denials"))
		return -1;
	for (row = 0; row < table.rows; row++)
		if (sscanf(lens_cell(&table, row, "name"), "crowded%d", &number) == 1)
			seen[number]++;
	lens_free(&table);
	for (n = 0; n < CALLERS; n++)
		bad += seen[n] != 1;
	return bad;
}

/* Each refusal is a row; those whose cause cannot be told are counted, and no others. */
TEST_F_TIMEOUT(crowded, openings, 2 * PATIENCE)
{
	struct rlimit none = { 0, RLIM_INFINITY };
	struct gate gate;
	int shut = gate_shut(&gate);

	if (shut == -ENOSYS)
		SKIP(return, "this kernel has no userfaultfd");
	ASSERT_EQ(0, shut);
	ASSERT_EQ(0, setrlimit(RLIMIT_MSGQUEUE, &none));
	ASSERT_EQ(0, callers_begin(self, open_one));
	pthread_barrier_wait(&self->start);
	while (probe_count_of("mq_open", "hits") < CALLERS)
		usleep(1000);
	EXPECT_EQ(0, open_quick());
	EXPECT_EQ(0, gate_open(&gate));
	EXPECT_EQ(0, callers_differ(self, EMFILE));
	EXPECT_EQ(0, probe_count_of("mq_open", "missed"));
	EXPECT_EQ(0, probe_count_of("mq_create", "missed"));
	EXPECT_EQ(CALLERS + 2 * QUICK, status_number("denials"));
	EXPECT_EQ(0, callers_not_once());
	EXPECT_EQ(QUICK, rows_with("other", EFAULT));
	EXPECT_EQ(CALLERS + QUICK, rows_with("rlimit", EMFILE) + rows_with("nofile", EMFILE) +
					   rows_with("other", EMFILE));
	EXPECT_LT(0, rows_with("other", EMFILE));
	EXPECT_EQ(rows_with("other", EMFILE), status_number("denials_unpaired"));
	TH_LOG("%d of %d rows without their cause", rows_with("other", EMFILE), CALLERS + QUICK);
}

TEST_HARNESS_MAIN
