// SPDX-License-Identifier: GPL-2.0
/* debugfs file "mqueue": the message queues of every IPC namespace, linked or not. */
#include <linux/fs.h>
#include <linux/kernel.h>

#include "history.h"
#include "kview.h"
#include "mqwalk.h"
#include "nswalk.h"
#include "snap.h"

#define SNAP_MQUEUE_BATCH 32

#define MQ_CELL(name, type, width, help) CELL(struct lens_mq, name, type, width)

static const struct cell snap_mqueue_cells[] = {
	IPCLENS_MQUEUE_COLUMNS(MQ_CELL)
};

/**
 * struct snap_mqueue_scratch - what a read() has found out
 * @walk: the queues that come next
 * @dev: the file system whose namespace is known, 0 if none
 * @inum: that namespace, 0 if no task is in it
 */
struct snap_mqueue_scratch {
	struct mqwalk walk;
	u32 dev;
	unsigned int inum;
};

/* Takes RCU and task locks, may sleep. */
static int mqueue_set_ipcns(struct snap_mqueue_scratch *scratch, const struct super_block *sb,
			    struct lens_mq *row)
{
	int err;

	if (scratch->dev != sb->s_dev) {
		err = nswalk_of_super(sb, &scratch->inum);
		if (err)
			return err;
		scratch->dev = sb->s_dev;
	}
	row->ipcns = scratch->inum ? scratch->inum : LENS_NONE;
	return 0;
}

/* Takes a lock of the history. */
static void mqueue_join(struct lens_mq *row)
{
	struct history_id id = history_id_mqueue(row->object, row->sb_dev, row->ino);
	const struct history_who *who;
	struct history_entry entry;

	if (!history_find(&id, &entry))
		return;
	who = &entry.last[HISTORY_CREATE];
	row->create_pid = who->pid;
	memcpy(row->create_comm, who->comm, sizeof(row->create_comm));
	row->create_time = who->time;
}

/* Returns 1 if @row was filled, 0 if @inode is no row, or -EINTR. */
static int mqueue_read(struct snap_mqueue_scratch *scratch, struct inode *inode, u64 ino,
		       struct lens_mq *row)
{
	const struct kview_payer *payer;

	if (kview_mq_read(inode, row, &payer) != LENS_QUEUE_READ || row->ino != ino)
		return 0;
	mqueue_join(row);
	return mqueue_set_ipcns(scratch, inode->i_sb, row) ?: 1;
}

static int mqueue_fill(const void *cursor, void *kept, void *rows, int max)
{
	struct mqref ref = *(const struct mqref *)cursor;
	struct snap_mqueue_scratch *scratch = kept;
	struct lens_mq *row = rows;
	struct inode *inode;
	int err;

	/* With no file system held the number may be another one's by now. */
	if (!scratch->walk.sb)
		scratch->dev = 0;
	while (row < (struct lens_mq *)rows + max) {
		err = mqwalk_next(&scratch->walk, &ref, &inode);
		if (err)
			return err;
		if (!inode)
			break;
		err = mqueue_read(scratch, inode, ref.ino, row);
		iput(inode);
		if (err < 0)
			return err;
		row += err;
	}
	return row - (struct lens_mq *)rows;
}

static void mqueue_forget(void *kept)
{
	struct snap_mqueue_scratch *scratch = kept;

	mqwalk_forget(&scratch->walk);
	scratch->dev = 0;
}

static void mqueue_after(void *cursor, const void *row)
{
	const struct lens_mq *mq = row;

	*(struct mqref *)cursor = (struct mqref){ .dev = mq->sb_dev, .ino = mq->ino };
}

const struct snap_file snap_mqueue = {
	.name = "mqueue",
	.cells = snap_mqueue_cells,
	.cell_count = ARRAY_SIZE(snap_mqueue_cells),
	.row_size = sizeof(struct lens_mq),
	.batch = SNAP_MQUEUE_BATCH,
	.cursor_size = sizeof(struct mqref),
	.scratch_size = sizeof(struct snap_mqueue_scratch),
	.fill = mqueue_fill,
	.forget = mqueue_forget,
	.after = mqueue_after,
};
