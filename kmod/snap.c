// SPDX-License-Identifier: GPL-2.0
/*
 * The seq_file iterator under every file of ipclens. Between read() calls
 * nothing is kept but the position between two rows: what was read ahead and
 * not printed is read again, so that each row is as old as the read() that
 * brought it, however long the reader sleeps.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "snap.h"

/* Enough for some hundred rows; the least that makes a read() worth its set-up. */
#define SNAP_BUFFER 32768

/**
 * struct snap - one open file
 * @file: what it shows
 * @pos: seq_file's position of the current row; 0 is the heading
 * @filled: rows in @rows
 * @current_row: index of the current row in @rows
 * @before: position in front of the current row
 * @scratch: kept for @file->fill
 * @rows: the batch
 *
 * Only used under the seq_file's own lock.
 */
struct snap {
	const struct snap_file *file;
	loff_t pos;
	int filled;
	int current_row;
	void *before;
	void *scratch;
	void *rows;
};

static void *snap_row(const struct snap *snap)
{
	return snap->rows + snap->current_row * snap->file->row_size;
}

/* Read the batch behind @before; the first row of it becomes the current one. */
static void *snap_fill(struct snap *snap)
{
	snap->current_row = 0;
	snap->filled = snap->file->fill(snap->before, snap->scratch, snap->rows,
					snap->file->batch);
	if (snap->filled < 0)
		return ERR_PTR(snap->filled);
	return snap->filled ? snap_row(snap) : NULL;
}

static void *snap_start(struct seq_file *m, loff_t *pos)
{
	struct snap *snap = m->private;

	/* seq_file goes on where it was, or begins anew: it has no other way to seek. */
	if (*pos == 0) {
		snap->pos = 0;
		memset(snap->before, 0, snap->file->cursor_size);
		return SEQ_START_TOKEN;
	}
	if (WARN_ON_ONCE(*pos != snap->pos))
		return NULL;
	return snap_fill(snap);
}

static void *snap_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct snap *snap = m->private;

	snap->pos = ++*pos;
	if (v == SEQ_START_TOKEN)
		return snap_fill(snap);
	snap->file->after(snap->before, v);
	if (++snap->current_row < snap->filled)
		return snap_row(snap);
	return snap_fill(snap);
}

static void snap_stop(struct seq_file *m, void *v)
{
	struct snap *snap = m->private;

	if (snap->file->forget)
		snap->file->forget(snap->scratch);
}

static char *snap_put_head(char *p, const char *end, const struct snap_file *file)
{
	int len = scnprintf(p, end - p, "# ipclens %s %d\n", file->name, IPCLENS_FORMAT);

	return cells_put_head(p + len, end, file->cells, file->cell_count);
}

static int snap_show(struct seq_file *m, void *v)
{
	const struct snap *snap = m->private;
	const struct snap_file *file = snap->file;
	char *buf, *end;
	size_t room = seq_get_buf(m, &buf);

	if (v == SEQ_START_TOKEN)
		end = snap_put_head(buf, buf + room, file);
	else
		end = cells_put_row(buf, buf + room, file->cells, file->cell_count, v);
	/* -1 makes seq_file come again with more room. */
	seq_commit(m, end ? end - buf : -1);
	return 0;
}

static const struct seq_operations snap_seq_ops = {
	.start = snap_start,
	.next = snap_next,
	.stop = snap_stop,
	.show = snap_show,
};

/* One allocation: the parts are small, and live and die together. */
static struct snap *snap_alloc(const struct snap_file *file)
{
	size_t cursor = ALIGN(file->cursor_size, sizeof(u64));
	size_t scratch = ALIGN(file->scratch_size, sizeof(u64));
	struct snap *snap;

	snap = kvzalloc(sizeof(*snap) + cursor + scratch + file->batch * file->row_size,
			GFP_KERNEL);
	if (!snap)
		return NULL;
	snap->file = file;
	snap->before = snap + 1;
	snap->scratch = snap->before + cursor;
	snap->rows = snap->scratch + scratch;
	return snap;
}

static int snap_open(struct inode *inode, struct file *file)
{
	struct snap *snap = snap_alloc(inode->i_private);
	struct seq_file *m;
	int err;

	if (!snap)
		return -ENOMEM;
	err = seq_open(file, &snap_seq_ops);
	if (err) {
		kvfree(snap);
		return err;
	}
	m = file->private_data;
	m->private = snap;
	/* Without it seq_file starts with a page, and takes a page per read(). */
	m->buf = kvmalloc(SNAP_BUFFER, GFP_KERNEL);
	if (m->buf)
		m->size = SNAP_BUFFER;
	return 0;
}

static int snap_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	kvfree(m->private);
	return seq_release(inode, file);
}

/* The owner keeps the module while a file is open: rmmod says EBUSY. */
const struct file_operations snap_fops = {
	.owner = THIS_MODULE,
	.open = snap_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = snap_release,
};
