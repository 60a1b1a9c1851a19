/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a task is in the middle of, for probes that cannot find each other's
 * ri->data: a fixed table of slots, each of the task that took it.
 */
#ifndef IPCLENS_TASKSLOT_H
#define IPCLENS_TASKSLOT_H

#include <linux/sched.h>
#include <linux/types.h>

/* First member of what a slot holds. */
struct taskslot {
	struct task_struct *task;	/* NULL if it is free */
};

#define TASKSLOT_BITS	5
#define TASKSLOT_WAYS	8
#define TASKSLOT_COUNT	(TASKSLOT_WAYS << TASKSLOT_BITS)

/**
 * struct taskslot_table - slots of one kind
 * @slots: TASKSLOT_COUNT of them, all zero to start
 * @size: of each
 */
struct taskslot_table {
	void *slots;
	size_t size;
};

struct taskslot *taskslot_find(const struct taskslot_table *table);
struct taskslot *taskslot_take(const struct taskslot_table *table);
void taskslot_free(struct taskslot *slot);

#endif /* IPCLENS_TASKSLOT_H */
