// SPDX-License-Identifier: GPL-2.0
/*
 * Finds IPC namespaces through the tasks that are in them. Threads, not only
 * processes: unshare(CLONE_NEWIPC) moves one thread, and a dead leader can have
 * live threads. What a namespace contains is not known here.
 */
#include <linux/idr.h>
#include <linux/init_task.h>
#include <linux/ipc_namespace.h>
#include <linux/minmax.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "kview.h"
#include "nswalk.h"

/* Threads looked at in one RCU section. */
#define NSWALK_TASKS 256

/**
 * nswalk_of_task() - the IPC namespace that a task is in
 * @task: the task
 *
 * Return: the namespace, or NULL if the task has left its namespaces to die.
 * Also NULL where a namespace may vanish inside an RCU section and is not the
 * initial one, which never does.
 *
 * The kernel takes a segment's lock first and a task lock inside it, so
 * nothing may nest inside the task lock here.
 *
 * Context: any but interrupts. Needs rcu_read_lock() for as long as the answer is
 * used, takes the task lock.
 */
struct ipc_namespace *nswalk_of_task(struct task_struct *task)
{
	struct ipc_namespace *ns = NULL;

	task_lock(task);
	if (task->nsproxy)
		ns = task->nsproxy->ipc_ns;
	task_unlock(task);
	if (!COMPAT_IPC_NS_OUTLIVES_RCU && ns != init_task.nsproxy->ipc_ns)
		ns = NULL;
	return ns;
}

/* Keep the smallest numbers, each once, under the first thread seen. */
static void nswalk_note(struct nswalk *walk, unsigned int inum, pid_t tid)
{
	int i = walk->count;

	while (i > 0 && walk->refs[i - 1].inum > inum)
		i--;
	if (i > 0 && walk->refs[i - 1].inum == inum) {
		/* Any other task tells more than the idle task. */
		if (!walk->refs[i - 1].tid)
			walk->refs[i - 1].tid = tid;
		return;
	}
	if (i == NSWALK_BATCH)
		return;
	if (walk->count == NSWALK_BATCH)
		walk->count--;
	memmove(&walk->refs[i + 1], &walk->refs[i], (walk->count - i) * sizeof(walk->refs[0]));
	walk->refs[i] = (struct ns_ref){ .inum = inum, .tid = tid };
	walk->count++;
}

/*
 * Note the namespaces numbered above @after of the next threads, from number
 * *@tid on. Returns false behind the last thread. Takes RCU.
 */
static bool nswalk_tasks(struct nswalk *walk, unsigned int after, int *tid)
{
	struct ipc_namespace *ns;
	struct task_struct *task;
	struct pid *pid = NULL;
	int i;

	rcu_read_lock();
	for (i = 0; i < NSWALK_TASKS; i++, ++*tid) {
		pid = idr_get_next(&init_pid_ns.idr, tid);
		if (!pid)
			break;
		task = pid_task(pid, PIDTYPE_PID);
		ns = task ? nswalk_of_task(task) : NULL;
		if (ns && kview_ns_inum(ns) > after)
			nswalk_note(walk, kview_ns_inum(ns), *tid);
	}
	rcu_read_unlock();
	return pid;
}

/*
 * Fill @walk with the namespaces numbered above @after.
 * Returns 0, or -EINTR if the reader is being killed. Takes RCU, may sleep.
 */
static int nswalk_scan(struct nswalk *walk, unsigned int after)
{
	struct ipc_namespace *init_ns = init_task.nsproxy->ipc_ns;
	int tid = 1;

	walk->count = 0;
	walk->known = false;
	/* It is there even if no task but the idle ones were in it. */
	if (init_ns && kview_ns_inum(init_ns) > after)
		nswalk_note(walk, kview_ns_inum(init_ns), 0);
	while (nswalk_tasks(walk, after, &tid)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	walk->known = true;
	return 0;
}

/**
 * nswalk_next() - the namespace that follows in the order of inode numbers
 * @walk: what earlier calls have found out
 * @ref: in: where to go on, inum 0 to start; out: the next one, inum 0 if there is none
 *
 * Return: 0, or -EINTR if the reader is being killed.
 *
 * Context: process, may sleep. Takes RCU and task locks.
 */
int nswalk_next(struct nswalk *walk, struct ns_ref *ref)
{
	int i, err;

	for (;;) {
		for (i = 0; walk->known && i < walk->count; i++) {
			if (walk->refs[i].inum > ref->inum) {
				*ref = walk->refs[i];
				return 0;
			}
		}
		/* A list that was not full had all there is. */
		if (walk->known && walk->count < NSWALK_BATCH)
			break;
		err = nswalk_scan(walk, ref->inum);
		if (err)
			return err;
	}
	*ref = (struct ns_ref){};
	return 0;
}

/**
 * nswalk_refind() - find another thread of a namespace
 * @ref: the namespace; its thread is replaced
 *
 * Return: 0 if found, -ENOENT if no task is in it any more, -EINTR if the
 * reader is being killed.
 *
 * Context: process, may sleep. Takes RCU and task locks.
 */
int nswalk_refind(struct ns_ref *ref)
{
	struct nswalk walk;
	int err;

	BUILD_BUG_ON(sizeof(walk) > 1024);
	err = nswalk_scan(&walk, ref->inum - 1);
	if (err)
		return err;
	if (!walk.count || walk.refs[0].inum != ref->inum)
		return -ENOENT;
	*ref = walk.refs[0];
	return 0;
}

/**
 * nswalk_pin() - the namespace behind a name
 * @ref: the name
 * @task: if not NULL, set to the thread that it was found through
 *
 * Return: the namespace, or NULL if that thread has died or moved.
 *
 * Context: process. Needs rcu_read_lock() for as long as the answer is used,
 * takes the task lock.
 */
struct ipc_namespace *nswalk_pin(const struct ns_ref *ref, struct task_struct **task)
{
	struct task_struct *found = &init_task;
	struct ipc_namespace *ns;

	if (ref->tid)
		found = pid_task(find_pid_ns(ref->tid, &init_pid_ns), PIDTYPE_PID);
	if (!found)
		return NULL;
	ns = nswalk_of_task(found);
	if (!ns || kview_ns_inum(ns) != ref->inum)
		return NULL;
	if (task)
		*task = found;
	return ns;
}
