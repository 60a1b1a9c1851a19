/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The events, group "ipclens". Fields are named like the columns of debugfs and mean the
 * same; each ends with who did it, the calling task: process (initial pid namespace),
 * real user (initial user namespace), name of the thread. What is not known is 0, unless
 * said otherwise; so is the age of what was forgotten ("history_evicted" in status).
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ipclens

#if !defined(IPCLENS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define IPCLENS_TRACE_H

#include <linux/tracepoint.h>

#include "denials.h"
#include "history.h"
#include "kview.h"

#define TRACE_WHO_FIELDS \
	__field(u32, pid) \
	__field(u32, uid) \
	__array(char, comm, TASK_COMM_LEN)

/* The calling task: each event is told by who did it. */
#define TRACE_WHO_ASSIGN() \
	__entry->pid = task_tgid_nr(current); \
	__entry->uid = __kuid_val(current_uid()); \
	memcpy(__entry->comm, current->comm, TASK_COMM_LEN); \
	__entry->comm[TASK_COMM_LEN - 1] = '\0'

#define TRACE_WHO_COPY(who) \
	__entry->pid = (who)->pid; \
	__entry->uid = (who)->uid; \
	memcpy(__entry->comm, (who)->comm, TASK_COMM_LEN)

#define TRACE_WHO_FORMAT " pid=%u uid=%u comm=%s"
#define TRACE_WHO_VALUES __entry->pid, __entry->uid, __entry->comm

/**
 * trace_shm_create() - newseg() has made a segment
 * @segment: the segment; its key is the one asked for
 *
 * By the creator. Context: a return probe's handler, under the namespace's rwsem of
 * segments, for which a shmat() by somebody who has guessed the id waits; what other
 * threads of that process do to the mapping meanwhile may come first. Missing: creations
 * for which no instance of the probe was free ("missed").
 */
TRACE_EVENT(shm_create,
	TP_PROTO(const struct lens_segment *segment),
	TP_ARGS(segment),
	TP_STRUCT__entry(
		__field(u32, ipcns)
		__field(int, shmid)
		__field(u32, key)
		__field(u64, size)
		__field(u32, perms)
		TRACE_WHO_FIELDS
	),
	TP_fast_assign(
		__entry->ipcns = segment->ipcns;
		__entry->shmid = segment->shmid;
		__entry->key = segment->key;
		__entry->size = segment->size;
		__entry->perms = segment->perms;
		TRACE_WHO_ASSIGN();
	),
	TP_printk("ipcns=%u shmid=%d key=0x%08x size=%llu perms=%o" TRACE_WHO_FORMAT,
		  __entry->ipcns, __entry->shmid, __entry->key, __entry->size,
		  __entry->perms, TRACE_WHO_VALUES)
);

/**
 * trace_shm_attach() - shmat() has succeeded
 * @segment: the segment; nattch as it is now
 * @start: first address of the mapping
 * @born: its creation, 0 if that was not seen; age_ns is the time since
 *
 * By who attached. Context: a return probe's handler; no lock is held. Another thread may
 * have detached it already, whose event then came before. Missing: as shm_create; where
 * that detach destroyed the segment; the mapping that remap_file_pages() puts in the
 * place of another.
 */
TRACE_EVENT(shm_attach,
	TP_PROTO(const struct lens_segment *segment, unsigned long start, u64 born),
	TP_ARGS(segment, start, born),
	TP_STRUCT__entry(
		__field(u32, ipcns)
		__field(int, shmid)
		__field(unsigned long, start)
		__field(u64, nattch)
		__field(u64, age_ns)
		TRACE_WHO_FIELDS
	),
	TP_fast_assign(
		__entry->ipcns = segment->ipcns;
		__entry->shmid = segment->shmid;
		__entry->start = start;
		__entry->nattch = segment->nattch;
		__entry->age_ns = history_age(born);
		TRACE_WHO_ASSIGN();
	),
	TP_printk("ipcns=%u shmid=%d start=0x%lx nattch=%llu age_ns=%llu" TRACE_WHO_FORMAT,
		  __entry->ipcns, __entry->shmid, __entry->start, __entry->nattch,
		  __entry->age_ns, TRACE_WHO_VALUES)
);

