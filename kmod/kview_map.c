// SPDX-License-Identifier: GPL-2.0
/*
 * A mapping -> the System V segment behind it. Mirrors struct shm_file_data,
 * which ipc/shm.c keeps to itself (the same in 5.10 to 7.2).
 */
#include <linux/fs.h>
#include <linux/ipc_namespace.h>
#include <linux/kprobes.h>
#include <linux/mm.h>

#include "kview.h"

struct lens_shm_file_data {
	int id;
	struct ipc_namespace *ns;
	struct file *file;
	const struct vm_operations_struct *vm_ops;
};

struct lens_layout kview_map_layout;

/* Needs the mmap lock: the mapping keeps its file, the file its private data. */
static bool map_is_shm(const struct vm_area_struct *vma, unsigned long shm_close)
{
	unsigned long fn;

	if (!vma->vm_file || !vma->vm_ops)
		return false;
	fn = (unsigned long)vma->vm_ops->close;
	/* A pointer to a Thumb function has its lowest bit set, its symbol has not. */
	if (IS_ENABLED(CONFIG_THUMB2_KERNEL))
		fn &= ~1UL;
	return fn && fn == shm_close;
}

/**
 * kview_map_segment() - the segment behind a mapping that shm_open() or shm_close() got
 * @vma: the mapping
 * @segment: filled
 *
 * Return: false if it never became a mapping, or the layout is not what is expected.
 *
 * Context: a probe's handler at the entry of one of these.
 */
bool kview_map_segment(const struct vm_area_struct *vma, struct lens_segment *segment)
{
	const struct lens_shm_file_data *sfd = vma->vm_file ? vma->vm_file->private_data : NULL;

	/*
	 * One without operations never came to be a mapping. Before b6305049f306 ("ipc/shm:
	 * call underlying open/close vm_ops", 6.2) the kernel had such a one closed, too.
	 */
	return sfd && sfd->ns && sfd->vm_ops && kview_shm_find(sfd->ns, sfd->id, segment);
}

NOKPROBE_SYMBOL(kview_map_segment);

/**
 * kview_map_read() - tell which System V segment a mapping shows
 * @vma: the mapping
 * @shm_close: address of the kernel's shm_close(), which no other mapping has
 * @row: ipcns, shmid, start, end and prot are filled
 *
 * The file of an attach holds a reference to the segment's namespace, so the
 * answer is exact even where ids collide between namespaces.
 *
 * Context: process. Needs the mmap lock of the mapping's mm, for reading.
 */
enum lens_map kview_map_read(const struct vm_area_struct *vma, unsigned long shm_close,
			     struct lens_holder *row)
{
	const struct lens_shm_file_data *sfd;

	if (!map_is_shm(vma, shm_close))
		return LENS_MAP_OTHER;
	sfd = vma->vm_file->private_data;
	/* The attach's file shares its inode with the segment's, numbered by its id. */
	if (!sfd || sfd->id < 0 || !sfd->ns || !sfd->file ||
	    file_inode(vma->vm_file)->i_ino != sfd->id ||
	    file_inode(sfd->file) != file_inode(vma->vm_file)) {
		atomic_long_inc(&kview_map_layout.withheld);
		return LENS_MAP_WITHHELD;
	}
	atomic_long_inc(&kview_map_layout.checked);
	row->ipcns = sfd->ns->ns.inum;
	row->shmid = sfd->id;
	row->start = vma->vm_start;
	row->end = vma->vm_end;
	row->prot[0] = vma->vm_flags & VM_READ ? 'r' : '-';
	row->prot[1] = vma->vm_flags & VM_WRITE ? 'w' : '-';
	row->prot[2] = vma->vm_flags & VM_EXEC ? 'x' : '-';
	row->prot[3] = '\0';
	return LENS_MAP_SHM;
}
