// SPDX-License-Identifier: GPL-2.0
/*
 * struct ipc_namespace -> plain values. Counters and limits are single words;
 * each is read once, without the lock that serialises its writers.
 */
#include <linux/ipc_namespace.h>
#include <linux/kprobes.h>
#include <linux/user_namespace.h>

#include "kview.h"

/**
 * kview_ns_inum() - inode number of an IPC namespace
 * @ns: the namespace
 *
 * Context: any. Needs RCU or a reference to keep @ns.
 */
unsigned int kview_ns_inum(const struct ipc_namespace *ns)
{
	return ns->ns.inum;
}

/**
 * kview_ns_has_shm_ids() - whether a table of ids is a namespace's shared memory table
 * @ns: the namespace, not followed
 * @ids: the table, not followed
 *
 * Context: any, also a probe's handler. No lock.
 */
bool kview_ns_has_shm_ids(const struct ipc_namespace *ns, const void *ids)
{
	return ids == &ns->ids[LENS_SHM_IDS];
}

NOKPROBE_SYMBOL(kview_ns_has_shm_ids);

/**
 * kview_ns_read() - copy the counters and limits of a namespace
 * @ns: the namespace
 * @row: filled but for pid and comm; pages, bytes and counts as the sysctls have them
 *
 * The counters may be from slightly different moments.
 *
 * Context: any. Needs RCU or a reference to keep @ns, which keeps its owner.
 */
void kview_ns_read(const struct ipc_namespace *ns, struct lens_ns *row)
{
	row->ipcns = ns->ns.inum;
	row->owner_userns = ns->user_ns->ns.inum;
	row->shm_count = READ_ONCE(ns->ids[LENS_SHM_IDS].in_use);
	row->shm_pages = READ_ONCE(ns->shm_tot);
	row->shmmax = READ_ONCE(ns->shm_ctlmax);
	row->shmall = READ_ONCE(ns->shm_ctlall);
	row->shmmni = READ_ONCE(ns->shm_ctlmni);
	row->rmid_forced = READ_ONCE(ns->shm_rmid_forced);
	row->mq_count = READ_ONCE(ns->mq_queues_count);
	row->mq_queues_max = READ_ONCE(ns->mq_queues_max);
	row->mq_msg_max = READ_ONCE(ns->mq_msg_max);
	row->mq_msgsize_max = READ_ONCE(ns->mq_msgsize_max);
}