DECLARE_EVENT_CLASS(shm_mapping,
	TP_PROTO(const struct lens_segment *segment, unsigned long start, unsigned long end,
		 u64 born),
	TP_ARGS(segment, start, end, born),
	TP_STRUCT__entry(
		__field(u32, ipcns)
		__field(int, shmid)
		__field(unsigned long, start)
		__field(unsigned long, end)
		__field(u64, nattch)
		__field(u64, age_ns)
		TRACE_WHO_FIELDS
	),
	TP_fast_assign(
		__entry->ipcns = segment->ipcns;
		__entry->shmid = segment->shmid;
		__entry->start = start;
		__entry->end = end;
		__entry->nattch = segment->nattch;
		__entry->age_ns = history_age(born);
		TRACE_WHO_ASSIGN();
	),
	TP_printk("ipcns=%u shmid=%d start=0x%lx end=0x%lx nattch=%llu age_ns=%llu"
		  TRACE_WHO_FORMAT,
		  __entry->ipcns, __entry->shmid, __entry->start, __entry->end,
		  __entry->nattch, __entry->age_ns, TRACE_WHO_VALUES)
);

/**
 * trace_shm_detach() - a mapping goes
 * @segment: the segment; nattch as it is without the mapping
 * @start: first address of the mapping
 * @end: address behind it
 * @born: its creation, 0 if that was not seen; age_ns is the time since
 *
 * By who lets go; for a process's whole memory the last one that used it. By shmdt(),
 * munmap(), another mapping in its place (MAP_FIXED, SHM_REMAP), mremap() that moves or
 * shrinks it, exec(), exit, or a fork() that fails. Context: a probe's handler, with the
 * memory's mmap lock held; where the whole memory goes, by exec(), exit, or whoever was
 * the last to use it, it need not be held.
 */
DEFINE_EVENT(shm_mapping, shm_detach,
	TP_PROTO(const struct lens_segment *segment, unsigned long start, unsigned long end,
		 u64 born),
	TP_ARGS(segment, start, end, born)
);

/**
 * trace_shm_fork() - a mapping is copied by fork(), or split, or moved
 * @segment: the segment; nattch as it is with the new mapping
 * @start: first address of the new mapping
 * @end: address behind it; of a split as it is in that moment
 * @born: its creation, 0 if that was not seen; age_ns is the time since
 *
 * By who forks, splits or moves. A move by mremap() is this, then shm_detach of the old
 * place. A split is made by mprotect(), mlock() and their like, or by unmapping a part.
 * Context: a probe's handler, with the mmap lock held.
 */
DEFINE_EVENT(shm_mapping, shm_fork,
	TP_PROTO(const struct lens_segment *segment, unsigned long start, unsigned long end,
		 u64 born),
	TP_ARGS(segment, start, end, born)
);

/**
 * trace_shm_rmid() - IPC_RMID was granted
 * @segment: the segment; its key is the one it was created with; if nattch is 0,
 *	shm_destroy follows
 * @born: its creation, 0 if that was not seen; age_ns is the time since
 *
 * By who removes it. Once for each segment: to mark a marked one again does nothing. But
 * a call that could not be followed ("missed" of rmid, "rmid_unpaired" in status) is told
 * of again if it marks a private segment again that the history has forgotten. Not where
 * kernel.shm_rmid_forced destroys. Context: a probe's handler, under the segment's lock.
 * Missing: removals of unattached segments by calls that could not be followed.
 */
TRACE_EVENT(shm_rmid,
	TP_PROTO(const struct lens_segment *segment, u64 born),
	TP_ARGS(segment, born),
	TP_STRUCT__entry(
		__field(u32, ipcns)
		__field(int, shmid)
		__field(u32, orig_key)
		__field(u64, size)
		__field(u64, nattch)
		__field(u64, age_ns)
		TRACE_WHO_FIELDS
	),
	TP_fast_assign(
		__entry->ipcns = segment->ipcns;
		__entry->shmid = segment->shmid;
		__entry->orig_key = segment->key;
		__entry->size = segment->size;
		__entry->nattch = segment->nattch;
		__entry->age_ns = history_age(born);
		TRACE_WHO_ASSIGN();
	),
	TP_printk("ipcns=%u shmid=%d orig_key=0x%08x size=%llu nattch=%llu age_ns=%llu"
		  TRACE_WHO_FORMAT,
		  __entry->ipcns, __entry->shmid, __entry->orig_key, __entry->size,
		  __entry->nattch, __entry->age_ns, TRACE_WHO_VALUES)
);

