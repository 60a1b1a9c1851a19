/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls of shmctl(IPC_RMID) that are under way. A segment that nobody has
 * attached is destroyed by it, as by many other things; one that is marked is
 * marked again. So it is remembered which task is in it, and for which segment.
 */
#ifndef IPCLENS_RMIDCALL_H
#define IPCLENS_RMIDCALL_H

#include <linux/atomic.h>

#include "taskslot.h"

struct ipc_namespace;

/**
 * struct rmidcall - a call that is under way
 * @slot: whose it is
 * @ns: the namespace of the segment
 * @shmid: the segment
 * @again: it was marked when the call began
 */
struct rmidcall {
	struct taskslot slot;
	const struct ipc_namespace *ns;
	int shmid;
	bool again;
};

/* Calls that could not be remembered, for want of room. */
extern atomic_long_t rmidcall_unpaired;

struct rmidcall *rmidcall_begin(const struct ipc_namespace *ns, int shmid);
struct rmidcall *rmidcall_current(void);
struct rmidcall *rmidcall_find(const struct ipc_namespace *ns, int shmid);
void rmidcall_end(struct rmidcall *call);

#endif /* IPCLENS_RMIDCALL_H */
