// SPDX-License-Identifier: GPL-2.0
/* The probes on ipc/mqueue.c, and what a hit of each means. */
#include <linux/atomic.h>
#include <linux/dcache.h>
#include <linux/kernel.h>
#include <linux/mqueue.h>
#include <linux/nsproxy.h>
#include <linux/stat.h>

#include "history.h"
#include "ipclens_trace.h"
#include "kview.h"
#include "mqcall.h"
#include "probe.h"
#include "refusal.h"
#include "regs.h"

/* Handlers. Context: atomic, within the probed function's locks. */

enum { EVICT, UNLINK, CREATE, INODE, CHARGE, OPEN, OPEN_COMPAT };

/*
 * Whose refused creation was told of, and no attempt of mq_open() is there to say so: for
 * want of room, or as it was none. The last ones, in a ring: a refusal that is pushed
 * out of it before its mq_open() returns is told of twice.
 */
#define MQ_TOLD 256

static struct task_struct *mq_told[MQ_TOLD];
static atomic_t mq_told_next;

static void mq_told_add(void)
{
	unsigned int next = atomic_inc_return(&mq_told_next);

	WRITE_ONCE(mq_told[next % MQ_TOLD], current);
}

NOKPROBE_SYMBOL(mq_told_add);

/* Whether the calling task is among them, which it is not any more. */
static bool mq_told_take(void)
{
	bool told = false;
	int i;

	for (i = 0; i < MQ_TOLD; i++)
		if (READ_ONCE(mq_told[i]) == current)
			told |= cmpxchg(&mq_told[i], current, NULL) == current;
	return told;
}

NOKPROBE_SYMBOL(mq_told_take);

/* The whole of mq_open(). What ri->data points to is its attempt, NULL without room. */

static int probe_mq_open_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct mqcall *call = mqcall_begin();

	probe_ret_hit(ri);
	*(struct mqcall **)ri->data = call;
	/* What is there of the task is of something earlier. */
	if (!call)
		mq_told_take();
	return 0;
}

NOKPROBE_SYMBOL(probe_mq_open_entry);

/* Whether a queue cannot be refused by its size without that being known. */
static bool probe_mq_sees_creation(void)
{
	return READ_ONCE(probe_mq_rows[INODE].target) >= 0 ||
	       READ_ONCE(probe_mq_rows[CREATE].target) >= 0;
}

NOKPROBE_SYMBOL(probe_mq_sees_creation);

static int probe_mq_open_ret(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct mqcall *call = *(struct mqcall **)ri->data;
	int err = regs_return_value(regs);

	if (refusal_is_one(err) && !(call ? call->recorded : mq_told_take()))
		refusal_of_open(err, call, call && probe_mq_sees_creation());
	mqcall_end(call);
	return 0;
}

NOKPROBE_SYMBOL(probe_mq_open_ret);

/* The creation of a queue, by mq_open() or by open() in a mounted file system. */
struct probe_mq_create {
	struct mqcall *call;
	bool outermost;
	const struct dentry *dentry;
};

static int probe_mq_create_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct probe_mq_create *create = (void *)ri->data;

	probe_ret_hit(ri);
	create->dentry = (void *)regs_arg(regs, 0);
	create->call = mqcall_find();
	create->outermost = !create->call;
	if (create->outermost)
		create->call = mqcall_begin();
	return 0;
}

NOKPROBE_SYMBOL(probe_mq_create_entry);

/* The caller's namespace, if the queue is in it: as a rule it is. */
static u32 mq_ipcns(const struct super_block *sb)
{
	const struct ipc_namespace *ns = current->nsproxy ? current->nsproxy->ipc_ns : NULL;

	return ns && kview_ns_has_super(ns, sb) ? kview_ns_inum(ns) : 0;
}

NOKPROBE_SYMBOL(mq_ipcns);

static void mq_created(const struct mqcall *call, const struct dentry *dentry)
{
	struct lens_queue_info queue;
	struct history_id id;

	if (!d_really_is_positive(dentry) || !kview_mq_info(d_inode(dentry), &queue))
		return;
	queue.ipcns = call && call->asked ? call->ask.ipcns : mq_ipcns(dentry->d_sb);
	id = history_id_mqueue(queue.object, queue.dev, queue.ino);
	history_note(&id, HISTORY_CREATE, queue.ipcns, 0);
	trace_mq_create(&queue, dentry->d_name.name);
}

NOKPROBE_SYMBOL(mq_created);

static int probe_mq_create_ret(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct probe_mq_create *create = (void *)ri->data;
	int err = regs_return_value(regs);

	if (!err) {
		mq_created(create->call, create->dentry);
	} else if (refusal_is_one(err)) {
		refusal_of_create(err, create->call, create->dentry);
		if (create->outermost)
			mq_told_add();
	}
	if (create->outermost)
		mqcall_end(create->call);
	return 0;
}

NOKPROBE_SYMBOL(probe_mq_create_ret);

/* mqueue_get_inode() makes root directories as well. */
static int probe_mq_inode(struct kprobe *kp, struct pt_regs *regs)
{
	struct mqcall *call;

	if (!S_ISREG((umode_t)regs_arg(regs, 2)))
		return 0;
	probe_hit(kp);
	call = mqcall_find();
	if (!call)
		return 0;
	kview_ns_ask((void *)regs_arg(regs, 1), (void *)regs_arg(regs, 3), &call->ask);
	call->charge = kview_mq_charge(call->ask.maxmsg, call->ask.msgsize);
	call->asked = true;
	return 0;
}

NOKPROBE_SYMBOL(probe_mq_inode);

/*
 * A charge is taken back for a queue that is gone, or at once when it was too
 * much: then this is under the lock under which that was found out.
 */