/**
 * trace_shm_destroy() - a segment and its memory go
 * @segment: the segment; its key is the one it was created with
 * @born: its creation, 0 if that was not seen; age_ns is the time since
 *
 * By who removed it, detached last, exited, set kernel.shm_rmid_forced; by a kernel thread
 * where a whole namespace goes. Context: a probe's handler, under the segment's lock.
 */
TRACE_EVENT(shm_destroy,
	TP_PROTO(const struct lens_segment *segment, u64 born),
	TP_ARGS(segment, born),
	TP_STRUCT__entry(
		__field(u32, ipcns)
		__field(int, shmid)
		__field(u32, orig_key)
		__field(u64, size)
		__field(u64, age_ns)
		TRACE_WHO_FIELDS
	),
	TP_fast_assign(
		__entry->ipcns = segment->ipcns;
		__entry->shmid = segment->shmid;
		__entry->orig_key = segment->key;
		__entry->size = segment->size;
		__entry->age_ns = history_age(born);
		TRACE_WHO_ASSIGN();
	),
	TP_printk("ipcns=%u shmid=%d orig_key=0x%08x size=%llu age_ns=%llu" TRACE_WHO_FORMAT,
		  __entry->ipcns, __entry->shmid, __entry->orig_key, __entry->size,
		  __entry->age_ns, TRACE_WHO_VALUES)
);

/**
 * trace_shm_owner_exit() - the thread that created a segment exits or calls unshare()
 * @segment: the segment; ipcns is 0 if the thread had left it before by setns(), and
 *	the history has nothing of the segment
 * @born: its creation, 0 if that was not seen; age_ns is the time since
 *
 * By the creator. Where kernel.shm_rmid_forced is set, shm_destroy may follow. Context: a
 * probe's handler; no lock is held. Missing: segments that others destroy in just that
 * moment; those behind the first 128 of a thread, or behind two neighbours that others
 * destroy in just that moment ("owner_exit_cut" in status).
 */
TRACE_EVENT(shm_owner_exit,
	TP_PROTO(const struct lens_segment *segment, u64 born),
	TP_ARGS(segment, born),
	TP_STRUCT__entry(
		__field(u32, ipcns)
		__field(int, shmid)
		__field(u64, nattch)
		__field(u64, age_ns)
		TRACE_WHO_FIELDS
	),
	TP_fast_assign(
		__entry->ipcns = segment->ipcns;
		__entry->shmid = segment->shmid;
		__entry->nattch = segment->nattch;
		__entry->age_ns = history_age(born);
		TRACE_WHO_ASSIGN();
	),
	TP_printk("ipcns=%u shmid=%d nattch=%llu age_ns=%llu" TRACE_WHO_FORMAT,
		  __entry->ipcns, __entry->shmid, __entry->nattch, __entry->age_ns,
		  TRACE_WHO_VALUES)
);

/**
 * trace_mq_create() - a message queue was created
 * @queue: the queue
 * @name: its name
 *
 * By the creator. Context: a return probe's handler, with the directory locked. Missing: as
 * shm_create.
 */
TRACE_EVENT(mq_create,
	TP_PROTO(const struct lens_queue_info *queue, const char *name),
	TP_ARGS(queue, name),
	TP_STRUCT__entry(
		__field(u32, ipcns)
		__field(u64, ino)
		__field(u64, maxmsg)
		__field(u64, msgsize)
		__field(u64, charge)
		__string(name, name)
		TRACE_WHO_FIELDS
	),
	TP_fast_assign(
		__entry->ipcns = queue->ipcns;
		__entry->ino = queue->ino;
		__entry->maxmsg = queue->maxmsg;
		__entry->msgsize = queue->msgsize;
		__entry->charge = kview_mq_charge(queue->maxmsg, queue->msgsize);
		compat_assign_str(name, name);
		TRACE_WHO_ASSIGN();
	),
	TP_printk("ipcns=%u ino=%llu name=%s maxmsg=%llu msgsize=%llu charge=%llu"
		  TRACE_WHO_FORMAT,
		  __entry->ipcns, __entry->ino, __get_str(name), __entry->maxmsg,
		  __entry->msgsize, __entry->charge, TRACE_WHO_VALUES)
);

