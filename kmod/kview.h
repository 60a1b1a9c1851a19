/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of plain values, and the functions that fill them from the kernel's own
 * objects. Only kview_*.c know what those objects look like inside; everybody
 * else sees the values. A member is named like its column in ipclens_abi.h.
 */
#ifndef IPCLENS_KVIEW_H
#define IPCLENS_KVIEW_H

#include <linux/limits.h>
#include <linux/sched.h>
#include <linux/types.h>

struct cred;
struct inode;
struct ipc_namespace;
struct kview_payer;
struct super_block;
struct vm_area_struct;

/*
 * The value of a number that is not known, or that was never set. Not U64_MAX:
 * kernel.shmmax and kernel.shmall may be that.
 */
#define LENS_NONE (U64_MAX - 1)

/* Index of the segments' table among a namespace's: IPC_SHM_IDS of ipc/util.h. */
#define LENS_SHM_IDS 2

/* In the permissions of a segment that is marked: SHM_DEST of ipc/shm.c. */
#define LENS_SHM_DEST 01000

struct lens_shm {
	u64 ipcns, shmid, key, orig_key, dest;
	const char *pending;
	u64 nattch, perms, size, rss, swap, huge;
	u64 uid, gid, cuid, cgid, cpid, lpid, creator_alive;
	u64 atime, dtime, ctime;
	u64 attaches, detaches;
	char create_comm[TASK_COMM_LEN], last_comm[TASK_COMM_LEN];
	u64 rmid_pid, rmid_uid;
	char rmid_comm[TASK_COMM_LEN];
	u64 rmid_time;
	int index;	/* where it stands in its namespace; not a column */
	u64 copies;
	const void *object;	/* its address, not to be followed; not a column */
};

struct lens_holder {
	u64 ipcns, shmid, pid;
	char comm[TASK_COMM_LEN];
	u64 start, end;
	char prot[4];
	u64 task_ipcns;
	u64 start_time;	/* of the process; not a column */
};

struct lens_ns {
	u64 ipcns, pid;
	char comm[TASK_COMM_LEN];
	u64 owner_userns, shm_count, shm_pages, shmmax, shmall, shmmni, rmid_forced;
	u64 mq_count, mq_queues_max, mq_msg_max, mq_msgsize_max, mq_default_charge;
};

struct lens_mq {
	u64 ipcns, ino;
	char name[NAME_MAX + 1];
	u64 linked, perms, uid, gid, maxmsg, msgsize, msgs, qsize;
	u64 charge, charged_userns, charged_uid;
	u64 notify_pid, send_waiters, recv_waiters;
	u64 create_pid;
	char create_comm[TASK_COMM_LEN];
	u64 create_time;
	char dev[16];
	u32 sb_dev;	/* the same as a number; not a column */
	const void *object;	/* the inode's address, not to be followed; not a column */
};

struct lens_user {
	u64 userns, uid, bytes, queues, unlinked, queue_bytes;
	u64 limit_min, limit_max, ceiling, tasks, denials;
	u64 level, parent_userns, parent_uid;
};

/* How many rows were compared with what the layout promises, how many failed. */
struct lens_layout {
	atomic_long_t checked;
	atomic_long_t withheld;
};

extern struct lens_layout kview_shm_layout;
extern struct lens_layout kview_map_layout;
extern struct lens_layout kview_mq_layout;

unsigned int kview_ns_inum(const struct ipc_namespace *ns);
bool kview_ns_has_shm_ids(const struct ipc_namespace *ns, const void *ids);
void kview_ns_read(const struct ipc_namespace *ns, struct lens_ns *row);

/**
 * struct lens_segment - what a probe's handler tells of a segment
 * @object: its address, not to be followed but by kview_shm_key()
 * @ipcns: inode number of its namespace, 0 if not known
 * @shmid: its id
 * @key: the one it has now, 0 once it is marked; after kview_shm_key() the one it was
 *	created with
 * @key_now: the one it has now
 * @perms: permission bits
 * @size: bytes asked for
 * @nattch: mappings
 */
struct lens_segment {
	const void *object;
	u32 ipcns;
	int shmid;
	u32 key, key_now, perms;
	u64 size, nattch;
};

