// SPDX-License-Identifier: GPL-2.0
/* The probes on ipc/shm.c, and what a hit of each means. */
#include <linux/err.h>
#include <linux/ipc.h>
#include <linux/kernel.h>
#include <linux/mm_types.h>
#include <linux/nsproxy.h>
#include <linux/shm.h>

#include "history.h"
#include "ipclens_trace.h"
#include "kview.h"
#include "probe.h"
#include "regs.h"
#include "rmidcall.h"

enum { DESTROY, ATTACH, OPEN, CLOSE, RMID, MARK, EXIT, CREATE };

/*
 * Handlers. Context: atomic, within the probed function's locks. Where arguments
 * cannot be had, a handler only counts.
 */

/* Returns when it began: its age would cost a look at the clock, for which few ask. */
static u64 shm_note(const struct lens_segment *segment, enum history_act act)
{
	struct history_id id = history_id_shm(segment->object, segment->ipcns, segment->shmid);

	return history_note(&id, act, segment->ipcns, segment->key);
}

NOKPROBE_SYMBOL(shm_note);

/* newseg(ns, params): an id, or an error. */

static int probe_shm_create_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	probe_ret_hit(ri);
	*(struct ipc_namespace **)ri->data = (void *)regs_arg(regs, 0);
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_create_entry);

static int probe_shm_create_ret(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct ipc_namespace *ns = *(struct ipc_namespace **)ri->data;
	int shmid = regs_return_value(regs);
	struct lens_segment segment;

	if (!REGS_HAVE_ARGS || shmid < 0 || !kview_shm_find(ns, shmid, &segment))
		return 0;
	shm_note(&segment, HISTORY_CREATE);
	trace_shm_create(&segment);
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_create_ret);

/* do_shmat(shmid, address, flags, &start, alignment): 0, or an error. */
struct probe_shm_attach {
	int shmid;
	const unsigned long *start;
};

static int probe_shm_attach_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct probe_shm_attach *attach = (void *)ri->data;

	probe_ret_hit(ri);
	attach->shmid = regs_arg(regs, 0);
	attach->start = (void *)regs_arg(regs, 3);
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_attach_entry);

static int probe_shm_attach_ret(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct probe_shm_attach *attach = (void *)ri->data;
	struct lens_segment segment;
	u64 born;

	if (!REGS_HAVE_ARGS || (int)regs_return_value(regs) ||
	    !kview_shm_find(current->nsproxy->ipc_ns, attach->shmid, &segment))
		return 0;
	born = shm_note(&segment, HISTORY_ATTACH);
	trace_shm_attach(&segment, *attach->start, born);
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_attach_ret);

/* shm_open(vma), before the mapping counts: of an attach, shm_mmap() takes care. */
static int probe_shm_open(struct kprobe *kp, struct pt_regs *regs)
{
	const struct vm_area_struct *vma = (void *)regs_arg(regs, 0);
	struct lens_segment segment;
	u64 born;

	probe_hit(kp);
	if (!REGS_HAVE_ARGS || !kview_map_segment(vma, &segment))
		return 0;
	segment.nattch++;
	born = shm_note(&segment, HISTORY_COPY);
	trace_shm_fork(&segment, vma->vm_start, vma->vm_end, born);
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_open);

/*
 * The fall-back of the probe on IPC_RMID does not see the call's end. Should the
 * kernel refuse what it had granted, the task is not in it for ever.
 */
static void shm_rmid_over(void)
{
	if (READ_ONCE(probe_shm_rows[RMID].target) > 0)
		rmidcall_end(rmidcall_current());
}

NOKPROBE_SYMBOL(shm_rmid_over);

/* shm_close(vma), while the mapping still counts. */
static int probe_shm_close_entry(struct kprobe *kp, struct pt_regs *regs)
{
	const struct vm_area_struct *vma = (void *)regs_arg(regs, 0);
	struct lens_segment segment;
	u64 born;

	probe_hit(kp);
	shm_rmid_over();
	if (!REGS_HAVE_ARGS || !kview_map_segment(vma, &segment))
		return 0;
	segment.nattch--;
	born = shm_note(&segment, HISTORY_DETACH);
	trace_shm_detach(&segment, vma->vm_start, vma->vm_end, born);
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_close_entry);

