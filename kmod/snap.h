/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A debugfs file that prints one row per object, read from the kernel in
 * bounded batches. What the rows are is told by a struct snap_file.
 */
#ifndef IPCLENS_SNAP_H
#define IPCLENS_SNAP_H

#include <linux/fs.h>
#include <linux/types.h>

#include "cells.h"
#include "ipclens_abi.h"

/**
 * struct snap_file - what makes one file different from another
 * @name: the file's name
 * @cells: its columns
 * @cell_count: how many
 * @row_size: size of a row's values
 * @batch: how many rows to read at the most before they are printed
 * @cursor_size: size of the position between rows, all zero before the first
 * @scratch_size: size of what @fill may keep between its calls, all zero at first
 * @fill: read the rows behind @cursor into @rows, at most @batch; returns how
 *	many, 0 if there are no more, or a negative error
 * @forget: called when a read() ends: drop from the scratch what would become stale,
 *	let go of what must not be held; may be NULL
 * @after: set @cursor behind @row
 */
struct snap_file {
	const char *name;
	const struct cell *cells;
	int cell_count;
	size_t row_size;
	int batch;
	size_t cursor_size;
	size_t scratch_size;
	int (*fill)(const void *cursor, void *scratch, void *rows, int batch);
	void (*forget)(void *scratch);
	void (*after)(void *cursor, const void *row);
};

extern const struct file_operations snap_fops;

extern const struct snap_file snap_history;
extern const struct snap_file snap_mq_denials;
extern const struct snap_file snap_mq_users;
extern const struct snap_file snap_mqueue;
extern const struct snap_file snap_namespaces;
extern const struct snap_file snap_probes;
extern const struct snap_file snap_shm;
extern const struct snap_file snap_shm_holders;
extern const struct snap_file snap_status;

#endif /* IPCLENS_SNAP_H */
