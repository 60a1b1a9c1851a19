// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loaded and unloaded a hundred times, while processes attach, detach, fork and
 * remove without pause and others read whatever files there are. IPCLENS_SECONDS is
 * when to be content with less.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "child.h"
#include "probes.h"

#define CYCLES 100
#define CYCLES_LEAST 8
#define WORKERS 2
#define READERS 2

FIXTURE(cycles) {
	struct space space;
	struct peer peer;
	pid_t pids[WORKERS + READERS];
	unsigned long *reads; /* of each reader */
	int id;
};

static void work(void)
{
	for (;;) {
		int id = shmget(IPC_PRIVATE, 8192, CREATE);
		void *at = shmat(id, NULL, 0);
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		shmctl(id, IPC_RMID, NULL);
		shmdt(at);
		waitpid(pid, NULL, 0);
	}
}

/* Files come and go under it: only what could be opened must be whole. */
static void look(volatile unsigned long *reads)
{
	static const char *const paths[] = { LENS_DIR "/shm", LENS_DIR "/shm_holders",
					     LENS_DIR "/probes" };
	size_t length;
	char *text;
	int n;

	for (n = 0;; n = (n + 1) % 3) {
		text = lens_slurp(paths[n], 700, &length);
		if (text && text[length - 1] != '\n')
			_exit(1);
		*reads += !!text;
		free(text);
		/* a gap for unloading to slip into */
		usleep(3000);
	}
}

FIXTURE_SETUP(cycles)
{
	int n;

	ASSERT_EQ(0, module_loaded() ? module_unload() : 0);
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	self->reads = mmap(NULL, READERS * sizeof(*self->reads), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->reads);
	self->id = peer_get(&self->peer, 0x4c0a0002, 4096, CREATE);
	ASSERT_GT(peer_attach(&self->peer, self->id), 0);
	for (n = 0; n < WORKERS + READERS; n++) {
		self->pids[n] = child_fork();
		ASSERT_LE(0, self->pids[n]);
		if (self->pids[n])
			continue;
		/* load, not starvation */
		nice(10);
		if (n < WORKERS)
			work();
		look(self->reads + n - WORKERS);
	}
}

FIXTURE_TEARDOWN(cycles)
{
	peer_end(&self->peer);
	space_close(&self->space);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
}

/* Refused as long as a reader has a file open: try until it is between two. */
static int unload_patiently(void)
{
	int tries, ret = 0;

	for (tries = 0; tries < 20000; tries++) {
		ret = module_unload();
		if (ret != -EWOULDBLOCK && ret != -EBUSY)
			break;
		usleep(500);
	}
	return ret;
}

TEST_F_TIMEOUT(cycles, under_load, 6 * PATIENCE)
{
	time_t end = time(NULL) + asked("IPCLENS_SECONDS", 6 * PATIENCE);
	int n;

	for (n = 0; n < CYCLES && (n < CYCLES_LEAST || time(NULL) < end); n++) {
		ASSERT_EQ(0, module_load(n % 10 ? "" : "probe_symbol=open:no_such_symbol"));
		EXPECT_CELL(&self->space, self->id, "nattch", "1");
		EXPECT_EQ(1, holders_count(&self->space, self->id, self->peer.pid));
		ASSERT_EQ(0, unload_patiently());
	}
	for (n = 0; n < WORKERS + READERS; n++)
		EXPECT_TRUE(child_end(self->pids[n]));
	for (n = 0; n < READERS; n++)
		EXPECT_GT(self->reads[n], 0);
	EXPECT_EQ(-1, access(LENS_DIR, F_OK));
	ASSERT_EQ(0, module_load(""));
	EXPECT_CELL(&self->space, self->id, "orig_key", "0x4c0a0002");
	EXPECT_STREQ("active", probe_cell("open", "state"));
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_HARNESS_MAIN
