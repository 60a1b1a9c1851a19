/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must be true of segments, mappings, processes and namespaces after each
 * operation, by the rules of the system calls alone. model.c keeps it,
 * verify.c compares it, differential.c drives both.
 */
#ifndef STRESS_MODEL_H
#define STRESS_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "peer.h"

#define MODEL_PROCESSES 9
#define MODEL_SPACES 4096 /* in all; few live at a time */
#define MODEL_SPACES_LIVE 5
#define MODEL_SEGMENTS 96
#define MODEL_MAPPINGS 96 /* of one process */

struct model_space {
	bool live; /* has a keeper, so it is seen */
	int fd;
	unsigned long inum;
	struct peer keeper;
};

struct model_segment {
	bool used;
	int space;
	int id;
	unsigned int key; /* as created */
	bool marked;
	bool creator_alive;
	unsigned long size;
	unsigned int perms; /* without the mark */
	unsigned int uid;
	unsigned int gid;
	pid_t cpid;
	pid_t lpid; /* 0: nobody yet */
	unsigned int creator; /* serial of the process */
};

struct model_mapping {
	int segment;
	unsigned int attach; /* serial: fork copies it, each shmat() has a new one */
	unsigned long start;
	unsigned long end;
	unsigned long offset; /* of start in the segment */
	bool readonly;
	char prot[4];
};

struct model_process {
	bool live;
	unsigned int serial;
	int space;
	struct peer peer;
	int count;
	struct model_mapping mapping[MODEL_MAPPINGS]; /* by address */
};

struct model {
	unsigned long long seed;
	unsigned long page;
	bool borders_move; /* mprotect() up to a neighbour that is alike: that one grows */
	unsigned int serial;
	int spaces;
	struct model_space space[MODEL_SPACES];
	struct model_segment segment[MODEL_SEGMENTS];
	struct model_process process[MODEL_PROCESSES];
};

unsigned int model_random(struct model *model, unsigned int below);

/* Bookkeeping after the system call went well. */
int model_segment_add(struct model *model, int space, int id, unsigned int key,
		      unsigned long size, struct model_process *creator);
void model_segment_removed(struct model *model, int segment);
unsigned int model_segment_nattch(const struct model *model, int segment);
void model_attached(struct model *model, struct model_process *process, int segment,
		    unsigned long start, bool readonly);
void model_detached(struct model *model, struct model_process *process, unsigned long address);
void model_protected(struct model *model, struct model_process *process, int mapping,
		     unsigned long start, unsigned long end, const char *prot);
void model_unmapped(struct model *model, struct model_process *process, int mapping,
		    unsigned long start, unsigned long end);
void model_forked(struct model *model, struct model_process *parent, struct model_process *child);
void model_exited(struct model *model, struct model_process *process);
void model_left_creations(struct model *model, struct model_process *process);
void model_space_ended(struct model *model, int space);

/* Comparisons made since the start, and those that failed. */
struct verify_count {
	size_t points;
	size_t comparisons;
	size_t differences;
};

void verify_all(struct model *model, struct verify_count *count);

#endif /* STRESS_MODEL_H */
