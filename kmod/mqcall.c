// SPDX-License-Identifier: GPL-2.0
/* The attempts to open a queue that are under way. */
#include <linux/kprobes.h>

#include "mqcall.h"

static struct mqcall mqcall_slots[TASKSLOT_COUNT];
static const struct taskslot_table mqcall_table = {
	.slots = mqcall_slots,
	.size = sizeof(mqcall_slots[0]),
};

/**
 * mqcall_find() - the attempt that the calling task is in
 *
 * Return: the attempt, NULL if there is none.
 *
 * Context: a probe's handler. No lock: only the task itself takes its slots.
 */
struct mqcall *mqcall_find(void)
{
	return (struct mqcall *)taskslot_find(&mqcall_table);
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
	struct mqcall *call = (struct mqcall *)taskslot_take(&mqcall_table);

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
	taskslot_free(call ? &call->slot : NULL);
}

NOKPROBE_SYMBOL(mqcall_end);
