// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers that never pause against processes that create, attach, fork,
 * unshare, split mappings and die without being asked twice. Values cannot be
 * known then; form, order, what a row says of itself, and segments that live
 * throughout can. IPCLENS_SECONDS is how long (15).
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "child.h"
#include "fixture.h"

#define READERS 4
#define WORKERS 4
#define STABLE 100
#define READS_LEAST 20 /* of each reader */
#define LONGEST 1800

/* Written by each reader, read by the test. */
struct chaos_tally {
	volatile unsigned long reads;
	volatile unsigned long rows;
	volatile unsigned long wrong;
};

struct chaos {
	struct space space;
	int ids[STABLE];
	pid_t holder;
	struct chaos_tally *tally;
};

/* What is true of every row at any time, by the kernel's own locking. */
static int chaos_row_wrong(const struct lens_table *table, size_t row)
{
	unsigned long long key = lens_number(table, row, "key");
	unsigned long long dest = lens_number(table, row, "dest");
	unsigned long long perms = lens_number(table, row, "perms");
	unsigned long long nattch = lens_number(table, row, "nattch");
	int marked = !strcmp(lens_cell(table, row, "pending"), "marked");

	return (int)dest != marked || !!(perms & 01000) != marked || (marked && key) ||
	       (marked && !nattch) || lens_number(table, row, "size") == LENS_NONE ||
	       lens_number(table, row, "ctime") == LENS_NONE;
}

static int chaos_segments_wrong(const struct chaos *chaos, const struct lens_table *table)
{
	unsigned char seen[STABLE] = { 0 };
	int wrong = 0, n;
	size_t row;

	for (row = 0; row < table->rows; row++) {
		wrong += chaos_row_wrong(table, row);
		if (lens_number(table, row, "ipcns") != chaos->space.inum)
			continue;
		for (n = 0; n < STABLE; n++)
			seen[n] += lens_number(table, row, "shmid") == (unsigned int)chaos->ids[n];
	}
	for (n = 0; n < STABLE; n++)
		wrong += seen[n] != 1;
	return wrong;
}

static int chaos_holders_wrong(const struct chaos *chaos, const struct lens_table *table)
{
	int wrong = 0, held = 0;
	size_t row;

	for (row = 0; row < table->rows; row++) {
		wrong += lens_number(table, row, "start") >= lens_number(table, row, "end");
		held += lens_number(table, row, "pid") == (unsigned int)chaos->holder &&
			lens_number(table, row, "ipcns") == chaos->space.inum;
	}
	return wrong + (held != STABLE);
}

/* Reads all files over and over; what is wrong is counted and told. */
static void chaos_reader(const struct chaos *chaos, struct chaos_tally *tally)
{
	static const char *const names[] = { "namespaces", "probes", "shm", "shm_holders",
					     "status" };
	struct lens_table table;
	int n, wrong;

	for (;;) {
		for (n = 0; n < 5; n++) {
			wrong = lens_load(&table, names[n]) ? 1 : lens_check(&table);
			if (!wrong && n == 2)
				wrong = chaos_segments_wrong(chaos, &table);
			if (!wrong && n == 3)
				wrong = chaos_holders_wrong(chaos, &table);
			if (wrong)
				fprintf(stderr, "# %s: %d wrong\n", names[n], wrong);
			tally->wrong += wrong;
			tally->rows += table.rows;
			tally->reads++;
			lens_free(&table);
		}
	}
}

static void *chaos_thread(void *data)
{
	int id;

	if (!unshare(CLONE_NEWIPC)) {
		id = shmget(IPC_PRIVATE, 4096, CREATE);
		shmat(id, NULL, 0);
		shmctl(id, IPC_RMID, NULL);
	}
	return data;
}

static void chaos_act(unsigned int *seed)
{
	static char *at[16];
	static int ids[16];
	unsigned int slot = rand_r(seed) % 16;
	pthread_t thread;

	switch (rand_r(seed) % 20) {
	case 0 ... 4:
		ids[slot] = shmget(IPC_PRIVATE, 3 * getpagesize(), CREATE);
		at[slot] = shmat(ids[slot], NULL, 0);
		if (at[slot] == (void *)-1)
			at[slot] = NULL;
		break;
	case 5 ... 6:
		shmctl(ids[slot], IPC_RMID, NULL);
		break;
	case 7 ... 8:
		shmdt(at[slot]);
		at[slot] = NULL;
		break;
	case 9 ... 10:
		mprotect(at[slot] + getpagesize(), getpagesize(), PROT_READ);
		break;
	case 11:
		munmap(at[slot] + getpagesize(), getpagesize());
		break;
	case 12:
		if (!pthread_create(&thread, NULL, chaos_thread, NULL))
			pthread_join(thread, NULL);
		break;
	case 13:
		unshare(CLONE_NEWIPC);
		break;
	case 14:
		/* both go on as they are, with all mappings */
		if (fork() < 0)
			_exit(0);
		break;
	default:
		if (at[slot])
			*at[slot] = 1;
	}
}

