// SPDX-License-Identifier: GPL-2.0
/*
 * struct shmid_kernel -> plain values. Mirrors the structure that ipc/shm.c
 * keeps to itself (the same in 5.10.83 to 7.2), and withholds each row whose
 * redundant parts contradict the mirror.
 */
#include <linux/ctype.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/ipc.h>
#include <linux/ipc_namespace.h>
#include <linux/kprobes.h>
#include <linux/magic.h>
#include <linux/pid.h>
#include <linux/shmem_fs.h>
#include <linux/string.h>

#include "kview.h"

/* IPCMNI of ipc/util.h, SHM_LOCKED of ipc/shm.c */
#define LENS_IPCMNI	32768
#define LENS_IPCMNI_EXTENDED 0x1000000
#define LENS_SHM_LOCKED	02000

/* Segments of a task that are looked at in one go; a handler must not look at all. */
#define LENS_OWNED_MOST 128

struct lens_shmid_kernel {
	struct kern_ipc_perm	shm_perm;
	struct file		*shm_file;
	unsigned long		shm_nattch;
	unsigned long		shm_segsz;
	time64_t		shm_atim;
	time64_t		shm_dtim;
	time64_t		shm_ctim;
	struct pid		*shm_cprid;
	struct pid		*shm_lprid;
	void			*mlock_owner;	/* user_struct, since 5.14 ucounts */
	struct task_struct	*shm_creator;
	struct list_head	shm_clist;
	struct ipc_namespace	*ns;
};

struct lens_layout kview_shm_layout;

