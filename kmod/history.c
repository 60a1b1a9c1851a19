// SPDX-License-Identifier: GPL-2.0
/*
 * Buckets of a few entries each, with a lock of their own, so that a handler
 * looks at no more than one bucket, and two of them seldom at the same. A full
 * bucket forgets the entry that has been quiet longest; what is marked is what
 * people come to ask about, and goes last.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "handlerlock.h"
#include "history.h"
#include "ipclens_abi.h"

#define HISTORY_WAYS 8

static unsigned int history = 2048;
module_param(history, uint, 0400);
MODULE_PARM_DESC(history, "objects to remember, 8 to 1048576; a power of two, else the next one");

/**
 * struct history_bucket - entries that are searched together
 * @lock: of all members
 * @clock: acts so far
 * @forgot: whether an entry was ever evicted
 * @entries: free ones anywhere among them
 */
struct history_bucket {
	raw_spinlock_t lock;
	u32 clock;
	bool forgot;
	struct history_entry entries[HISTORY_WAYS];
};

static struct history_bucket *history_table;
static unsigned int history_bits;
atomic_long_t history_evicted, history_late;

static unsigned int history_buckets(void)
{
	return 1U << history_bits;
}

/**
 * history_init() - allocate the table
 *
 * Return: 0, -ENOMEM, or -EINVAL for a bad module parameter.
 *
 * Context: module init. No locks.
 */
int history_init(void)
{
	unsigned int i;

	if (history < HISTORY_WAYS || history > IPCLENS_HISTORY_MOST) {
		pr_err("history: %u is not from %d to %d\n", history, HISTORY_WAYS,
		       IPCLENS_HISTORY_MOST);
		return -EINVAL;
	}
	history_bits = ilog2(roundup_pow_of_two(history) / HISTORY_WAYS);
	history_table = kvcalloc(history_buckets(), sizeof(*history_table), GFP_KERNEL);
	if (!history_table)
		return -ENOMEM;
	for (i = 0; i < history_buckets(); i++)
		raw_spin_lock_init(&history_table[i].lock);
	return 0;
}

/**
 * history_exit() - undo history_init()
 *
 * Context: module exit, when no handler and no reader runs any more. No locks.
 */
void history_exit(void)
{
	kvfree(history_table);
}

/* The calling task, now. */
static __always_inline void history_who(struct history_who *who)
{
	who->time = handler_seconds();
	who->pid = task_tgid_nr(current);
	who->uid = __kuid_val(current_uid());
	memcpy(who->comm, current->comm, sizeof(who->comm));
	who->comm[sizeof(who->comm) - 1] = '\0';
}

static __always_inline struct history_bucket *history_bucket(const void *object)
{
	return &history_table[history_bits ? hash_ptr(object, history_bits) : 0];
}

static __always_inline bool history_same(const struct history_id *a, const struct history_id *b)
{
	return a->object == b->object && a->number == b->number && a->space == b->space &&
	       a->kind == b->kind;
}

/* There is one for an address at the most. Needs the bucket's lock. */
static __always_inline struct history_entry *history_at(struct history_bucket *bucket,
							const void *object)
	__must_hold(&bucket->lock)
{
	int i;

	lockdep_assert_held(&bucket->lock);
	for (i = 0; i < HISTORY_WAYS; i++)
		if (bucket->entries[i].id.object == object)
			return &bucket->entries[i];
	return NULL;
}

/* Needs the bucket's lock. */
static __always_inline struct history_entry *history_search(struct history_bucket *bucket,
							    const struct history_id *id)
	__must_hold(&bucket->lock)
{
	struct history_entry *entry = history_at(bucket, id->object);

	return entry && history_same(&entry->id, id) ? entry : NULL;
}

/* Whether @a is to be forgotten before @b: free, then unmarked, then quiet longest. */
static bool history_before(const struct history_bucket *bucket, const struct history_entry *a,
			   const struct history_entry *b)
{
	if (!a->id.object || !b->id.object)
		return !a->id.object && b->id.object;
	if (!a->counts[HISTORY_MARK] != !b->counts[HISTORY_MARK])
		return !a->counts[HISTORY_MARK];
	/* The clock may have gone round. */
	return bucket->clock - a->used > bucket->clock - b->used;
}

NOKPROBE_SYMBOL(history_before);

/* Needs the bucket's lock. */
static struct history_entry *history_victim(struct history_bucket *bucket)
	__must_hold(&bucket->lock)
{
	struct history_entry *victim = &bucket->entries[0];
	int i;

	for (i = 1; victim->id.object && i < HISTORY_WAYS; i++)
		if (history_before(bucket, &bucket->entries[i], victim))
			victim = &bucket->entries[i];
	if (victim->id.object) {
		bucket->forgot = true;
		atomic_long_inc(&history_evicted);
	}
	return victim;
}

NOKPROBE_SYMBOL(history_victim);

/* In the place of @entry if that is not NULL. Needs the bucket's lock. */
static struct history_entry *history_begin(struct history_bucket *bucket,
					   struct history_entry *entry,
					   const struct history_id *id, enum history_act act,
					   u32 ipcns, u32 key)
	__must_hold(&bucket->lock)
{
	lockdep_assert_held(&bucket->lock);
	if (!entry)
		entry = history_victim(bucket);
	memset(entry, 0, sizeof(*entry));
	entry->id = *id;
	entry->ipcns = ipcns;
	entry->key = key;
	entry->complete = act == HISTORY_CREATE;
	entry->born = ktime_get_mono_fast_ns();
	entry->counted = entry->complete || !bucket->forgot;
	if (!entry->complete)
		atomic_long_inc(&history_late);
	return entry;
}