static int probe_mq_charge(struct kprobe *kp, struct pt_regs *regs)
{
	struct mqcall *call;

	if (!kview_user_is_queues(regs_arg(regs, 1)))
		return 0;
	call = mqcall_find();
	if (!call || !call->asked || call->charge != regs_arg(regs, 2))
		return 0;
	probe_hit(kp);
	kview_user_refuse((void *)regs_arg(regs, 0), call->charge, true, &call->refusal);
	call->refused = true;
	return 0;
}

NOKPROBE_SYMBOL(probe_mq_charge);

/* Where a queue was made that is here now. */
static u32 mq_made_in(const struct history_origin *origin, const struct super_block *sb)
{
	return origin->ipcns ?: mq_ipcns(sb);
}

NOKPROBE_SYMBOL(mq_made_in);

/* Takes history's lock. */
static struct history_origin mq_origin(const struct history_id *id)
{
	struct history_origin origin = { 0 };
	struct history_entry entry;

	if (history_find(id, &entry)) {
		origin.born = history_born(&entry);
		origin.ipcns = entry.ipcns;
	}
	return origin;
}

NOKPROBE_SYMBOL(mq_origin);

/* mqueue_unlink(directory, dentry), which cannot fail any more */
static int probe_mq_unlink(struct kprobe *kp, struct pt_regs *regs)
{
	const struct dentry *dentry = (void *)regs_arg(regs, 1);
	struct history_origin origin;
	struct lens_queue_info queue;
	struct history_id id;

	probe_hit(kp);
	if (!REGS_HAVE_ARGS || !trace_mq_unlink_enabled() || !d_really_is_positive(dentry) ||
	    !kview_mq_info(d_inode(dentry), &queue))
		return 0;
	id = history_id_mqueue(queue.object, queue.dev, queue.ino);
	origin = mq_origin(&id);
	queue.ipcns = mq_made_in(&origin, dentry->d_sb);
	trace_mq_unlink(&queue, dentry->d_name.name, origin.born);
	return 0;
}

NOKPROBE_SYMBOL(probe_mq_unlink);

/* mqueue_evict_inode(inode), also of root directories and of queues never charged */
static int probe_mq_evict(struct kprobe *kp, struct pt_regs *regs)
{
	const struct inode *inode = (void *)regs_arg(regs, 0);
	struct history_origin origin;
	struct lens_queue_info queue;
	struct history_id id;

	probe_hit(kp);
	if (!REGS_HAVE_ARGS || !kview_mq_info(inode, &queue))
		return 0;
	id = history_id_mqueue(queue.object, queue.dev, queue.ino);
	history_drop(&id, &origin);
	if (trace_mq_destroy_enabled()) {
		queue.ipcns = mq_made_in(&origin, inode->i_sb);
		trace_mq_destroy(&queue, origin.born);
	}
	return 0;
}

NOKPROBE_SYMBOL(probe_mq_evict);

#define NO_QUEUES (!IS_ENABLED(CONFIG_POSIX_MQUEUE))

/*
 * In the order in which they are placed: what mq_open() does inside is seen before
 * its end is, so that a refusal inside is not taken for another; and whose beginning
 * is seen, of that the end is not missed.
 */
struct probe probe_mq_rows[] = {
	[EVICT] = {
		.name = "mq_evict",
		.unused = NO_QUEUES,
		.targets = { { "mqueue_evict_inode", probe_mq_evict } },
		.lost_without = "history_of_ended_queues,mq_destroy",
	},
	[UNLINK] = {
		.name = "mq_unlink",
		.unused = NO_QUEUES,
		.targets = { { "mqueue_unlink", probe_mq_unlink } },
		.lost_without = "mq_unlink",
	},
	[CREATE] = {
		.name = "mq_create",
		.unused = NO_QUEUES,
		.targets = {
			{ REGS_HAVE_ARGS ? "mqueue_create_attr" : NULL,
			  .entry = probe_mq_create_entry, .ret = probe_mq_create_ret },
		},
		.data_size = sizeof(struct probe_mq_create),
		.lost_without = "denials_of_open,create_pid,mq_create",
	},
	[INODE] = {
		.name = "mq_inode",
		.unused = NO_QUEUES,
		.targets = { { REGS_HAVE_ARGS ? "mqueue_get_inode" : NULL, probe_mq_inode } },
		.lost_without = "denials_rlimit,denials_userns,denials_attr,denials_overflow",
	},
	[CHARGE] = {
		.name = "mq_charge",
		.targets = { { REGS_HAVE_ARGS ? "dec_rlimit_ucounts" : NULL, probe_mq_charge } },
		.unused = NO_QUEUES || !COMPAT_MQ_UCOUNTS,
		.lost_without = "denials_rlimit_or_userns_for_sure",
	},
	[OPEN] = {
		.name = "mq_open",
		.unused = NO_QUEUES,
		.targets = {
			{ "do_mq_open", .entry = probe_mq_open_entry, .ret = probe_mq_open_ret },
			{ REGS_SYS(mq_open), .entry = probe_mq_open_entry,
			  .ret = probe_mq_open_ret },
		},
		.data_size = sizeof(struct mqcall *),
		.lost_without = "denials_nofile,denials_file-max,denials_perm,denials_other",
	},
	[OPEN_COMPAT] = {
		.name = "mq_open_compat",
		.targets = {
			{ REGS_COMPAT_SYS(mq_open), .entry = probe_mq_open_entry,
			  .ret = probe_mq_open_ret },
		},
		.data_size = sizeof(struct mqcall *),
		.unused = NO_QUEUES || !REGS_COMPAT_SYS(mq_open),
		.without = &probe_mq_rows[OPEN],
		.lost_without = "denials_of_32_bit_processes",
	},
};

const int probe_mq_count = ARRAY_SIZE(probe_mq_rows);
