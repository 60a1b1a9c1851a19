// SPDX-License-Identifier: GPL-2.0
/*
 * struct mqueue_inode_info -> plain values. Mirrors the structures that
 * ipc/mqueue.c keeps to itself (the same in 5.10 to 7.2), and withholds each
 * row whose redundant parts contradict the mirror.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/ipc_namespace.h>
#include <linux/kdev_t.h>
#include <linux/kprobes.h>
#include <linux/mount.h>
#include <linux/mqueue.h>
#include <linux/msg.h>
#include <linux/pid.h>
#include <linux/rbtree.h>
#include <linux/signal.h>
#include <linux/string.h>

#include "kview.h"

/* Waiters are counted up to here: the list may be as long as there are threads. */
#define MQ_WAITERS 1024

enum { LENS_SEND, LENS_RECV };

struct lens_msg_tree_node {
	struct rb_node		rb_node;
	struct list_head	msg_list;
	int			priority;
};

struct lens_ext_wait_queue {
	struct task_struct	*task;
	struct list_head	list;
	struct msg_msg		*msg;
	int			state;
};

struct lens_mqueue_inode_info {
	spinlock_t		lock;		/* of everything but vfs_inode */
	struct inode		vfs_inode;
	wait_queue_head_t	wait_q;
	struct rb_root		msg_tree;
	struct rb_node		*msg_tree_rightmost;
	struct lens_msg_tree_node *node_cache;
	struct mq_attr		attr;
	struct sigevent		notify;
	struct pid		*notify_owner;
	u32			notify_self_exec_id;
	struct user_namespace	*notify_user_ns;
	struct kview_payer	*payer;		/* user_struct, since 5.14 ucounts */
	struct sock		*notify_sock;
	struct sk_buff		*notify_cookie;
	struct lens_ext_wait_queue e_wait_q[2];
	unsigned long		qsize;
};

struct lens_layout kview_mq_layout;

/**
 * kview_mq_charge() - what the kernel charges for a queue
 * @maxmsg: its attribute, not 0
 * @msgsize: its attribute
 *
 * Return: bytes, LENS_NONE if there are more than the kernel can count.
 *
 * Context: any, also a probe's handler. No lock.
 */
u64 kview_mq_charge(u64 maxmsg, u64 msgsize)
{
	u64 nodes = min_t(unsigned int, maxmsg, MQ_PRIO_MAX);
	u64 tree = maxmsg * sizeof(struct msg_msg) + nodes * sizeof(struct lens_msg_tree_node);

	if (maxmsg > HARD_MSGMAX || msgsize > HARD_MSGSIZEMAX ||
	    tree + maxmsg * msgsize > ULONG_MAX)
		return LENS_NONE;
	return tree + maxmsg * msgsize;
}

NOKPROBE_SYMBOL(kview_mq_charge);

/**
 * kview_ns_has_super() - whether a superblock is where a namespace has its queues
 * @ns: the namespace
 * @sb: the superblock, not followed
 *
 * Context: any. Needs RCU or a reference to keep @ns.
 */
bool kview_ns_has_super(const struct ipc_namespace *ns, const struct super_block *sb)
{
	return ns->mq_mnt && ns->mq_mnt->mnt_sb == sb;
}

NOKPROBE_SYMBOL(kview_ns_has_super);

/*
 * What never changes in a queue's life, unlike the size of its file. Asked before
 * the lock is taken, whose place is not sure before either.
 */
static bool mq_layout_plausible(const struct lens_mqueue_inode_info *info)
{
	const struct mq_attr *attr = &info->attr;

	return attr->mq_flags == 0 && attr->mq_maxmsg > 0 && attr->mq_maxmsg <= HARD_MSGMAX &&
	       attr->mq_msgsize > 0 && attr->mq_msgsize <= HARD_MSGSIZEMAX;
}

NOKPROBE_SYMBOL(mq_layout_plausible);

static bool mq_list_plausible(const struct list_head *list)
{
	return list->next && list->prev && (list->next == list) == (list->prev == list);
}

/*
 * What the mirror promises; no pointer is followed here, and those that stand
 * among proved members may be followed later. Needs the queue's lock.
 */
static bool mq_layout_holds(const struct lens_mqueue_inode_info *info)
	__must_hold(&info->lock)
{
	bool empty = !info->attr.mq_curmsgs;

	lockdep_assert_held(&info->lock);
	if (info->attr.mq_curmsgs < 0 || info->attr.mq_curmsgs > info->attr.mq_maxmsg)
		return false;
	if (!info->msg_tree.rb_node != empty || !info->msg_tree_rightmost != empty)
		return false;
	if (!info->notify_owner != !info->notify_user_ns)
		return false;
	if (info->qsize > (u64)info->attr.mq_curmsgs * info->attr.mq_msgsize)
		return false;
	return mq_list_plausible(&info->e_wait_q[LENS_SEND].list) &&
	       mq_list_plausible(&info->e_wait_q[LENS_RECV].list);
}

/* LENS_NONE if there are more than are worth counting under the queue's lock. */
static u64 mq_count_waiters(const struct lens_ext_wait_queue *queue)
{
	const struct list_head *pos;
	u64 count = 0;

	list_for_each(pos, &queue->list)
		if (++count > MQ_WAITERS)
			return LENS_NONE;
	return count;
}