/*
 * shmctl_down(ns, shmid, command, ...): IPC_RMID and IPC_SET, allowed or not. What
 * ri->data points to is the call, NULL if it is none, or without room.
 */
static int probe_shm_rmid_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct rmidcall *call = NULL;

	probe_ret_hit(ri);
	if (REGS_HAVE_ARGS && (int)regs_arg(regs, 2) == IPC_RMID)
		call = rmidcall_begin((void *)regs_arg(regs, 0), regs_arg(regs, 1));
	*(struct rmidcall **)ri->data = call;
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_rmid_entry);

static int probe_shm_rmid_ret(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	rmidcall_end(*(struct rmidcall **)ri->data);
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_rmid_ret);

/*
 * ipcctl_obtain_check(ns, ids, id, command, ...): the same, but for semaphores and
 * message queues, too; and it returns before the deed is done, with the segment
 * if that is granted.
 */
struct probe_shm_obtain {
	const struct ipc_namespace *ns;	/* NULL if it is something else */
	int shmid;
};

static int probe_shm_obtain_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct probe_shm_obtain *obtain = (void *)ri->data;
	const struct ipc_namespace *ns = (void *)regs_arg(regs, 0);

	obtain->ns = NULL;
	if (!kview_ns_has_shm_ids(ns, (void *)regs_arg(regs, 1)))
		return 0;
	probe_ret_hit(ri);
	if ((int)regs_arg(regs, 3) != IPC_RMID)
		return 0;
	obtain->ns = ns;
	obtain->shmid = regs_arg(regs, 2);
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_obtain_entry);

static int probe_shm_obtain_ret(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	const struct probe_shm_obtain *obtain = (void *)ri->data;

	if (obtain->ns && !IS_ERR((void *)regs_return_value(regs)))
		rmidcall_begin(obtain->ns, obtain->shmid);
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_obtain_ret);

/*
 * Whether the segment had been marked before: that takes its key. One without a key
 * was marked when the caller entered IPC_RMID, or since; then the history has it.
 * Needs the segment's lock.
 */
static bool shm_marked_again(const struct rmidcall *call, const struct lens_segment *segment)
{
	struct history_id id = history_id_shm(segment->object, segment->ipcns, segment->shmid);
	struct history_entry entry;

	if ((call && call->again) || segment->key_now != segment->key)
		return true;
	return history_find(&id, &entry) && entry.counts[HISTORY_MARK];
}

NOKPROBE_SYMBOL(shm_marked_again);

/* ipc_set_key_private(ids, perm): IPC_RMID of a segment that is attached */
static int probe_shm_mark(struct kprobe *kp, struct pt_regs *regs)
{
	const struct ipc_namespace *ns = kview_ns_of_shm_ids((void *)regs_arg(regs, 0));
	struct lens_segment segment;
	struct rmidcall *call;
	u64 born;

	probe_hit(kp);
	if (!REGS_HAVE_ARGS || !kview_shm_locked(ns, (void *)regs_arg(regs, 1), &segment))
		return 0;
	kview_shm_key(&segment);
	call = rmidcall_find(ns, segment.shmid);
	if (!shm_marked_again(call, &segment)) {
		born = shm_note(&segment, HISTORY_MARK);
		trace_shm_rmid(&segment, born);
	}
	rmidcall_end(call);
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_mark);

/* Needs the segment's lock. */
static void shm_tell_destroyed(const struct ipc_namespace *ns, struct lens_segment *segment,
			       u64 born)
{
	bool removed = !(segment->perms & LENS_SHM_DEST) && rmidcall_find(ns, segment->shmid);

	kview_shm_key(segment);
	if (removed)
		trace_shm_rmid(segment, born);
	trace_shm_destroy(segment, born);
}

NOKPROBE_SYMBOL(shm_tell_destroyed);