/**
 * trace_mq_unlink() - a message queue loses its name
 * @queue: the queue; ipcns is 0 if its creation was not seen and the caller is not
 *	in its namespace
 * @name: the name
 * @born: its creation, 0 if that was not seen; age_ns is the time since
 *
 * By who unlinked it. Context: a probe's handler, with the directory locked.
 */
TRACE_EVENT(mq_unlink,
	TP_PROTO(const struct lens_queue_info *queue, const char *name, u64 born),
	TP_ARGS(queue, name, born),
	TP_STRUCT__entry(
		__field(u32, ipcns)
		__field(u64, ino)
		__field(u64, age_ns)
		__string(name, name)
		TRACE_WHO_FIELDS
	),
	TP_fast_assign(
		__entry->ipcns = queue->ipcns;
		__entry->ino = queue->ino;
		__entry->age_ns = history_age(born);
		compat_assign_str(name, name);
		TRACE_WHO_ASSIGN();
	),
	TP_printk("ipcns=%u ino=%llu name=%s age_ns=%llu" TRACE_WHO_FORMAT,
		  __entry->ipcns, __entry->ino, __get_str(name), __entry->age_ns,
		  TRACE_WHO_VALUES)
);

/**
 * trace_mq_destroy() - a message queue goes, and its charge is given back
 * @queue: the queue; ipcns is 0 if its creation was not seen and the caller is not
 *	in its namespace
 * @born: its creation, 0 if that was not seen; age_ns is the time since
 *
 * By who let go of it last. Not for one whose creation was refused. Context: a probe's
 * handler; no lock.
 */
TRACE_EVENT(mq_destroy,
	TP_PROTO(const struct lens_queue_info *queue, u64 born),
	TP_ARGS(queue, born),
	TP_STRUCT__entry(
		__field(u32, ipcns)
		__field(u64, ino)
		__field(u64, charge)
		__field(u64, age_ns)
		TRACE_WHO_FIELDS
	),
	TP_fast_assign(
		__entry->ipcns = queue->ipcns;
		__entry->ino = queue->ino;
		__entry->charge = kview_mq_charge(queue->maxmsg, queue->msgsize);
		__entry->age_ns = history_age(born);
		TRACE_WHO_ASSIGN();
	),
	TP_printk("ipcns=%u ino=%llu charge=%llu age_ns=%llu" TRACE_WHO_FORMAT,
		  __entry->ipcns, __entry->ino, __entry->charge, __entry->age_ns,
		  TRACE_WHO_VALUES)
);

/* -1, where a column has a hyphen. */
#define TRACE_NONE(value) ((value) == LENS_NONE ? -1 : (s64)(value))

/**
 * trace_mq_denied() - an attempt to open a queue was refused
 * @denial: the row that "mq_denials" gets; -1 for what is not known
 *
 * Context: a return probe's handler, at the return of mq_open() or with the
 * directory locked. Missing: calls for which no instance of a probe was free ("missed"
 * of mq_open, mq_open_compat, mq_create). Those that "denials_unpaired" counts are
 * here, with the reason "other".
 */
TRACE_EVENT(mq_denied,
	TP_PROTO(const struct lens_denial *denial),
	TP_ARGS(denial),
	TP_STRUCT__entry(
		__field(u32, ipcns)
		__field(u32, errno)
		__field(s64, asked)
		__field(s64, charged)
		__field(s64, limit)
		__string(name, denial->name)
		__string(reason, denial->reason)
		TRACE_WHO_FIELDS
	),
	TP_fast_assign(
		__entry->ipcns = denial->ipcns == LENS_NONE ? 0 : denial->ipcns;
		__entry->errno = denial->errno;
		__entry->asked = TRACE_NONE(denial->asked);
		__entry->charged = TRACE_NONE(denial->charged);
		__entry->limit = TRACE_NONE(denial->limit);
		compat_assign_str(name, denial->name);
		compat_assign_str(reason, denial->reason);
		TRACE_WHO_COPY(denial);
	),
	TP_printk("ipcns=%u name=%s reason=%s errno=%u asked=%lld charged=%lld limit=%lld"
		  TRACE_WHO_FORMAT,
		  __entry->ipcns, __get_str(name), __get_str(reason), __entry->errno,
		  __entry->asked, __entry->charged, __entry->limit, TRACE_WHO_VALUES)
);

#endif /* IPCLENS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE ipclens_trace
#include <trace/define_trace.h>
