/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The refused attempts to open a message queue: a bounded ring, newest last.
 * Why one was refused is found out in refusal.c.
 */
#ifndef IPCLENS_DENIALS_H
#define IPCLENS_DENIALS_H

#include <linux/limits.h>
#include <linux/sched.h>
#include <linux/types.h>

/**
 * struct lens_denial - a row; members are named like the columns
 * @seq: number of the refusal since load, from 1; not a column
 */
struct lens_denial {
	u64 time, pid;
	char comm[TASK_COMM_LEN];
	u64 uid, userns, ipcns;
	const char *reason;
	u64 errno, asked, charged, limit;
	char name[NAME_MAX + 1];
	const char *knob;
	u64 limit_userns, limit_uid, level, maxmsg, msgsize;
	u64 seq;
};

struct denials_counters {
	u64 kept, size, dropped, unpaired;
};

int denials_init(void);
void denials_exit(void);

void denials_add(struct lens_denial *denial);
void denials_add_unpaired(void);

u64 denials_newest(void);
bool denials_next(u64 seq, u64 newest, struct lens_denial *row);
u64 denials_count(u64 userns, u64 uid);
u64 denials_count_reason(const char *reason);
void denials_read_counters(struct denials_counters *counters);

#endif /* IPCLENS_DENIALS_H */
