// SPDX-License-Identifier: GPL-2.0
/* debugfs file "namespaces": the IPC namespaces, their counters and limits. */
#include <linux/kernel.h>
#include <linux/sched.h>

#include "kview.h"
#include "nswalk.h"
#include "snap.h"

#define NS_CELL(name, type, width, help) CELL(struct lens_ns, name, type, width)

static const struct cell snap_ns_cells[] = {
	IPCLENS_NAMESPACES_COLUMNS(NS_CELL)
};

/* Needs RCU; on some kernels the task's name is read under the task lock. */
static int ns_read(struct ipc_namespace *ns, struct task_struct *task, void *arg)
{
	struct lens_ns *row = arg;

	kview_ns_read(ns, row);
	get_task_comm(row->comm, task);
	return 0;
}

static int ns_fill(const void *cursor, void *walk, void *rows, int max)
{
	struct ns_ref ref = { .inum = *(const unsigned int *)cursor };
	struct lens_ns *row = rows;
	int err;

	while (row < (struct lens_ns *)rows + max) {
		err = nswalk_next(walk, &ref);
		if (err)
			return err;
		if (!ref.inum)
			break;
		err = nswalk_visit(&ref, ns_read, row);
		/* One that has lost its last task since is no row. */
		if (err == -ENOENT)
			continue;
		if (err)
			return err;
		row->pid = ref.tid ? ref.tid : LENS_NONE;
		row++;
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