bool kview_shm_locked(const struct ipc_namespace *ns, const void *object,
		      struct lens_segment *segment);
void kview_shm_key(struct lens_segment *segment);
const struct ipc_namespace *kview_ns_of_shm_ids(const void *ids);
bool kview_shm_find(const struct ipc_namespace *ns, int shmid, struct lens_segment *segment);
bool kview_map_segment(const struct vm_area_struct *vma, struct lens_segment *segment);
extern atomic_long_t kview_shm_owned_cut;
#ifdef CONFIG_SYSVIPC
void kview_shm_owned(const struct task_struct *task, const struct ipc_namespace *ns,
		     void (*fn)(struct lens_segment *segment));
#else
static inline void kview_shm_owned(const struct task_struct *task, const struct ipc_namespace *ns,
				   void (*fn)(struct lens_segment *segment))
{
}
#endif

int kview_shm_read(struct ipc_namespace *ns, int *index, struct lens_shm *rows, int max);

/* What became of a mapping that was looked at. */
enum lens_map {
	LENS_MAP_OTHER,		/* no System V segment */
	LENS_MAP_SHM,		/* the row is filled */
	LENS_MAP_WITHHELD,	/* contradicts the layout, counted */
};

enum lens_map kview_map_read(const struct vm_area_struct *vma, unsigned long shm_close,
			     struct lens_holder *row);

/* What became of an inode that was looked at. */
enum lens_queue {
	LENS_QUEUE_NONE,	/* no queue, or one that is not yet or no longer there */
	LENS_QUEUE_READ,	/* the row is filled */
	LENS_QUEUE_WITHHELD,	/* contradicts the layout, counted */
};

enum lens_queue kview_mq_read(struct inode *inode, struct lens_mq *row,
			      const struct kview_payer **payer);
u64 kview_mq_charge(u64 maxmsg, u64 msgsize);

/**
 * struct lens_queue_info - what a probe's handler tells of a queue
 * @object: address of its inode, not to be followed
 * @dev: device number of its file system
 * @ipcns: inode number of the namespace it was created in, 0 if not known
 * @ino: inode number
 * @maxmsg: most messages
 * @msgsize: largest message
 */
struct lens_queue_info {
	const void *object;
	u32 dev, ipcns;
	u64 ino, maxmsg, msgsize;
};

bool kview_mq_info(const struct inode *inode, struct lens_queue_info *queue);
bool kview_ns_has_super(const struct ipc_namespace *ns, const struct super_block *sb);
void kview_ns_queues(const struct ipc_namespace *ns, u64 *count, u64 *limit);

/**
 * struct kview_ask - what is asked of mqueue_get_inode(), and what it is measured by
 * @ipcns: the IPC namespace
 * @maxmsg: messages, negative ones as 0
 * @msgsize: their size, likewise
 * @msg_max: the namespace's limit of the one
 * @msgsize_max: and of the other
 */
struct kview_ask {
	u64 ipcns, maxmsg, msgsize, msg_max, msgsize_max;
};

struct mq_attr;
void kview_ns_ask(const struct ipc_namespace *ns, const struct mq_attr *attr,
		  struct kview_ask *ask);

/**
 * struct kview_refusal - the limit that a charge has run into
 * @over: whether a user namespace's ceiling did it, not the caller's own limit
 * @charged: what the full row was charged before
 * @limit: what it may be charged
 * @userns: the full row: its user namespace,
 * @uid: its user,
 * @level: and the depth of that namespace
 */
struct kview_refusal {
	bool over;
	u64 charged, limit, userns, uid, level;
};

const struct kview_payer *kview_user_of_cred(const struct cred *cred);
const struct kview_payer *kview_user_parent(const struct kview_payer *payer);
void kview_user_name(const struct kview_payer *payer, u64 *userns, u64 *uid);
u64 kview_user_bytes(const struct kview_payer *payer);
void kview_user_read(const struct kview_payer *payer, struct lens_user *row);
u64 kview_user_limit(unsigned long limit);
bool kview_user_is_queues(unsigned long type);
void kview_user_refuse(const struct kview_payer *payer, u64 asked, bool included,
		       struct kview_refusal *refusal);

#endif /* IPCLENS_KVIEW_H */
