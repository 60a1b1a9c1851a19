// SPDX-License-Identifier: GPL-2.0
/*
 * Why an attempt to open a queue was refused. EMFILE has three causes: no free
 * descriptor is found out before anything else, so it is the one that never got
 * as far as creating a queue; the other two were told apart while the kernel
 * held the lock under which it refused.
 */
#include <linux/bitmap.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/errno.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/ipc_namespace.h>
#include <linux/kprobes.h>
#include <linux/nsproxy.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

#include "denials.h"
#include "ipclens_trace.h"
#include "kview.h"
#include "mqcall.h"
#include "refusal.h"
#include "regs.h"

/* Descriptors that are counted; a handler must not look at a million. */
#define REFUSAL_FDS 65536

/**
 * refusal_is_one() - whether an error is a refusal
 * @err: negative error
 *
 * That a name is there or is not there answers a question.
 *
 * Context: any. No lock.
 */
bool refusal_is_one(int err)
{
	return err < 0 && err != -ENOENT && err != -EEXIST;
}

NOKPROBE_SYMBOL(refusal_is_one);

/* Fields that say nothing, and what is known of whoever calls. */
static void refusal_init(struct lens_denial *denial, int err)
{
	*denial = (struct lens_denial){
		.pid = task_tgid_nr(current),
		.uid = __kuid_val(current_uid()),
		.userns = current_user_ns()->ns.inum,
		.ipcns = current->nsproxy ? current->nsproxy->ipc_ns->ns.inum : LENS_NONE,
		.reason = "other",
		.errno = -err,
		.asked = LENS_NONE,
		.charged = LENS_NONE,
		.limit = LENS_NONE,
		.knob = "",
		.limit_userns = LENS_NONE,
		.limit_uid = LENS_NONE,
		.level = LENS_NONE,
		.maxmsg = LENS_NONE,
		.msgsize = LENS_NONE,
	};
	strscpy(denial->comm, current->comm, sizeof(denial->comm));
}

NOKPROBE_SYMBOL(refusal_init);

static void refusal_set(struct lens_denial *denial, const char *reason, const char *knob,
			u64 asked, u64 charged, u64 limit)
{
	denial->reason = reason;
	denial->knob = knob;
	denial->asked = asked;
	denial->charged = charged;
	denial->limit = limit;
}

NOKPROBE_SYMBOL(refusal_set);

/* LENS_NONE if there may be more than are worth counting here. */
static u64 refusal_count_fds(void)
{
	const struct fdtable *fdt;
	u64 count = LENS_NONE;

	rcu_read_lock();
	fdt = files_fdtable(current->files);
	if (fdt->max_fds <= REFUSAL_FDS)
		/* Threads that share the table may be opening and closing. */
		count = data_race(bitmap_weight(fdt->open_fds, fdt->max_fds));
	rcu_read_unlock();
	return count;
}

NOKPROBE_SYMBOL(refusal_count_fds);

/* Causes that have an error number of their own wherever they arise. */
static void refusal_set_common(struct lens_denial *denial, int err)
{
	switch (err) {
	case -ENOMEM:
		denial->reason = "nomem";
		break;
	case -EACCES:
	case -EPERM:
		denial->reason = "perm";
		break;
	}
}

NOKPROBE_SYMBOL(refusal_set_common);

/* The caller's text, page by page: what follows its end may not be there. */
static void refusal_copy_user_name(struct lens_denial *denial)
{
	unsigned long from = regs_syscall_arg0();
	char *to = denial->name;
	size_t room = sizeof(denial->name) - 1, part;

	while (room) {
		part = min_t(size_t, room, PAGE_SIZE - offset_in_page(from));
		if (copy_from_user_nofault(to, (const void __user *)from, part))
			break;
		if (memchr(to, 0, part))
			return;
		from += part;
		to += part;
		room -= part;
	}
	/* What cannot be read to its end is no name, but one that is too long is. */
	denial->name[room ? 0 : sizeof(denial->name) - 1] = '\0';
}

NOKPROBE_SYMBOL(refusal_copy_user_name);

/* What capable() would say, without its traces in the task and the audit log. */
static bool refusal_privileged(void)
{
	return current_user_ns() == &init_user_ns &&
	       cap_raised(current_cred()->cap_effective, CAP_SYS_RESOURCE);
}

NOKPROBE_SYMBOL(refusal_privileged);

/*
 * In the order in which the kernel asks. Returns false if nothing was asked for that is
 * not allowed: mq_open() can fail so when the queue has been made, too.
 */
static bool refusal_set_attr(struct lens_denial *denial, const struct kview_ask *ask,
			     bool privileged)
{
	u64 msg_max = privileged ? HARD_MSGMAX : ask->msg_max;
	u64 msgsize_max = privileged ? HARD_MSGSIZEMAX : ask->msgsize_max;
	bool count = !ask->maxmsg || (ask->msgsize && ask->maxmsg > msg_max);
	bool size = !ask->msgsize || ask->msgsize > msgsize_max;

	if (count)
		refusal_set(denial, "attr", privileged ? "HARD_MSGMAX" : "fs.mqueue.msg_max",
			    ask->maxmsg, LENS_NONE, msg_max);
	else if (size)
		refusal_set(denial, "attr",
			    privileged ? "HARD_MSGSIZEMAX" : "fs.mqueue.msgsize_max",
			    ask->msgsize, LENS_NONE, msgsize_max);
	return count || size;
}

NOKPROBE_SYMBOL(refusal_set_attr);

