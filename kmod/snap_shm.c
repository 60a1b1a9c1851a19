// SPDX-License-Identifier: GPL-2.0
/* debugfs file "shm": the segments of every IPC namespace. */
#include <linux/kernel.h>
#include <linux/sched/signal.h>

#include "history.h"
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

/*
 * The comm of whoever the kernel notes as lpid, if it was seen, too: it writes that
 * down some time before or after the probe does.
 */
static void shm_join_last(const struct history_entry *entry, struct lens_shm *row)
{
	const struct history_who *who = &entry->last[entry->latest];

	if (entry->counts[entry->latest] && entry->latest && who->pid == row->lpid)
		memcpy(row->last_comm, who->comm, sizeof(row->last_comm));
}

static void shm_join_mark(const struct history_entry *entry, struct lens_shm *row)
{
	const struct history_who *who = &entry->last[HISTORY_MARK];

	if (!entry->counts[HISTORY_MARK] || !row->dest)
		return;
	row->rmid_pid = who->pid;
	row->rmid_uid = who->uid;
	memcpy(row->rmid_comm, who->comm, sizeof(row->rmid_comm));
	row->rmid_time = who->time;
}

/* Takes a lock of the history. */
static void shm_join(struct lens_shm *row)
{
	struct history_id id = history_id_shm(row->object, row->ipcns, row->shmid);
	struct history_entry entry;

	row->attaches = LENS_NONE;
	row->detaches = LENS_NONE;
	row->copies = LENS_NONE;
	row->create_comm[0] = '\0';
	row->last_comm[0] = '\0';
	row->rmid_pid = LENS_NONE;
	row->rmid_uid = LENS_NONE;
	row->rmid_comm[0] = '\0';
	row->rmid_time = LENS_NONE;
	if (!history_find(&id, &entry))
		return;
	/* The same address and number, but not the same creation: its end was missed. */
	if (entry.complete && entry.last[HISTORY_CREATE].pid != row->cpid)
		return;
	row->attaches = history_count(&entry, HISTORY_ATTACH);
	row->detaches = history_count(&entry, HISTORY_DETACH);
	row->copies = history_count(&entry, HISTORY_COPY);
	memcpy(row->create_comm, entry.last[HISTORY_CREATE].comm, sizeof(row->create_comm));
	shm_join_last(&entry, row);
	shm_join_mark(&entry, row);
}

/* Needs RCU, takes the segments' locks, and the history's after them. */
static int shm_read_ns(struct ipc_namespace *ns, struct task_struct *task, void *arg)
{
	const struct snap_shm_batch *batch = arg;
	int filled = kview_shm_read(ns, batch->index, batch->rows, batch->max), i;

	for (i = 0; i < filled; i++)
		shm_join(&batch->rows[i]);
	return filled;
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
