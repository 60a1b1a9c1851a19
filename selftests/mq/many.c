// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ten thousand queues, and queues that come and go under a read: what lives
 * throughout has exactly one row, and time grows with the rows. IPCLENS_SECONDS is
 * for how long they come and go (60).
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "fixture.h"

#define MANY 10000
#define FEW 1250
#define STABLE 300
#define CHURNERS 4
#define SPACES 250
#define READS_LEAST 2

static unsigned long long inos[MANY];

FIXTURE(many) {
	struct space space;
	struct owner owner;
};

FIXTURE_SETUP(many)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	FILE *file;

	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, setrlimit(RLIMIT_MSGQUEUE, &all));
	file = fopen("/proc/sys/fs/mqueue/queues_max", "we");
	ASSERT_NE(NULL, file);
	ASSERT_GT(fprintf(file, "%d", 2 * MANY), 0);
	ASSERT_EQ(0, fclose(file));
	self->owner.peer.pid = getpid();
	self->owner.userns = userns_inum(getpid());
	self->owner.payer = self->owner.userns;
	self->owner.ipcns = self->space.inum;
	ASSERT_EQ(0, owner_settle(&self->owner, 0));
}

FIXTURE_TEARDOWN(many)
{
	space_close(&self->space);
}

/* Directly, not through a peer: there are many. The inode number, 0 on failure. */
static unsigned long long queue_make(int n)
{
	struct mq_attr {
		long flags, maxmsg, msgsize, curmsgs, reserved[4];
	} attr = { .maxmsg = 1, .msgsize = 1 };
	unsigned long long ino = 0;
	struct stat st;
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "q%05d", n);
	fd = syscall(SYS_mq_open, name, QUEUE_NEW, 0600, &attr);
	if (fd >= 0 && !fstat(fd, &st))
		ino = st.st_ino;
	close(fd);
	return ino;
}

static int number_order(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a, y = *(const unsigned long long *)b;

	return x < y ? -1 : x > y;
}

/* How many of the first @count queues do not have exactly one row. */
static int rows_wrong(const struct lens_table *table, unsigned long inum, int count)
{
	unsigned char *seen = calloc(1, count);
	unsigned long long ino, *at;
	int wrong = 0, n;
	size_t row;

	for (row = 0; row < table->rows; row++) {
		ino = lens_number(table, row, "ino");
		at = bsearch(&ino, inos, count, sizeof(ino), number_order);
		if (at && lens_number(table, row, "ipcns") == inum)
			seen[at - inos]++;
	}
	for (n = 0; n < count; n++)
		wrong += seen[n] != 1;
	free(seen);
	return wrong;
}

/* That many reads, at their best of five, in nanoseconds. */
static long long read_time(int reads)
{
	long long best = -1, from, took;
	size_t length;
	int n, k;

	for (n = 0; n < 5; n++) {
		from = now_ns();
		for (k = 0; k < reads; k++)
			free(lens_slurp(LENS_DIR "/mqueue", 1 << 16, &length));
		took = now_ns() - from;
		if (best < 0 || took < best)
			best = took;
	}
	return best;
}

static int queues_make(int from, int to)
{
	int n;

	for (n = from; n < to; n++) {
		inos[n] = queue_make(n);
		if (!inos[n])
			return -1;
	}
	qsort(inos, to, sizeof(inos[0]), number_order);
	return 0;
}

TEST_SLOW(many, ten_thousand)
{
	struct lens_table table;
	long long few, all;
	size_t length;
	char *text;

	ASSERT_EQ(0, queues_make(0, FEW));
	few = read_time(MANY / FEW);
	ASSERT_EQ(0, queues_make(FEW, MANY));
	all = read_time(1);
	text = lens_slurp(LENS_DIR "/mqueue", 5000, &length);
	ASSERT_NE(NULL, text);
	ASSERT_EQ(0, lens_parse(&table, "mqueue", text, length));
	free(text);
	EXPECT_EQ(0, lens_check(&table));
	EXPECT_EQ(0, rows_wrong(&table, self->space.inum, MANY));
	EXPECT_EQ(MANY, lens_count(&table, self->space.inum, -1));
	lens_free(&table);
	EXPECT_USER_IS(&self->owner, "queues", MANY);
	EXPECT_EQ(owner_bytes(&self->owner),
		  strtoull(user_cell(&self->owner, "queue_bytes"), NULL, 10));
	EXPECT_STREQ(number_text(MANY), lens_peek("namespaces", self->space.inum, -1, "mq_count"));
	fprintf(stderr, "# many: %d times %d queues in %lld us, %d in %lld us\n", MANY / FEW, FEW,
		few / 1000, MANY, all / 1000);
	/*
	 * As many rows by both, in about the same time, so that others on the machine disturb
	 * both alike; were it quadratic, the one read would take eight times as long.
	 */
	EXPECT_LT(all, 5 * few);
}

