// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done to the kernel's IPC in a siege: the ways that have had bugs, in it or in
 * what follows it. They disturb each other, and whatever one of them cannot do just then it
 * goes without.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "siege.h"

#define CREATE (IPC_CREAT | IPC_EXCL | 0600)

/* The next segment gets this number: as if all others had been given out since. */
static void next_id_set(int id)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", id);
	file_put("/proc/sys/kernel/shm_next_id", text);
}

/* Numbers of segments are used again while their rows are read. */
static bool act_ids(void)
{
	int id = shmget(IPC_PRIVATE, 4096, CREATE), last, n, again = 0;

	for (n = 0; n < 24; n++) {
		shmctl(id, IPC_RMID, NULL);
		next_id_set(id);
		last = id;
		id = shmget(IPC_PRIVATE, 4096, CREATE);
		again += id >= 0 && id == last;
	}
	shmctl(id, IPC_RMID, NULL);
	return again;
}

/* Pages of a marked segment are shuffled, up to the last mapping of it. */
static bool act_shuffle(void)
{
	long page = getpagesize();
	int id = shmget(IPC_PRIVATE, 4 * page, CREATE), n, shuffled = 0;
	char *at = shmat(id, NULL, 0);

	shmctl(id, IPC_RMID, NULL);
	if (at == (void *)-1)
		return false;
	for (n = 0; n < 4; n++)
		shuffled += !syscall(SYS_remap_file_pages, at + n * page, page, 0, (n + 1) % 4, 0);
	syscall(SYS_remap_file_pages, at, 4 * page, 0, 0, 0);
	munmap(at, 4 * page);
	return shuffled;
}

/* One is attached over another, which may be its last mapping; a page of that moves. */
static bool act_over(void)
{
	long page = getpagesize();
	int under = shmget(IPC_PRIVATE, 4 * page, CREATE);
	int over = shmget(IPC_PRIVATE, page, CREATE);
	char *at = shmat(under, NULL, 0);
	bool done = false;

	shmctl(under, IPC_RMID, NULL);
	if (at != (void *)-1) {
		done = shmat(over, at + page, SHM_REMAP) != (void *)-1 &&
		       mremap(at + 2 * page, page, page, MREMAP_MAYMOVE | MREMAP_FIXED,
			      at + 3 * page) != MAP_FAILED;
		mprotect(at, page, PROT_READ);
	}
	shmctl(over, IPC_RMID, NULL);
	if (at == (void *)-1)
		return false;
	shmdt(at + page);
	shmdt(at);
	munmap(at, 4 * page);
	return done;
}

static bool locked_use(int id)
{
	char *at = shmat(id, NULL, 0);

	shmctl(id, SHM_LOCK, NULL);
	if (at != (void *)-1)
		*at = 1;
	shmctl(id, IPC_RMID, NULL);
	shmctl(id, SHM_UNLOCK, NULL);
	return at != (void *)-1 && !shmdt(at);
}

static bool act_locked(void)
{
	return locked_use(shmget(IPC_PRIVATE, 16384, CREATE));
}

static bool act_huge(void)
{
	return locked_use(shmget(IPC_PRIVATE, 2 << 20, CREATE | SHM_HUGETLB));
}

static int space_id;

static void *attach_often(void *data)
{
	int n;

	for (n = 0; n < 20; n++)
		shmdt(shmat(space_id, NULL, 0));
	return data;
}

/* Attached by threads, copied by fork, marked, and its owner and namespace go: all at once. */
static void exit_child(void)
{
	pthread_t thread;

	if (unshare(CLONE_NEWIPC))
		_exit(1);
	space_id = shmget(IPC_PRIVATE, 8192, CREATE);
	if (shmat(space_id, NULL, 0) == (void *)-1 ||
	    pthread_create(&thread, NULL, attach_often, NULL))
		_exit(1);
	if (!fork())
		_exit(0);
	shmctl(space_id, IPC_RMID, NULL);
	if (getpid() % 2)
		raise(SIGKILL);
	_exit(0);
}

static bool act_exit(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		exit_child();
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	       (WIFSIGNALED(status) || !WEXITSTATUS(status));
}

/* Opened, filled, unlinked and closed in every order; one that is refused. */
static bool act_queues(void)
{
	struct mq_attr attr = { .mq_maxmsg = 2, .mq_msgsize = 16 };
	struct mq_attr large = { .mq_maxmsg = 1 << 20, .mq_msgsize = 16 };
	mqd_t queues[4];
	char name[32];
	bool done = true;
	int n;

	for (n = 0; n < 4; n++) {
		snprintf(name, sizeof(name), "/siege%d", n);
		queues[n] = mq_open(name, O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attr);
		done = done && queues[n] >= 0 && !mq_send(queues[n], name, 8, n);
		if (n % 2)
			mq_unlink(name);
	}
	done = mq_open("/refused", O_CREAT | O_RDWR, 0600, &large) < 0 && done;
	for (n = 0; n < 4; n++) {
		mq_close(queues[n]);
		snprintf(name, sizeof(name), "/siege%d", n);
		mq_unlink(name);
	}
	return done;
}

#define PASSED_NONE 255

/* The status is the descriptor. */
static int passed_make(void *unused)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 1 };
	mqd_t queue;

	(void)unused;
	/* without a number for its user and group there no queue can be made */
	if (unshare(CLONE_NEWUSER | CLONE_NEWIPC) || file_put("/proc/self/uid_map", "0 0 1") ||
	    file_put("/proc/self/setgroups", "deny") || file_put("/proc/self/gid_map", "0 0 1"))
		return PASSED_NONE;
	queue = mq_open("/passed", O_CREAT | O_RDWR, 0600, &attr);
	mq_unlink("/passed");
	return queue < 0 ? PASSED_NONE : queue;
}

/* A queue outlives the namespaces of user and IPC that it was made in. */
static bool act_passed(void)
{
	static char stack[65536];
	pid_t pid = clone(passed_make, stack + sizeof(stack), CLONE_FILES | SIGCHLD, NULL);
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == PASSED_NONE)
		return false;
	return !mq_close(WEXITSTATUS(status));
}

const struct besieger besiegers[] = {
	{ "ids used again", act_ids },
	{ "pages shuffled", act_shuffle },
	{ "attached over another", act_over },
	{ "locked", act_locked },
	{ "in huge pages", act_huge },
	{ "owners ended", act_exit },
	{ "queues", act_queues },
	{ "queues passed out", act_passed },
};

const size_t besieger_count = sizeof(besiegers) / sizeof(besiegers[0]);
