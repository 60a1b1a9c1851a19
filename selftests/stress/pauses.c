// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers that are stopped in the middle, interrupted, killed, or come back at the end
 * for more, while objects come and go. IPCLENS_PAUSE is for how many seconds one is
 * stopped (1).
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "fixture.h"
#include "module.h"

#define STABLE 60
#define CHUNK 200
#define KILLED 60
#define LONG_KILLED 20
#define LONG_QUEUES 4000
#define LONG_NS 5000000000LL
#define FOLLOWED 50
#define TEXT (1 << 18)

FIXTURE(pauses) {
	struct space space; /* the owner's */
	struct owner owner;
	int ids[STABLE];
	char *text;
};

FIXTURE_SETUP(pauses)
{
	int n;

	ASSERT_EQ(0, module_loaded() ? 0 : module_load(""));
	ASSERT_EQ(0, owner_start(&self->owner, OWNER_PLAIN));
	ASSERT_EQ(0, space_of(&self->space, self->owner.peer.pid));
	for (n = 0; n < STABLE; n++) {
		self->ids[n] = peer_get(&self->owner.peer, IPC_PRIVATE, 4096, CREATE);
		ASSERT_GE(self->ids[n], 0);
		ASSERT_GT(peer_attach(&self->owner.peer, self->ids[n]), 0);
	}
	self->text = malloc(TEXT);
	ASSERT_NE(NULL, self->text);
}

FIXTURE_TEARDOWN(pauses)
{
	peer_end(&self->owner.peer);
	space_close(&self->space);
	free(self->text);
}

static int file_open(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), LENS_DIR "/%s", name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

struct reader {
	pid_t pid;
	size_t used;
	char text[TEXT];
};

/* Reads a file, and is stopped after the first bytes of it; @reader is shared memory. */
static int reader_start(struct reader *reader, const char *name)
{
	ssize_t got;
	pid_t pid;
	int fd, status;

	pid = fork();
	if (pid) {
		reader->pid = pid;
		return waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status);
	}
	fd = file_open(name);
	while ((got = read(fd, reader->text + reader->used, CHUNK)) > 0 && reader->used < TEXT - CHUNK) {
		if (!reader->used)
			raise(SIGSTOP);
		reader->used += got;
	}
	_exit(!!got);
}

/* Namespaces, segments and queues come, and most go. */
static int objects_change(void)
{
	struct owner owner;
	char name[16];
	int n, id, fd;

	if (owner_start(&owner, OWNER_ROOT) || peer_unshare(&owner.peer, CLONE_NEWIPC))
		return -1;
	for (n = 0; n < 60; n++) {
		id = peer_get(&owner.peer, IPC_PRIVATE, 4096, CREATE);
		peer_attach(&owner.peer, id);
		if (n % 3)
			peer_remove(&owner.peer, id);
		snprintf(name, sizeof(name), "pauses%d", n % 10);
		fd = queue_open(&owner, name, QUEUE_NEW, 1, 1);
		queue_unlink(&owner, name);
		if (n % 2)
			queue_close(&owner, fd);
		if (n % 20 == 10)
			peer_unshare(&owner.peer, CLONE_NEWIPC);
	}
	return peer_end(&owner.peer);
}

static int pause_seconds(void)
{
	const char *text = getenv("IPCLENS_PAUSE");

	return text && *text ? atoi(text) : 1;
}

/* Stopped readers keep nothing: the charge of a queue that goes is given back at once. */
TEST_F_TIMEOUT(pauses, stopped, 16 * PATIENCE)
{
	size_t bytes = LENS_FILES * sizeof(struct reader);
	struct reader *readers = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct lens_table table;
	int n, s, status, fd;

	ASSERT_NE(MAP_FAILED, readers);
	for (n = 0; n < LENS_FILES; n++) {
		fd = queue_open(&self->owner, "kept", QUEUE_NEW, 1, 100);
		ASSERT_GE(fd, 0);
		ASSERT_EQ(0, reader_start(&readers[n], lens_file(n))) {
			TH_LOG("a reader of %s does not stop", lens_file(n));
		}
		ASSERT_EQ(0, queue_unlink(&self->owner, "kept"));
		ASSERT_EQ(0, queue_close(&self->owner, fd));
		EXPECT_EQ(0, owner_settle(&self->owner, 0)) {
			TH_LOG("a stopped reader of %s", lens_file(n));
		}
	}
	ASSERT_EQ(0, objects_change());
	sleep(pause_seconds());
	for (n = 0; n < LENS_FILES; n++) {
		ASSERT_EQ(0, objects_change());
		kill(readers[n].pid, SIGCONT);
		if (waitpid(readers[n].pid, &status, 0) == readers[n].pid)
			EXPECT_EQ(0, status);
		ASSERT_EQ(0, lens_parse(&table, lens_file(n), readers[n].text, readers[n].used));
		EXPECT_EQ(0, lens_check(&table));
		for (s = 0; s < STABLE && !strncmp(lens_file(n), "shm", 3); s++)
			EXPECT_EQ(1, lens_count(&table, self->space.inum, self->ids[s]));
		lens_free(&table);
	}
	munmap(readers, bytes);
}

