// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues, and namespaces with queues, that come and go without pause while files are read:
 * what lives throughout has exactly one row. IPCLENS_SECONDS is for how long (60).
 */
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "child.h"
#include "file.h"
#include "fixture.h"
#include "herd.h"

#define STABLE 300
#define CHURNERS 4
#define SPACES 250
#define READS_OF_SPACES 10
#define READS_LEAST 2

FIXTURE(churn) {
	struct space space;
	struct owner owner;
};

FIXTURE_SETUP(churn)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, herd_begin(&self->owner, self->space.inum));
}

FIXTURE_TEARDOWN(churn)
{
	space_close(&self->space);
}

static int seconds(void)
{
	return asked("IPCLENS_SECONDS", 60);
}

/* In the same namespaces, in others of IPC, and in others of users as well. 0 or -1. */
static int churner_move(int number)
{
	if (number != 3)
		return number % 2 ? unshare(CLONE_NEWIPC) : 0;
	/* without a number for its user and group there no queue can be made */
	return unshare(CLONE_NEWIPC | CLONE_NEWUSER) || file_put("/proc/self/uid_map", "0 0 1") ||
	       file_put("/proc/self/setgroups", "deny") ||
	       file_put("/proc/self/gid_map", "0 0 1") ? -1 : 0;
}

static void churner_main(int number, volatile unsigned long *made)
{
	struct rlimit few = { 200000, 200000 };
	char name[24];
	int fd[20], n;

	if (churner_move(number))
		_exit(1);
	setrlimit(RLIMIT_MSGQUEUE, &few);
	for (;;) {
		for (n = 0; n < 20; n++) {
			snprintf(name, sizeof(name), "churn%d.%d", number, n);
			fd[n] = syscall(SYS_mq_open, name, QUEUE_NEW, 0600, NULL);
			*made += fd[n] >= 0;
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
static void namespace_churner_main(int number, volatile unsigned long *made)
{
	int n, status, most = seconds() < 60 ? SPACES * seconds() / 60 : SPACES;
	pid_t pid;

	for (n = 0; n < most; n++) {
		pid = fork();
		if (!pid)
			_exit(unshare(CLONE_NEWIPC) || !herd_queue(number));
		*made += waitpid(pid, &status, 0) == pid && !status;
	}
	for (;;)
		pause();
}

struct churner {
	pid_t pid;
	volatile unsigned long *made; /* queues, or namespaces with one */
};

static int churners_start(struct churner *churner, void (*churn)(int number, volatile unsigned long *made))
{
	volatile unsigned long *made;
	int n;

	made = mmap(NULL, CHURNERS * sizeof(*made), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (made == MAP_FAILED)
		return -1;
	for (n = 0; n < CHURNERS; n++) {
		churner[n].made = made + n;
		churner[n].pid = child_fork();
		if (!churner[n].pid)
			churn(n, made + n);
	}
	return 0;
}

/* Returns how many had ended before, or have made nothing. */
static int churners_end(const struct churner *churner)
{
	int n, wrong = 0;

	for (n = 0; n < CHURNERS; n++) {
		if (child_end(churner[n].pid) && *churner[n].made)
			continue;
		fprintf(stderr, "# churner %d has made %lu\n", n, *churner[n].made);
		wrong++;
	}
	munmap((void *)churner->made, CHURNERS * sizeof(*churner->made));
	return wrong;
}

/* A file system that goes away must not hide those behind it in the kernel's list. */
TEST_SLOW(churn, stable_among_short_lived_namespaces)
{
	time_t end = time(NULL) + (seconds() + 2) / 3;
	struct lens_table table;
	struct churner churner[CHURNERS];
	int reads = 0, wrong = 0;

	ASSERT_EQ(0, herd_make(0, 3));
	ASSERT_EQ(0, churners_start(churner, namespace_churner_main));
	for (; time(NULL) < end || reads < READS_OF_SPACES; reads++) {
		ASSERT_EQ(0, lens_load(&table, "mqueue"));
		EXPECT_EQ(0, lens_check(&table));
		wrong += herd_wrong(&table, self->space.inum, 3) != 0;
		lens_free(&table);
	}
	EXPECT_EQ(0, churners_end(churner));
	EXPECT_EQ(0, wrong) {
		TH_LOG("of %d reads", reads);
	}
}

TEST_SLOW(churn, stable_among_short_lived)
{
	static const char *const files[] = { "mqueue", "mq_users", "mq_denials", "namespaces" };
	time_t end = time(NULL) + seconds();
	struct lens_table table;
	struct churner churner[CHURNERS];
	int n, reads = 0;

	ASSERT_EQ(0, herd_make(0, STABLE));
	ASSERT_EQ(0, churners_start(churner, churner_main));
	for (; time(NULL) < end || reads < READS_LEAST; reads++) {
		for (n = 0; n < 4; n++) {
			ASSERT_EQ(0, lens_load(&table, files[n]));
			EXPECT_EQ(0, lens_check(&table));
			if (n == 0)
				EXPECT_EQ(0, herd_wrong(&table, self->space.inum, STABLE));
			lens_free(&table);
		}
	}
	EXPECT_EQ(0, churners_end(churner));
	fprintf(stderr, "# churn: %d reads of each file\n", reads);
	EXPECT_STREQ("0", status_value("mqueue_withheld"));
}

TEST_HARNESS_MAIN
