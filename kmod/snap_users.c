// SPDX-License-Identifier: GPL-2.0
/*
 * debugfs file "mq_users": who is charged for message queues. A batch is made by
 * one look at all tasks and all queues, which keeps the users that come next in
 * the order and adds up what belongs to them.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/sched/signal.h>

#include "denials.h"
#include "kview.h"
#include "mqwalk.h"
#include "snap.h"
#include "taskwalk.h"

#define SNAP_USERS_BATCH 64

#define USER_CELL(name, type, width, help) CELL(struct lens_user, name, type, width)

static const struct cell snap_users_cells[] = {
	IPCLENS_MQ_USERS_COLUMNS(USER_CELL)
};

struct snap_users_cursor {
	u64 userns, uid;
};

struct snap_users_scratch {
	struct mqwalk walk;
	struct lens_mq mq;
};

/* The batch that is being made: the first users behind @after, in order. */
struct users_batch {
	const struct snap_users_cursor *after;
	struct lens_user *rows;
	int count, max;
};

static int users_compare(u64 userns, u64 uid, const struct lens_user *row)
{
	if (userns != row->userns)
		return userns < row->userns ? -1 : 1;
	return uid < row->uid ? -1 : uid > row->uid;
}

static void users_row_init(const struct kview_payer *payer, struct lens_user *row)
{
	*row = (struct lens_user){ .limit_min = LENS_NONE, .limit_max = LENS_NONE };
	kview_user_read(payer, row);
}

/*
 * The row of a payer, made if need be; NULL if the payer is not of this batch.
 * One that has lost its row to others cannot get it back, so that no sum
 * ever lacks a part. Needs RCU or a queue to keep @payer.
 */
static struct lens_user *users_note(struct users_batch *batch, const struct kview_payer *payer)
{
	struct lens_user *rows = batch->rows;
	int i = batch->count;
	u64 userns, uid;

	kview_user_name(payer, &userns, &uid);
	if (userns < batch->after->userns ||
	    (userns == batch->after->userns && uid < batch->after->uid))
		return NULL;
	while (i > 0 && users_compare(userns, uid, &rows[i - 1]) < 0)
		i--;
	if (i > 0 && !users_compare(userns, uid, &rows[i - 1]))
		return &rows[i - 1];
	if (i == batch->max)
		return NULL;
	if (batch->count == batch->max)
		batch->count--;
	memmove(&rows[i + 1], &rows[i], (batch->count - i) * sizeof(rows[0]));
	users_row_init(payer, &rows[i]);
	batch->count++;
	return &rows[i];
}

/* Those who are charged for what @payer is charged. Needs RCU or a queue to keep @payer. */
static void users_note_parents(struct users_batch *batch, const struct kview_payer *payer)
{
	while ((payer = kview_user_parent(payer)))
		users_note(batch, payer);
}

static void users_add_limit(struct lens_user *row, u64 limit)
{
	if (!row->tasks++) {
		row->limit_min = limit;
		row->limit_max = limit;
	}
	row->limit_min = min(row->limit_min, limit);
	row->limit_max = max(row->limit_max, limit);
}

/* Needs RCU, which keeps the credentials and through them the payer. */
static int users_add_task(struct task_struct *task, int nr, void *arg)
{
	const struct kview_payer *payer = kview_user_of_cred(__task_cred(task));
	struct lens_user *row;

	/* The kernel's own threads open no queues, and keep limits that nobody can change. */
	if (READ_ONCE(task->flags) & PF_KTHREAD || READ_ONCE(task->exit_state) ||
	    !kview_user_bytes(payer))
		return 0;
	row = users_note(arg, payer);
	if (row)
		users_add_limit(row, kview_user_limit(task_rlimit(task, RLIMIT_MSGQUEUE)));
	users_note_parents(arg, payer);
	return 0;
}

/*
 * The queue that was chosen by number @ino. Needs a reference to @inode, takes its locks.
 */
static void users_add_queue(struct users_batch *batch, struct inode *inode, u64 ino,
			    struct lens_mq *mq)
{
	const struct kview_payer *payer;
	struct lens_user *row;

	if (kview_mq_read(inode, mq, &payer) != LENS_QUEUE_READ || mq->ino != ino || !payer)
		return;
	row = users_note(batch, payer);
	if (row) {
		row->queues++;
		row->unlinked += !mq->linked;
		row->queue_bytes += mq->charge;
	}
	users_note_parents(batch, payer);
}

static int users_add_queues(struct users_batch *batch, struct snap_users_scratch *scratch)
{
	struct mqref ref = {};
	struct inode *inode;
	int err;

	for (;;) {
		err = mqwalk_next(&scratch->walk, &ref, &inode);
		if (err || !inode)
			return err;
		users_add_queue(batch, inode, ref.ino, &scratch->mq);
		iput(inode);
	}
}

static int users_fill(const void *cursor, void *kept, void *rows, int max)
{
	struct users_batch batch = { .after = cursor, .rows = rows, .max = max };
	struct snap_users_scratch *scratch = kept;
	int nr = 1, i, err;

	/* The walk goes on within a read() only; each batch needs it from the start. */
	mqwalk_forget(&scratch->walk);
	err = users_add_queues(&batch, scratch);
	if (!err)
		err = taskwalk(PIDTYPE_PID, &nr, users_add_task, &batch);
	if (err)
		return err;
	for (i = 0; i < batch.count; i++)
		batch.rows[i].denials = denials_count(batch.rows[i].userns, batch.rows[i].uid);
	return batch.count;
}

static void users_forget(void *kept)
{
	struct snap_users_scratch *scratch = kept;

	mqwalk_forget(&scratch->walk);
}

/* uid is one more than the last one's: 0 is a user. */
static void users_after(void *cursor, const void *row)
{
	const struct lens_user *user = row;

	*(struct snap_users_cursor *)cursor = (struct snap_users_cursor){
		.userns = user->userns, .uid = user->uid + 1,
	};
}

const struct snap_file snap_mq_users = {
	.name = "mq_users",
	.cells = snap_users_cells,
	.cell_count = ARRAY_SIZE(snap_users_cells),
	.row_size = sizeof(struct lens_user),
	.batch = SNAP_USERS_BATCH,
	.cursor_size = sizeof(struct snap_users_cursor),
	.scratch_size = sizeof(struct snap_users_scratch),
	.fill = users_fill,
	.forget = users_forget,
	.after = users_after,
};
