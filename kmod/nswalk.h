/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every IPC namespace that a task is in, in the order of their inode numbers.
 * A namespace is never held: it is named by its number, and by the number of a
 * thread in it as a hint, and found again at each use.
 */
#ifndef IPCLENS_NSWALK_H
#define IPCLENS_NSWALK_H

#include <linux/types.h>

struct ipc_namespace;
struct super_block;
struct task_struct;

/**
 * struct ns_ref - a namespace by name
 * @inum: its inode number, 0 for none
 * @tid: a thread that was in it, in the initial pid namespace; 0 for the idle task
 */
struct ns_ref {
	unsigned int inum;
	pid_t tid;
};

#define NSWALK_BATCH 64

/**
 * struct nswalk - the namespaces that come next
 * @refs: in ascending order
 * @count: how many
 * @known: @refs is what the last look at all tasks has found
 *
 * One look at all tasks serves for NSWALK_BATCH namespaces. All zero to start.
 */
struct nswalk {
	struct ns_ref refs[NSWALK_BATCH];
	int count;
	bool known;
};

/**
 * nswalk_forget() - look at the tasks again at the next call
 * @walk: has become stale
 */
static inline void nswalk_forget(struct nswalk *walk)
{
	walk->known = false;
}

/**
 * typedef nswalk_fn - look at a namespace
 * @ns: the namespace, valid within the RCU section
 * @task: a thread in it
 * @arg: as given to nswalk_visit()
 *
 * Return: 0 or more.
 *
 * Context: within rcu_read_lock(), must not sleep.
 */
typedef int (*nswalk_fn)(struct ipc_namespace *ns, struct task_struct *task, void *arg);

extern atomic_long_t nswalk_gone;

int nswalk_next(struct nswalk *walk, struct ns_ref *ref);
int nswalk_visit(struct ns_ref *ref, nswalk_fn fn, void *arg);
struct ipc_namespace *nswalk_of_task(struct task_struct *task);
bool nswalk_is_initial(const struct super_block *sb);
int nswalk_of_super(const struct super_block *sb, unsigned int *inum);

#endif /* IPCLENS_NSWALK_H */
