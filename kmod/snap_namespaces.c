// SPDX-License-Identifier: GPL-2.0
/* debugfs file "namespaces": the IPC namespaces, their counters and limits. */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "kview.h"
#include "nswalk.h"
#include "snap.h"

#define NS_CELL(name, type, width, help) CELL(struct lens_ns, name, type, width)

static const struct cell snap_ns_cells[] = {
	IPCLENS_NAMESPACES_COLUMNS(NS_CELL)
};

/*
 * Returns -EAGAIN if the namespace is not found where @ref says. Takes RCU and
 * the task lock.
 */
static int ns_fill_one(const struct ns_ref *ref, struct lens_ns *row)
{
	struct task_struct *task;
	struct ipc_namespace *ns;

	rcu_read_lock();
	ns = nswalk_pin(ref, &task);
	if (ns) {
		kview_ns_read(ns, row);
		row->pid = ref->tid ? ref->tid : LENS_NONE;
		get_task_comm(row->comm, task);
	}
	rcu_read_unlock();
	return ns ? 0 : -EAGAIN;
}

static int ns_fill(const void *cursor, void *walk, void *rows, int batch)
{
	struct ns_ref ref = { .inum = *(const unsigned int *)cursor };
	struct lens_ns *row = rows;
	int err;

	while (row < (struct lens_ns *)rows + batch) {
		err = nswalk_next(walk, &ref);
		if (err)
			return err;
		if (!ref.inum)
			break;
		while ((err = ns_fill_one(&ref, row)) == -EAGAIN) {
			err = nswalk_refind(&ref);
			if (err)
				break;
		}
		/* One that has lost its last task since is no row. */
		if (!err)
			row++;
		else if (err != -ENOENT)
			return err;
	}
	return row - (struct lens_ns *)rows;
}

static void ns_forget(void *walk)
{
	nswalk_forget(walk);
}

static void ns_after(void *cursor, const void *row)
{
	*(unsigned int *)cursor = ((const struct lens_ns *)row)->ipcns;
}

const struct snap_file snap_namespaces = {
	.name = "namespaces",
	.cells = snap_ns_cells,
	.cell_count = ARRAY_SIZE(snap_ns_cells),
	.row_size = sizeof(struct lens_ns),
	.batch = NSWALK_BATCH,
	.cursor_size = sizeof(unsigned int),
	.scratch_size = sizeof(struct nswalk),
	.fill = ns_fill,
	.forget = ns_forget,
	.after = ns_after,
};