/* The key that newseg() put into the file's name, LENS_NONE if it is no such name. */
static u64 shm_name_key(const struct file *file)
{
	const struct qstr *name = &file->f_path.dentry->d_name;
	u32 key = 0;
	int i;

	if (name->len != 12 || memcmp(name->name, "SYSV", 4))
		return LENS_NONE;
	for (i = 4; i < 12; i++) {
		unsigned char c = name->name[i];

		if (!isxdigit(c))
			return LENS_NONE;
		key = key << 4 | (isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
	}
	return key;
}

NOKPROBE_SYMBOL(shm_name_key);

/*
 * What the mirror promises, cheapest and least trusting first: shm_file is
 * followed only after the members round it have proved right.
 * Needs the segment's lock.
 */
static bool shm_layout_holds(const struct lens_shmid_kernel *shp,
			     const struct ipc_namespace *ns, int index)
	__must_hold(&shp->shm_perm.lock)
{
	const struct kern_ipc_perm *perm = &shp->shm_perm;

	lockdep_assert_held(&perm->lock);
	if (shp->ns != ns || !shp->shm_file || !shp->shm_cprid)
		return false;
	if (perm->id < 0 || (perm->id ^ index) & (LENS_IPCMNI - 1))
		return false;
	if (perm->mode & ~(0777 | LENS_SHM_DEST | LENS_SHM_LOCKED))
		return false;
	return file_inode(shp->shm_file)->i_ino == perm->id;
}

/* Bytes of a hugetlb file. Takes the inode's lock inside the segment's. */
static void shm_usage_huge(struct inode *inode, struct lens_shm *row)
{
	/* nrpages counts huge pages on some kernels and base pages on others. */
	spin_lock(&inode->i_lock);
	row->rss = (u64)inode->i_blocks << 9;
	spin_unlock(&inode->i_lock);
	row->swap = 0;
	row->huge = huge_page_size(hstate_inode(inode));
}

/*
 * Bytes in memory and in swap. The two counters have different locks in the
 * kernel; like shmem_swap_usage(), this reads each once and takes neither.
 */
static void shm_usage(struct inode *inode, struct lens_shm *row)
{
	if (IS_ENABLED(CONFIG_HUGETLBFS) && inode->i_sb->s_magic == HUGETLBFS_MAGIC) {
		shm_usage_huge(inode, row);
		return;
	}
	row->rss = (u64)READ_ONCE(inode->i_mapping->nrpages) << PAGE_SHIFT;
	row->swap = 0;
	if (IS_ENABLED(CONFIG_SHMEM) && inode->i_sb->s_magic == TMPFS_MAGIC)
		row->swap = (u64)READ_ONCE(SHMEM_I(inode)->swapped) << PAGE_SHIFT;
	row->huge = 0;
}

/* A time or a pid that was never set is 0 in the kernel's object. */
static u64 shm_unless_zero(u64 value)
{
	return value ? value : LENS_NONE;
}

/* Needs the segment's lock, and a layout that holds. */
static void shm_copy(const struct lens_shmid_kernel *shp, struct lens_shm *row)
	__must_hold(&shp->shm_perm.lock)
{
	const struct kern_ipc_perm *perm = &shp->shm_perm;

	lockdep_assert_held(&perm->lock);
	row->ipcns = shp->ns->ns.inum;
	row->shmid = perm->id;
	row->key = (u32)perm->key;
	row->orig_key = shm_name_key(shp->shm_file);
	row->dest = !!(perm->mode & LENS_SHM_DEST);
	row->pending = row->dest ? "marked" :
		       READ_ONCE(shp->ns->shm_rmid_forced) ? "forced" : "no";
	row->nattch = shp->shm_nattch;
	row->perms = perm->mode;
	row->size = shp->shm_segsz;
	row->uid = __kuid_val(perm->uid);
	row->gid = __kgid_val(perm->gid);
	row->cuid = __kuid_val(perm->cuid);
	row->cgid = __kgid_val(perm->cgid);
	row->cpid = pid_nr(shp->shm_cprid);
	row->lpid = shm_unless_zero(pid_nr(shp->shm_lprid));
	/* A writer holds the creator's task lock; the kernel peeks like this, too. */
	row->creator_alive = !list_empty(&shp->shm_clist);
	row->atime = shm_unless_zero(shp->shm_atim);
	row->dtime = shm_unless_zero(shp->shm_dtim);
	row->ctime = shp->shm_ctim;
	shm_usage(file_inode(shp->shm_file), row);
	row->object = shp;
}

/* Returns whether @row was filled. Needs RCU, takes the segment's lock. */
static bool shm_read_one(struct kern_ipc_perm *perm, struct ipc_namespace *ns,
			 int index, struct lens_shm *row)
{
	struct lens_shmid_kernel *shp = container_of(perm, struct lens_shmid_kernel, shm_perm);
	bool filled = false;

	spin_lock(&perm->lock);
	/* Once deleted, the members may be gone: shm_destroy() drops them in turn. */
	if (!perm->deleted) {
		filled = shm_layout_holds(shp, ns, index);
		if (filled)
			shm_copy(shp, row);
		else
			atomic_long_inc(&kview_shm_layout.withheld);
	}
	spin_unlock(&perm->lock);
	row->index = index;
	return filled;
}

/**
 * kview_shm_read() - copy the next segments of a namespace; history is not filled
 * @ns: the namespace
 * @index: in: where to go on; out: behind the last segment read, -1 if there are no more
 * @rows: filled in the order of the namespace's table
 * @max: how many rows to fill at the most
 *
 * Return: how many rows were filled; segments whose layout contradicts the
 * mirror are skipped and counted in kview_shm_layout.
 *
 * Context: process. Needs rcu_read_lock(), in the same section in which @ns was
 * found; takes each segment's lock in turn.
 */
int kview_shm_read(struct ipc_namespace *ns, int *index, struct lens_shm *rows, int max)
{
	struct idr *idr = &ns->ids[LENS_SHM_IDS].ipcs_idr;
	struct kern_ipc_perm *perm;
	int filled = 0, tries;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "segments are read outside of RCU");
	/* Rows that are withheld must not stretch the section either. */
	for (tries = 0; tries < max; tries++) {
		perm = idr_get_next(idr, index);
		if (!perm) {
			*index = -1;
			break;
		}
		if (shm_read_one(perm, ns, *index, &rows[filled]))
			filled++;
		++*index;
	}
	atomic_long_add(filled, &kview_shm_layout.checked);
	return filled;
}

/* Whether a mirror of it can be trusted for once. Needs RCU or the segment's lock. */
static bool shm_is(const struct lens_shmid_kernel *shp, const struct ipc_namespace *ns, int id)
{
	return READ_ONCE(shp->ns) == ns && READ_ONCE(shp->shm_perm.id) == id;
}

NOKPROBE_SYMBOL(shm_is);

static void shm_copy_segment(const struct lens_shmid_kernel *shp, u32 ipcns,
			     struct lens_segment *segment)
{
	/* Each member for itself: to clear all first is dear. */
	segment->object = shp;
	segment->ipcns = ipcns;
	segment->shmid = READ_ONCE(shp->shm_perm.id);
	segment->key = READ_ONCE(shp->shm_perm.key);
	segment->key_now = segment->key;
	segment->perms = READ_ONCE(shp->shm_perm.mode);
	segment->size = READ_ONCE(shp->shm_segsz);
	segment->nattch = READ_ONCE(shp->shm_nattch);
}

NOKPROBE_SYMBOL(shm_copy_segment);

/**
 * kview_shm_locked() - what a segment is that the kernel is about to mark or destroy
 * @ns: its namespace
 * @object: the segment, or its struct kern_ipc_perm, which is where it begins
 * @segment: filled; the key, too, is the one it has now
 *
 * Return: false if the layout is not what is expected.
 *
 * Context: any, also a probe's handler. Needs the segment's lock, and a segment that
 * the kernel has not begun to take apart.
 */
