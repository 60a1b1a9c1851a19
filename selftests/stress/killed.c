// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers that are killed, anywhere and in the middle of a long read: they end soon, and
 * leave nothing behind that would keep the module or an object. IPCLENS_MAPPINGS is how many
 * mappings each of some processes has (20000).
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "child.h"
#include "fixture.h"
#include "module.h"
#include "objects.h"

#define STABLE 60
#define KILLED 40
#define LONG_KILLED 20
#define LONG_QUEUES 4000
#define WIDE_PROCESSES 8
#define LONG_NS 5000000000LL

FIXTURE(killed) {
	struct space space; /* the owner's */
	struct owner owner;
};

FIXTURE_SETUP(killed)
{
	int ids[STABLE];

	ASSERT_EQ(0, module_loaded() ? 0 : module_load(""));
	ASSERT_EQ(0, owner_start(&self->owner, OWNER_PLAIN));
	ASSERT_EQ(0, space_of(&self->space, self->owner.peer.pid));
	ASSERT_EQ(0, objects_stay(&self->owner, ids, STABLE));
}

FIXTURE_TEARDOWN(killed)
{
	peer_end(&self->owner.peer);
	space_close(&self->space);
}

/* Reads "shm_holders" by pieces of a size that fits nothing, NULL if it cannot be. */
static char *slurp_pieces(int n)
{
	size_t length;

	return lens_slurp(LENS_DIR "/shm_holders", 77 + n, &length);
}

/* Wherever they are: afterwards nobody has the module. */
TEST_SLOW(killed, anywhere)
{
	volatile int *whole;
	int n, again = 0;
	long long from, once;
	char *text;
	pid_t pid;

	/* the second time, since on an emulated machine the first takes much longer */
	for (n = 0; n < 2; n++) {
		from = now_ns();
		text = slurp_pieces(n);
		ASSERT_NE(NULL, text);
		free(text);
		once = now_ns() - from;
	}
	whole = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)whole);
	for (n = 0; n < KILLED; n++) {
		*whole = 0;
		pid = child_fork();
		while (!pid) {
			text = slurp_pieces(n);
			*whole += !!text;
			free(text);
		}
		/* some at once, others until after two whole reads and what a fork takes */
		if (n % 6)
			usleep(n * 7 % KILLED * (2 * once / 1000 + 20000) / KILLED);
		ASSERT_TRUE(child_end(pid));
		again += *whole > 0;
	}
	/* Some before they had begun, some later. */
	EXPECT_LT(KILLED / 10, again);
	EXPECT_LT(again, KILLED);
	munmap((void *)whole, 4096);
	EXPECT_EQ(0, module_reload(""));
	EXPECT_ALL_TRUE_IN(self->space.fd);
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

/* Processes of many mappings, none of which is a segment's. */
static int wide_start(pid_t *wide)
{
	size_t page = sysconf(_SC_PAGESIZE), at;
	size_t size = asked("IPCLENS_MAPPINGS", 20000) * page;
	char *area = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int n;

	if (area == MAP_FAILED)
		return -1;
	for (at = 0; at < size; at += 2 * page)
		if (mprotect(area + at, page, PROT_READ))
			return -1;
	for (n = 0; n < WIDE_PROCESSES; n++) {
		wide[n] = child_fork();
		if (wide[n] < 0)
			return -1;
		while (!wide[n])
			pause();
	}
	return munmap(area, size);
}

static void wide_end(const pid_t *wide)
{
	int n;

	for (n = 0; n < WIDE_PROCESSES; n++)
		child_end(wide[n]);
}

/* How long it takes to read all of a file, -1 if it cannot be. */
static long long read_ns(const char *name)
{
	long long from = now_ns();
	size_t length;
	char *text;

	text = lens_slurp(lens_path(name), 1 << 16, &length);
	free(text);
	return text ? now_ns() - from : -1;
}

/* Reads for ever; *@inside is 1 while it is in read(). */
static void read_on(const char *name, int *inside)
{
	static char text[1 << 16];
	int fd = lens_open(name);

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
	if (pid < 0)
		return -1;
	while (!__atomic_load_n(inside, __ATOMIC_SEQ_CST) && !waitpid(pid, &status, WNOHANG))
		usleep(50);
	usleep(delay);
	from = now_ns();
	if (kill(pid, SIGKILL) || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return -1;
	return now_ns() - from;
}

/*
 * In the middle of a walk of thousands of queues: each batch of the first two files is one,
 * and that of "mq_users" a look at all tasks as well. Or of mappings that are no rows.
 */
TEST_F_TIMEOUT(killed, in_a_long_read, 4 * PATIENCE)
{
	static const struct {
		const char *name;
		int soon; /* the part of its time in which a reader should have ended */
	} longest[] = {
		{ "mq_users", 2 },
		{ "mqueue", 2 },
		/* An emulated machine is much slower the first time, when it is measured. */
		{ "shm_holders", 4 },
	};
	pid_t wide[WIDE_PROCESSES];
	long long whole, took, most;
	int n, k, caught, soon, *inside;

	inside = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)inside);
	ASSERT_EQ(0, queues_make(&self->owner, LONG_QUEUES));
	ASSERT_EQ(0, wide_start(wide));
	for (n = 0; n < ARRAY_SIZE(longest); n++) {
		whole = read_ns(longest[n].name);
		ASSERT_LT(0, whole);
		for (k = 0, caught = 0, soon = 0, most = 0; k < LONG_KILLED; k++) {
			took = killed_after(longest[n].name, inside,
					    whole / 1000 * k / LONG_KILLED);
			ASSERT_LE(0, took);
			EXPECT_GT(LONG_NS, took);
			caught += *inside;
			/* Whoever would read on takes as long as is left: on average half of it. */
			soon += took < whole / longest[n].soon;
			most = took > most ? took : most;
		}
		EXPECT_LT(LONG_KILLED / 2, caught);
		EXPECT_LT(LONG_KILLED * 2 / 3, soon);
		fprintf(stderr, "# killed: %s takes %lld us; %d of %d killed in read(), in %lld us\n",
			longest[n].name, whole / 1000, caught, LONG_KILLED, most / 1000);
	}
	wide_end(wide);
	EXPECT_USER(&self->owner, "queues", number_text(LONG_QUEUES));
	EXPECT_EQ(0, module_reload(""));
	EXPECT_USER(&self->owner, "queues", number_text(LONG_QUEUES));
	munmap(inside, 4096);
}

TEST_HARNESS_MAIN
