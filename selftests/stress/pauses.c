// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers that are stopped in the middle, interrupted, or come back at the end for more,
 * while objects come and go. IPCLENS_PAUSE is for how many seconds one is
 * stopped (1).
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "fixture.h"
#include "module.h"
#include "objects.h"

#define STABLE 60
#define CHUNK 200
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
	ASSERT_EQ(0, module_loaded() ? 0 : module_load(""));
	ASSERT_EQ(0, owner_start(&self->owner, OWNER_PLAIN));
	ASSERT_EQ(0, space_of(&self->space, self->owner.peer.pid));
	ASSERT_EQ(0, objects_stay(&self->owner, self->ids, STABLE));
	self->text = malloc(TEXT);
	ASSERT_NE(NULL, self->text);
}

FIXTURE_TEARDOWN(pauses)
{
	peer_end(&self->owner.peer);
	space_close(&self->space);
	free(self->text);
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
	fd = lens_open(name);
	while ((got = read(fd, reader->text + reader->used, CHUNK)) > 0 && reader->used < TEXT - CHUNK) {
		if (!reader->used)
			raise(SIGSTOP);
		reader->used += got;
	}
	_exit(!!got);
}

/* Stopped readers keep nothing: the charge of a queue that goes is given back at once. */
TEST_F_TIMEOUT(pauses, stopped, 16 * PATIENCE)
{
	size_t bytes = LENS_FILES * sizeof(struct reader);
	struct reader *readers = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	time_t end = time(NULL) + asked("IPCLENS_PAUSE", 1);
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
	do {
		ASSERT_EQ(0, objects_change());
	} while (time(NULL) < end);
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
	int fd = lens_open(name);
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

/* All but the row of "status" that says when it was read. */
static char *without_time(char *text)
{
	char *row = text ? strstr(text, "\ntime ") : NULL;
	char *rest = row ? strchr(row + 1, '\n') : NULL;

	if (rest)
		memmove(row, rest, strlen(rest) + 1);
	return text;
}

/* As slurp_interrupted, of what stayed the same meanwhile: gone namespaces go later. */
static char *slurp_still(const char *name, char *text, size_t chunk, char **expected)
{
	struct itimerval often = { { 0, 700 }, { 0, 700 } }, never = { { 0, 0 }, { 0, 0 } };
	char *before, *after, *seen;
	size_t length;
	int tries, same;

	for (tries = 0, same = 0; !same && tries < 10; tries++) {
		before = without_time(lens_slurp(lens_path(name), 1 << 16, &length));
		setitimer(ITIMER_REAL, &often, NULL);
		seen = without_time(slurp_interrupted(name, text, chunk));
		setitimer(ITIMER_REAL, &never, NULL);
		after = without_time(lens_slurp(lens_path(name), 1 << 16, &length));
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
	static const size_t chunks[] = { 1, 100, 4096, 1 << 16 };
	struct sigaction action = { .sa_handler = alarm_count };
	char *expected, *seen;
	int n, c;

	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	for (n = 0; n < LENS_FILES; n++)
		for (c = 0; c < ARRAY_SIZE(chunks); c++) {
			seen = slurp_still(lens_file(n), self->text, chunks[c], &expected);
			ASSERT_NE(NULL, seen) {
				TH_LOG("%s by %zu bytes does not stay the same", lens_file(n), chunks[c]);
			}
			EXPECT_STREQ(expected, seen);
			free(expected);
		}
	EXPECT_GT(alarms, 100);
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
	int n, fd = lens_open("shm");
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
	if (lens_number(&table, table.rows - 1, "ipcns") != self->space.inum)
		TH_LOG("which nobody knows, behind another program's namespace");
	else
		EXPECT_EQ(FOLLOWED - 1, came);
	lens_free(&table);
}

/* Of every file: whole rows, where they have an order in that, and then the end once more. */
TEST_F_TIMEOUT(pauses, followed_everywhere, 4 * PATIENCE)
{
	struct lens_table table;
	ssize_t got;
	size_t used;
	int n, c, fd;

	for (n = 0; n < LENS_FILES; n++) {
		fd = lens_open(lens_file(n));
		ASSERT_GE(fd, 0);
		for (c = 0, used = 0; c < 4; c++) {
			while ((got = read(fd, self->text + used, 333)) > 0) {
				used += got;
				ASSERT_LT(used, TEXT - 1000);
			}
			ASSERT_EQ(0, got);
			EXPECT_EQ('\n', self->text[used - 1]);
			ASSERT_EQ(0, objects_change());
		}
		close(fd);
		ASSERT_EQ(0, lens_parse(&table, lens_file(n), self->text, used));
		EXPECT_EQ(0, lens_check(&table)) {
			TH_LOG("%s is not in order", lens_file(n));
		}
		lens_free(&table);
	}
}

TEST_HARNESS_MAIN