bool kview_shm_locked(const struct ipc_namespace *ns, const void *object,
		      struct lens_segment *segment)
{
	const struct lens_shmid_kernel *shp = object;

	if (shp->ns != ns || !shp->shm_file)
		return false;
	lockdep_assert_held(&shp->shm_perm.lock);
	shm_copy_segment(shp, ns->ns.inum, segment);
	return true;
}

NOKPROBE_SYMBOL(kview_shm_locked);

/**
 * kview_shm_key() - look up the key that a segment was created with
 * @segment: from kview_shm_locked()
 *
 * Context: any, also a probe's handler. Needs the segment's lock, since then.
 */
void kview_shm_key(struct lens_segment *segment)
{
	const struct lens_shmid_kernel *shp = segment->object;
	u64 key = shm_name_key(shp->shm_file);

	lockdep_assert_held(&shp->shm_perm.lock);
	if (key != LENS_NONE)
		segment->key = key;
}

NOKPROBE_SYMBOL(kview_shm_key);

/**
 * kview_shm_find() - what a segment is, by its id
 * @ns: the namespace
 * @shmid: the id
 * @segment: filled; the key, too, is the one it has now
 *
 * Return: false if there is none.
 *
 * Context: a probe's handler, which runs with preemption off, and that is an RCU section.
 * Needs a reference to keep @ns.
 */
bool kview_shm_find(const struct ipc_namespace *ns, int shmid, struct lens_segment *segment)
{
	const struct idr *idr = &ns->ids[LENS_SHM_IDS].ipcs_idr;
	const struct kern_ipc_perm *perm;
	bool found = false;

	perm = idr_find(idr, shmid & (LENS_IPCMNI - 1));
	/* The kernel argument ipcmni_extend makes the index longer. */
	if (!perm || READ_ONCE(perm->id) != shmid)
		perm = idr_find(idr, shmid & (LENS_IPCMNI_EXTENDED - 1));
	if (perm && !READ_ONCE(perm->deleted)) {
		const struct lens_shmid_kernel *shp =
			container_of(perm, const struct lens_shmid_kernel, shm_perm);

		found = shm_is(shp, ns, shmid);
		if (found)
			shm_copy_segment(shp, ns->ns.inum, segment);
	}
	return found;
}

NOKPROBE_SYMBOL(kview_shm_find);

/* Ends of creators of which not all segments were looked at. */
atomic_long_t kview_shm_owned_cut;

#ifdef CONFIG_SYSVIPC

/* What comes behind @told, or came when that was still on the list: @after. */
static const struct list_head *shm_owned_next(const struct list_head *told,
					      const struct list_head *after)
{
	const struct list_head *next = READ_ONCE(told->next);

	return next == told ? after : next;
}

NOKPROBE_SYMBOL(shm_owned_next);

/**
 * kview_shm_owned() - call a function for each segment that a task has created
 * @task: the calling task, where it is about to disown them
 * @ns: the namespace it is in
 * @fn: called for each; ipcns is 0 if it is not in @ns, the key as it is now
 *
 * Others take segments off the list meanwhile, under a lock that cannot be had
 * here; nobody puts any on it. What is off the list points to itself, and its
 * memory stays until the end of the RCU section. So if one goes before it was told
 * of, the one before it leads on; if one goes while it is told of, what followed it
 * does. Only if both go in that moment, the rest is not seen.
 *
 * A walk that is cut is counted in kview_shm_owned_cut.
 *
 * Context: any, also a probe's handler. Takes RCU.
 */
void kview_shm_owned(const struct task_struct *task, const struct ipc_namespace *ns,
		     void (*fn)(struct lens_segment *segment))
{
	const struct list_head *head = &task->sysvshm.shm_clist;
	const struct list_head *told = head, *after = head, *pos, *next;
	struct lens_segment segment;
	int tries = 0;

	rcu_read_lock();
	while ((pos = shm_owned_next(told, after)) != head) {
		const struct lens_shmid_kernel *shp =
			container_of(pos, const struct lens_shmid_kernel, shm_clist);

		if (tries++ == LENS_OWNED_MOST) {
			atomic_long_inc(&kview_shm_owned_cut);
			break;
		}
		next = READ_ONCE(pos->next);
		if (next == pos || READ_ONCE(shp->shm_creator) != task)
			continue;
		shm_copy_segment(shp, READ_ONCE(shp->ns) == ns ? ns->ns.inum : 0, &segment);
		fn(&segment);
		told = pos;
		after = next;
	}
	rcu_read_unlock();
}

NOKPROBE_SYMBOL(kview_shm_owned);

#endif