/* Part of the text is read, then queues go, then the rest is read. */
TEST_SLOW(many, gone_in_the_middle)
{
	struct lens_table table;
	size_t used = 0, size = FEW * 1000;
	char *text = malloc(size), name[16];
	ssize_t got;
	int fd, n;

	/* Those that stay, and those that go; inos has the former. */
	ASSERT_EQ(0, queues_make(0, FEW));
	for (n = FEW; n < 2 * FEW; n++)
		ASSERT_NE(0, queue_make(n));
	fd = open(LENS_DIR "/mqueue", O_RDONLY | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	for (; used < 50000; used += got) {
		got = read(fd, text + used, 1000);
		ASSERT_GT(got, 0);
	}
	for (n = FEW; n < 2 * FEW; n++) {
		snprintf(name, sizeof(name), "q%05d", n);
		ASSERT_EQ(0, syscall(SYS_mq_unlink, name));
	}
	while ((got = read(fd, text + used, size - used)) > 0)
		used += got;
	close(fd);
	ASSERT_EQ(0, got);
	ASSERT_EQ(0, lens_parse(&table, "mqueue", text, used));
	EXPECT_EQ(0, lens_check(&table));
	EXPECT_EQ(0, rows_wrong(&table, self->space.inum, FEW));
	EXPECT_LT(lens_count(&table, self->space.inum, -1), 2 * FEW);
	lens_free(&table);
	free(text);
}

/* The namespace goes while its rows are read; those of another are not touched by it. */
TEST_SLOW(many, namespace_gone_in_the_middle)
{
	struct lens_table table;
	struct owner owner;
	static char text[1 << 20];
	size_t used = 0;
	char name[16];
	ssize_t got;
	int fd, n;

	ASSERT_EQ(0, queues_make(0, STABLE));
	ASSERT_EQ(0, owner_start(&owner, OWNER_PLAIN));
	ASSERT_EQ(0, owner_limit(&owner, RLIMIT_MSGQUEUE, RLIM_INFINITY));
	for (n = 0; n < 250; n++) {
		snprintf(name, sizeof(name), "n%d", n);
		ASSERT_GE(queue_open(&owner, name, QUEUE_NEW, 1, 1), 0);
	}
	fd = open(LENS_DIR "/mqueue", O_RDONLY | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	for (n = 0; n < 15; n++) {
		got = read(fd, text + used, 1000);
		ASSERT_GT(got, 0);
		used += got;
	}
	ASSERT_EQ(0, peer_end(&owner.peer));
	ASSERT_EQ(0, owner_settle(&owner, 0));
	while ((got = read(fd, text + used, sizeof(text) - used)) > 0)
		used += got;
	close(fd);
	ASSERT_EQ(0, got);
	ASSERT_EQ(0, lens_parse(&table, "mqueue", text, used));
	EXPECT_EQ(0, lens_check(&table));
	EXPECT_EQ(0, rows_wrong(&table, self->space.inum, STABLE));
	lens_free(&table);
}

static int seconds(void)
{
	return asked("IPCLENS_SECONDS", 60);
}

static void churner_main(int number)
{
	struct rlimit few = { 200000, 200000 };
	char name[24];
	int fd[20], n;

	if (number % 2 && unshare(number == 3 ? CLONE_NEWIPC | CLONE_NEWUSER : CLONE_NEWIPC))
		_exit(1);
	setrlimit(RLIMIT_MSGQUEUE, &few);
	for (;;) {
		for (n = 0; n < 20; n++) {
			snprintf(name, sizeof(name), "churn%d.%d", number, n);
			fd[n] = syscall(SYS_mq_open, name, QUEUE_NEW, 0600, NULL);
			if (n % 2)
				syscall(SYS_mq_unlink, name);
		}
		for (n = 0; n < 20; n++) {
			snprintf(name, sizeof(name), "churn%d.%d", number, n);
			close(fd[n]);
			if (!(n % 2))
				syscall(SYS_mq_unlink, name);
		}
	}
}

/*
 * Namespaces with a queue in them, one after the other. Not too many: the kernel
 * takes its time to be rid of them, which the next test waits for, and has a limit.
 */
static void namespace_churner_main(int number)
{
	int n, most = seconds() < 60 ? SPACES * seconds() / 60 : SPACES;
	pid_t pid;

	for (n = 0; n < most; n++) {
		pid = fork();
		if (!pid)
			_exit(unshare(CLONE_NEWIPC) || !queue_make(number));
		waitpid(pid, NULL, 0);
	}
	for (;;)
		pause();
}

static void churners_start(pid_t *churner, void (*churn)(int number))
{
	int n;

	for (n = 0; n < CHURNERS; n++) {
		churner[n] = fork();
		if (!churner[n]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			churn(n);
		}
	}
}

/* Returns how many had ended before. */
static int churners_end(const pid_t *churner)
{
	int n, ended = 0;

	for (n = 0; n < CHURNERS; n++) {
		ended += waitpid(churner[n], NULL, WNOHANG) != 0;
		kill(churner[n], SIGKILL);
		waitpid(churner[n], NULL, 0);
	}
	return ended;
}

/* File systems are held a few at a time: each must have its turn, and only one. */
TEST_SLOW(many, of_a_namespace_each)
{
	struct lens_table table;
	struct owner owner;
	size_t length, row;
	char *text;
	int n;

	ASSERT_EQ(0, owner_start(&owner, OWNER_SPACES));
	for (n = 0; n < SPACES; n++) {
		ASSERT_EQ(0, peer_unshare(&owner.peer, CLONE_NEWIPC));
		ASSERT_GE(queue_open(&owner, "each", QUEUE_NEW, 1, 1), 0);
	}
	/* A read() that has room for a few rows alone lets go of others that it has held. */
	text = lens_slurp(lens_path("mqueue"), 700, &length);
	ASSERT_NE(NULL, text);
	ASSERT_EQ(0, lens_parse(&table, "mqueue", text, length));
	EXPECT_EQ(0, lens_check(&table));
	for (row = 0, n = 0; row < table.rows; row++)
		n += !strcmp(lens_cell(&table, row, "name"), "each");
	EXPECT_EQ(SPACES, n);
	lens_free(&table);
	free(text);
	EXPECT_USER(&owner, "queues", number_text(SPACES));
	ASSERT_EQ(0, peer_end(&owner.peer));
	EXPECT_EQ(0, owner_settle(&owner, 0));
	EXPECT_EQ(0, lens_matches("mqueue", (const char *const[]){ "name", "each", NULL }));
}

/* A file system that goes away must not hide those behind it in the kernel's list. */
TEST_SLOW(many, stable_among_short_lived_namespaces)
{
	time_t end = time(NULL) + (seconds() + 2) / 3;
	struct lens_table table;
	pid_t churner[CHURNERS];
	int reads = 0, wrong = 0;

	ASSERT_EQ(0, queues_make(0, 3));
	churners_start(churner, namespace_churner_main);
	for (; time(NULL) < end; reads++) {
		ASSERT_EQ(0, lens_load(&table, "mqueue"));
		EXPECT_EQ(0, lens_check(&table));
		wrong += rows_wrong(&table, self->space.inum, 3) != 0;
		lens_free(&table);
	}
	EXPECT_EQ(0, churners_end(churner));
	EXPECT_GT(reads, 10);
	EXPECT_EQ(0, wrong) {
		TH_LOG("of %d reads", reads);
	}
}

TEST_SLOW(many, stable_among_short_lived)
{
	static const char *const files[] = { "mqueue", "mq_users", "mq_denials", "namespaces" };
	time_t end = time(NULL) + seconds();
	struct lens_table table;
	pid_t churner[CHURNERS];
	int n, reads = 0;

	ASSERT_EQ(0, queues_make(0, STABLE));
	churners_start(churner, churner_main);
	for (; time(NULL) < end || reads < READS_LEAST; reads++) {
		for (n = 0; n < 4; n++) {
			ASSERT_EQ(0, lens_load(&table, files[n]));
			EXPECT_EQ(0, lens_check(&table));
			if (n == 0)
				EXPECT_EQ(0, rows_wrong(&table, self->space.inum, STABLE));
			lens_free(&table);
		}
	}
	EXPECT_EQ(0, churners_end(churner));
	fprintf(stderr, "# many: %d reads of each file\n", reads);
	EXPECT_STREQ("0", status_value("mqueue_withheld"));
}

TEST_HARNESS_MAIN