/* shm_destroy(ns, segment) */
static int probe_shm_destroy(struct kprobe *kp, struct pt_regs *regs)
{
	const struct ipc_namespace *ns = (void *)regs_arg(regs, 0);
	struct history_origin origin;
	struct lens_segment segment;
	struct history_id id;

	probe_hit(kp);
	if (!REGS_HAVE_ARGS || !kview_shm_locked(ns, (void *)regs_arg(regs, 1), &segment))
		return 0;
	id = history_id_shm(segment.object, segment.ipcns, segment.shmid);
	history_drop(&id, &origin);
	if (trace_shm_rmid_enabled() || trace_shm_destroy_enabled())
		shm_tell_destroyed(ns, &segment, origin.born);
	shm_rmid_over();
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_destroy);

/* Of a segment in another namespace, the history may know which. */
static void shm_owner_exits(struct lens_segment *segment)
{
	struct history_entry entry;
	u64 born = 0;

	if (history_find_object(segment->object, &entry) && entry.id.kind == HISTORY_SHM &&
	    entry.id.number == segment->shmid) {
		segment->ipcns = entry.ipcns;
		born = history_born(&entry);
	}
	trace_shm_owner_exit(segment, born);
}

NOKPROBE_SYMBOL(shm_owner_exits);

/* exit_shm(task): each task that exits comes here, few have segments. */
static int probe_shm_exit(struct kprobe *kp, struct pt_regs *regs)
{
	probe_hit(kp);
	shm_rmid_over();
	if (!trace_shm_owner_exit_enabled())
		return 0;
	kview_shm_owned(current, current->nsproxy ? current->nsproxy->ipc_ns : NULL,
			shm_owner_exits);
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_exit);

#define NO_SEGMENTS (!IS_ENABLED(CONFIG_SYSVIPC))

/*
 * In the order in which they are placed: whose beginning is seen, of that nothing
 * that follows is missed.
 */
struct probe probe_shm_rows[] = {
	[DESTROY] = {
		.name = "destroy",
		.unused = NO_SEGMENTS,
		.targets = { { "shm_destroy", probe_shm_destroy } },
		.lost_without = "history_of_ended_segments,shm_destroy",
	},
	[ATTACH] = {
		.name = "attach",
		.unused = NO_SEGMENTS,
		.targets = {
			{ "do_shmat", .entry = probe_shm_attach_entry,
			  .ret = probe_shm_attach_ret },
		},
		.data_size = sizeof(struct probe_shm_attach),
		.lost_without = "attaches,shm_attach",
	},
	[OPEN] = {
		.name = "open",
		.unused = NO_SEGMENTS,
		.targets = { { "shm_open", probe_shm_open } },
		.lost_without = "copies,shm_fork",
	},
	[CLOSE] = {
		.name = "close",
		.unused = NO_SEGMENTS,
		.targets = { { "shm_close", probe_shm_close_entry } },
		.lost_without = "shm_holders,detaches,shm_detach",
	},
	[RMID] = {
		.name = "rmid",
		.unused = NO_SEGMENTS,
		.targets = {
			{ "shmctl_down", .entry = probe_shm_rmid_entry, .ret = probe_shm_rmid_ret },
			{ REGS_HAVE_ARGS ? "ipcctl_obtain_check" : NULL,
			  .entry = probe_shm_obtain_entry, .ret = probe_shm_obtain_ret },
		},
		.data_size = sizeof(struct probe_shm_obtain),
		.lost_without = "shm_rmid_of_unattached",
	},
	[MARK] = {
		/* Not do_shm_rmid: compilers inline it where it matters. */
		.name = "mark",
		.unused = NO_SEGMENTS,
		.targets = { { "ipc_set_key_private", probe_shm_mark } },
		.lost_without = "rmid_pid,rmid_time,shm_rmid",
	},
	[EXIT] = {
		.name = "exit",
		.unused = NO_SEGMENTS,
		.targets = { { "exit_shm", probe_shm_exit } },
		.lost_without = "shm_owner_exit",
	},
	[CREATE] = {
		.name = "create",
		.unused = NO_SEGMENTS,
		.targets = {
			{ "newseg", .entry = probe_shm_create_entry, .ret = probe_shm_create_ret },
		},
		.data_size = sizeof(struct ipc_namespace *),
		.lost_without = "create_comm,shm_create",
	},
};

const int probe_shm_count = ARRAY_SIZE(probe_shm_rows);
struct probe *const probe_shm_close = &probe_shm_rows[CLOSE];
