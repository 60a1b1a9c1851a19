/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of plain values, and the functions that fill them from the kernel's own
 * objects. Only kview_*.c know what those objects look like inside; everybody
 * else sees the values. A member is named like its column in ipclens_abi.h.
 */
#ifndef IPCLENS_KVIEW_H
#define IPCLENS_KVIEW_H

#include <linux/sched.h>
#include <linux/types.h>

struct ipc_namespace;
struct vm_area_struct;

/*
 * The value of a number that is not known, or that was never set. Not U64_MAX:
 * kernel.shmmax and kernel.shmall may be that.
 */
#define LENS_NONE (U64_MAX - 1)

/* Index of the segments' table among a namespace's: IPC_SHM_IDS of ipc/util.h. */
#define LENS_SHM_IDS 2

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
	u64 mq_count, mq_queues_max, mq_msg_max, mq_msgsize_max;
};

/* How many rows were compared with what the layout promises, how many failed. */
struct lens_layout {
	atomic_long_t checked;
	atomic_long_t withheld;
};

extern struct lens_layout kview_shm_layout;
extern struct lens_layout kview_map_layout;

unsigned int kview_ns_inum(const struct ipc_namespace *ns);
bool kview_ns_has_shm_ids(const struct ipc_namespace *ns, const void *ids);
void kview_ns_read(const struct ipc_namespace *ns, struct lens_ns *row);

int kview_shm_read(struct ipc_namespace *ns, int *index, struct lens_shm *rows, int max);

/* What became of a mapping that was looked at. */
enum lens_map {
	LENS_MAP_OTHER,		/* no System V segment */
	LENS_MAP_SHM,		/* the row is filled */
	LENS_MAP_WITHHELD,	/* contradicts the layout, counted */
};

enum lens_map kview_map_read(const struct vm_area_struct *vma, unsigned long shm_close,
			     struct lens_holder *row);

#endif /* IPCLENS_KVIEW_H */
