// SPDX-License-Identifier: GPL-2.0-only
/*
 * One IPC namespace as the kernel tells it to those inside: SHM_STAT of every
 * segment, /proc/sysvipc/shm, the limits. Enters the namespace for the time of
 * the reading; must not know how ipclens prints any of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "truth.h"

/* IPC namespace of @pid (0: of the caller) as a descriptor. */
int truth_space_open(pid_t pid)
{
	char path[64] = "/proc/thread-self/ns/ipc";

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/ns/ipc", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Inode number of the IPC namespace of @pid, 0 if it has none. */
unsigned long truth_space_inum(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", pid ? pid : getpid());
	return stat(path, &st) ? 0 : st.st_ino;
}

unsigned long long truth_file_number(const char *path)
{
	unsigned long long value = ~0ULL;
	FILE *file = fopen(path, "re");

	if (file) {
		if (fscanf(file, "%llu", &value) != 1)
			value = ~0ULL;
		fclose(file);
	}
	return value;
}

static int truth_segments_read(struct truth_space *space)
{
	int last, index, id;

	last = shmctl(0, SHM_INFO, (struct shmid_ds *)&space->use);
	if (last < 0)
		return -1;
	space->segments = calloc(last + 1, sizeof(*space->segments));
	if (!space->segments)
		return -1;
	for (index = 0; index <= last; index++) {
		struct truth_segment *segment = &space->segments[space->count];

		id = shmctl(index, SHM_STAT, &segment->stat);
		if (id < 0) {
			if (errno == EINVAL || errno == EIDRM)
				continue;
			return -1;
		}
		segment->id = id;
		segment->index = index;
		space->count++;
	}
	return 0;
}

const struct truth_segment *truth_segment_find(const struct truth_space *space, int id)
{
	size_t n;

	for (n = 0; n < space->count; n++)
		if (space->segments[n].id == id)
			return &space->segments[n];
	return NULL;
}

/* rss and swap stand in /proc/sysvipc/shm alone; what stands in both must agree. */
static int truth_sysvipc_line(struct truth_space *space, const char *line, size_t *cursor)
{
	unsigned long long size, nattch, atime, dtime, ctime, rss, swap;
	unsigned int cpid, lpid, uid, gid, cuid, cgid, perms;
	struct truth_segment *segment;
	struct shmid_ds *stat;
	int key, id;

	if (sscanf(line, "%d %d %o %llu %u %u %llu %u %u %u %u %llu %llu %llu %llu %llu", &key, &id,
		   &perms, &size, &cpid, &lpid, &nattch, &uid, &gid, &cuid, &cgid, &atime, &dtime,
		   &ctime, &rss, &swap) != 16)
		return -1;
	while (*cursor < space->count && space->segments[*cursor].id != id)
		++*cursor;
	if (*cursor == space->count)
		return -1;
	segment = &space->segments[(*cursor)++];
	stat = &segment->stat;
	segment->rss = rss;
	segment->swap = swap;
	return key != (int)stat->shm_perm.__key || size != stat->shm_segsz ||
	       nattch != stat->shm_nattch || perms != stat->shm_perm.mode ? -1 : 0;
}

static int truth_sysvipc_read(struct truth_space *space)
{
	FILE *file = fopen("/proc/sysvipc/shm", "re");
	size_t cursor = 0, lines = 0;
	char line[512];
	int ret = 0;

	if (!file)
		return -1;
	if (!fgets(line, sizeof(line), file))
		ret = -1;
	while (!ret && fgets(line, sizeof(line), file)) {
		ret = truth_sysvipc_line(space, line, &cursor);
		lines++;
	}
	fclose(file);
	return ret || lines != space->count ? -1 : 0;
}

static int truth_inside_read(struct truth_space *space)
{
	int tries;

	/* IPC_INFO cuts them short for 32-bit programs. */
	space->shmmax = truth_file_number("/proc/sys/kernel/shmmax");
	space->shmall = truth_file_number("/proc/sys/kernel/shmall");
	space->shmmni = truth_file_number("/proc/sys/kernel/shmmni");
	space->forced = truth_file_number("/proc/sys/kernel/shm_rmid_forced");
	space->queues_max = truth_file_number("/proc/sys/fs/mqueue/queues_max");
	space->msg_max = truth_file_number("/proc/sys/fs/mqueue/msg_max");
	space->msgsize_max = truth_file_number("/proc/sys/fs/mqueue/msgsize_max");
	/* Others may create and remove between the two sources: try again then. */
	for (tries = 0; tries < 10; tries++) {
		free(space->segments);
		space->segments = NULL;
		space->count = 0;
		if (!truth_segments_read(space) && !truth_sysvipc_read(space))
			return 0;
	}
	return -1;
}

/* All of the namespace behind @nsfd; the caller is back in its own afterwards. */
int truth_space_read(struct truth_space *space, int nsfd)
{
	int own = truth_space_open(0);
	struct stat st;
	int owner, ret;

	memset(space, 0, sizeof(*space));
	if (own < 0 || fstat(nsfd, &st))
		return -1;
	space->inum = st.st_ino;
	owner = ioctl(nsfd, NS_GET_USERNS);
	if (owner >= 0 ? fstat(owner, &st) : errno != ENOTTY || sizeof(long) != 4)
		return -1;
	if (owner >= 0) {
		space->owner = st.st_ino;
		close(owner);
	}
	if (setns(nsfd, CLONE_NEWIPC)) {
		close(own);
		return -1;
	}
	ret = truth_inside_read(space);
	if (setns(own, CLONE_NEWIPC))
		abort();
	close(own);
	if (ret)
		fprintf(stderr, "# truth: namespace %lu does not hold still\n", space->inum);
	return ret;
}

void truth_space_free(struct truth_space *space)
{
	free(space->segments);
	space->segments = NULL;
	space->count = 0;
}
