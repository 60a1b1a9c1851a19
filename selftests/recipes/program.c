// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the recipes look at: three segments, each attached twice, marked, detached
 * twice; a queue; and one that is refused. Knows nothing of ipclens.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SEGMENTS = 3, SEGMENT_SIZE = 4096 };

static int segment_use(void)
{
	int id = shmget(IPC_PRIVATE, SEGMENT_SIZE, 0600);
	void *first = shmat(id, NULL, 0);
	void *second = shmat(id, NULL, 0);

	return id < 0 || shmctl(id, IPC_RMID, NULL) || shmdt(first) || shmdt(second);
}

static int queues_use(void)
{
	struct {
		long flags, maxmsg, msgsize, curmsgs, reserved[4];
	} large = { .maxmsg = 1000, .msgsize = 8192 };
	int fd = syscall(SYS_mq_open, "work", O_CREAT | O_EXCL | O_RDWR, 0600, NULL);

	/* more than the usual RLIMIT_MSGQUEUE allows */
	if (syscall(SYS_mq_open, "large", O_CREAT | O_EXCL | O_RDWR, 0600, &large) >= 0)
		return 1;
	return fd < 0 || syscall(SYS_mq_unlink, "work") || close(fd);
}

int main(void)
{
	int n, bad = 0;

	for (n = 0; n < SEGMENTS; n++)
		bad |= segment_use();
	return bad | queues_use();
}
