/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every inode of every message queue file system, in the order of device and
 * inode number. What a queue looks like inside is not known here.
 */
#ifndef IPCLENS_MQWALK_H
#define IPCLENS_MQWALK_H

#include <linux/types.h>

struct inode;
struct super_block;

/**
 * struct mqref - a place in the order
 * @dev: device number of the file system, 0 to start
 * @ino: inode number in it
 */
struct mqref {
	u32 dev;
	u64 ino;
};

#define MQWALK_INODES 256
#define MQWALK_SUPERS 32

/**
 * struct mqwalk - what comes next
 * @supers: file systems with queues, in ascending order of @dev; held where @sb is set,
 *	or gone
 * @super_count: how many
 * @super_next: the first not yet entered
 * @sb: the one entered, held
 * @inodes: of @sb, held, in ascending order of the numbers they had when chosen
 * @count: how many
 * @next: the first not yet given away
 *
 * One pass over a file system serves for MQWALK_INODES inodes, two over all of them for
 * MQWALK_SUPERS. All zero to start.
 */
struct mqwalk {
	struct mqwalk_super {
		u32 dev;
		struct super_block *sb;
	} supers[MQWALK_SUPERS];
	int super_count, super_next;
	struct super_block *sb;
	struct mqwalk_inode {
		u64 ino;
		struct inode *inode;
	} inodes[MQWALK_INODES];
	int count, next;
};

int mqwalk_next(struct mqwalk *walk, struct mqref *ref, struct inode **inode);
void mqwalk_forget(struct mqwalk *walk);

#endif /* IPCLENS_MQWALK_H */
