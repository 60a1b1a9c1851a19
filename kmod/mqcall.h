/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What several probes learn about one attempt to open a queue, until the
 * outermost of them returns. A slot belongs to the task that took it.
 */
#ifndef IPCLENS_MQCALL_H
#define IPCLENS_MQCALL_H

#include "kview.h"
#include "taskslot.h"

/**
 * struct mqcall - an attempt that is under way
 * @slot: whose it is
 * @asked: mqueue_get_inode() has been entered, @ask is filled
 * @refused: the charge was refused, @refusal is filled
 * @recorded: the refusal is in the ring already
 * @ask: what is asked for, if @asked
 * @charge: what that would be charged, LENS_NONE if it cannot be counted; if @asked
 * @refusal: why it was refused, if @refused
 */
struct mqcall {
	struct taskslot slot;
	bool asked, refused, recorded;
	struct kview_ask ask;
	u64 charge;
	struct kview_refusal refusal;
};

struct mqcall *mqcall_find(void);
struct mqcall *mqcall_begin(void);
void mqcall_end(struct mqcall *call);

#endif /* IPCLENS_MQCALL_H */
