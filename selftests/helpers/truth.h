/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel itself tells of shared memory: shmctl() and /proc/sysvipc/shm
 * from inside a namespace, /proc/PID/maps from outside. compare.c holds this
 * against the debugfs text; nothing here knows of ipclens.
 */
#ifndef HELPERS_TRUTH_H
#define HELPERS_TRUTH_H

#include <stddef.h>
#include <sys/shm.h>
#include <sys/types.h>

struct truth_segment {
	int id;
	int index;
	struct shmid_ds stat;
	unsigned long long rss;
	unsigned long long swap;
};

struct truth_space {
	unsigned long inum;
	unsigned long owner; /* user namespace; 0 where 32-bit programs are not told by 64-bit kernels */
	struct shm_info use;
	unsigned long long shmmax;
	unsigned long long shmall;
	unsigned long long shmmni;
	unsigned long forced;
	unsigned long queues_max;
	unsigned long msg_max;
	unsigned long msgsize_max;
	struct truth_segment *segments;
	size_t count;
};

/* One line of /proc/PID/maps that shows a segment. */
struct truth_mapping {
	pid_t pid;
	unsigned long start;
	unsigned long end;
	unsigned long inode; /* equals the shmid */
	char prot[4];
};

struct truth_mappings {
	struct truth_mapping *list;
	size_t count;
	size_t room;
};

int truth_space_open(pid_t pid);
unsigned long truth_space_inum(pid_t pid);
int truth_space_read(struct truth_space *space, int nsfd);
void truth_space_free(struct truth_space *space);
const struct truth_segment *truth_segment_find(const struct truth_space *space, int id);

int truth_mappings_read(struct truth_mappings *all, const pid_t *pids, size_t count);
int truth_mappings_read_all(struct truth_mappings *all);
void truth_mappings_free(struct truth_mappings *all);
pid_t truth_space_lowest(unsigned long inum);
unsigned long long truth_file_number(const char *path);

/* Comparing the text with all of the above; 0 differences is what tests ask for. */
struct compare_report {
	size_t rows;
	size_t cells;
	size_t differences;
	size_t unsettled; /* changed under the comparison, by others */
	int quiet; /* count differences, do not tell them */
};

void compare_space(int nsfd, struct compare_report *report);
void compare_namespace(int nsfd, struct compare_report *report);
void compare_mappings(const pid_t *pids, size_t count, struct compare_report *report);
void compare_holders(struct compare_report *report);
size_t truth_compare_all(const int *nsfds, size_t count);

#endif /* HELPERS_TRUTH_H */
