// SPDX-License-Identifier: GPL-2.0
/*
 * Walks the superblocks of type mqueue, not the IPC namespaces: a queue outlives
 * its namespace for as long as somebody has it open. Inodes are held only as
 * long as one read() takes, since a held queue stays charged.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "mqwalk.h"
#include "nswalk.h"

/* Inodes looked at without letting go of the list's lock. */
#define MQWALK_STEP 64

/* Passes over the file systems before it is said that they cannot be told. */
#define MQWALK_PASSES 1000

/* Finding superblocks */

struct mqwalk_scan {
	struct mqwalk *walk;
	u32 from;
};

/* The root directory alone means that there is no queue. Takes the list's lock. */
static bool mqwalk_has_queues(struct super_block *sb)
{
	bool has;

	spin_lock(&sb->s_inode_list_lock);
	has = !list_empty(&sb->s_inodes) && !list_is_singular(&sb->s_inodes);
	spin_unlock(&sb->s_inode_list_lock);
	return has;
}

/* Keep the smallest numbers, each once. Needs s_umount, takes the list's lock. */
static void mqwalk_note_super(struct super_block *sb, void *arg)
{
	const struct mqwalk_scan *scan = arg;
	struct mqwalk *walk = scan->walk;
	struct mqwalk_super *supers = walk->supers;
	int i = walk->super_count;

	if (sb->s_dev < scan->from || !mqwalk_has_queues(sb))
		return;
	while (i > 0 && supers[i - 1].dev > sb->s_dev)
		i--;
	if (i == MQWALK_SUPERS || (i > 0 && supers[i - 1].dev == sb->s_dev))
		return;
	if (walk->super_count == MQWALK_SUPERS)
		walk->super_count--;
	memmove(&supers[i + 1], &supers[i], (walk->super_count - i) * sizeof(supers[0]));
	supers[i] = (struct mqwalk_super){ .dev = sb->s_dev };
	walk->super_count++;
}

/*
 * Hold one that was noted, once. Numbers are used again: it may be another one by now.
 * Needs s_umount, under which an active superblock can be held longer; takes the list's
 * lock.
 */
static void mqwalk_hold_super(struct super_block *sb, void *arg)
{
	struct mqwalk *walk = arg;
	struct mqwalk_super *noted;

	for (noted = walk->supers; noted < walk->supers + walk->super_count; noted++)
		if (noted->dev == sb->s_dev)
			break;
	if (noted < walk->supers + walk->super_count && !noted->sb && mqwalk_has_queues(sb) &&
	    atomic_inc_not_zero(&sb->s_active))
		noted->sb = sb;
}

struct mqwalk_pass {
	void (*fn)(struct super_block *sb, void *arg);
	void *arg;
	bool whole;
};

/* Needs s_umount. */
static void mqwalk_pass_super(struct super_block *sb, void *arg)
{
	struct mqwalk_pass *pass = arg;

	pass->fn(sb, pass->arg);
	if (nswalk_is_initial(sb))
		pass->whole = true;
}

/*
 * Call @fn for every file system at least once. Where one goes away, the kernel's
 * own iteration ends, as if there were no others. New ones are put in front, and
 * the oldest, that of the initial namespace, stays for ever: who came to it has
 * seen all.
 *
 * Returns 0, -EINTR if the reader is being killed, or -EAGAIN if file systems go
 * away all the time. Takes sb_lock and each s_umount in turn, may sleep.
 */
static int mqwalk_each_super(void (*fn)(struct super_block *sb, void *arg), void *arg)
{
	/* Built in or not there at all, so there is no module to let go of. */
	struct file_system_type *type = IS_ENABLED(CONFIG_POSIX_MQUEUE) ? get_fs_type("mqueue") :
									  NULL;
	struct mqwalk_pass pass = { .fn = fn, .arg = arg, .whole = !type };
	int n;

	for (n = 0; !pass.whole; n++) {
		if (n == MQWALK_PASSES)
			return -EAGAIN;
		if (fatal_signal_pending(current))
			return -EINTR;
		iterate_supers_type(type, mqwalk_pass_super, &pass);
		/* There may be thousands, and passes for each few of them. */
		cond_resched();
	}
	return 0;
}

static void mqwalk_drop_inodes(struct mqwalk *walk)
{
	while (walk->next < walk->count)
		iput(walk->inodes[walk->next++].inode);
	walk->next = 0;
	walk->count = 0;
}

static void mqwalk_leave_super(struct mqwalk *walk)
{
	mqwalk_drop_inodes(walk);
	if (walk->sb)
		deactivate_super(walk->sb);
	walk->sb = NULL;
}

/*
 * Enter the first file system from number @from on. Returns 1, 0 if there is
 * none, or an error of mqwalk_each_super(). Takes sb_lock and each s_umount in
 * turn, may sleep.
 */
