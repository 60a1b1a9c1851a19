// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which process maps which segment where, by /proc/PID/maps, and which tasks
 * are in which namespace, by /proc/PID/task. Namespaces of segments are not in
 * there: the tests' own model has them.
 */
#include <ctype.h>
#include <dirent.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "truth.h"

static int truth_mapping_add(struct truth_mappings *all, const struct truth_mapping *one)
{
	if (all->count == all->room) {
		size_t room = all->room * 2 + 64;
		struct truth_mapping *list = realloc(all->list, room * sizeof(*list));

		if (!list)
			return -1;
		all->list = list;
		all->room = room;
	}
	all->list[all->count++] = *one;
	return 0;
}

/* Mappings of segments in one maps file; @lines counts all of its lines. */
static int truth_maps_file(struct truth_mappings *all, const char *path, pid_t pid, size_t *lines)
{
	struct truth_mapping one = { .pid = pid };
	FILE *file = fopen(path, "re");
	char line[512], name[32];
	int ret = 0;

	*lines = 0;
	if (!file)
		return 0;
	while (!ret && fgets(line, sizeof(line), file)) {
		++*lines;
		name[0] = '\0';
		if (strstr(line, " /SYSV") &&
		    sscanf(line, "%lx-%lx %3s%*c %*x %*x:%*x %lu %31s", &one.start, &one.end,
			   one.prot, &one.inode, name) == 5)
			ret = truth_mapping_add(all, &one);
	}
	fclose(file);
	return ret;
}

/* Calls @visit for each thread of @pid until one returns non-zero. */
static int truth_threads_visit(pid_t pid, int (*visit)(pid_t pid, pid_t tid, void *data),
			       void *data)
{
	struct dirent *entry;
	char path[64];
	int ret = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && !ret && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			ret = visit(pid, atoi(entry->d_name), data);
	if (dir)
		closedir(dir);
	return ret;
}

/* A dead leader has no maps any more, its live threads have. */
static int truth_thread_maps(pid_t pid, pid_t tid, void *data)
{
	char path[64];
	size_t lines;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/maps", pid, tid);
	if (truth_maps_file(data, path, pid, &lines))
		return -1;
	return lines != 0;
}

static int truth_same_memory(pid_t a, pid_t b)
{
	return syscall(SYS_kcmp, a, b, KCMP_VM, 0, 0) == 0;
}

/* Start of the process in clock ticks since boot. */
static unsigned long long truth_start_time(pid_t pid)
{
	unsigned long long ticks = 0;
	char path[64], line[1024], *p;
	FILE *file;
	int field;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	/* The name is in parentheses and may hold anything; fields are counted from it. */
	p = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	for (field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (p)
		ticks = strtoull(p, NULL, 10);
	fclose(file);
	return ticks;
}

/* Processes that share memory count once, under the oldest. */
static void truth_shared_drop(struct truth_mappings *all, size_t from)
{
	size_t n, m, fresh = all->count - from;
	pid_t pid, other;

	for (n = 0; fresh && n + fresh <= from; n++) {
		other = all->list[n].pid;
		pid = all->list[from].pid;
		if (all->list[n].start != all->list[from].start ||
		    all->list[n].end != all->list[from].end || !truth_same_memory(other, pid))
			continue;
		if (truth_start_time(pid) < truth_start_time(other))
			for (m = n; m < n + fresh; m++)
				all->list[m].pid = pid;
		all->count = from;
		return;
	}
}

static int truth_pid_compare(const void *a, const void *b)
{
	return *(const pid_t *)a - *(const pid_t *)b;
}

/* Mappings of the processes @pids, by pid and address. */
int truth_mappings_read(struct truth_mappings *all, const pid_t *pids, size_t count)
{
	pid_t *sorted = malloc((count + 1) * sizeof(*sorted));
	size_t n;
	int ret = 0;

	memset(all, 0, sizeof(*all));
	if (!sorted)
		return -1;
	memcpy(sorted, pids, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), truth_pid_compare);
	for (n = 0; n < count && ret >= 0; n++) {
		size_t from = all->count;

		ret = truth_threads_visit(sorted[n], truth_thread_maps, all);
		truth_shared_drop(all, from);
	}
	free(sorted);
	return ret < 0 ? -1 : 0;
}

static size_t truth_pids(pid_t *pids, size_t room)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	size_t n = 0;

	while (dir && n < room && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			pids[n++] = atoi(entry->d_name);
	if (dir)
		closedir(dir);
	return n;
}

int truth_mappings_read_all(struct truth_mappings *all)
{
	pid_t pids[4096];

	return truth_mappings_read(all, pids, truth_pids(pids, 4096));
}

void truth_mappings_free(struct truth_mappings *all)
{
	free(all->list);
	memset(all, 0, sizeof(*all));
}

struct truth_lowest {
	unsigned long inum;
	pid_t tid;
};

static int truth_thread_lowest(pid_t pid, pid_t tid, void *data)
{
	struct truth_lowest *lowest = data;
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/ns/ipc", pid, tid);
	if (!stat(path, &st) && st.st_ino == lowest->inum && (!lowest->tid || tid < lowest->tid))
		lowest->tid = tid;
	return 0;
}

/* Lowest number of a task in the namespace, 0 if there is none. */
pid_t truth_space_lowest(unsigned long inum)
{
	struct truth_lowest lowest = { .inum = inum };
	pid_t pids[4096];
	size_t n, count = truth_pids(pids, 4096);

	for (n = 0; n < count; n++)
		truth_threads_visit(pids[n], truth_thread_lowest, &lowest);
	return lowest.tid;
}
