// SPDX-License-Identifier: GPL-2.0
/*
 * Slots in buckets by the task's address. A task's slot is given back at the end
 * of what it is in; should that end never be seen, the task's next beginning, or
 * that of a task at the same address, takes the slot over.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/kprobes.h>

#include "taskslot.h"

static __always_inline struct taskslot *taskslot_bucket(const struct taskslot_table *table)
{
	return table->slots + hash_ptr(current, TASKSLOT_BITS) * TASKSLOT_WAYS * table->size;
}

static __always_inline struct taskslot *taskslot_of_current(const struct taskslot_table *table,
							    struct taskslot *slot)
{
	int i;

	for (i = 0; i < TASKSLOT_WAYS; i++, slot = (void *)slot + table->size)
		if (READ_ONCE(slot->task) == current)
			return slot;
	return NULL;
}

/**
 * taskslot_find() - the calling task's slot
 * @table: of which kind
 *
 * Return: the slot, NULL if it has none.
 *
 * Context: a probe's handler. No lock: only the task itself takes its slots.
 */
struct taskslot *taskslot_find(const struct taskslot_table *table)
{
	return taskslot_of_current(table, taskslot_bucket(table));
}

NOKPROBE_SYMBOL(taskslot_find);

/**
 * taskslot_take() - a slot for the calling task, the one that it has if it has one
 * @table: of which kind
 *
 * Return: the slot, whose other members are what they were; NULL if there is no room.
 *
 * Context: a probe's handler. No lock.
 */
struct taskslot *taskslot_take(const struct taskslot_table *table)
{
	struct taskslot *bucket = taskslot_bucket(table);
	struct taskslot *slot = taskslot_of_current(table, bucket);
	int i;

	if (slot)
		return slot;
	slot = bucket;
	for (i = 0; i < TASKSLOT_WAYS; i++, slot = (void *)slot + table->size)
		if (!cmpxchg(&slot->task, NULL, current))
			return slot;
	return NULL;
}

NOKPROBE_SYMBOL(taskslot_take);

/**
 * taskslot_free() - give a slot back
 * @slot: from taskslot_take() or taskslot_find(), may be NULL
 *
 * Context: a probe's handler. No lock.
 */
void taskslot_free(struct taskslot *slot)
{
	if (!slot)
		return;
	/* Pairs with cmpxchg() in taskslot_take(). */
	smp_store_release(&slot->task, NULL);
}

NOKPROBE_SYMBOL(taskslot_free);