/* Needs the queue's lock, and a layout that holds. */
static void mq_copy(const struct lens_mqueue_inode_info *info, struct lens_mq *row)
	__must_hold(&info->lock)
{
	lockdep_assert_held(&info->lock);
	row->maxmsg = info->attr.mq_maxmsg;
	row->msgsize = info->attr.mq_msgsize;
	row->msgs = info->attr.mq_curmsgs;
	row->qsize = info->qsize;
	row->notify_pid = info->notify_owner ? pid_nr(info->notify_owner) : LENS_NONE;
	row->send_waiters = mq_count_waiters(&info->e_wait_q[LENS_SEND]);
	row->recv_waiters = mq_count_waiters(&info->e_wait_q[LENS_RECV]);
}

static void mq_copy_inode(const struct inode *inode, struct lens_mq *row)
{
	u32 dev = inode->i_sb->s_dev;

	row->ipcns = LENS_NONE;
	row->ino = inode->i_ino;
	/* Changed under a lock that is not taken here, by mq_unlink() and fchmod(). */
	row->linked = !!READ_ONCE(inode->i_nlink);
	row->perms = READ_ONCE(inode->i_mode) & 07777;
	row->uid = data_race(__kuid_val(inode->i_uid)); /* fchown() */
	row->gid = data_race(__kgid_val(inode->i_gid)); /* fchown() */
	row->sb_dev = dev;
	row->object = inode;
	scnprintf(row->dev, sizeof(row->dev), "%u:%u", MAJOR(dev), MINOR(dev));
	row->create_pid = LENS_NONE;
	row->create_comm[0] = '\0';
	row->create_time = LENS_NONE;
}

/* Who is charged how much; a queue whose payer could not be held is charged to none. */
static void mq_copy_charge(const struct kview_payer *payer, struct lens_mq *row)
{
	row->charge = payer ? kview_mq_charge(row->maxmsg, row->msgsize) : 0;
	row->charged_userns = LENS_NONE;
	row->charged_uid = LENS_NONE;
	if (payer)
		kview_user_name(payer, &row->charged_userns, &row->charged_uid);
}

/*
 * Returns whether the inode has a name, or had one before it was unlinked: only
 * then has mqueue_get_inode() finished it. Takes the inode's and the name's lock.
 *
 * Who has a queue open keeps its name. Who keeps the inode alone, as a rule of Landlock
 * does, does not; but its link has gone before the name, and one that is still being set
 * up has it. (Read behind the lock in which there was no name.) What only the caller keeps
 * is about to go; so may be what another reader keeps.
 */
static bool mq_copy_name(struct inode *inode, struct lens_mq *row)
{
	struct dentry *alias = d_find_any_alias(inode);

	row->name[0] = '\0';
	if (!alias)
		return !READ_ONCE(inode->i_nlink) && atomic_read(&inode->i_count) > 1;
	spin_lock(&alias->d_lock);
	strscpy(row->name, alias->d_name.name, sizeof(row->name));
	spin_unlock(&alias->d_lock);
	dput(alias);
	return true;
}

/**
 * kview_mq_info() - what a queue is, for who sees it made or going
 * @inode: an inode of a message queue file system
 * @queue: filled but for ipcns, which is 0
 *
 * Return: false if it is no queue, or one whose creation was refused.
 *
 * Context: any, also a probe's handler. Needs a reference to @inode, or to be where
 * the kernel evicts it. No lock: what is read does not change.
 */
bool kview_mq_info(const struct inode *inode, struct lens_queue_info *queue)
{
	const struct lens_mqueue_inode_info *info =
		container_of(inode, const struct lens_mqueue_inode_info, vfs_inode);

	if (!S_ISREG(READ_ONCE(inode->i_mode)) || !info->payer || !mq_layout_plausible(info))
		return false;
	queue->object = inode;
	queue->dev = inode->i_sb->s_dev;
	queue->ipcns = 0;
	queue->ino = inode->i_ino;
	queue->maxmsg = info->attr.mq_maxmsg;
	queue->msgsize = info->attr.mq_msgsize;
	return true;
}

NOKPROBE_SYMBOL(kview_mq_info);

/**
 * kview_mq_read() - copy what an inode of a message queue file system tells
 * @inode: the inode
 * @row: filled but for ipcns
 * @payer: set to who is charged, NULL if nobody; valid as long as @inode
 *
 * Return: what @inode is; if withheld, it is counted in kview_mq_layout.
 *
 * Context: process, may sleep. Needs a reference to @inode; takes its lock, the
 * lock of its name and the queue's lock, one after the other.
 */
enum lens_queue kview_mq_read(struct inode *inode, struct lens_mq *row,
			      const struct kview_payer **payer)
{
	struct lens_mqueue_inode_info *info =
		container_of(inode, struct lens_mqueue_inode_info, vfs_inode);
	bool holds;

	/* In this order: an inode without a name may still be set up, its mode with it. */
	if (!mq_copy_name(inode, row) || !S_ISREG(READ_ONCE(inode->i_mode)))
		return LENS_QUEUE_NONE;
	holds = mq_layout_plausible(info);
	if (holds) {
		spin_lock(&info->lock);
		holds = mq_layout_holds(info);
		if (holds)
			mq_copy(info, row);
		spin_unlock(&info->lock);
	}
	if (!holds) {
		atomic_long_inc(&kview_mq_layout.withheld);
		return LENS_QUEUE_WITHHELD;
	}
	atomic_long_inc(&kview_mq_layout.checked);
	*payer = info->payer;
	mq_copy_inode(inode, row);
	mq_copy_charge(info->payer, row);
	return LENS_QUEUE_READ;
}