NOKPROBE_SYMBOL(history_begin);

/**
 * history_age() - how old an object is
 * @born: when it began, by history_born()
 *
 * Return: nanoseconds, whatever was done to the clock; 0 if its creation was not seen.
 *
 * Context: any, also a probe's handler. No lock.
 */
u64 history_age(u64 born)
{
	s64 age;

	if (!born)
		return 0;
	/*
	 * Never 0 for what was seen, however coarse the clock, which on another CPU may
	 * also be a little behind.
	 */
	age = ktime_get_mono_fast_ns() - born;
	return max(age, 1LL);
}

NOKPROBE_SYMBOL(history_age);

/**
 * history_note() - note an act of the calling task; the first one makes the entry
 * @id: on which object
 * @act: what was done
 * @ipcns: see struct history_entry; used by the first act
 * @key: likewise
 *
 * Return: when the object began, by history_born(); nobody may want to know its age.
 *
 * Context: any, also a probe's handler. Takes the bucket's lock.
 */
u64 history_note(const struct history_id *id, enum history_act act, u32 ipcns, u32 key)
{
	struct history_bucket *bucket = history_bucket(id->object);
	struct history_entry *entry;
	unsigned long flags;
	u64 born;

	flags = handler_lock(&bucket->lock);
	entry = history_at(bucket, id->object);
	/*
	 * Another object at the same address is one whose end was missed; what is created
	 * anew is not what had its address and its number before.
	 */
	if (!entry || act == HISTORY_CREATE || !history_same(&entry->id, id))
		entry = history_begin(bucket, entry, id, act, ipcns, key);
	entry->used = ++bucket->clock;
	entry->counts[act]++;
	history_who(&entry->last[act]);
	if (act == HISTORY_ATTACH || act == HISTORY_COPY || act == HISTORY_DETACH)
		entry->latest = act;
	born = history_born(entry);
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	return born;
}

NOKPROBE_SYMBOL(history_note);

/**
 * history_find() - what is known of an object
 * @id: which
 * @entry: filled if there is an entry
 *
 * Return: whether there is one.
 *
 * Context: any, also a probe's handler. Takes the bucket's lock.
 */
bool history_find(const struct history_id *id, struct history_entry *entry)
{
	struct history_bucket *bucket = history_bucket(id->object);
	const struct history_entry *found;
	unsigned long flags;

	flags = handler_lock(&bucket->lock);
	found = history_search(bucket, id);
	if (found)
		*entry = *found;
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	return found;
}

NOKPROBE_SYMBOL(history_find);

/**
 * history_find_object() - what is known of whatever is at an address
 * @object: the address, not followed
 * @entry: filled if there is an entry; who asks must compare its id
 *
 * Return: whether there is one.
 *
 * Context: any, also a probe's handler. Takes the bucket's lock.
 */
bool history_find_object(const void *object, struct history_entry *entry)
{
	struct history_bucket *bucket = history_bucket(object);
	const struct history_entry *found;
	unsigned long flags;

	flags = handler_lock(&bucket->lock);
	found = history_at(bucket, object);
	if (found)
		*entry = *found;
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	return found;
}

NOKPROBE_SYMBOL(history_find_object);

/**
 * history_drop() - the object is no more
 * @id: which
 * @origin: what was known of it, zeroes if nothing
 *
 * Return: whether there was an entry.
 *
 * Context: any, also a probe's handler. Takes the bucket's lock.
 */
bool history_drop(const struct history_id *id, struct history_origin *origin)
{
	struct history_bucket *bucket = history_bucket(id->object);
	struct history_entry *found;
	unsigned long flags;

	*origin = (struct history_origin){ 0 };
	flags = handler_lock(&bucket->lock);
	found = history_search(bucket, id);
	if (found) {
		origin->born = history_born(found);
		origin->ipcns = found->ipcns;
		found->id.object = NULL;
	}
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	return found;
}

NOKPROBE_SYMBOL(history_drop);

/**
 * history_next() - the next entry of the table, in no order that means anything
 * @place: where to go on, 0 to start
 * @entry: filled
 *
 * Return: false behind the last one.
 *
 * Context: process, may sleep. Takes the buckets' locks in turn.
 */
bool history_next(u32 *place, struct history_entry *entry)
{
	for (; *place < history_buckets() * HISTORY_WAYS; ++*place) {
		struct history_bucket *bucket = &history_table[*place / HISTORY_WAYS];
		unsigned long flags;

		cond_resched();
		raw_spin_lock_irqsave(&bucket->lock, flags);
		*entry = bucket->entries[*place % HISTORY_WAYS];
		raw_spin_unlock_irqrestore(&bucket->lock, flags);
		if (entry->id.object) {
			++*place;
			return true;
		}
	}
	return false;
}

/**
 * history_size() - how many objects there is room for
 *
 * Context: any, while the table is there. No lock.
 */
u32 history_size(void)
{
	return history_buckets() * HISTORY_WAYS;
}

/**
 * history_used() - how many objects are remembered
 *
 * Context: process, may sleep. Takes the buckets' locks in turn.
 */
u32 history_used(void)
{
	struct history_entry entry;
	u32 place = 0, used = 0;

	while (history_next(&place, &entry))
		used++;
	return used;
}
