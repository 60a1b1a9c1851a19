/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All tasks or processes in the order of their numbers, in bounded steps. What
 * is wanted of a task is not known here.
 */
#ifndef IPCLENS_TASKWALK_H
#define IPCLENS_TASKWALK_H

#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

/**
 * typedef taskwalk_fn - look at a task
 * @task: the task, valid within the RCU section
 * @nr: its number in the initial pid namespace
 * @arg: as given to taskwalk()
 *
 * Return: 0 to go on, anything else to stop.
 *
 * Context: within rcu_read_lock(), must not sleep.
 */
typedef int (*taskwalk_fn)(struct task_struct *task, int nr, void *arg);

int taskwalk(enum pid_type type, int *nr, taskwalk_fn fn, void *arg);

/*
 * The threads of a process. for_each_thread() asks lockdep for tasklist_lock,
 * which modules cannot name. Needs RCU.
 */
#define taskwalk_for_each_thread(leader, thread) \
	list_for_each_entry_rcu(thread, &(leader)->signal->thread_head, thread_node)

#endif /* IPCLENS_TASKWALK_H */
