/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The text that crosses from the module to whoever reads it: format version,
 * debugfs files, their columns in order. Shared by the module (which prints by
 * these lists) and the reader (which looks columns up by name and takes units
 * and help from here). Knows no kernel and no library header.
 */
#ifndef IPCLENS_ABI_H
#define IPCLENS_ABI_H

#define IPCLENS_VERSION "0.1.0"

/* Raised when a column changes meaning; appending a column does not raise it. */
#define IPCLENS_FORMAT 1

/* Most that the module's parameters "history" and "denials" can be. */
#define IPCLENS_HISTORY_MOST 1048576
#define IPCLENS_DENIALS_MOST 65536

/* Directory below the debugfs mount point. */
#define IPCLENS_DIR "ipclens"

/*
 * X(name, type, width, help). Cells are padded to width for the eye, wider
 * ones push the rest of their row. The types, and what a cell looks like:
 *   NUM    decimal number
 *   BYTES  decimal number of bytes
 *   TIME   decimal seconds since the epoch
 *   FLAG   0 or 1
 *   KEY    0x%08x
 *   PERM   octal
 *   ADDR   0x%x, a user space address
 *   TEXT   octal-escaped as by seq_escape(): no blank, no control byte inside
 * Any type: a lone "-" is empty or unknown.
 */
#define IPCLENS_SHM_COLUMNS(X) \
	X(ipcns, NUM, 10, "IPC namespace (inode number, as ls -l /proc/PID/ns shows)") \
	X(shmid, NUM, 10, "segment id, unique within its namespace") \
	X(key, KEY, 10, "key now, 0 if private or marked") \
	X(orig_key, KEY, 10, "key the segment was created with") \
	X(dest, FLAG, 4, "1 if marked by IPC_RMID (SHM_DEST)") \
	X(pending, TEXT, 7, "dies at the last detach: no, marked, forced") \
	X(nattch, NUM, 6, "mappings of the segment") \
	X(perms, PERM, 5, "permissions, with 1000 for marked, 2000 for locked") \
	X(size, BYTES, 12, "size asked for") \
	X(rss, BYTES, 12, "bytes in memory") \
	X(swap, BYTES, 10, "bytes in swap") \
	X(huge, BYTES, 10, "huge page size, 0 if ordinary pages") \
	X(uid, NUM, 5, "owner") \
	X(gid, NUM, 5, "owner's group") \
	X(cuid, NUM, 5, "creator") \
	X(cgid, NUM, 5, "creator's group") \
	X(cpid, NUM, 7, "process that created it") \
	X(lpid, NUM, 7, "process that attached or detached last") \
	X(creator_alive, FLAG, 13, "1 until the creating thread exits or unshares") \
	X(atime, TIME, 10, "last attach") \
	X(dtime, TIME, 10, "last detach") \
	X(ctime, TIME, 10, "creation or last IPC_SET") \
	X(attaches, NUM, 8, "attaches since creation or module load") \
	X(detaches, NUM, 8, "detaches since creation or module load") \
	X(create_comm, TEXT, 15, "name of the creating thread") \
	X(last_comm, TEXT, 15, "name of the thread that attached or detached last") \
	X(rmid_pid, NUM, 8, "process that marked it") \
	X(rmid_uid, NUM, 8, "user that marked it") \
	X(rmid_comm, TEXT, 15, "name of the thread that marked it") \
	X(rmid_time, TIME, 10, "when it was marked") \
	X(copies, NUM, 6, "mappings copied by fork or split, since creation or module load")

#define IPCLENS_HISTORY_COLUMNS(X) \
	X(kind, TEXT, 6, "shm or mqueue") \
	X(ipcns, NUM, 10, "IPC namespace it was created in (inode number)") \
	X(number, NUM, 10, "segment id, or the queue's inode number") \
	X(orig_key, KEY, 10, "key the segment was created with, if that was seen") \
	X(complete, FLAG, 8, "1 if its creation was seen") \
	X(attaches, NUM, 8, "attaches since creation or module load") \
	X(copies, NUM, 6, "mappings copied by fork or split, likewise") \
	X(detaches, NUM, 8, "mappings gone, likewise") \
	X(create_time, TIME, 11, "when it was created") \
	X(create_pid, NUM, 10, "by which process") \
	X(create_uid, NUM, 10, "by which user") \
	X(create_comm, TEXT, 15, "name of the thread") \
	X(attach_time, TIME, 11, "when it was last attached") \
	X(attach_pid, NUM, 10, "by which process") \
	X(attach_uid, NUM, 10, "by which user") \
	X(attach_comm, TEXT, 15, "name of the thread") \
	X(copy_time, TIME, 10, "when a mapping was last copied") \
	X(copy_pid, NUM, 8, "by which process") \
	X(copy_uid, NUM, 8, "by which user") \
	X(copy_comm, TEXT, 15, "name of the thread") \
	X(detach_time, TIME, 11, "when a mapping last went") \
	X(detach_pid, NUM, 10, "by which process") \
	X(detach_uid, NUM, 10, "by which user") \
	X(detach_comm, TEXT, 15, "name of the thread") \
	X(rmid_time, TIME, 10, "when it was marked") \
	X(rmid_pid, NUM, 8, "by which process") \
	X(rmid_uid, NUM, 8, "by which user") \
	X(rmid_comm, TEXT, 15, "name of the thread")

