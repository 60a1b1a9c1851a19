// SPDX-License-Identifier: GPL-2.0
/* The calls of shmctl(IPC_RMID) that are under way. */
#include <linux/atomic.h>
#include <linux/kprobes.h>

#include "kview.h"
#include "rmidcall.h"

atomic_long_t rmidcall_unpaired;

static struct rmidcall rmidcall_slots[TASKSLOT_COUNT];
static const struct taskslot_table rmidcall_table = {
	.slots = rmidcall_slots,
	.size = sizeof(rmidcall_slots[0]),
};

/**
 * rmidcall_begin() - the calling task wants to remove a segment
 * @ns: the namespace that the task is in
 * @shmid: the segment
 *
 * Return: the call, NULL if there is no room.
 *
 * Context: a probe's handler. No lock.
 */
struct rmidcall *rmidcall_begin(const struct ipc_namespace *ns, int shmid)
{
	struct rmidcall *call = (struct rmidcall *)taskslot_take(&rmidcall_table);
	struct lens_segment segment;

	if (!call) {
		atomic_long_inc(&rmidcall_unpaired);
		return NULL;
	}
	call->ns = ns;
	call->shmid = shmid;
	call->again = kview_shm_find(ns, shmid, &segment) && segment.perms & LENS_SHM_DEST;
	return call;
}

NOKPROBE_SYMBOL(rmidcall_begin);

/**
 * rmidcall_current() - the calling task's call
 *
 * Return: the call, NULL if the task is in none.
 *
 * Context: a probe's handler. No lock.
 */
struct rmidcall *rmidcall_current(void)
{
	return (struct rmidcall *)taskslot_find(&rmidcall_table);
}

NOKPROBE_SYMBOL(rmidcall_current);

/**
 * rmidcall_find() - the calling task's call for a segment
 * @ns: the segment's namespace
 * @shmid: the segment
 *
 * Return: the call, NULL if the task is in none, or in one for something else.
 *
 * Context: a probe's handler. No lock.
 */
struct rmidcall *rmidcall_find(const struct ipc_namespace *ns, int shmid)
{
	struct rmidcall *call = rmidcall_current();

	return call && call->ns == ns && call->shmid == shmid ? call : NULL;
}

NOKPROBE_SYMBOL(rmidcall_find);

/**
 * rmidcall_end() - the calling task is not in that call any more
 * @call: of the calling task, may be NULL or have ended
 *
 * Context: a probe's handler. No lock.
 */
void rmidcall_end(struct rmidcall *call)
{
	/* Another task's, if that has taken the slot since. */
	if (call && READ_ONCE(call->slot.task) == current)
		taskslot_free(&call->slot);
}

NOKPROBE_SYMBOL(rmidcall_end);
