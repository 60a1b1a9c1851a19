/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fixtures of the guest tests have in common: a namespace to work in
 * and one-line forms of the usual expectations. The only helper that knows the
 * kernel's test harness.
 */
#ifndef HELPERS_FIXTURE_H
#define HELPERS_FIXTURE_H

#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <time.h>

#include "asked.h"
#include "lens.h"
#include "peer.h"
#include "queues.h"
#include "truth.h"

/* Seconds; emulated debug kernels are slow, a test that hangs costs as much. */
#define PATIENCE 300

#define CREATE (IPC_CREAT | IPC_EXCL | 0600)

#define TEST_SLOW(fixture, name) TEST_F_TIMEOUT(fixture, name, PATIENCE)

/* An IPC namespace: inode number and a descriptor that keeps it. */
struct space {
	int fd;
	unsigned long inum;
};

static inline int space_of(struct space *space, pid_t pid)
{
	struct stat st;

	space->fd = truth_space_open(pid);
	if (space->fd < 0 || fstat(space->fd, &st))
		return -1;
	space->inum = st.st_ino;
	return 0;
}

/* From here on the caller, and peers it starts, are in a namespace of their own. */
static inline int space_enter(struct space *space)
{
	return unshare(CLONE_NEWIPC) ? -1 : space_of(space, 0);
}

static inline void space_close(struct space *space)
{
	if (space->fd > 0)
		close(space->fd);
	space->fd = -1;
}

#define EXPECT_ALL_TRUE_IN(...) do { \
	const int fds_[] = { __VA_ARGS__ }; \
	EXPECT_EQ(0, truth_compare_all(fds_, ARRAY_SIZE(fds_))); \
} while (0)

/* A cell of the segment's row in "shm", as text. */
#define EXPECT_CELL(space, id, name, want) \
	EXPECT_STREQ(want, lens_peek("shm", (space)->inum, id, name))

#define EXPECT_GONE(space, id) \
	EXPECT_STREQ("(none)", lens_peek("shm", (space)->inum, id, "shmid"))

static inline const char *number_text(unsigned long long value)
{
	static char text[8][24];
	static unsigned int next;
	char *p = text[next++ % 8];

	snprintf(p, sizeof(text[0]), "%llu", value);
	return p;
}

static inline long long now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static inline const char *key_text(key_t key)
{
	static char text[16];

	snprintf(text, sizeof(text), "0x%08x", (unsigned int)key);
	return text;
}

#define EXPECT_COUNT(space, id, name, want) EXPECT_CELL(space, id, name, number_text(want))

/* Rows of "shm_holders" for a segment; @pid 0 stands for any. */
static inline int holders_count(const struct space *space, int id, pid_t pid)
{
	struct lens_table table;
	size_t row;
	int n = -1;

	if (!lens_load(&table, "shm_holders")) {
		for (n = 0, row = 0; row < table.rows; row++)
			n += lens_number(&table, row, "ipcns") == space->inum &&
			     lens_number(&table, row, "shmid") == (unsigned int)id &&
			     (!pid || lens_number(&table, row, "pid") == (unsigned int)pid);
	}
	lens_free(&table);
	return n;
}

/* 1 if the process holds exactly [@start, @end) of the segment with @prot, once. */
static inline int holder_exact(const struct space *space, int id, pid_t pid, unsigned long start,
			       unsigned long end, const char *prot)
{
	struct lens_table table;
	size_t row;
	int n = -1;

	if (!lens_load(&table, "shm_holders")) {
		for (n = 0, row = 0; row < table.rows; row++)
			n += lens_number(&table, row, "ipcns") == space->inum &&
			     lens_number(&table, row, "shmid") == (unsigned int)id &&
			     lens_number(&table, row, "pid") == (unsigned int)pid &&
			     lens_number(&table, row, "start") == start &&
			     lens_number(&table, row, "end") == end &&
			     !strcmp(lens_cell(&table, row, "prot"), prot);
	}
	lens_free(&table);
	return n;
}

/* Value of a key of "status". */
static inline const char *status_value(const char *key)
{
	static char values[8][600];
	static unsigned int next;
	char *value = values[next++ % 8];
	struct lens_table table;

	snprintf(value, sizeof(values[0]), "(none)");
	if (!lens_load(&table, "status"))
		snprintf(value, sizeof(values[0]), "%s", lens_value(&table, key));
	lens_free(&table);
	return value;
}

static inline unsigned long long status_number(const char *key)
{
	return strtoull(status_value(key), NULL, 10);
}

#endif /* HELPERS_FIXTURE_H */
