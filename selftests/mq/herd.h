/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Thousands of the calling process's own queues, which their names keep. They are made
 * directly: through a peer it takes several times as long.
 */
#ifndef MQ_HERD_H
#define MQ_HERD_H

#include "lens.h"
#include "queues.h"

#define HERD_MOST 10000

/* For a process that has just entered a namespace, @inum: no limit, and who it is. 0 or -1. */
int herd_begin(struct owner *owner, unsigned long inum);

/* One queue with that number; the inode number, 0 on failure. */
unsigned long long herd_queue(int n);

/* Takes the name of the queue with that number, and with it the queue. 0 or -1. */
int herd_unlink(int n);

/* Queues numbered @from up to @to, from 0 on. 0 or -1. */
int herd_make(int from, int to);

/* How many of the first @count queues do not have exactly one row in "mqueue". */
int herd_wrong(const struct lens_table *table, unsigned long inum, int count);

#endif /* MQ_HERD_H */
