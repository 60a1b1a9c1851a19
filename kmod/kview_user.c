// SPDX-License-Identifier: GPL-2.0
/*
 * Who pays for message queues -> plain values. Since 5.14 a payer is a struct
 * ucounts, and each charge is one to the owners of the user namespaces above,
 * too; before, it is a struct user_struct and stands alone. Nobody else knows.
 */
#include <linux/cred.h>
#include <linux/kprobes.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/user_namespace.h>

#include "kview.h"

/* 33 levels of user namespaces, the most that the kernel allows. */
#define PAYER_LEVELS 33

#if COMPAT_MQ_UCOUNTS

/*
 * de399236e240 ("ucounts: Split rlimit and ucount values and max values", 6.1) gave the
 * limits arrays and names of their own. Stable series may have it, too: not the version
 * tells, but what it has removed.
 */
#ifdef MAX_PER_NAMESPACE_UCOUNTS
#define get_rlimit_value get_ucounts_value
#define get_userns_rlimit_max(ns, type) READ_ONCE((ns)->ucount_max[type])
#endif

static const struct ucounts *payer_of(const struct kview_payer *payer)
{
	return (const struct ucounts *)payer;
}

NOKPROBE_SYMBOL(payer_of);

/**
 * kview_user_of_cred() - who pays for queues that are made with these credentials
 * @cred: keeps the payer
 *
 * Context: any, also a probe's handler. No lock.
 */
const struct kview_payer *kview_user_of_cred(const struct cred *cred)
{
	return (const struct kview_payer *)cred->ucounts;
}

/**
 * kview_user_parent() - who pays, too, for what a payer is charged
 * @payer: the latter, which keeps the former
 *
 * Return: NULL at the top, and before 5.14 in any case.
 *
 * Context: any, also a probe's handler. No lock.
 */
const struct kview_payer *kview_user_parent(const struct kview_payer *payer)
{
	return (const struct kview_payer *)payer_of(payer)->ns->ucounts;
}

/* Below 0 while a charge is refused that is more than a long can hold. */
static long payer_count(const struct kview_payer *payer)
{
	return get_rlimit_value((struct ucounts *)payer_of(payer), UCOUNT_RLIMIT_MSGQUEUE);
}

static u64 payer_bytes(const struct kview_payer *payer)
{
	return max(payer_count(payer), 0L);
}

static const struct user_namespace *payer_ns(const struct kview_payer *payer)
{
	return payer_of(payer)->ns;
}

static kuid_t payer_uid(const struct kview_payer *payer)
{
	return payer_of(payer)->uid;
}

static long payer_most(const struct kview_payer *payer)
{
	return get_userns_rlimit_max(payer_of(payer)->ns, UCOUNT_RLIMIT_MSGQUEUE);
}

static bool payer_is_queues(unsigned int type)
{
	return type == UCOUNT_RLIMIT_MSGQUEUE;
}

#else

static const struct user_struct *payer_of(const struct kview_payer *payer)
{
	return (const struct user_struct *)payer;
}

NOKPROBE_SYMBOL(payer_of);

const struct kview_payer *kview_user_of_cred(const struct cred *cred)
{
	return (const struct kview_payer *)cred->user;
}

const struct kview_payer *kview_user_parent(const struct kview_payer *payer)
{
	return NULL;
}

static long payer_count(const struct kview_payer *payer)
{
#ifdef CONFIG_POSIX_MQUEUE
	return READ_ONCE(payer_of(payer)->mq_bytes);
#else
	return 0;
#endif
}

static u64 payer_bytes(const struct kview_payer *payer)
{
	return (unsigned long)payer_count(payer);
}

static const struct user_namespace *payer_ns(const struct kview_payer *payer)
{
	return &init_user_ns;
}

static kuid_t payer_uid(const struct kview_payer *payer)
{
	return payer_of(payer)->uid;
}

static long payer_most(const struct kview_payer *payer)
{
	return LONG_MAX;
}

static bool payer_is_queues(unsigned int type)
{
	return false;
}

#endif

NOKPROBE_SYMBOL(kview_user_of_cred);
NOKPROBE_SYMBOL(kview_user_parent);
NOKPROBE_SYMBOL(payer_count);
NOKPROBE_SYMBOL(payer_bytes);
NOKPROBE_SYMBOL(payer_ns);
NOKPROBE_SYMBOL(payer_uid);
NOKPROBE_SYMBOL(payer_most);
NOKPROBE_SYMBOL(payer_is_queues);