static volatile sig_atomic_t alarms;

static void alarm_count(int number)
{
	alarms++;
}

/* Whole text or a call that says EINTR; no byte twice, none lost. */
static char *slurp_interrupted(const char *name, char *text, size_t chunk)
{
	int fd = file_open(name);
	size_t used = 0;
	ssize_t got;

	do {
		got = read(fd, text + used, chunk);
		if (got > 0)
			used += got;
	} while ((got > 0 || (got < 0 && errno == EINTR)) && used < TEXT - chunk);
	close(fd);
	text[used] = '\0';
	return got ? NULL : text;
}

/* As slurp_interrupted, of what stayed the same meanwhile: gone namespaces go later. */
static char *slurp_still(const char *name, char *text, size_t chunk, char **expected)
{
	struct itimerval often = { { 0, 700 }, { 0, 700 } }, never = { { 0, 0 }, { 0, 0 } };
	char path[64], *before, *after, *seen;
	size_t length;
	int tries, same;

	snprintf(path, sizeof(path), LENS_DIR "/%s", name);
	for (tries = 0, same = 0; !same && tries < 10; tries++) {
		before = lens_slurp(path, 1 << 16, &length);
		setitimer(ITIMER_REAL, &often, NULL);
		seen = slurp_interrupted(name, text, chunk);
		setitimer(ITIMER_REAL, &never, NULL);
		after = lens_slurp(path, 1 << 16, &length);
		same = before && after && !strcmp(before, after);
		free(before);
		if (same)
			*expected = after;
		else
			free(after);
	}
	return same ? seen : NULL;
}

TEST_F_TIMEOUT(pauses, interrupted, 4 * PATIENCE)
{
	static const char *const still[] = { "history", "mqueue", "namespaces", "shm", "shm_holders" };
	static const size_t chunks[] = { 1, 100, 4096, 1 << 16 };
	struct sigaction action = { .sa_handler = alarm_count };
	char *expected, *seen;
	int n, c;

	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	for (n = 0; n < ARRAY_SIZE(still); n++)
		for (c = 0; c < ARRAY_SIZE(chunks); c++) {
			seen = slurp_still(still[n], self->text, chunks[c], &expected);
			ASSERT_NE(NULL, seen);
			EXPECT_STREQ(expected, seen);
			free(expected);
		}
	EXPECT_GT(alarms, 100);
}