/* Nothing private may pile up in a namespace that lives on. */
static void chaos_sweep(void)
{
	struct shm_info info;
	struct shmid_ds ds;
	int last = shmctl(0, SHM_INFO, (struct shmid_ds *)&info);
	int n, id;

	for (n = 0; n <= last; n++) {
		id = shmctl(n, SHM_STAT, &ds);
		if (id >= 0 && !ds.shm_perm.__key)
			shmctl(id, IPC_RMID, NULL);
	}
}

/*
 * Generation after generation of short-lived families; worker 0 among the
 * stable segments, the others in namespaces of their own.
 */
static void chaos_worker(int number)
{
	unsigned int seed = number * 7919 + 1;
	int n;

	if (number && unshare(CLONE_NEWIPC))
		_exit(1);
	for (;; seed++) {
		pid_t pid = fork();

		if (!pid) {
			for (n = 0; n < 40; n++)
				chaos_act(&seed);
			if (seed % 3)
				_exit(0);
			kill(getpid(), SIGKILL);
		}
		/* the whole family, since orphans come to us */
		while (waitpid(-1, NULL, 0) > 0)
			;
		chaos_sweep();
	}
}

static pid_t chaos_start(const struct chaos *chaos, int number)
{
	pid_t pid = child_fork();

	if (!pid && number < READERS)
		chaos_reader(chaos, &chaos->tally[number]);
	if (!pid) {
		/* families can be left behind: they go with this group */
		setpgid(0, 0);
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		nice(10);
		chaos_worker(number - READERS);
	}
	return pid;
}

static void chaos_stop(const pid_t *pids)
{
	int n;

	for (n = READERS; n < READERS + WORKERS; n++)
		kill(-pids[n], SIGKILL);
	for (n = 0; n < READERS; n++)
		kill(pids[n], SIGKILL);
	for (n = 0; n < READERS; n++)
		waitpid(pids[n], NULL, 0);
	/* the families too: orphans come to the test */
	for (n = READERS; n < READERS + WORKERS; n++)
		while (waitpid(-pids[n], NULL, 0) > 0)
			;
}

/* Longer than @seconds where the machine is too busy for the readers to get round. */
static void chaos_wait(const struct chaos *chaos, int seconds)
{
	int n, late = 1, passed;

	for (passed = 0; passed < LONGEST / 2 && (passed < seconds || late); passed++) {
		sleep(1);
		for (n = 0, late = 0; n < READERS; n++)
			late += chaos->tally[n].reads < READS_LEAST;
	}
}

FIXTURE(chaos) {
	struct chaos chaos;
	struct peer peer;
};

FIXTURE_SETUP(chaos)
{
	struct chaos *chaos = &self->chaos;
	int n;

	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, prctl(PR_SET_CHILD_SUBREAPER, 1));
	ASSERT_EQ(0, space_enter(&chaos->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	chaos->holder = self->peer.pid;
	for (n = 0; n < STABLE; n++) {
		chaos->ids[n] = peer_get(&self->peer, 0x4c100000 + n, 4096, CREATE);
		ASSERT_GE(chaos->ids[n], 0);
		ASSERT_GT(peer_attach(&self->peer, chaos->ids[n]), 0);
	}
	chaos->tally = mmap(NULL, READERS * sizeof(*chaos->tally), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, chaos->tally);
}

FIXTURE_TEARDOWN(chaos)
{
	EXPECT_EQ(0, peer_end(&self->peer));
	space_close(&self->chaos.space);
}

TEST_F_TIMEOUT(chaos, readers_against_workers, LONGEST)
{
	struct chaos *chaos = &self->chaos;
	pid_t pids[READERS + WORKERS];
	unsigned long reads = 0, rows = 0;
	int n;

	for (n = 0; n < READERS + WORKERS; n++) {
		pids[n] = chaos_start(chaos, n);
		ASSERT_LT(0, pids[n]);
	}
	chaos_wait(chaos, asked("IPCLENS_SECONDS", 15));
	/* None of them ends by itself. */
	for (n = 0; n < READERS + WORKERS; n++)
		EXPECT_EQ(0, waitpid(pids[n], NULL, WNOHANG));
	chaos_stop(pids);
	for (n = 0; n < READERS; n++) {
		EXPECT_EQ(0, chaos->tally[n].wrong);
		EXPECT_GE(chaos->tally[n].reads, READS_LEAST);
		reads += chaos->tally[n].reads;
		rows += chaos->tally[n].rows;
	}
	fprintf(stderr, "# chaos: %lu reads, %lu rows\n", reads, rows);
	chaos_sweep();
	EXPECT_ALL_TRUE_IN(chaos->space.fd);
	EXPECT_STREQ("0", status_value("shm_withheld"));
	EXPECT_STREQ("0", status_value("holders_withheld"));
}

TEST_HARNESS_MAIN
