// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs file "shm_holders": every mapping of a segment in a process. Walks
 * processes by number and their mappings by address; what a System V mapping
 * is, kview_map.c knows.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "kview.h"
#include "nswalk.h"
#include "probe.h"
#include "snap.h"
#include "taskwalk.h"

#define SNAP_HOLDERS_BATCH	32
/* Mappings looked at under one mmap lock, threads counted in one RCU section. */
#define HOLDERS_MAPPINGS	1024
#define HOLDERS_THREADS		256

#define HOLDER_CELL(name, type, width, help) CELL(struct lens_holder, name, type, width)

static const struct cell snap_holders_cells[] = {
	IPCLENS_SHM_HOLDERS_COLUMNS(HOLDER_CELL)
};

/* Behind the mappings below addr of the process that is tgid since start_time. */
struct snap_holders_cursor {
	int tgid;
	u64 start_time;
	unsigned long addr;
};

/**
 * struct holder - a process whose mappings are being read
 * @tgid: its number
 * @start_time: when it was started, which tells it from others of that number
 * @mm: its memory, held
 * @comm: its name
 * @ipcns: the namespace it is in
 * @maybe_shared: another process may have the same memory
 */
struct holder {
	int tgid;
	u64 start_time;
	struct mm_struct *mm;
	char comm[TASK_COMM_LEN];
	u64 ipcns;
	bool maybe_shared;
};

/*
 * Whether somebody else may use the memory of @leader's process: each of its
 * threads holds one reference, and this file's caller one more. Needs RCU.
 */
static bool holder_maybe_shared(struct task_struct *leader, struct mm_struct *mm)
{
	int before = atomic_read(&mm->mm_users) - 1, threads = 0;
	struct task_struct *thread;

	/* Too many to count here. */
	if (data_race(get_nr_threads(leader)) > HOLDERS_THREADS)
		return true;
	taskwalk_for_each_thread(leader, thread)
		threads += READ_ONCE(thread->mm) == mm;
	/* Looked at twice, lest a thread that ends hides a process. */
	return before != threads || atomic_read(&mm->mm_users) - 1 != threads;
}

/*
 * Take hold of the memory of a process. A leader that is dead has none, its
 * threads may have. Returns whether there is any. Needs RCU, takes task locks.
 */
static int holder_get(struct task_struct *leader, int nr, void *arg)
{
	struct holder *holder = arg;
	struct ipc_namespace *ns = NULL;
	struct task_struct *thread;

	holder->mm = NULL;
	taskwalk_for_each_thread(leader, thread) {
		holder->mm = get_task_mm(thread);
		if (holder->mm) {
			ns = nswalk_of_task(thread);
			break;
		}
	}
	if (!holder->mm)
		return 0;
	holder->tgid = nr;
	holder->start_time = leader->start_time;
	holder->ipcns = ns ? kview_ns_inum(ns) : LENS_NONE;
	get_task_comm(holder->comm, leader);
	holder->maybe_shared = holder_maybe_shared(leader, holder->mm);
	return 1;
}

/* Whether a process is older than the holder and has the same memory. Needs RCU. */
static int holder_is_older(struct task_struct *leader, int nr, void *arg)
{
	const struct holder *holder = arg;
	struct task_struct *thread;
	struct mm_struct *mm;

	if (leader->start_time > holder->start_time ||
	    (leader->start_time == holder->start_time && nr >= holder->tgid))
		return 0;
	taskwalk_for_each_thread(leader, thread) {
		mm = READ_ONCE(thread->mm);
		if (mm)
			return mm == holder->mm && !(READ_ONCE(thread->flags) & PF_KTHREAD);
	}
	return 0;
}

/*
 * Whether the mappings are another process's to show: the oldest has them, so
 * that a child of vfork() never takes them from its parent. Returns 1, 0, or
 * -EINTR. Takes RCU, may sleep.
 */
static int holder_is_borrower(struct holder *holder)
{
	int nr = 1;

	return holder->maybe_shared ? taskwalk(PIDTYPE_TGID, &nr, holder_is_older, holder) : 0;
}

/*
 * The next rows of a process, from *@addr on; *@addr is 0 when there are no
 * more. A mapping that has come or grown since what is below @addr was read may begin
 * there: told is the part from @addr on, so that no two rows overlap. Needs the mmap
 * lock.
 */
static int holder_read_locked(const struct holder *holder, unsigned long shm_close,
			      unsigned long *addr, struct lens_holder *rows, int max)
{
	struct vm_area_struct *vma;
	unsigned long from;
	int filled = 0, i;

	for (i = 0; i < HOLDERS_MAPPINGS && filled < max; i++) {
		from = *addr;
		vma = find_vma(holder->mm, from);
		*addr = vma ? vma->vm_end : 0;
		if (!vma)
			break;
		if (kview_map_read(vma, shm_close, &rows[filled]) != LENS_MAP_SHM)
			continue;
		rows[filled].start = max_t(u64, rows[filled].start, from);
		filled++;
	}
	return filled;
}

/*
 * The rows of a process from @addr on, at most @max. Returns how many, or
 * -EINTR if the reader is being killed. Takes the mmap lock.
 */
static int holder_read(const struct holder *holder, unsigned long shm_close,
		       unsigned long addr, struct lens_holder *rows, int max)
{
	int filled, i;

	do {
		/* A lock that is free is given to who is being killed, too. */
		if (fatal_signal_pending(current) || mmap_read_lock_killable(holder->mm))
			return -EINTR;
		filled = holder_read_locked(holder, shm_close, &addr, rows, max);
		mmap_read_unlock(holder->mm);
		cond_resched();
	} while (!filled && addr);

	for (i = 0; i < filled; i++) {
		rows[i].pid = holder->tgid;
		rows[i].start_time = holder->start_time;
		memcpy(rows[i].comm, holder->comm, sizeof(rows[i].comm));
		rows[i].task_ipcns = holder->ipcns;
	}
	return filled;
}

static int holders_fill(const void *from, void *scratch, void *rows, int max)
{
	const struct snap_holders_cursor *cursor = from;
	unsigned long shm_close = probe_entry(probe_shm_close);
	struct holder holder;
	int tgid = cursor->tgid, filled = 0, found, borrower;
	unsigned long addr;

	/* Without it nothing tells a System V mapping from another; status says so. */
	if (!shm_close)
		return 0;
	for (; !filled; tgid++) {
		found = taskwalk(PIDTYPE_TGID, &tgid, holder_get, &holder);
		if (found <= 0)
			return found;
		addr = 0;
		if (tgid == cursor->tgid && holder.start_time == cursor->start_time)
			addr = cursor->addr;
		filled = holder_read(&holder, shm_close, addr, rows, max);
		/* Once rows are out, the rest of them must follow. */
		if (filled > 0 && !addr) {
			borrower = holder_is_borrower(&holder);
			if (borrower)
				filled = min(borrower, 0);
		}
		/* May be the last user of it, and close what it holds. */
		mmput(holder.mm);
	}
	return filled;
}

static void holders_after(void *cursor, const void *row)
{
	const struct lens_holder *holder = row;

	*(struct snap_holders_cursor *)cursor = (struct snap_holders_cursor){
		.tgid = holder->pid, .start_time = holder->start_time, .addr = holder->end,
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
