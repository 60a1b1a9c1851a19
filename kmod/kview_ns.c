// SPDX-License-Identifier: GPL-2.0
/*
 * struct ipc_namespace -> plain values. Counters and limits are single words;
 * each is read once, without the lock that serialises its writers.
 */
#include <linux/ipc_namespace.h>
#include <linux/kprobes.h>
#include <linux/mqueue.h>
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

NOKPROBE_SYMBOL(kview_ns_inum);

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
 * kview_ns_of_shm_ids() - the namespace that a shared memory table belongs to
 * @ids: the table
 *
 * Context: any, also a probe's handler. No lock.
 */
const struct ipc_namespace *kview_ns_of_shm_ids(const void *ids)
{
	return container_of(ids, struct ipc_namespace, ids[LENS_SHM_IDS]);
}

NOKPROBE_SYMBOL(kview_ns_of_shm_ids);

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
	row->mq_default_charge =
		kview_mq_charge(min_t(u64, row->mq_msg_max, READ_ONCE(ns->mq_msg_default)),
				min_t(u64, row->mq_msgsize_max, READ_ONCE(ns->mq_msgsize_default)));
}

static u64 ns_ask(long asked, unsigned int preset, unsigned int most, bool has_attr)
{
	return has_attr ? max(asked, 0L) : min(preset, most);
}

NOKPROBE_SYMBOL(ns_ask);

/**
 * kview_ns_ask() - what a queue that is being created would get
 * @ns: the namespace
 * @attr: attributes asked for, or NULL
 * @ask: filled
 *
 * Context: any, also a probe's handler. Needs a reference to keep @ns.
 */
void kview_ns_ask(const struct ipc_namespace *ns, const struct mq_attr *attr,
		  struct kview_ask *ask)
{
	ask->ipcns = ns->ns.inum;
	ask->msg_max = READ_ONCE(ns->mq_msg_max);
	ask->msgsize_max = READ_ONCE(ns->mq_msgsize_max);
	ask->maxmsg = ns_ask(attr ? attr->mq_maxmsg : 0, READ_ONCE(ns->mq_msg_default),
			     ask->msg_max, attr);
	ask->msgsize = ns_ask(attr ? attr->mq_msgsize : 0, READ_ONCE(ns->mq_msgsize_default),
			      ask->msgsize_max, attr);
}

NOKPROBE_SYMBOL(kview_ns_ask);

/**
 * kview_ns_queues() - how many message queues a namespace has and may have
 * @ns: the namespace
 * @count: set to the number of queues
 * @limit: set to fs.mqueue.queues_max
 *
 * Context: any, also a probe's handler. Needs a reference to keep @ns.
 */
void kview_ns_queues(const struct ipc_namespace *ns, u64 *count, u64 *limit)
{
	*count = READ_ONCE(ns->mq_queues_count);
	*limit = READ_ONCE(ns->mq_queues_max);
}

NOKPROBE_SYMBOL(kview_ns_queues);