/* No limit is the same number on every machine, however long its words are. */
static u64 payer_ceiling(const struct kview_payer *payer)
{
	long most = payer_most(payer);

	return most == LONG_MAX ? S64_MAX : most;
}

NOKPROBE_SYMBOL(payer_ceiling);

/**
 * kview_user_limit() - a limit of a task, the same number for none on every machine
 * @limit: as rlimit() and task_rlimit() tell it
 *
 * Context: any, also a probe's handler. No lock.
 */
u64 kview_user_limit(unsigned long limit)
{
	return limit == RLIM_INFINITY ? U64_MAX : limit;
}

NOKPROBE_SYMBOL(kview_user_limit);

/**
 * kview_user_is_queues() - whether a counter of the kernel's is that of message queues
 * @type: as dec_rlimit_ucounts() takes it
 *
 * Context: any, also a probe's handler. No lock.
 */
bool kview_user_is_queues(unsigned long type)
{
	/* Of an enumeration in a register the upper half may be anything. */
	return payer_is_queues((unsigned int)type);
}

NOKPROBE_SYMBOL(kview_user_is_queues);

/**
 * kview_user_name() - what tells payers apart
 * @payer: the payer
 * @userns: inode number of its user namespace, the initial one before 5.14
 * @uid: its user, in the initial user namespace
 *
 * Context: any. Needs RCU or a queue to keep @payer.
 */
void kview_user_name(const struct kview_payer *payer, u64 *userns, u64 *uid)
{
	*userns = payer_ns(payer)->ns.inum;
	*uid = __kuid_val(payer_uid(payer));
}

NOKPROBE_SYMBOL(kview_user_name);

/**
 * kview_user_bytes() - the kernel's own count of what a payer is charged
 * @payer: the payer
 *
 * Context: any. Needs RCU or a queue to keep @payer.
 */
u64 kview_user_bytes(const struct kview_payer *payer)
{
	return payer_bytes(payer);
}

/**
 * kview_user_read() - copy the counter of a payer and where it stands
 * @payer: the payer
 * @row: name, bytes, ceiling, level and parent are filled
 *
 * Context: any. Needs RCU or a queue to keep @payer, which keeps those above.
 */
void kview_user_read(const struct kview_payer *payer, struct lens_user *row)
{
	const struct kview_payer *parent = kview_user_parent(payer);

	kview_user_name(payer, &row->userns, &row->uid);
	row->bytes = kview_user_bytes(payer);
	row->level = payer_ns(payer)->level;
	row->ceiling = LENS_NONE;
	row->parent_userns = LENS_NONE;
	row->parent_uid = LENS_NONE;
	if (!parent)
		return;
	row->ceiling = payer_ceiling(payer);
	kview_user_name(parent, &row->parent_userns, &row->parent_uid);
}

/*
 * The row that a charge does not fit into, searched as the kernel does: each
 * namespace's ceiling bounds the row above it. NULL if there is none.
 */
static const struct kview_payer *payer_full(const struct kview_payer *payer, u64 more,
					    u64 *ceiling)
{
	int levels;

	for (levels = 0; levels < PAYER_LEVELS; levels++) {
		*ceiling = payer_ceiling(payer);
		payer = kview_user_parent(payer);
		if (!payer || kview_user_bytes(payer) + more > *ceiling)
			return payer;
	}
	return NULL;
}

NOKPROBE_SYMBOL(payer_full);

/**
 * kview_user_refuse() - why a charge was refused
 * @payer: who was to be charged; the calling task's
 * @asked: how much
 * @included: the counters still contain @asked
 * @refusal: filled
 *
 * Exact if the caller is where the kernel holds mq_lock since it refused.
 *
 * Context: any, also a probe's handler. Needs a reference to @payer.
 */
void kview_user_refuse(const struct kview_payer *payer, u64 asked, bool included,
		       struct kview_refusal *refusal)
{
	const struct kview_payer *full;
	u64 ceiling;

	full = payer_full(payer, included ? 0 : asked, &ceiling);
	refusal->over = full;
	refusal->limit = full ? ceiling : kview_user_limit(rlimit(RLIMIT_MSGQUEUE));
	if (full)
		payer = full;
	/* As the kernel has added it, by which the counter can have come to be below 0. */
	refusal->charged = included ? max(payer_count(payer) - (long)asked, 0L) :
				      kview_user_bytes(payer);
	kview_user_name(payer, &refusal->userns, &refusal->uid);
	refusal->level = payer_ns(payer)->level;
}

NOKPROBE_SYMBOL(kview_user_bytes);
NOKPROBE_SYMBOL(kview_user_refuse);
