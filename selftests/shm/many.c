// SPDX-License-Identifier: GPL-2.0-only
/*
 * Thousands of rows, while others come and go: what lives throughout appears
 * exactly once in every read, in order. Reading must not care for batches.
 */
#include <signal.h>
#include <sys/wait.h>

#include "fixture.h"

#define STABLE 3000
#define CHURNERS 3
#define READS 12
#define SPACES 150
#define MAPPINGS 1500
/* Nearly as many as a namespace can have without a boot option; IPCLENS_SEGMENTS is fewer. */
#define VAST 32000

FIXTURE(many) {
	struct space space;
	struct peer peer;
};

FIXTURE_SETUP(many)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	ASSERT_EQ(0, peer_say(&self->peer, PEER_WRITE, "/proc/sys/kernel/shmmni\n32768", 0));
}

FIXTURE_TEARDOWN(many)
{
	peer_end(&self->peer);
	space_close(&self->space);
}

/* Creates, attaches and removes without pause, in bursts, until it is killed. */
static pid_t churn_start(int own_namespace)
{
	pid_t pid = fork();
	int id[20], n;

	if (pid)
		return pid;
	if (own_namespace && unshare(CLONE_NEWIPC))
		_exit(1);
	for (;;) {
		for (n = 0; n < 20; n++) {
			void *at;

			id[n] = shmget(IPC_PRIVATE, 8192, CREATE);
			at = shmat(id[n], NULL, 0);
			if (n % 2)
				shmctl(id[n], IPC_RMID, NULL);
			shmdt(at);
		}
		for (n = 0; n < 20; n += 2)
			shmctl(id[n], IPC_RMID, NULL);
	}
}

static void churn_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* How often each of @ids (ascending slots) has a row; all must be 1. */
static int rows_wrong(const struct lens_table *table, unsigned long inum, const int *ids, int count)
{
	char *seen = calloc(1, 32768);
	int wrong = 0, id, n;
	size_t row;

	for (row = 0; row < table->rows; row++) {
		id = lens_number(table, row, "shmid");
		if (lens_number(table, row, "ipcns") == inum)
			seen[id & 0x7fff]++;
	}
	for (n = 0; n < count; n++)
		wrong += seen[ids[n] & 0x7fff] != 1;
	free(seen);
	return wrong;
}

TEST_SLOW(many, stable_among_short_lived)
{
	static int ids[STABLE];
	struct lens_table table;
	pid_t churner[CHURNERS];
	int n, read;

	for (n = 0; n < STABLE; n++) {
		/* Holes between them, for others to fill. */
		int hole = n % 7 ? -1 : peer_get(&self->peer, IPC_PRIVATE, 4096, CREATE);

		ids[n] = peer_get(&self->peer, IPC_PRIVATE, 4096, CREATE);
		ASSERT_GE(ids[n], 0);
		if (hole >= 0)
			ASSERT_EQ(0, peer_remove(&self->peer, hole));
	}
	EXPECT_ALL_TRUE_IN(self->space.fd);
	for (n = 0; n < CHURNERS; n++)
		churner[n] = churn_start(n == 2);
	for (read = 0; read < READS; read++) {
		ASSERT_EQ(0, lens_load(&table, "shm"));
		EXPECT_EQ(0, lens_check(&table));
		EXPECT_EQ(0, rows_wrong(&table, self->space.inum, ids, STABLE));
		lens_free(&table);
		ASSERT_EQ(0, lens_load(&table, "shm_holders"));
		EXPECT_EQ(0, lens_check(&table));
		lens_free(&table);
	}
	for (n = 0; n < CHURNERS; n++) {
		EXPECT_EQ(0, waitpid(churner[n], NULL, WNOHANG));
		churn_stop(churner[n]);
	}
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* Read by small pieces. */
TEST_SLOW(many, full_namespace)
{
	int vast = asked("IPCLENS_SEGMENTS", VAST);
	static int ids[VAST];
	struct lens_table table;
	size_t length;
	char *text;
	int n;

	ASSERT_GT(vast, 0);
	ASSERT_LE(vast, VAST);
	for (n = 0; n < vast; n++) {
		/* Directly: through a peer it takes several times as long. */
		ids[n] = shmget(IPC_PRIVATE, 4096, CREATE);
		ASSERT_GE(ids[n], 0);
	}
	text = lens_slurp(LENS_DIR "/shm", 5000, &length);
	ASSERT_NE(NULL, text);
	ASSERT_EQ(0, lens_parse(&table, "shm", text, length));
	EXPECT_EQ(0, lens_check(&table));
	EXPECT_EQ(0, rows_wrong(&table, self->space.inum, ids, vast));
	EXPECT_EQ(vast, lens_count(&table, self->space.inum, -1));
	lens_free(&table);
	free(text);
	EXPECT_STREQ(number_text(vast),
		     lens_peek("namespaces", self->space.inum, -1, "shm_count"));
}

/* Every namespace has its row, lowest number first, each with its segment. */
TEST_SLOW(many, namespaces)
{
	static struct peer peer[SPACES];
	struct lens_table spaces, segments;
	unsigned long inum;
	int n;

	for (n = 0; n < SPACES; n++) {
		ASSERT_EQ(0, peer_start(&peer[n], CLONE_NEWIPC));
		ASSERT_EQ(0, peer_get(&peer[n], 0x4c0f0000 + n, 4096, CREATE));
	}
	ASSERT_EQ(0, lens_load(&spaces, "namespaces"));
	ASSERT_EQ(0, lens_load(&segments, "shm"));
	EXPECT_EQ(0, lens_check(&spaces));
	EXPECT_EQ(0, lens_check(&segments));
	EXPECT_GE(spaces.rows, SPACES + 2);
	for (n = 0; n < SPACES; n++) {
		inum = truth_space_inum(peer[n].pid);
		EXPECT_EQ(1, lens_count(&spaces, inum, -1));
		ASSERT_EQ(1, lens_count(&segments, inum, 0));
		EXPECT_STREQ(key_text(0x4c0f0000 + n),
			     lens_cell(&segments, lens_find(&segments, inum, 0), "key"));
	}
	lens_free(&spaces);
	lens_free(&segments);
	for (n = 0; n < SPACES; n++)
		EXPECT_EQ(0, peer_end(&peer[n]));
}

/* One process with more mappings of one segment than any batch holds. */
TEST_SLOW(many, mappings)
{
	int id = peer_get(&self->peer, IPC_PRIVATE, 4096, CREATE);
	struct peer child;
	int n;

	ASSERT_GE(id, 0);
	for (n = 0; n < MAPPINGS; n++)
		ASSERT_GT(peer_attach(&self->peer, id), 0);
	EXPECT_COUNT(&self->space, id, "nattch", MAPPINGS);
	EXPECT_EQ(MAPPINGS, holders_count(&self->space, id, self->peer.pid));
	ASSERT_EQ(0, peer_spawn(&self->peer, &child, 0));
	EXPECT_EQ(MAPPINGS, holders_count(&self->space, id, self->peer.pid));
	EXPECT_EQ(MAPPINGS, holders_count(&self->space, id, child.pid));
	EXPECT_ALL_TRUE_IN(self->space.fd);
	EXPECT_EQ(0, peer_end(&child));
}

TEST_HARNESS_MAIN
