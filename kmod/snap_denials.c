// SPDX-License-Identifier: GPL-2.0
/* debugfs file "mq_denials": refused attempts to open a message queue, newest last. */
#include <linux/kernel.h>

#include "cells.h"
#include "denials.h"
#include "snap.h"

#define DENIAL_CELL(name, type, width, help) CELL(struct lens_denial, name, type, width)

static const struct cell snap_denials_cells[] = {
	IPCLENS_MQ_DENIALS_COLUMNS(DENIAL_CELL)
};

/* Ends with what was newest at the start: refusals may come faster than they are read. */
static int denials_fill(const void *cursor, void *scratch, void *rows, int batch)
{
	u64 seq = *(const u64 *)cursor, *newest = scratch;

	if (!seq)
		*newest = denials_newest();
	return denials_next(seq, *newest, rows) ? 1 : 0;
}

static void denials_after(void *cursor, const void *row)
{
	*(u64 *)cursor = ((const struct lens_denial *)row)->seq;
}

const struct snap_file snap_mq_denials = {
	.name = "mq_denials",
	.cells = snap_denials_cells,
	.cell_count = ARRAY_SIZE(snap_denials_cells),
	.row_size = sizeof(struct lens_denial),
	.batch = 1,
	.cursor_size = sizeof(u64),
	.scratch_size = sizeof(u64),
	.fill = denials_fill,
	.after = denials_after,
};
