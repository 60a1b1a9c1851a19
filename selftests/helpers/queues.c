// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owners and their queues; see queues.h. The cost of a queue is found by asking
 * the kernel at which limit it refuses, never computed.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lens.h"
#include "queues.h"
#include "truth.h"

/* Default of the kernel, and what owners start with. */
#define OWNER_BUDGET 819200

/* No two owners of a test, and hardly two of any, have the same user. */
#define OWNER_UID(n) (100000 + (getpid() % 50000) * 16 + (n))

unsigned long userns_inum(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	return stat(path, &st) ? 0 : st.st_ino;
}

/* Whether the running kernel is older; one whose version cannot be read is not. */
bool kernel_before(int major, int minor)
{
	struct utsname name;
	int is_major, is_minor;

	if (uname(&name) || sscanf(name.release, "%d.%d", &is_major, &is_minor) != 2)
		return false;
	return is_major < major || (is_major == major && is_minor < minor);
}

/*
 * Whether each user namespace counts its users for itself, and all of them once more
 * as the user who made it: since 5.14. Before, a user is the same in all of them.
 */
bool users_are_nested(void)
{
	return !kernel_before(5, 14);
}

/* Where the owner's process is. */
int owner_look(struct owner *owner)
{
	owner->userns = userns_inum(owner->peer.pid);
	owner->payer = users_are_nested() ? owner->userns : userns_inum(1);
	owner->ipcns = truth_space_inum(owner->peer.pid);
	return owner->userns && owner->ipcns ? 0 : -ESRCH;
}

/* In an IPC namespace of its own, with the default budget and nothing charged. */
int owner_start(struct owner *owner, enum owner_kind kind)
{
	static unsigned int next;
	unsigned long flags = CLONE_NEWIPC;
	unsigned int inside = 0;
	int ret;

	owner->uid = kind == OWNER_ROOT ? 0 : OWNER_UID(next++ % 16);
	if (kind == OWNER_SPACES)
		flags |= CLONE_NEWUSER;
	ret = peer_start(&owner->peer, flags);
	if (!ret && kind == OWNER_SPACES)
		ret = peer_map_ids(&owner->peer, owner->uid, 1);
	if (!ret && kind == OWNER_PLAIN)
		inside = owner->uid;
	if (!ret)
		ret = owner_limits(owner, RLIMIT_MSGQUEUE, OWNER_BUDGET, RLIM_INFINITY);
	if (!ret && kind != OWNER_ROOT)
		ret = peer_call(&owner->peer, PEER_BECOME, inside, inside, 0, 0);
	if (!ret)
		ret = owner_look(owner);
	return ret ? ret : owner_settle(owner, 0);
}

/* A map may be written from the namespace above alone. */
static int owner_map(struct owner *owner, struct owner *parent)
{
	char text[64];
	int ret;

	if (parent->userns == userns_inum(getpid()))
		return peer_map_ids(&owner->peer, parent->uid, 1);
	snprintf(text, sizeof(text), "/proc/%d/uid_map\n0 0 1", owner->peer.pid);
	ret = peer_say(&parent->peer, PEER_WRITE, text, 0);
	snprintf(text, sizeof(text), "/proc/%d/gid_map\n0 0 1", owner->peer.pid);
	return ret ? ret : peer_say(&parent->peer, PEER_WRITE, text, 0);
}

/* A child of @parent that has namespaces of its own by @flags; still the same user. */
int owner_nest(struct owner *owner, struct owner *parent, unsigned long flags)
{
	int ret = peer_spawn(&parent->peer, &owner->peer, flags);

	owner->uid = parent->uid;
	if (!ret && flags & CLONE_NEWUSER)
		ret = owner_map(owner, parent);
	return ret ? ret : owner_look(owner);
}

/* Sets fs.mqueue.@name in the owner's namespace, as its root, whoever that is. */
int owner_setting(struct owner *owner, const char *name, int value)
{
	char path[64], text[96];
	struct peer root;
	int ret;

	snprintf(text, sizeof(text), "/proc/sys/fs/mqueue/%s\n%d", name, value);
	if (!peer_say(&owner->peer, PEER_WRITE, text, 0))
		return 0;
	ret = peer_start(&root, 0);
	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", owner->peer.pid);
	if (!ret)
		ret = peer_say(&root, PEER_MEET, path, CLONE_NEWIPC);
	if (!ret)
		ret = peer_say(&root, PEER_WRITE, text, 0);
	peer_end(&root);
	return ret;
}

