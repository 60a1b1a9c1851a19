// SPDX-License-Identifier: GPL-2.0
/*
 * Finds IPC namespaces through the tasks that are in them. Threads, not only
 * processes: unshare(CLONE_NEWIPC) moves one thread, and a dead leader can have
 * live threads. What a namespace contains is not known here.
 */
#include <linux/init_task.h>
#include <linux/ipc_namespace.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>

#include "kview.h"
#include "nswalk.h"
#include "taskwalk.h"

/* Namespaces that their last task had left when they were to be read. */
atomic_long_t nswalk_gone;

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

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "a namespace is looked up outside of RCU");
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

struct nswalk_scan {
	struct nswalk *walk;
	unsigned int after;
};

/* Needs RCU, takes the task lock. */
static int nswalk_scan_task(struct task_struct *task, int nr, void *arg)
{
	const struct nswalk_scan *scan = arg;
	struct ipc_namespace *ns = nswalk_of_task(task);

	if (ns && kview_ns_inum(ns) > scan->after)
		nswalk_note(scan->walk, kview_ns_inum(ns), nr);
	return 0;
}

/*
 * Fill @walk with the namespaces numbered above @after.
 * Returns 0, or -EINTR if the reader is being killed. Takes RCU, may sleep.
 */
static int nswalk_scan(struct nswalk *walk, unsigned int after)
{
	struct nswalk_scan scan = { .walk = walk, .after = after };
	struct ipc_namespace *init_ns = init_task.nsproxy->ipc_ns;
	int nr = 1, err;

	nswalk_forget(walk);
	walk->count = 0;
	/* It is there even if no task but the idle ones were in it. */
	if (init_ns && kview_ns_inum(init_ns) > after)
		nswalk_note(walk, kview_ns_inum(init_ns), 0);
	err = taskwalk(PIDTYPE_PID, &nr, nswalk_scan_task, &scan);
	walk->known = !err;
	return err;
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

struct nswalk_visit {
	struct ns_ref *ref;
	nswalk_fn fn;
	void *arg;
	int said;
};

/* Returns whether the thread is in the namespace. Needs RCU, takes the task lock. */
static int nswalk_visit_task(struct task_struct *task, int nr, void *arg)
{
	struct nswalk_visit *visit = arg;
	struct ipc_namespace *ns = nswalk_of_task(task);

	if (!ns || kview_ns_inum(ns) != visit->ref->inum)
		return 0;
	visit->ref->tid = nr;
	visit->said = visit->fn(ns, task, visit->arg);
	return 1;
}

/* Takes RCU and the task lock. */
static int nswalk_visit_hint(struct nswalk_visit *visit)
{
	struct task_struct *task = &init_task;
	int found;

	rcu_read_lock();
	if (visit->ref->tid)
		task = pid_task(find_pid_ns(visit->ref->tid, &init_pid_ns), PIDTYPE_PID);
	found = task ? nswalk_visit_task(task, visit->ref->tid, visit) : 0;
	rcu_read_unlock();
	return found;
}

/**
 * nswalk_visit() - call a function for a namespace, within an RCU section
 * @ref: the namespace; its hint is brought up to date
 * @fn: called once if the namespace is found
 * @arg: for @fn
 *
 * Looks at each task at most once, however fast they come and go.
 *
 * Return: what @fn returned, -ENOENT if no task was found in the namespace any
 * more, or -EINTR if the reader is being killed.
 *
 * Context: process, may sleep. Takes RCU and task locks.
 */
int nswalk_visit(struct ns_ref *ref, nswalk_fn fn, void *arg)
{
	struct nswalk_visit visit = { .ref = ref, .fn = fn, .arg = arg };
	int nr = 1, found;

	found = nswalk_visit_hint(&visit);
	if (!found)
		found = taskwalk(PIDTYPE_PID, &nr, nswalk_visit_task, &visit);
	if (found < 0)
		return found;
	if (found)
		return visit.said;
	atomic_long_inc(&nswalk_gone);
	return -ENOENT;
}

struct nswalk_super {
	const struct super_block *sb;
	unsigned int inum;
};

/* Returns whether it is the thread's namespace. Needs RCU, takes the task lock. */
static int nswalk_match_super(struct task_struct *task, int nr, void *arg)
{
	struct ipc_namespace *ns = nswalk_of_task(task);
	struct nswalk_super *super = arg;

	if (!ns || !kview_ns_has_super(ns, super->sb))
		return 0;
	super->inum = kview_ns_inum(ns);
	return 1;
}

/**
 * nswalk_is_initial() - whether a superblock is that of the initial namespace
 * @sb: the superblock, not followed
 *
 * Context: any. No lock: that namespace never goes.
 */
bool nswalk_is_initial(const struct super_block *sb)
{
	struct ipc_namespace *init_ns = init_task.nsproxy->ipc_ns;

	return init_ns && kview_ns_has_super(init_ns, sb);
}

/**
 * nswalk_of_super() - the namespace that has its message queues in a superblock
 * @sb: the superblock, not followed
 * @inum: set to the namespace's number, 0 if no task is in it
 *
 * Return: 0, or -EINTR if the reader is being killed.
 *
 * Context: process, may sleep. Takes RCU and task locks.
 */
int nswalk_of_super(const struct super_block *sb, unsigned int *inum)
{
	struct nswalk_super super = { .sb = sb };
	int nr = 1, found = 0;

	if (nswalk_is_initial(sb))
		super.inum = kview_ns_inum(init_task.nsproxy->ipc_ns);
	else
		found = taskwalk(PIDTYPE_PID, &nr, nswalk_match_super, &super);
	*inum = super.inum;
	return min(found, 0);
}
