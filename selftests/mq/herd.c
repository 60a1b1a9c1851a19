// SPDX-License-Identifier: GPL-2.0-only
#include "herd.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"
#include "lens.h"
#include "queues.h"

static unsigned long long inos[HERD_MOST];

int herd_begin(struct owner *owner, unsigned long inum)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	char most[16];

	snprintf(most, sizeof(most), "%d", 2 * HERD_MOST);
	if (setrlimit(RLIMIT_MSGQUEUE, &all) || file_put("/proc/sys/fs/mqueue/queues_max", most))
		return -1;
	owner->peer.pid = getpid();
	owner->userns = userns_inum(getpid());
	owner->payer = owner->userns;
	owner->ipcns = inum;
	return owner_settle(owner, 0);
}

static const char *herd_name(int n)
{
	static char name[16];

	snprintf(name, sizeof(name), "q%05d", n);
	return name;
}

unsigned long long herd_queue(int n)
{
	struct mq_attr {
		long flags, maxmsg, msgsize, curmsgs, reserved[4];
	} attr = { .maxmsg = 1, .msgsize = 1 };
	unsigned long long ino = 0;
	struct stat st;
	int fd;

	fd = syscall(SYS_mq_open, herd_name(n), QUEUE_NEW, 0600, &attr);
	if (fd >= 0 && !fstat(fd, &st))
		ino = st.st_ino;
	close(fd);
	return ino;
}

int herd_unlink(int n)
{
	return syscall(SYS_mq_unlink, herd_name(n));
}

static int number_order(const void *a, const void *b)
{
	unsigned long long x = *(const unsigned long long *)a, y = *(const unsigned long long *)b;

	return x < y ? -1 : x > y;
}

int herd_wrong(const struct lens_table *table, unsigned long inum, int count)
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

int herd_make(int from, int to)
{
	int n;

	for (n = from; n < to; n++) {
		inos[n] = herd_queue(n);
		if (!inos[n])
			return -1;
	}
	qsort(inos, to, sizeof(inos[0]), number_order);
	return 0;
}