int owner_limits(const struct owner *owner, int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit limit = { soft, hard };

	return prlimit(owner->peer.pid, resource, &limit, NULL) ? -errno : 0;
}

int owner_limit(const struct owner *owner, int resource, rlim_t soft)
{
	struct rlimit limit;

	if (prlimit(owner->peer.pid, resource, NULL, &limit))
		return -errno;
	return owner_limits(owner, resource, soft, limit.rlim_max < soft ? soft : limit.rlim_max);
}

/* The counter as ipclens shows it; no row means 0. */
unsigned long long owner_bytes(const struct owner *owner)
{
	const char *cell = user_cell(owner, "bytes");

	return strcmp(cell, "(none)") ? strtoull(cell, NULL, 10) : 0;
}

/* Namespaces die behind the back of the last task in them: up to a minute. */
int owner_settle(const struct owner *owner, unsigned long long bytes)
{
	int n;

	for (n = 0; n < 6000; n++) {
		if (!strcmp(user_cell(owner, "bytes"), "(unreadable)"))
			return -EIO;
		if (owner_bytes(owner) == bytes)
			return 0;
		usleep(10000);
	}
	fprintf(stderr, "# queues: user %u has %llu bytes, not %llu\n", owner->uid,
		owner_bytes(owner), bytes);
	return -ETIMEDOUT;
}

/*
 * The queues of the caller's namespace as files, where nobody else sees them; the caller
 * is in a mount namespace of its own afterwards. 0 or -errno.
 */
int queues_mount(const char *where)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", where, "mqueue", 0, NULL))
		return -errno;
	return 0;
}

long queue_open(struct owner *owner, const char *name, int flags, long maxmsg, long msgsize)
{
	struct peer_request request = {
		.op = PEER_MQ_OPEN,
		.arg = { flags, maxmsg, msgsize, 0600 },
	};

	snprintf(request.text, sizeof(request.text), "%s", name);
	return peer_ask(&owner->peer, &request);
}

long queue_default(struct owner *owner, const char *name)
{
	return queue_open(owner, name, QUEUE_NEW, PEER_NO_ATTR, 0);
}

long queue_unlink(struct owner *owner, const char *name)
{
	return peer_say(&owner->peer, PEER_MQ_UNLINK, name, 0);
}

long queue_close(struct owner *owner, int fd)
{
	return peer_call(&owner->peer, PEER_CLOSE, fd, 0, 0, 0);
}

/* A descriptor of this process for what the owner's descriptor is of; -1 on failure. */
int queue_here(const struct owner *owner, int fd)
{
	return syscall(SYS_pidfd_getfd, owner->peer.pidfd, fd, 0);
}

/* 1 if the queue can be had under @limit, 0 if the kernel says EMFILE, or -errno. */
static long queue_fits(struct owner *owner, long maxmsg, long msgsize, rlim_t limit)
{
	long fd = owner_limit(owner, RLIMIT_MSGQUEUE, limit);

	if (fd)
		return fd;
	fd = queue_open(owner, "cost", QUEUE_NEW, maxmsg, msgsize);
	if (fd < 0)
		return fd == -EMFILE ? 0 : fd;
	if (queue_unlink(owner, "cost") || queue_close(owner, fd))
		return -EIO;
	return 1;
}

/*
 * The lowest limit under which a user without queues gets this one: the charge,
 * by the kernel's own verdict, or its error if that is another than EMFILE.
 * Leaves the limit as it was.
 */
long long queue_cost(struct owner *owner, long maxmsg, long msgsize)
{
	unsigned long long low = 0, high = 1ULL << 41;
	struct rlimit before;
	long fits = 0;

	if (prlimit(owner->peer.pid, RLIMIT_MSGQUEUE, NULL, &before))
		return -errno;
	while (fits >= 0 && low + 1 < high) {
		unsigned long long middle = low + (high - low) / 2;

		fits = queue_fits(owner, maxmsg, msgsize, middle);
		if (fits)
			high = middle;
		else
			low = middle;
	}
	if (owner_limits(owner, RLIMIT_MSGQUEUE, before.rlim_cur, before.rlim_max))
		return -errno;
	if (fits < 0)
		return fits;
	return high < 1ULL << 41 ? (long long)high : -EMFILE;
}

