// SPDX-License-Identifier: GPL-2.0-only
/*
 * IPC_RMID deletes no segment that somebody has attached, and without it the
 * segment stays for ever. In an IPC namespace of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include "way.h"

enum { SIZE = 1024 };

static void namespace_enter(void)
{
	claim(!unshare(CLONE_NEWIPC));
}

static key_t key_make(void)
{
	key_t key = ftok("/usr", 0);

	claim(key != -1);
	return key;
}

static int segment_make(key_t key)
{
	return shmget(key, SIZE, IPC_CREAT | IPC_EXCL | 0666);
}

static void *segment_attach(int id)
{
	void *memory = shmat(id, NULL, 0);

	claim(memory != (void *)-1);
	return memory;
}

static unsigned long segment_attaches(int id)
{
	struct shmid_ds stat;

	claim(!shmctl(id, IPC_STAT, &stat));
	return stat.shm_nattch;
}

/* Rows of /proc/sysvipc/shm, those with this key or, if that is -1, all. */
static int rows_count(long key)
{
	FILE *file = fopen("/proc/sysvipc/shm", "r");
	char line[512];
	int rows = -1; /* the heading */

	claim(!!file);
	while (fgets(line, sizeof(line), file)) {
		long number = strtol(line, NULL, 10);

		if (rows < 0 || key == -1 || number == key)
			rows++;
	}
	fclose(file);
	return rows;
}

/* In a process of its own, which has ended when this returns. */
static int apart(void (*act)(int out))
{
	int pipe_of[2], status, id = -1;
	pid_t child;

	claim(!pipe(pipe_of));
	child = fork();
	if (!child) {
		act(pipe_of[1]);
		_exit(0);
	}
	close(pipe_of[1]);
	claim(read(pipe_of[0], &id, sizeof(id)) == sizeof(id));
	claim(waitpid(child, &status, 0) == child && (WIFSIGNALED(status) || !status));
	close(pipe_of[0]);
	return id;
}

static void id_tell(int out, int id)
{
	claim(write(out, &id, sizeof(id)) == sizeof(id));
}

/* [A1] */
/* Removes it while it is attached, twice: the memory of both is kept. */
static void remove_attached(int out)
{
	key_t key = key_make();
	int id[2], n;

	for (n = 0; n < 2; n++) {
		id[n] = segment_make(key);
		claim(id[n] >= 0); /* the second time, too: the first has lost the key */
		strcpy(segment_attach(id[n]), "something worth keeping");
		claim(!shmctl(id[n], IPC_RMID, NULL));
		claim(segment_attaches(id[n]) == 1);
	}
	claim(id[0] != id[1]);
	say("removed, and still there: %d rows, %d of them with key 0", rows_count(-1), rows_count(0));
	claim(rows_count(-1) == 2 && rows_count(0) == 2);
	id_tell(out, id[0]);
}

static void marked(void)
{
	int id;

	namespace_enter();
	id = apart(remove_attached);
	say("the process has ended: %d rows", rows_count(-1));
	claim(rows_count(-1) == 0);
	claim(shmctl(id, IPC_STAT, &(struct shmid_ds){ 0 }) < 0 && errno == EINVAL);
}

/* [A2] */
/* Neither detaches nor removes. */
static void leave(int out)
{
	int id = segment_make(key_make());

	claim(id >= 0);
	segment_attach(id);
	id_tell(out, id);
}

static void orphan(void)
{
	int id;

	namespace_enter();
	id = apart(leave);
	claim(segment_attaches(id) == 0);
	claim(segment_make(key_make()) < 0 && errno == EEXIST);
	say("the process has ended: %d row, and the next start fails by %s", rows_count(-1),
	    error_name());
	claim(rows_count(-1) == 1);
}

/* [A3] */
static void detach_first(void)
{
	void *memory;
	int id;

	namespace_enter();
	id = segment_make(key_make());
	memory = segment_attach(id);
	claim(!shmdt(memory));
	claim(!shmctl(id, IPC_RMID, NULL));
	claim(rows_count(-1) == 0);
	claim(shmctl(id, IPC_STAT, &(struct shmid_ds){ 0 }) < 0 && errno == EINVAL);
	say("detached, then removed: no row");
}

/* [early] */
/* Marked as soon as it is attached: whatever the process dies of, nothing stays. */
static void mark_early(int out)
{
	int id = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600);
	char *memory;

	claim(id >= 0);
	memory = segment_attach(id);
	claim(!shmctl(id, IPC_RMID, NULL));
	strcpy(memory, "children inherit it by fork(), others attach by number");
	claim(segment_attach(id) != memory && segment_attaches(id) == 2);
	id_tell(out, id);
	raise(SIGKILL);
}

static void early(void)
{
	int id;

	namespace_enter();
	id = apart(mark_early);
	say("killed: %d rows", rows_count(-1));
	claim(rows_count(-1) == 0);
	claim(shmctl(id, IPC_STAT, &(struct shmid_ds){ 0 }) < 0 && errno == EINVAL);
}

/* [A4] */
static void forced_set(const char *value)
{
	int fd = open("/proc/sys/kernel/shm_rmid_forced", O_WRONLY);

	claim(fd >= 0 && write(fd, value, 1) == 1 && !close(fd));
}

/* As if each segment were marked from the beginning, but for the key, which stays. */
static void forced(void)
{
	namespace_enter();
	apart(leave);
	claim(rows_count(-1) == 1);
	forced_set("1");
	claim(rows_count(-1) == 0); /* orphans go at once */
	apart(leave);
	claim(rows_count(-1) == 0); /* or never come to be */
	say("with kernel.shm_rmid_forced = 1: no row");
	claim(segment_make(key_make()) >= 0);
	claim(rows_count(key_make()) == 1); /* nobody has had it yet */
	claim(!shmdt(segment_attach(shmget(key_make(), 0, 0))));
	claim(rows_count(-1) == 0);
}

/* [end] */
static const struct way ways[] = {
	{ .name = "wrong", .run = marked, .missing = root_missing },
	{ .name = "wrong-orphan", .run = orphan, .missing = root_missing },
	{ .name = "right", .run = detach_first, .missing = root_missing },
	{ .name = "right-early", .run = early, .missing = root_missing },
	{ .name = "right-forced", .run = forced, .missing = root_missing },
};

int main(int argc, char **argv)
{
	return ways_main(argc, argv, ways, sizeof(ways) / sizeof(*ways));
}
