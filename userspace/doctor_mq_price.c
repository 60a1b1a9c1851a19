// SPDX-License-Identifier: GPL-2.0-only
/*
 * What queues cost: the lowest RLIMIT_MSGQUEUE under which the kernel lets one through.
 * Each attempt in vain takes a place among the module's last refusals, so what is
 * claimed is tried first: if it is right, one refusal and one success prove it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "doctor_mq.h"

/* More than any queue of these can cost. */
#define PRICE_MOST ((uint64_t)1 << 30)

/* path, attributes, limit; the limit is put back. */
static long act_try(const long *args)
{
	const long order[ACTOR_ARGS] = { args[0], O_RDWR | O_CREAT | O_EXCL, 0600, args[1] };
	struct rlimit before, limit;
	int error;
	long fd;

	if (getrlimit(RLIMIT_MSGQUEUE, &before))
		return -1;
	limit = before;
	limit.rlim_cur = args[2];
	if (setrlimit(RLIMIT_MSGQUEUE, &limit))
		return -1;
	fd = mq_act_open(order);
	error = errno;
	if (setrlimit(RLIMIT_MSGQUEUE, &before))
		_exit(1);
	if (fd < 0) {
		errno = error;
		return -1;
	}
	mq_act_unlink(args);
	return close(fd);
}

/* path, messages, their size; actors see nothing that this process has changed meanwhile. */
static long act_ask(const long *args)
{
	struct mq_attr attr = { .mq_maxmsg = args[1], .mq_msgsize = args[2] };
	const long order[ACTOR_ARGS] = { args[0], O_RDWR | O_CREAT | O_EXCL, 0600, (long)&attr };

	return mq_act_open(order);
}

static void refusal_note(struct refusal *refusal, const struct actor *who, uint64_t limit)
{
	refusal->who = who;
	refusal->limit = limit;
	refusal->earliest = who->earliest;
	refusal->latest = who->latest;
	refusal->count++;
}

/* 1 if the queue could be had, 0 if the limit was too low, -1 if the kernel said otherwise. */
static int price_try(struct refusal *refusal, struct actor *who, const struct mq_attr *attr,
		     uint64_t limit)
{
	if (actor_do(who, act_try, (long)refusal->path, (long)attr, (long)limit, 0) != -1)
		return 1;
	if (errno != EMFILE)
		return -1;
	refusal->error = errno;
	refusal_note(refusal, who, limit);
	return 0;
}

/* The lowest limit that lets the queue through, 0 if there is none. */
static uint64_t price_find(struct refusal *refusal, struct actor *who, const struct mq_attr *attr,
			   uint64_t claim)
{
	uint64_t guesses[] = { claim - 1, claim }, low = 0, high = PRICE_MOST;

	for (size_t tries = 0; high - low > 1; tries++) {
		uint64_t limit = tries < 2 ? guesses[tries] : low + (high - low) / 2;
		int fits;

		if (limit <= low || limit >= high)
			continue;
		fits = price_try(refusal, who, attr, limit);
		if (fits < 0)
			return 0;
		*(fits ? &high : &low) = limit;
	}
	return high < PRICE_MOST ? high : 0;
}

/**
 * mq_refuse() - ask for one message more than the namespace allows
 * @stage: takes the refusal, if there is one; nobody but the privileged gets the queue
 */
void mq_refuse(struct stage *stage)
{
	struct refusal *refusal = &stage->refusals[REFUSAL_ATTR];
	struct actor *maker = &stage->actors[ACTOR_MAKER];

	if (*stage->mq_problem || !stage->own_users ||
	    !stage_proc_number("/proc/sys/fs/mqueue/msg_max", &stage->msg_max))
		return;
	if (actor_do(maker, act_ask, (long)refusal->path, stage->msg_max + 1, MQ_REFUSED_SIZE, 0) !=
		    -1 ||
	    errno != EINVAL)
		return;
	refusal->error = errno;
	refusal_note(refusal, maker, stage->msg_max);
}

/**
 * mq_price() - find out what queues cost
 * @stage: takes the prices, 0 where they cannot be had, and the refusals
 * @preset: bytes that the module claims for a queue without attributes, 0 if it does not
 * @given: likewise for one with attributes
 * @charged: likewise for all that the maker has
 */
void mq_price(struct stage *stage, uint64_t preset, uint64_t given, uint64_t charged)
{
	struct actor *maker = &stage->actors[ACTOR_MAKER], *payer = &stage->actors[ACTOR_PAYER];
	struct refusal *refusals = stage->refusals;
	uint64_t most;

	if (*stage->mq_problem || !stage->own_users)
		return;
	stage->prices.preset = price_find(&refusals[REFUSAL_PRESET], payer, NULL, preset);
	stage->prices.given = price_find(&refusals[REFUSAL_GIVEN], payer, &mq_given, given);
	most = price_find(&refusals[REFUSAL_LIMIT], maker, &mq_given,
			  charged + stage->prices.given);
	if (most && stage->prices.given)
		stage->prices.charged = most - stage->prices.given;
}
