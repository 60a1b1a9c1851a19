/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel does not keep: who created, attached, detached and marked an
 * object, and when. A table of fixed size, found by the object's address, which
 * identifies it as long as its end is not missed; the other parts of its
 * identity are compared all the same. What the objects are is not known here.
 */
#ifndef IPCLENS_HISTORY_H
#define IPCLENS_HISTORY_H

#include <linux/sched.h>
#include <linux/types.h>

#include "kview.h"

enum history_kind { HISTORY_SHM, HISTORY_MQUEUE };

/* Acts on an object; a copy is a mapping made by fork(), a split or a move. */
enum history_act {
	HISTORY_CREATE,
	HISTORY_ATTACH,
	HISTORY_COPY,
	HISTORY_DETACH,
	HISTORY_MARK,
	HISTORY_ACTS
};

/**
 * struct history_id - which object
 * @object: its address, not followed
 * @number: shmid, or inode number
 * @space: inode number of the IPC namespace, or device number of the file system
 * @kind: what it is
 */
struct history_id {
	const void *object;
	u64 number;
	u32 space;
	enum history_kind kind;
};

/**
 * history_id_shm() - which segment, the same wherever it is noted, dropped or looked up
 * @object: its address, not followed
 * @ipcns: inode number of its IPC namespace
 * @shmid: its id
 *
 * Context: any, also a probe's handler. No lock.
 */
static __always_inline struct history_id history_id_shm(const void *object, u32 ipcns, int shmid)
{
	return (struct history_id){
		.object = object, .number = shmid, .space = ipcns, .kind = HISTORY_SHM,
	};
}

/**
 * history_id_mqueue() - which queue
 * @object: address of its inode, not followed
 * @dev: device number of its file system
 * @ino: its inode number
 *
 * Context: any, also a probe's handler. No lock.
 */
static __always_inline struct history_id history_id_mqueue(const void *object, u32 dev, u64 ino)
{
	return (struct history_id){
		.object = object, .number = ino, .space = dev, .kind = HISTORY_MQUEUE,
	};
}

/**
 * struct history_who - who did something, and when
 * @time: seconds since the epoch, by the clock of the kernel's own times of segments; 0 if
 *	nobody did yet
 * @pid: process, in the initial pid namespace
 * @uid: user, in the initial user namespace
 * @comm: name of the thread
 */
struct history_who {
	u64 time;
	u32 pid, uid;
	char comm[TASK_COMM_LEN];
};

/**
 * struct history_entry - what is known of an object
 * @id: which; its object is NULL if the entry is free
 * @used: the bucket's clock at the last act
 * @ipcns: inode number of the namespace that it was created in, 0 if not known
 * @key: the key that it was created with, if it has one
 * @complete: its creation was seen
 * @counted: no act since the module was loaded was forgotten; some may be missed
 * @born: when the entry began, by the clock that nobody sets
 * @latest: the last of attach, copy and detach
 * @counts: how often each act was seen
 * @last: the last time of each
 */
struct history_entry {
	struct history_id id;
	u32 used;
	u32 ipcns;
	u32 key;
	bool complete, counted;
	u8 latest;
	u64 born;
	u64 counts[HISTORY_ACTS];
	struct history_who last[HISTORY_ACTS];
};

/**
 * struct history_origin - where an object comes from
 * @born: when the entry began, by the clock that nobody sets; 0 if its creation was not seen
 * @ipcns: see struct history_entry
 */
struct history_origin {
	u64 born;
	u32 ipcns;
};

/**
 * history_born() - when an object began
 * @entry: what is known of it
 *
 * Return: by the clock that nobody sets; 0 if its creation was not seen.
 */
static inline u64 history_born(const struct history_entry *entry)
{
	return entry->complete ? entry->born : 0;
}

/**
 * history_count() - how often, as columns have it
 * @entry: of which object
 * @act: which act
 *
 * Return: since creation, or since the module was loaded; LENS_NONE if some may
 * have been forgotten.
 */
static inline u64 history_count(const struct history_entry *entry, enum history_act act)
{
	return entry->counted ? entry->counts[act] : LENS_NONE;
}

/* Objects that were forgotten for others, and acts on objects that were not known. */
extern atomic_long_t history_evicted, history_late;

int history_init(void);
void history_exit(void);

u64 history_note(const struct history_id *id, enum history_act act, u32 ipcns, u32 key);
bool history_drop(const struct history_id *id, struct history_origin *origin);
bool history_find(const struct history_id *id, struct history_entry *entry);
bool history_find_object(const void *object, struct history_entry *entry);
u64 history_age(u64 born);

bool history_next(u32 *place, struct history_entry *entry);
u32 history_size(void);
u32 history_used(void);

#endif /* IPCLENS_HISTORY_H */