static int mqwalk_enter_super(struct mqwalk *walk, u32 from)
{
	struct mqwalk_scan scan = { .walk = walk, .from = from };
	struct mqwalk_super *noted;
	int err;

	mqwalk_leave_super(walk);
	for (;;) {
		while (walk->super_next < walk->super_count) {
			noted = &walk->supers[walk->super_next++];
			scan.from = noted->dev + 1;
			swap(walk->sb, noted->sb);
			if (walk->sb)
				return 1;
		}
		walk->super_next = 0;
		walk->super_count = 0;
		err = mqwalk_each_super(mqwalk_note_super, &scan);
		if (err || !walk->super_count)
			return err;
		err = mqwalk_each_super(mqwalk_hold_super, walk);
		if (err)
			return err;
	}
}

/* Choosing inodes */

/*
 * Keep the smallest numbers. Returns an inode to let go of, or NULL.
 * Needs the list's lock, takes the inode's.
 */
static struct inode *mqwalk_note_inode(struct mqwalk *walk, struct inode *inode, u64 after)
	__must_hold(&walk->sb->s_inode_list_lock)
{
	/* Until the inode has been set up it may still change, hence the copy. */
	u64 ino = READ_ONCE(inode->i_ino);
	struct inode *out = NULL;
	int i = walk->count;

	lockdep_assert_held(&walk->sb->s_inode_list_lock);
	if (ino <= after)
		return NULL;
	while (i > 0 && walk->inodes[i - 1].ino > ino)
		i--;
	if (i == MQWALK_INODES || !igrab(inode))
		return NULL;
	if (walk->count == MQWALK_INODES)
		out = walk->inodes[--walk->count].inode;
	memmove(&walk->inodes[i + 1], &walk->inodes[i],
		(walk->count - i) * sizeof(walk->inodes[0]));
	walk->inodes[i] = (struct mqwalk_inode){ .ino = ino, .inode = inode };
	walk->count++;
	return out;
}

/*
 * Let go of the list's lock and of two inodes. The inode at hand, which the caller
 * holds, keeps the place in the list. Needs the list's lock, may sleep.
 */
static void mqwalk_breathe(struct super_block *sb, struct inode *out, struct inode *last)
	__must_hold(&sb->s_inode_list_lock)
{
	spin_unlock(&sb->s_inode_list_lock);
	iput(out);
	iput(last);
	cond_resched();
	spin_lock(&sb->s_inode_list_lock);
}

/*
 * Hold the inodes behind number @after. The list has the newest first; backwards,
 * most numbers come in their order. Takes the list's lock, may sleep.
 */
static int mqwalk_choose(struct mqwalk *walk, u64 after)
{
	struct super_block *sb = walk->sb;
	struct inode *inode, *out, *last = NULL;
	int steps = 0, err = 0;

	mqwalk_drop_inodes(walk);
	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry_reverse(inode, &sb->s_inodes, i_sb_list) {
		out = mqwalk_note_inode(walk, inode, after);
		if (!out && ++steps < MQWALK_STEP)
			continue;
		/* One that is going keeps no place; the next may. */
		if (!out && !igrab(inode))
			continue;
		if (out)
			ihold(inode);
		mqwalk_breathe(sb, out, last);
		last = inode;
		steps = 0;
		err = fatal_signal_pending(current) ? -EINTR : 0;
		if (err)
			break;
	}
	spin_unlock(&sb->s_inode_list_lock);
	iput(last);
	return err;
}

/**
 * mqwalk_next() - the inode that follows in the order of device and number
 * @walk: what earlier calls have found out
 * @ref: in: where to go on, all zero to start; out: the place of @inode
 * @inode: set to the inode, which the caller must iput(), or to NULL behind the
 *	last; one whose number is not that of @ref has not been set up yet
 *
 * Return: 0, -EINTR if the reader is being killed, or -EAGAIN if namespaces end
 * faster than they can be looked at.
 *
 * Context: process, may sleep. Takes sb_lock, s_umount, s_inode_list_lock.
 */
int mqwalk_next(struct mqwalk *walk, struct mqref *ref, struct inode **inode)
{
	const struct mqwalk_inode *chosen;
	bool more;
	int ret;

	*inode = NULL;
	if (!walk->sb) {
		ret = mqwalk_enter_super(walk, ref->dev);
		if (ret <= 0)
			return ret;
	}
	while (walk->next == walk->count) {
		/* Fewer than there was room for were all. */
		more = !walk->count || walk->count == MQWALK_INODES;
		if (more) {
			ret = mqwalk_choose(walk, walk->sb->s_dev == ref->dev ? ref->ino : 0);
			if (ret)
				return ret;
		}
		if (!more || !walk->count) {
			ret = mqwalk_enter_super(walk, walk->sb->s_dev + 1);
			if (ret <= 0)
				return ret;
		}
	}
	chosen = &walk->inodes[walk->next++];
	*ref = (struct mqref){ .dev = walk->sb->s_dev, .ino = chosen->ino };
	*inode = chosen->inode;
	return 0;
}

/**
 * mqwalk_forget() - let go of everything
 * @walk: must be forgotten when a read() ends
 *
 * Context: process, may sleep, with no lock held.
 */
void mqwalk_forget(struct mqwalk *walk)
{
	struct super_block *sb;

	mqwalk_leave_super(walk);
	while (walk->super_next < walk->super_count) {
		sb = walk->supers[walk->super_next++].sb;
		if (sb)
			deactivate_super(sb);
	}
	walk->super_next = 0;
	walk->super_count = 0;
}
