// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces that come and go while queues are read, so that the numbers of namespaces and
 * of their file systems are used again at once: no queue is told to be in another's.
 */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "child.h"
#include "fixture.h"

#define CHURNERS 4
/* Not more: the kernel takes its time to be rid of them, and has a limit. */
#define SPACES 60
#define READS_LEAST 5

/* For some time in a namespace of its own, with a queue that has its number for a name. */
static int space_main(int number)
{
	struct {
		long flags, maxmsg, msgsize, curmsgs, reserved[4];
	} attr = { .maxmsg = 1, .msgsize = 1 };
	char name[32];

	if (unshare(CLONE_NEWIPC))
		return 1;
	snprintf(name, sizeof(name), "in%lu", truth_space_inum(getpid()));
	if (syscall(SYS_mq_open, name, QUEUE_NEW, 0600, &attr) < 0)
		return 1;
	usleep(number * 370 % 3000);
	return 0;
}

/* Returns how many could not be made. */
static int churner_main(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int n, status, failed = 0;
	pid_t pid;

	/* What has ended is charged until the kernel gets round to it. */
	setrlimit(RLIMIT_MSGQUEUE, &all);
	for (n = 0; n < SPACES; n++) {
		pid = fork();
		if (!pid)
			_exit(space_main(n));
		failed += waitpid(pid, &status, 0) != pid || status;
	}
	return failed;
}

/* How many rows of such queues have another number than their names, and how many have one. */
static int rows_misplaced(const struct lens_table *table, int *rows)
{
	const char *name, *ipcns;
	int misplaced = 0;
	size_t row;

	for (row = 0; row < table->rows; row++) {
		name = lens_cell(table, row, "name");
		ipcns = lens_cell(table, row, "ipcns");
		/* One that all tasks have left has no number any more. */
		if (strncmp(name, "in", 2) || !strcmp(ipcns, "-"))
			continue;
		++*rows;
		misplaced += !!strcmp(ipcns, name + 2);
	}
	return misplaced;
}

FIXTURE(spaces) {
};

FIXTURE_SETUP(spaces)
{
	ASSERT_TRUE(lens_present());
}

FIXTURE_TEARDOWN(spaces)
{
}

TEST_SLOW(spaces, told_by_their_queues)
{
	int n, status, alive = CHURNERS, reads, rows = 0, misplaced = 0;
	struct lens_table table;
	pid_t churner;

	for (n = 0; n < CHURNERS; n++) {
		churner = child_fork();
		ASSERT_LE(0, churner);
		if (!churner)
			_exit(churner_main());
	}
	for (reads = 0; alive; reads++) {
		ASSERT_EQ(0, lens_load(&table, "mqueue"));
		EXPECT_EQ(0, lens_check(&table));
		misplaced += rows_misplaced(&table, &rows);
		lens_free(&table);
		while (alive && waitpid(-1, &status, WNOHANG) > 0) {
			EXPECT_EQ(0, status);
			alive--;
		}
	}
	EXPECT_LT(READS_LEAST, reads);
	EXPECT_LT(0, rows);
	EXPECT_EQ(0, misplaced) {
		TH_LOG("of %d rows in %d reads", rows, reads);
	}
	fprintf(stderr, "# spaces: %d rows in %d reads\n", rows, reads);
}

TEST_HARNESS_MAIN
