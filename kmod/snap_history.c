// SPDX-License-Identifier: GPL-2.0
/* debugfs file "history": all that is remembered, who did what to which object. */
#include <linux/kernel.h>
#include <linux/string.h>

#include "history.h"
#include "kview.h"
#include "snap.h"

/* A row; members are named like the columns. */
struct lens_history {
	const char *kind;
	u64 ipcns, number, orig_key, complete, attaches, copies, detaches;
	u64 create_time, create_pid, create_uid;
	char create_comm[TASK_COMM_LEN];
	u64 attach_time, attach_pid, attach_uid;
	char attach_comm[TASK_COMM_LEN];
	u64 copy_time, copy_pid, copy_uid;
	char copy_comm[TASK_COMM_LEN];
	u64 detach_time, detach_pid, detach_uid;
	char detach_comm[TASK_COMM_LEN];
	u64 rmid_time, rmid_pid, rmid_uid;
	char rmid_comm[TASK_COMM_LEN];
	u32 place;	/* where to go on; not a column */
};

#define HISTORY_CELL(name, type, width, help) CELL(struct lens_history, name, type, width)

static const struct cell snap_history_cells[] = {
	IPCLENS_HISTORY_COLUMNS(HISTORY_CELL)
};

/* Fills the four cells of an act. */
#define HISTORY_WHO(row, entry, name, act) do { \
	const struct history_who *who_ = &(entry)->last[act]; \
	bool known_ = (entry)->counts[act]; \
	(row)->name##_time = known_ ? who_->time : LENS_NONE; \
	(row)->name##_pid = known_ ? who_->pid : LENS_NONE; \
	(row)->name##_uid = known_ ? who_->uid : LENS_NONE; \
	memcpy((row)->name##_comm, who_->comm, TASK_COMM_LEN); \
} while (0)

static void history_row(const struct history_entry *entry, struct lens_history *row)
{
	bool shm = entry->id.kind == HISTORY_SHM;

	row->kind = shm ? "shm" : "mqueue";
	row->ipcns = entry->ipcns ? entry->ipcns : LENS_NONE;
	row->number = entry->id.number;
	row->orig_key = shm ? entry->key : LENS_NONE;
	row->complete = entry->complete;
	row->attaches = history_count(entry, HISTORY_ATTACH);
	row->copies = history_count(entry, HISTORY_COPY);
	row->detaches = history_count(entry, HISTORY_DETACH);
	HISTORY_WHO(row, entry, create, HISTORY_CREATE);
	HISTORY_WHO(row, entry, attach, HISTORY_ATTACH);
	HISTORY_WHO(row, entry, copy, HISTORY_COPY);
	HISTORY_WHO(row, entry, detach, HISTORY_DETACH);
	HISTORY_WHO(row, entry, rmid, HISTORY_MARK);
}

static int history_fill(const void *cursor, void *scratch, void *rows, int batch)
{
	struct lens_history *row = rows;
	struct history_entry entry;

	row->place = *(const u32 *)cursor;
	if (!history_next(&row->place, &entry))
		return 0;
	history_row(&entry, row);
	return 1;
}

static void history_after(void *cursor, const void *row)
{
	*(u32 *)cursor = ((const struct lens_history *)row)->place;
}

const struct snap_file snap_history = {
	.name = "history",
	.cells = snap_history_cells,
	.cell_count = ARRAY_SIZE(snap_history_cells),
	.row_size = sizeof(struct lens_history),
	.batch = 1,
	.cursor_size = sizeof(u32),
	.fill = history_fill,
	.after = history_after,
};
