// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps refusals in a ring that is allocated once. A raw lock, held for one
 * record at a time, serves writers in probe handlers and readers alike.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "denials.h"
#include "handlerlock.h"
#include "ipclens_abi.h"

static unsigned int denials = 256;
module_param(denials, uint, 0400);
MODULE_PARM_DESC(denials, "refused mq_open calls to keep, 1 to 65536");

static DEFINE_RAW_SPINLOCK(denials_lock);
/* Refusals so far; the ring has those numbered from denials_last - denials + 1. */
static u64 denials_last;
static struct lens_denial *denials_ring;
static atomic_long_t denials_unpaired;

#define DENIALS_REASON(name, reason) reason,

static const char *const denials_reasons[] = {
	IPCLENS_DENIAL_REASONS(DENIALS_REASON)
};

/* Refusals so far by reason. */
static u64 denials_by_reason[ARRAY_SIZE(denials_reasons)];

/**
 * denials_init() - allocate the ring
 *
 * Return: 0, -EINVAL for a bad module parameter, or -ENOMEM.
 *
 * Context: module init, before probes are placed. May sleep.
 */
int denials_init(void)
{
	if (!denials || denials > IPCLENS_DENIALS_MOST) {
		pr_err("denials: %u is not from 1 to %d\n", denials, IPCLENS_DENIALS_MOST);
		return -EINVAL;
	}
	denials_ring = kvcalloc(denials, sizeof(*denials_ring), GFP_KERNEL);
	return denials_ring ? 0 : -ENOMEM;
}

/**
 * denials_exit() - undo denials_init()
 *
 * Context: module exit, after probes and files are gone. May sleep.
 */
void denials_exit(void)
{
	kvfree(denials_ring);
}

static struct lens_denial *denials_slot(u64 seq)
{
	u32 index;

	div_u64_rem(seq, denials, &index);
	return &denials_ring[index];
}

NOKPROBE_SYMBOL(denials_slot);

/* What is not listed is the last one. */
static int denials_find_reason(const char *reason)
{
	int i = 0;

	while (i < ARRAY_SIZE(denials_reasons) - 1 && strcmp(denials_reasons[i], reason))
		i++;
	return i;
}

NOKPROBE_SYMBOL(denials_find_reason);

/**
 * denials_add() - keep a refusal; the oldest gives way
 * @denial: the refusal; its number and its time are set, which go together
 *
 * Context: any, also a probe's handler. Takes denials_lock.
 */
void denials_add(struct lens_denial *denial)
{
	int reason = denials_find_reason(denial->reason);
	unsigned long flags;

	flags = handler_lock(&denials_lock);
	denial->seq = ++denials_last;
	denials_by_reason[reason]++;
	denial->time = handler_seconds();
	*denials_slot(denial->seq) = *denial;
	raw_spin_unlock_irqrestore(&denials_lock, flags);
}

NOKPROBE_SYMBOL(denials_add);

/**
 * denials_add_unpaired() - count a refusal that is kept without its cause
 *
 * Context: any, also a probe's handler.
 */
void denials_add_unpaired(void)
{
	atomic_long_inc(&denials_unpaired);
}

NOKPROBE_SYMBOL(denials_add_unpaired);

/* Number of the oldest that is kept. Needs denials_lock. */
static u64 denials_oldest(void)
	__must_hold(&denials_lock)
{
	lockdep_assert_held(&denials_lock);
	return denials_last > denials ? denials_last - denials + 1 : 1;
}

/**
 * denials_newest() - number of the newest refusal, 0 if there was none
 *
 * Context: process. Takes denials_lock.
 */
u64 denials_newest(void)
{
	unsigned long flags;
	u64 newest;

	raw_spin_lock_irqsave(&denials_lock, flags);
	newest = denials_last;
	raw_spin_unlock_irqrestore(&denials_lock, flags);
	return newest;
}

/**
 * denials_next() - the refusal that follows
 * @seq: number of the one before, 0 to start
 * @newest: number of the last one wanted
 * @row: filled
 *
 * Return: false behind @newest.
 *
 * Context: process. Takes denials_lock.
 */
bool denials_next(u64 seq, u64 newest, struct lens_denial *row)
{
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&denials_lock, flags);
	seq = max(seq + 1, denials_oldest());
	found = seq <= newest;
	if (found)
		*row = *denials_slot(seq);
	raw_spin_unlock_irqrestore(&denials_lock, flags);
	return found;
}

/* Takes denials_lock. Returns whether @newest is behind @seq; sets @match. */
static bool denials_match(u64 *seq, u64 newest, u64 userns, u64 uid, bool *match)
{
	const struct lens_denial *slot;
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&denials_lock, flags);
	*seq = max(*seq + 1, denials_oldest());
	found = *seq <= newest;
	slot = denials_slot(*seq);
	*match = found && slot->uid == uid && (slot->userns == userns || !COMPAT_MQ_UCOUNTS);
	raw_spin_unlock_irqrestore(&denials_lock, flags);
	return found;
}

/**
 * denials_count() - how many refusals of a user are kept
 * @userns: its user namespace; before 5.14 users are the same in all of them
 * @uid: the user
 *
 * Context: process, may sleep. Takes denials_lock, once for each refusal.
 */
u64 denials_count(u64 userns, u64 uid)
{
	/* Refusals may come faster than they are counted. */
	u64 newest = denials_newest(), seq = 0, count = 0;
	bool match;

	while (denials_match(&seq, newest, userns, uid, &match)) {
		count += match;
		cond_resched();
	}
	return count;
}

/**
 * denials_count_reason() - how many refusals there were, those that gave way included
 * @reason: one of those that are listed
 *
 * Context: process. Takes denials_lock.
 */
u64 denials_count_reason(const char *reason)
{
	int i = denials_find_reason(reason);
	unsigned long flags;
	u64 count;

	raw_spin_lock_irqsave(&denials_lock, flags);
	count = denials_by_reason[i];
	raw_spin_unlock_irqrestore(&denials_lock, flags);
	return count;
}

/**
 * denials_read_counters() - how full the ring is, and what it has lost
 * @counters: filled
 *
 * Context: process. Takes denials_lock.
 */
void denials_read_counters(struct denials_counters *counters)
{
	u64 last = denials_newest();

	counters->size = denials;
	counters->kept = min_t(u64, last, denials);
	counters->dropped = last - counters->kept;
	counters->unpaired = (unsigned long)atomic_long_read(&denials_unpaired);
}
