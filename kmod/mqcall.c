// SPDX-License-Identifier: GPL-2.0
/*
 * A fixed table of attempts by task. ri->data cannot be found from an inner
 * probe, so the outermost one takes a slot here and gives it back at its
 * return. Should that return never come, the task's next attempt, or that of
 * a task at the same address, takes the slot over.
 */
#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/sched.h>

#include "mqcall.h"

#define MQCALL_BITS	5
#define MQCALL_SLOTS	8

static struct mqcall mqcall_table[1 << MQCALL_BITS][MQCALL_SLOTS];

static struct mqcall *mqcall_bucket(void)
{
	return mqcall_table[hash_ptr(current, MQCALL_BITS)];
}

NOKPROBE_SYMBOL(mqcall_bucket);

/**
 * mqcall_find() - the attempt that the calling task is in
 *
 * Return: the attempt, NULL if there is none.
 *
 * Context: a probe's handler. No lock: only the task itself takes its slots.
 */
struct mqcall *mqcall_find(void)
{
	struct mqcall *bucket = mqcall_bucket();
	int i;

	for (i = 0; i < MQCALL_SLOTS; i++)
		if (READ_ONCE(bucket[i].task) == current)
			return &bucket[i];
	return NULL;
}

NOKPROBE_SYMBOL(mqcall_find);

/**
 * mqcall_begin() - begin an attempt, in place of one that was never ended
 *
 * Return: the attempt, of which nothing is known yet; NULL if there is no room.
 *
 * Context: a probe's handler. No lock.
 */
struct mqcall *mqcall_begin(void)
{
	struct mqcall *bucket = mqcall_bucket(), *call = mqcall_find();
	int i;

	for (i = 0; i < MQCALL_SLOTS && !call; i++)
		if (!cmpxchg(&bucket[i].task, NULL, current))
			call = &bucket[i];
	/* Not all of it at once: @task must not be free for an instant. */
	if (call) {
		call->asked = false;
		call->refused = false;
		call->recorded = false;
	}
	return call;
}

NOKPROBE_SYMBOL(mqcall_begin);

/**
 * mqcall_end() - end an attempt
 * @call: from mqcall_begin(), may be NULL
 *
 * Context: a probe's handler. No lock.
 */
void mqcall_end(struct mqcall *call)
{
	if (!call)
		return;
	/* Pairs with cmpxchg() in mqcall_begin(). */
	smp_store_release(&call->task, NULL);
}

NOKPROBE_SYMBOL(mqcall_end);