#define IPCLENS_SHM_HOLDERS_COLUMNS(X) \
	X(ipcns, NUM, 10, "IPC namespace of the segment") \
	X(shmid, NUM, 10, "segment id") \
	X(pid, NUM, 7, "process that has the mapping") \
	X(comm, TEXT, 15, "its name") \
	X(start, ADDR, 18, "first address of the mapping") \
	X(end, ADDR, 18, "address behind the mapping") \
	X(prot, TEXT, 4, "protection: r, w, x or a hyphen each") \
	X(task_ipcns, NUM, 10, "IPC namespace that the process is in now")

#define IPCLENS_NAMESPACES_COLUMNS(X) \
	X(ipcns, NUM, 10, "IPC namespace (inode number)") \
	X(pid, NUM, 7, "a task in it, the lowest number") \
	X(comm, TEXT, 15, "that task's name") \
	X(owner_userns, NUM, 12, "user namespace that owns it (inode number)") \
	X(shm_count, NUM, 9, "segments") \
	X(shm_pages, NUM, 10, "pages that the segments' sizes add up to") \
	X(shmmax, BYTES, 20, "kernel.shmmax, largest segment") \
	X(shmall, NUM, 20, "kernel.shmall, most pages in all") \
	X(shmmni, NUM, 10, "kernel.shmmni, most segments") \
	X(rmid_forced, FLAG, 11, "kernel.shm_rmid_forced") \
	X(mq_count, NUM, 8, "message queues") \
	X(mq_queues_max, NUM, 13, "fs.mqueue.queues_max") \
	X(mq_msg_max, NUM, 10, "fs.mqueue.msg_max") \
	X(mq_msgsize_max, BYTES, 14, "fs.mqueue.msgsize_max") \
	X(mq_default_charge, BYTES, 17, "charge of a queue opened without attributes")

#define IPCLENS_MQUEUE_COLUMNS(X) \
	X(ipcns, NUM, 10, "IPC namespace, unknown if no task is in it") \
	X(ino, NUM, 10, "inode number") \
	X(name, TEXT, 15, "name, without the leading slash") \
	X(linked, FLAG, 6, "0 once mq_unlink has taken the name") \
	X(perms, PERM, 5, "permissions") \
	X(uid, NUM, 5, "owner") \
	X(gid, NUM, 5, "owner's group") \
	X(maxmsg, NUM, 6, "most messages") \
	X(msgsize, BYTES, 7, "largest message") \
	X(msgs, NUM, 6, "messages in it") \
	X(qsize, BYTES, 8, "bytes of these messages") \
	X(charge, BYTES, 9, "bytes that it takes of the budget behind RLIMIT_MSGQUEUE") \
	X(charged_userns, NUM, 14, "user namespace whose user pays (inode number)") \
	X(charged_uid, NUM, 11, "user who pays") \
	X(notify_pid, NUM, 10, "process that asked to be notified") \
	X(send_waiters, NUM, 12, "threads blocked in sending") \
	X(recv_waiters, NUM, 12, "threads blocked in receiving") \
	X(create_pid, NUM, 10, "process that created it") \
	X(create_comm, TEXT, 15, "name of the creating thread") \
	X(create_time, TIME, 11, "when it was created") \
	X(dev, TEXT, 7, "device of its file system, major:minor")