static int queue_keys(const struct owner *owner, int fd, char dev[24], char ino[24])
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", owner->peer.pid, fd);
	if (stat(path, &st))
		return -errno;
	snprintf(dev, 24, "%u:%u", major(st.st_dev), minor(st.st_dev));
	snprintf(ino, 24, "%lu", (unsigned long)st.st_ino);
	return 0;
}

/* Cell of the queue behind a descriptor of the owner's, known by device and inode. */
const char *queue_cell(const struct owner *owner, int fd, const char *column)
{
	char dev[24], ino[24];
	const char *const keys[] = { "dev", dev, "ino", ino, NULL };

	return queue_keys(owner, fd, dev, ino) ? "(no descriptor)" :
						 lens_select("mqueue", keys, column);
}

int queue_rows(const struct owner *owner, int fd)
{
	char dev[24], ino[24];
	const char *const keys[] = { "dev", dev, "ino", ino, NULL };

	return queue_keys(owner, fd, dev, ino) ? -1 : lens_matches("mqueue", keys);
}

const char *user_cell(const struct owner *owner, const char *column)
{
	char userns[24], uid[24];
	const char *const keys[] = { "userns", userns, "uid", uid, NULL };

	snprintf(userns, sizeof(userns), "%lu", owner->payer);
	snprintf(uid, sizeof(uid), "%u", owner->uid);
	return lens_select("mq_users", keys, column);
}

/* Cell of the newest refusal of this process for this name. */
const char *denial_cell(const struct owner *owner, const char *name, const char *column)
{
	char pid[24], plain[1100];
	const char *const keys[] = { "pid", pid, "name", plain, NULL };

	snprintf(pid, sizeof(pid), "%d", owner->peer.pid);
	lens_encode(name, plain, sizeof(plain));
	return lens_select("mq_denials", keys, column);
}

/* How many refusals of this process are kept, @name NULL for any. */
int denial_rows(const struct owner *owner, const char *name)
{
	char pid[24], plain[1100];
	const char *const keys[] = { "pid", pid, name ? "name" : NULL, plain, NULL };

	snprintf(pid, sizeof(pid), "%d", owner->peer.pid);
	if (name)
		lens_encode(name, plain, sizeof(plain));
	return lens_matches("mq_denials", keys);
}

/* The word behind @label in a file of lines, as a number; ~0 for "unlimited". */
static int truth_word(const char *path, const char *label, unsigned long long *value)
{
	FILE *file = fopen(path, "re");
	char line[256], word[32] = "";

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, label, strlen(label)))
			sscanf(line + strlen(label), "%31s", word);
	if (file)
		fclose(file);
	*value = strcmp(word, "unlimited") ? strtoull(word, NULL, 10) : ~0ULL;
	return *word ? 0 : -1;
}

static void truth_task_add(struct truth_tasks *all, const char *task, const struct owner *owner)
{
	unsigned long long limit, uid;
	char path[320];
	struct stat st;

	snprintf(path, sizeof(path), "%s/ns/user", task);
	if (stat(path, &st) || (users_are_nested() && st.st_ino != owner->userns))
		return;
	snprintf(path, sizeof(path), "%s/status", task);
	if (truth_word(path, "Uid:", &uid) || uid != owner->uid)
		return;
	/* The kernel's own threads have no memory. */
	if (truth_word(path, "VmSize:", &limit))
		return;
	snprintf(path, sizeof(path), "%s/limits", task);
	/* A zombie has no limits. */
	if (truth_word(path, "Max msgqueue size", &limit))
		return;
	all->tasks++;
	if (limit < all->limit_min)
		all->limit_min = limit;
	if (limit > all->limit_max || all->tasks == 1)
		all->limit_max = limit;
}

/* Every thread of the owner's user, by /proc. */
int truth_tasks_read(struct truth_tasks *all, const struct owner *owner)
{
	DIR *processes = opendir("/proc"), *tasks;
	struct dirent *process, *task;
	char path[64];

	*all = (struct truth_tasks){ .limit_min = ~0ULL };
	if (!processes)
		return -errno;
	while ((process = readdir(processes))) {
		if (atoi(process->d_name) <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%.10s/task", process->d_name);
		tasks = opendir(path);
		while (tasks && (task = readdir(tasks))) {
			if (atoi(task->d_name) <= 0)
				continue;
			snprintf(path, sizeof(path), "/proc/%.10s/task/%.10s", process->d_name,
				 task->d_name);
			truth_task_add(all, path, owner);
		}
		if (tasks)
			closedir(tasks);
	}
	closedir(processes);
	return 0;
}