/* Wherever they are: afterwards nobody has the module. */
TEST_SLOW(pauses, killed)
{
	int n, status, killed = 0;
	pid_t pid;

	for (n = 0; n < KILLED; n++) {
		pid = fork();
		if (!pid)
			for (;;)
				free(lens_slurp(LENS_DIR "/shm_holders", 77 + n, (size_t[]){ 0 }));
		usleep(n * 37 % 10000);
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		killed += WIFSIGNALED(status);
	}
	EXPECT_EQ(KILLED, killed);
	EXPECT_EQ(0, module_reload(""));
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

static long long now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* Their names keep them. */
static int queues_make(struct owner *owner, int count)
{
	char name[16];
	int n, fd;

	if (owner_setting(owner, "queues_max", 2 * count) ||
	    owner_limit(owner, RLIMIT_MSGQUEUE, RLIM_INFINITY))
		return -1;
	for (n = 0; n < count; n++) {
		snprintf(name, sizeof(name), "long%d", n);
		fd = queue_open(owner, name, QUEUE_NEW, 1, 1);
		if (fd < 0 || queue_close(owner, fd))
			return -1;
	}
	return 0;
}

/* How long it takes to read all of a file, -1 if it cannot be. */
static long long read_ns(const char *name)
{
	long long from = now_ns();
	char path[64], *text;
	size_t length;

	snprintf(path, sizeof(path), LENS_DIR "/%s", name);
	text = lens_slurp(path, 1 << 16, &length);
	free(text);
	return text ? now_ns() - from : -1;
}

/* Reads for ever; *@inside is 1 while it is in read(). */
static void read_on(const char *name, int *inside)
{
	static char text[1 << 16];
	int fd = file_open(name);

	while (fd >= 0) {
		ssize_t got;

		__atomic_store_n(inside, 1, __ATOMIC_SEQ_CST);
		got = read(fd, text, sizeof(text));
		__atomic_store_n(inside, 0, __ATOMIC_SEQ_CST);
		if (got < 0 || (!got && lseek(fd, 0, SEEK_SET)))
			break;
	}
	_exit(1);
}

/* How long a reader takes to end that is killed @delay microseconds into its first read(). */
static long long killed_after(const char *name, int *inside, useconds_t delay)
{
	long long from;
	int status;
	pid_t pid;

	*inside = 0;
	pid = fork();
	if (!pid)
		read_on(name, inside);
	while (!__atomic_load_n(inside, __ATOMIC_SEQ_CST) && !waitpid(pid, &status, WNOHANG))
		usleep(50);
	usleep(delay);
	from = now_ns();
	if (kill(pid, SIGKILL) || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return -1;
	return now_ns() - from;
}

/*
 * In the middle of a walk of thousands of queues: each batch of these two files is one, and
 * that of "mq_users" a look at all tasks as well.
 */
TEST_F_TIMEOUT(pauses, killed_in_a_long_read, 4 * PATIENCE)
{
	static const char *const longest[] = { "mq_users", "mqueue" };
	long long whole, took, most;
	int n, k, caught, soon, *inside;

	inside = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)inside);
	ASSERT_EQ(0, queues_make(&self->owner, LONG_QUEUES));
	for (n = 0; n < ARRAY_SIZE(longest); n++) {
		whole = read_ns(longest[n]);
		ASSERT_LT(0, whole);
		for (k = 0, caught = 0, soon = 0, most = 0; k < LONG_KILLED; k++) {
			took = killed_after(longest[n], inside, whole / 1000 * k / LONG_KILLED);
			ASSERT_LE(0, took);
			EXPECT_GT(LONG_NS, took);
			caught += *inside;
			/* Whoever would read on takes as long as is left: on average that. */
			soon += took < whole / 2;
			most = took > most ? took : most;
		}
		EXPECT_LT(LONG_KILLED / 2, caught);
		EXPECT_LT(LONG_KILLED * 2 / 3, soon);
		fprintf(stderr, "# pauses: %s takes %lld us; %d of %d killed in read(), in %lld us\n",
			longest[n], whole / 1000, caught, LONG_KILLED, most / 1000);
	}
	EXPECT_USER(&self->owner, "queues", number_text(LONG_QUEUES));
	EXPECT_EQ(0, module_reload(""));
	EXPECT_USER(&self->owner, "queues", number_text(LONG_QUEUES));
	munmap(inside, 4096);
}

/*
 * As tail -f does: what comes after the end was come to is whole rows, each once. A reader
 * goes on behind its last row: with none in a namespace of a higher number, which another
 * program may have, that is among the owner's segments.
 */
TEST_SLOW(pauses, followed)
{
	struct lens_table table;
	size_t used = 0, end, came;
	int n, fd = file_open("shm");
	ssize_t got;

	ASSERT_GE(fd, 0);
	for (n = 0; n < FOLLOWED; n++) {
		for (end = used; (got = read(fd, self->text + used, 333)) > 0; used += got)
			ASSERT_LT(used, TEXT - 1000);
		ASSERT_EQ(0, got);
		if (used > end)
			EXPECT_EQ('\n', self->text[used - 1]);
		ASSERT_GE(peer_get(&self->owner.peer, IPC_PRIVATE, 4096, CREATE), 0);
	}
	close(fd);
	ASSERT_EQ(0, lens_parse(&table, "shm", self->text, used));
	EXPECT_EQ(0, lens_check(&table));
	for (n = 0; n < STABLE; n++)
		EXPECT_EQ(1, lens_count(&table, self->space.inum, self->ids[n]));
	came = lens_count(&table, self->space.inum, -1) - STABLE;
	TH_LOG("%zu rows came after the end", came);
	if (lens_number(&table, table.rows - 1, "ipcns") == self->space.inum)
		EXPECT_EQ(FOLLOWED - 1, came);
	lens_free(&table);
}

TEST_HARNESS_MAIN