#define IPCLENS_MQ_USERS_COLUMNS(X) \
	X(userns, NUM, 10, "user namespace (inode number)") \
	X(uid, NUM, 10, "user") \
	X(bytes, BYTES, 10, "the kernel's counter behind RLIMIT_MSGQUEUE") \
	X(queues, NUM, 6, "queues charged here, unlinked ones included") \
	X(unlinked, NUM, 8, "those of them without a name") \
	X(queue_bytes, BYTES, 11, "what they are charged; other bytes come from namespaces below") \
	X(limit_min, BYTES, 10, "lowest RLIMIT_MSGQUEUE (soft) of the user's threads") \
	X(limit_max, BYTES, 10, "highest") \
	X(ceiling, BYTES, 10, "most that the namespace lets through to the row above it") \
	X(tasks, NUM, 6, "threads of the user") \
	X(denials, NUM, 7, "refusals of this user that mq_denials still has") \
	X(level, NUM, 5, "depth of the user namespace, 0 for the initial one") \
	X(parent_userns, NUM, 13, "user namespace of the row that is charged, too") \
	X(parent_uid, NUM, 10, "user of that row")

#define IPCLENS_MQ_DENIALS_COLUMNS(X) \
	X(time, TIME, 10, "when mq_open was refused") \
	X(pid, NUM, 7, "process that was refused") \
	X(comm, TEXT, 15, "its name") \
	X(uid, NUM, 5, "its user") \
	X(userns, NUM, 10, "its user namespace (inode number)") \
	X(ipcns, NUM, 10, "IPC namespace (inode number)") \
	X(reason, TEXT, 10, "why: nofile, file-max, rlimit, userns, queues_max, attr, and so on") \
	X(errno, NUM, 5, "error number that it got") \
	X(asked, NUM, 10, "how much was asked for, in the unit of the limit") \
	X(charged, NUM, 10, "how much of the limit was in use") \
	X(limit, NUM, 10, "the limit that refused it") \
	X(name, TEXT, 15, "name of the queue, without the leading slash") \
	X(knob, TEXT, 20, "what sets the limit") \
	X(limit_userns, NUM, 12, "user namespace of the mq_users row that is full") \
	X(limit_uid, NUM, 9, "user of that row") \
	X(level, NUM, 5, "depth of that user namespace, 0 for the initial one") \
	X(maxmsg, NUM, 6, "messages asked for") \
	X(msgsize, BYTES, 7, "message size asked for")

#define IPCLENS_PROBES_COLUMNS(X) \
	X(name, TEXT, 8, "what the probe observes") \
	X(symbol, TEXT, 20, "kernel function it sits on") \
	X(kind, TEXT, 9, "kprobe or kretprobe") \
	X(state, TEXT, 8, "active, fallback, missing or unused") \
	X(hits, NUM, 10, "times it fired") \
	X(missed, NUM, 8, "times the kernel could not run it") \
	X(lost_without, TEXT, 12, "features that need it")

#define IPCLENS_STATUS_COLUMNS(X) \
	X(key, TEXT, 18, "what is told") \
	X(value, TEXT, 1, "its value")

/* X(file, COLUMNS), in the order in which "cat *" concatenates them. */
#define IPCLENS_FILES(X) \
	X(history, IPCLENS_HISTORY_COLUMNS) \
	X(mq_denials, IPCLENS_MQ_DENIALS_COLUMNS) \
	X(mq_users, IPCLENS_MQ_USERS_COLUMNS) \
	X(mqueue, IPCLENS_MQUEUE_COLUMNS) \
	X(namespaces, IPCLENS_NAMESPACES_COLUMNS) \
	X(probes, IPCLENS_PROBES_COLUMNS) \
	X(shm, IPCLENS_SHM_COLUMNS) \
	X(shm_holders, IPCLENS_SHM_HOLDERS_COLUMNS) \
	X(status, IPCLENS_STATUS_COLUMNS)

/*
 * X(name, reason): why mq_open() was refused, as the column "reason" of mq_denials says;
 * "status" counts each by the key "denials_" with the name behind it. The last is all the
 * rest.
 */
#define IPCLENS_DENIAL_REASONS(X) \
	X(nofile, "nofile") \
	X(file_max, "file-max") \
	X(rlimit, "rlimit") \
	X(userns, "userns") \
	X(queues_max, "queues_max") \
	X(attr, "attr") \
	X(overflow, "overflow") \
	X(nomem, "nomem") \
	X(perm, "perm") \
	X(other, "other")

/*
 * The last key of "status". status is the last file of a capture, so a capture
 * of several files that lacks this row has been cut.
 */
#define IPCLENS_STATUS_END "end"

#endif /* IPCLENS_ABI_H */
