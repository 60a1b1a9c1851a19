// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done to the kernel's IPC in a siege: the ways that have had bugs, in it or in
 * what follows it. None of them cares for results, which depend on the others.
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

#include "siege.h"

#define CREATE (IPC_CREAT | IPC_EXCL | 0600)

/* Numbers of segments are used again while their rows are read. */
static void act_ids(void)
{
	int ids[24], n;

	for (n = 0; n < 24; n++)
		ids[n] = shmget(IPC_PRIVATE, 4096, CREATE);
	for (n = 0; n < 24; n++)
		shmctl(ids[n], IPC_RMID, NULL);
}

/* Pages of a marked segment are shuffled, up to the last mapping of it. */
static void act_shuffle(void)
{
	long page = getpagesize();
	int id = shmget(IPC_PRIVATE, 4 * page, CREATE), n;
	char *at = shmat(id, NULL, 0);

	shmctl(id, IPC_RMID, NULL);
	for (n = 0; n < 4; n++)
		syscall(SYS_remap_file_pages, at + n * page, page, 0, (n + 1) % 4, 0);
	syscall(SYS_remap_file_pages, at, 4 * page, 0, 0, 0);
	munmap(at, 4 * page);
}

/* One is attached over another, which may be its last mapping. */
static void act_over(void)
{
	long page = getpagesize();
	int under = shmget(IPC_PRIVATE, 4 * page, CREATE);
	int over = shmget(IPC_PRIVATE, page, CREATE);
	char *at = shmat(under, NULL, 0);

	shmctl(under, IPC_RMID, NULL);
	shmat(over, at + page, SHM_REMAP);
	mprotect(at, page, PROT_READ);
	mremap(at + 2 * page, page, page, MREMAP_MAYMOVE);
	shmctl(over, IPC_RMID, NULL);
	shmdt(at + page);
	shmdt(at);
	munmap(at, 4 * page);
}

/* Locked, and in huge pages if there are some. */
static void act_locked(void)
{
	int id = shmget(IPC_PRIVATE, 2 << 20, CREATE | SHM_HUGETLB);
	char *at;

	if (id < 0)
		id = shmget(IPC_PRIVATE, 16384, CREATE);
	at = shmat(id, NULL, 0);
	shmctl(id, SHM_LOCK, NULL);
	if (at != (void *)-1)
		*at = 1;
	shmctl(id, IPC_RMID, NULL);
	shmctl(id, SHM_UNLOCK, NULL);
	shmdt(at);
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
static void act_exit(void)
{
	pthread_t thread;
	pid_t pid = fork();

	if (pid) {
		waitpid(pid, NULL, 0);
		return;
	}
	unshare(CLONE_NEWIPC);
	space_id = shmget(IPC_PRIVATE, 8192, CREATE);
	shmat(space_id, NULL, 0);
	pthread_create(&thread, NULL, attach_often, NULL);
	if (!fork())
		_exit(0);
	shmctl(space_id, IPC_RMID, NULL);
	if (getpid() % 2)
		raise(SIGKILL);
	_exit(0);
}

/* Opened, filled, unlinked and closed in every order; one that is refused. */
static void act_queues(void)
{
	struct mq_attr attr = { .mq_maxmsg = 2, .mq_msgsize = 16 };
	struct mq_attr large = { .mq_maxmsg = 1 << 20, .mq_msgsize = 16 };
	mqd_t queues[4];
	char name[32];
	int n;

	for (n = 0; n < 4; n++) {
		snprintf(name, sizeof(name), "/siege%d", n);
		queues[n] = mq_open(name, O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attr);
		mq_send(queues[n], name, 8, n);
		if (n % 2)
			mq_unlink(name);
	}
	mq_open("/refused", O_CREAT | O_RDWR, 0600, &large);
	for (n = 0; n < 4; n++) {
		mq_close(queues[n]);
		snprintf(name, sizeof(name), "/siege%d", n);
		mq_unlink(name);
	}
}

static int passed_make(void *data)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 1 };

	if (unshare(CLONE_NEWUSER | CLONE_NEWIPC))
		return 1;
	*(mqd_t *)data = mq_open("/passed", O_CREAT | O_RDWR, 0600, &attr);
	mq_unlink("/passed");
	return 0;
}

/* A queue outlives the namespaces of user and IPC that it was made in. */
static void act_passed(void)
{
	static char stack[65536];
	mqd_t queue = -1;
	pid_t pid = clone(passed_make, stack + sizeof(stack), CLONE_FILES | CLONE_VM | SIGCHLD, &queue);

	waitpid(pid, NULL, 0);
	if (queue >= 0)
		mq_close(queue);
}

const struct besieger besiegers[] = {
	{ "ids used again", act_ids },
	{ "pages shuffled", act_shuffle },
	{ "attached over another", act_over },
	{ "locked", act_locked },
	{ "owners ended", act_exit },
	{ "queues", act_queues },
	{ "queues passed out", act_passed },
};

const size_t besieger_count = sizeof(besiegers) / sizeof(besiegers[0]);
