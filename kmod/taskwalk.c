// SPDX-License-Identifier: GPL-2.0
/*
 * Walks init_pid_ns.idr, where the kernel keeps every task under its number,
 * with nothing held between steps but the number.
 */
#include <linux/idr.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>

#include "taskwalk.h"

/* Tasks looked at in one RCU section. */
#define TASKWALK_STEP 128

/* Returns false behind the last task, else what @fn said last. Takes RCU. */
static bool taskwalk_step(enum pid_type type, int *nr, taskwalk_fn fn, void *arg, int *said)
{
	struct task_struct *task;
	struct pid *pid = NULL;
	int i;

	rcu_read_lock();
	for (i = 0; i < TASKWALK_STEP; i++, ++*nr) {
		pid = idr_get_next(&init_pid_ns.idr, nr);
		if (!pid)
			break;
		task = pid_task(pid, type);
		*said = task ? fn(task, *nr, arg) : 0;
		if (*said)
			break;
	}
	rcu_read_unlock();
	return pid;
}

/**
 * taskwalk() - call a function for each task
 * @type: PIDTYPE_PID for threads, PIDTYPE_TGID for processes (their leaders)
 * @nr: in: the number to start from; out: where it stopped
 * @fn: called in ascending order of numbers, until it returns other than 0
 * @arg: for @fn
 *
 * Tasks that live throughout are seen; others may be.
 *
 * Return: what @fn returned, 0 behind the last task, or -EINTR if the caller
 * is being killed.
 *
 * Context: process, may sleep. Takes RCU.
 */
int taskwalk(enum pid_type type, int *nr, taskwalk_fn fn, void *arg)
{
	int said = 0;

	while (taskwalk_step(type, nr, fn, arg, &said) && !said) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return said;
}
