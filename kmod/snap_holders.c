// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs file "shm_holders": every mapping of a segment in a process. Walks
 * processes by number and their mappings by address; what a System V mapping
 * is, kview_map.c knows.
 */
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "kview.h"
#include "nswalk.h"
#include "probe.h"
#include "snap.h"

#define SNAP_HOLDERS_BATCH	32
/* Processes looked at in one RCU section, mappings under one mmap lock. */
#define HOLDERS_PROCESSES	256
#define HOLDERS_MAPPINGS	1024

#define HOLDER_CELL(name, type, width, help) CELL(struct lens_holder, name, type, width)

static const struct cell snap_holders_cells[] = {
	IPCLENS_SHM_HOLDERS_COLUMNS(HOLDER_CELL)
};

/* Behind the mappings of process tgid below addr. */
struct snap_holders_cursor {
	int tgid;
	unsigned long addr;
};

/**
 * struct holder - a process whose mappings are being read
 * @mm: its memory, held
 * @comm: its name
 * @ipcns: the namespace it is in
 * @maybe_shared: another process may have the same memory
 */
struct holder {
	struct mm_struct *mm;
	char comm[TASK_COMM_LEN];
	u64 ipcns;
	bool maybe_shared;
};

/*
 * Threads of @leader that have memory, all the same; -1 if they are too many
 * to count here. Needs RCU.
 */
static int holder_threads(struct task_struct *leader)
{
	struct task_struct *thread;
	int with_mm = 0;

	if (get_nr_threads(leader) > HOLDERS_PROCESSES)
		return -1;
	for_each_thread(leader, thread)
		with_mm += !!READ_ONCE(thread->mm);
	return with_mm;
}

/*
 * Take hold of the memory of @leader's process. A leader that is dead has
 * none, its threads may have. Returns false if there is none. Needs RCU, takes
 * task locks.
 */
static bool holder_get(struct task_struct *leader, struct holder *holder)
{
	struct ipc_namespace *ns = NULL;
	struct task_struct *thread;

	holder->mm = NULL;
	for_each_thread(leader, thread) {
		holder->mm = get_task_mm(thread);
		if (holder->mm) {
			ns = nswalk_of_task(thread);
			break;
		}
	}
	if (!holder->mm)
		return false;
	holder->ipcns = ns ? kview_ns_inum(ns) : LENS_NONE;
	get_task_comm(holder->comm, leader);
	/* Each thread holds one reference, this function took one more. */
	holder->maybe_shared = atomic_read(&holder->mm->mm_users) - 1 != holder_threads(leader);
	return true;
}

/* Does a thread of @leader's process use @mm? Needs RCU. */
static bool holder_uses(struct task_struct *leader, const struct mm_struct *mm)
{
	struct task_struct *thread;
	struct mm_struct *its;

	for_each_thread(leader, thread) {
		its = READ_ONCE(thread->mm);
		if (its)
			return its == mm && !(thread->flags & PF_KTHREAD);
	}
	return false;
}

/*
 * Whether a process with a number below @tgid has the same memory, so that its
 * mappings have been printed there. Takes RCU, may sleep.
 */
static bool holder_was_seen(const struct mm_struct *mm, int tgid)
{
	struct task_struct *leader;
	struct pid *pid;
	bool seen = false;
	int nr = 1, i;

	while (nr < tgid && !seen) {
		rcu_read_lock();
		for (i = 0; i < HOLDERS_PROCESSES && !seen; i++, nr++) {
			pid = idr_get_next(&init_pid_ns.idr, &nr);
			if (!pid || nr >= tgid) {
				nr = tgid;
				break;
			}
			leader = pid_task(pid, PIDTYPE_TGID);
			seen = leader && holder_uses(leader, mm);
		}
		rcu_read_unlock();
		cond_resched();
	}
	return seen;
}

/*
 * The next process with memory, from number *@tgid on. Returns 1 and the
 * process, 0 behind the last one, -EAGAIN if there may be more. Takes RCU.
 */
static int holder_next(int *tgid, struct holder *holder)
{
	struct task_struct *leader;
	struct pid *pid;
	int found = -EAGAIN, i;

	rcu_read_lock();
	for (i = 0; i < HOLDERS_PROCESSES; i++, ++*tgid) {
		pid = idr_get_next(&init_pid_ns.idr, tgid);
		if (!pid) {
			found = 0;
			break;
		}
		leader = pid_task(pid, PIDTYPE_TGID);
		if (leader && holder_get(leader, holder)) {
			found = 1;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/*
 * The next rows of a process, from *@addr on; *@addr is 0 when there are no
 * more. Needs the mmap lock.
 */
static int holder_read_locked(const struct holder *holder, unsigned long shm_close,
			      unsigned long *addr, struct lens_holder *rows, int batch)
{
	struct vm_area_struct *vma;
	int filled = 0, i;

	for (i = 0; i < HOLDERS_MAPPINGS && filled < batch; i++) {
		vma = find_vma(holder->mm, *addr);
		*addr = vma ? vma->vm_end : 0;
		if (!vma)
			break;
		if (kview_map_read(vma, shm_close, &rows[filled]) == LENS_MAP_SHM)
			filled++;
	}
	return filled;
}

/*
 * The rows of a process from @addr on, at most @batch. Returns how many, or
 * -EINTR if the reader is being killed. Takes the mmap lock.
 */
static int holder_read(const struct holder *holder, int tgid, unsigned long shm_close,
		       unsigned long addr, struct lens_holder *rows, int batch)
{
	int filled, i;

	do {
		if (mmap_read_lock_killable(holder->mm))
			return -EINTR;
		filled = holder_read_locked(holder, shm_close, &addr, rows, batch);
		mmap_read_unlock(holder->mm);
		cond_resched();
	} while (!filled && addr);

	if (filled && holder->maybe_shared && holder_was_seen(holder->mm, tgid))
		return 0;
	for (i = 0; i < filled; i++) {
		rows[i].pid = tgid;
		memcpy(rows[i].comm, holder->comm, sizeof(rows[i].comm));
		rows[i].task_ipcns = holder->ipcns;
	}
	return filled;
}

static int holders_fill(const void *from, void *scratch, void *rows, int batch)
{
	struct snap_holders_cursor cursor = *(const struct snap_holders_cursor *)from;
	unsigned long shm_close = probe_entry(probe_shm_close);
	unsigned long addr = cursor.addr;
	struct holder holder;
	int tgid = cursor.tgid, found, filled;

	/* Without it nothing tells a System V mapping from another; status says so. */
	if (!shm_close)
		return 0;
	for (;;) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		found = holder_next(&tgid, &holder);
		if (!found)
			return 0;
		if (found < 0)
			continue;
		if (tgid != cursor.tgid)
			addr = 0;
		filled = holder_read(&holder, tgid, shm_close, addr, rows, batch);
		/* May be the last user of it, and close what it holds. */
		mmput(holder.mm);
		if (filled)
			return filled;
		tgid++;
	}
}

static void holders_after(void *cursor, const void *row)
{
	const struct lens_holder *holder = row;

	*(struct snap_holders_cursor *)cursor = (struct snap_holders_cursor){
		.tgid = holder->pid, .addr = holder->end,
	};
}

const struct snap_file snap_shm_holders = {
	.name = "shm_holders",
	.cells = snap_holders_cells,
	.cell_count = ARRAY_SIZE(snap_holders_cells),
	.row_size = sizeof(struct lens_holder),
	.batch = SNAP_HOLDERS_BATCH,
	.cursor_size = sizeof(struct snap_holders_cursor),
	.fill = holders_fill,
	.after = holders_after,
};