static void refusal_set_charge(struct lens_denial *denial, struct mqcall *call)
{
	struct kview_refusal *refusal = &call->refusal;

	if (!call->refused)
		kview_user_refuse(kview_user_of_cred(current_cred()), call->charge, false,
				  refusal);
	refusal_set(denial, refusal->over ? "userns" : "rlimit",
		    refusal->over ? "user_namespace" : "RLIMIT_MSGQUEUE", call->charge,
		    refusal->charged, refusal->limit);
	denial->limit_userns = refusal->userns;
	denial->limit_uid = refusal->uid;
	denial->level = refusal->level;
}

NOKPROBE_SYMBOL(refusal_set_charge);

/*
 * The count may have gone down since it was refused; it was at the limit then. @sb is NULL
 * for mq_open(), which goes by the caller's namespace.
 */
static void refusal_set_queues(struct lens_denial *denial, const struct super_block *sb)
{
	const struct ipc_namespace *ns = current->nsproxy ? current->nsproxy->ipc_ns : NULL;
	u64 count = LENS_NONE, limit = LENS_NONE;

	if (ns && (!sb || kview_ns_has_super(ns, sb)))
		kview_ns_queues(ns, &count, &limit);
	refusal_set(denial, "queues_max", "fs.mqueue.queues_max", 1,
		    limit == LENS_NONE ? limit : max(count, limit), limit);
}

NOKPROBE_SYMBOL(refusal_set_queues);

/* Causes that lie in what was asked for. Returns false if it was none of them. */
static bool refusal_set_size(struct lens_denial *denial, int err, struct mqcall *call)
{
	if (!call || !call->asked)
		return false;
	denial->ipcns = call->ask.ipcns;
	denial->maxmsg = call->ask.maxmsg;
	denial->msgsize = call->ask.msgsize;
	if (err == -EMFILE)
		refusal_set_charge(denial, call);
	else if (err == -EINVAL)
		return refusal_set_attr(denial, &call->ask, refusal_privileged());
	else if (err == -EOVERFLOW)
		denial->reason = "overflow";
	else
		return false;
	return true;
}

NOKPROBE_SYMBOL(refusal_set_size);

/* Errors that a size gives, of which more must be known to tell the cause. */
static bool refusal_may_be_size(int err)
{
	return err == -EMFILE || err == -EINVAL || err == -EOVERFLOW;
}

NOKPROBE_SYMBOL(refusal_may_be_size);

static void refusal_tell(struct lens_denial *denial)
{
	denials_add(denial);
	trace_mq_denied(denial);
}

NOKPROBE_SYMBOL(refusal_tell);

/**
 * refusal_of_open() - record that mq_open() failed, if its creation was not seen to
 * @err: negative error
 * @call: the attempt; NULL if there was no room for it
 * @sure: a creation that fails would have been seen
 *
 * Context: a probe's handler, at the return to the caller. Takes RCU, denials_lock.
 */
void refusal_of_open(int err, struct mqcall *call, bool sure)
{
	struct lens_denial denial;

	refusal_init(&denial, err);
	/* What the kernel could not read, nor can this: to try may be counted as a miss. */
	if (err != -EFAULT || COMPAT_FAULT_IS_NO_MISS)
		refusal_copy_user_name(&denial);
	if (refusal_set_size(&denial, err, call))
		;
	else if (refusal_may_be_size(err) && !sure)
		denials_add_unpaired();
	else if (err == -EMFILE)
		refusal_set(&denial, "nofile", "RLIMIT_NOFILE", 1, refusal_count_fds(),
			    kview_user_limit(rlimit(RLIMIT_NOFILE)));
	else if (err == -ENFILE)
		refusal_set(&denial, "file-max", "fs.file-max", 1, LENS_NONE, get_max_files());
	else if (err == -ENOSPC)
		refusal_set_queues(&denial, NULL);
	else
		refusal_set_common(&denial, err);
	refusal_tell(&denial);
}

NOKPROBE_SYMBOL(refusal_of_open);

/* The file system may be another namespace's, if it is mounted here. */
static void refusal_set_ipcns(struct lens_denial *denial, const struct super_block *sb)
{
	const struct ipc_namespace *ns = current->nsproxy ? current->nsproxy->ipc_ns : NULL;

	if (!ns || !kview_ns_has_super(ns, sb))
		denial->ipcns = LENS_NONE;
}

NOKPROBE_SYMBOL(refusal_set_ipcns);

/**
 * refusal_of_create() - record that a queue was not created
 * @err: negative error
 * @call: the attempt; NULL if there was no room for it
 * @dentry: the name
 *
 * Context: a probe's handler, with the directory locked, which keeps the name as
 * it is. Takes denials_lock.
 */
void refusal_of_create(int err, struct mqcall *call, const struct dentry *dentry)
{
	struct lens_denial denial;

	refusal_init(&denial, err);
	refusal_set_ipcns(&denial, dentry->d_sb);
	strscpy(denial.name, dentry->d_name.name, sizeof(denial.name));
	if (refusal_set_size(&denial, err, call))
		;
	/* No other cause is left: a security module must have denied the privilege. */
	else if (err == -EINVAL && call && call->asked &&
		 refusal_set_attr(&denial, &call->ask, false))
		;
	else if (refusal_may_be_size(err))
		denials_add_unpaired();
	else if (err == -ENOSPC)
		refusal_set_queues(&denial, dentry->d_sb);
	else
		refusal_set_common(&denial, err);
	refusal_tell(&denial);
	if (call)
		call->recorded = true;
}

NOKPROBE_SYMBOL(refusal_of_create);
