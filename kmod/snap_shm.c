// SPDX-License-Identifier: GPL-2.0
/* debugfs file "shm": the segments of every IPC namespace. */
#include <linux/kernel.h>
#include <linux/sched/signal.h>

#include "kview.h"
#include "nswalk.h"
#include "snap.h"

/* A segment's lock is taken per row, all of them in one RCU section. */
#define SNAP_SHM_BATCH 64

#define SHM_CELL(name, type, width, help) CELL(struct lens_shm, name, type, width)

static const struct cell snap_shm_cells[] = {
	IPCLENS_SHM_COLUMNS(SHM_CELL)
};

/* Behind the segments of namespace inum that stand below index. */
struct snap_shm_cursor {
	unsigned int inum;
	int index;
};

/**
 * struct snap_shm_scratch - where namespaces were found
 * @walk: those that come next; stale after a read()
 * @ref: the one being read; only a hint, proved at each use
 */
struct snap_shm_scratch {
	struct nswalk walk;
	struct ns_ref ref;
};

struct snap_shm_batch {
	int *index;
	struct lens_shm *rows;
	int max;
};

/* Needs RCU, takes the segments' locks. */
static int shm_read_ns(struct ipc_namespace *ns, struct task_struct *task, void *arg)
{
	const struct snap_shm_batch *batch = arg;

	return kview_shm_read(ns, batch->index, batch->rows, batch->max);
}

/*
 * The next segments of one namespace, from *@index on. Returns how many, 0
 * behind the last one or if the namespace is gone, or -EINTR. Takes RCU.
 */
static int shm_fill_ns(struct ns_ref *ref, int *index, struct lens_shm *rows, int max)
{
	struct snap_shm_batch batch = { .index = index, .rows = rows, .max = max };
	int filled = 0;

	/* More than once only where a whole batch was withheld. */
	while (!filled && *index >= 0) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		filled = nswalk_visit(ref, shm_read_ns, &batch);
	}
	return filled == -ENOENT ? 0 : filled;
}

static int shm_fill(const void *from, void *kept, void *rows, int max)
{
	struct snap_shm_cursor cursor = *(const struct snap_shm_cursor *)from;
	struct snap_shm_scratch *scratch = kept;
	struct ns_ref *ref = &scratch->ref;
	int filled = 0, err;

	if (ref->inum != cursor.inum)
		*ref = (struct ns_ref){ .inum = cursor.inum };
	if (ref->inum)
		filled = shm_fill_ns(ref, &cursor.index, rows, max);
	while (!filled) {
		err = nswalk_next(&scratch->walk, ref);
		if (err || !ref->inum)
			return err;
		cursor.index = 0;
		filled = shm_fill_ns(ref, &cursor.index, rows, max);
	}
	return filled;
}

static void shm_forget(void *kept)
{
	struct snap_shm_scratch *scratch = kept;

	nswalk_forget(&scratch->walk);
}

static void shm_after(void *cursor, const void *row)
{
	const struct lens_shm *shm = row;

	*(struct snap_shm_cursor *)cursor = (struct snap_shm_cursor){
		.inum = shm->ipcns, .index = shm->index + 1,
	};
}

const struct snap_file snap_shm = {
	.name = "shm",
	.cells = snap_shm_cells,
	.cell_count = ARRAY_SIZE(snap_shm_cells),
	.row_size = sizeof(struct lens_shm),
	.batch = SNAP_SHM_BATCH,
	.cursor_size = sizeof(struct snap_shm_cursor),
	.scratch_size = sizeof(struct snap_shm_scratch),
	.fill = shm_fill,
	.forget = shm_forget,
	.after = shm_after,
};
