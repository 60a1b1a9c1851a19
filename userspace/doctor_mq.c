// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues in every state that the module tells apart. The system calls are made
 * directly, as a board's C library may have no wrappers for them.
 */
#define _GNU_SOURCE
#include "doctor_mq.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_mq_timedsend
#define SYS_mq_timedsend SYS_mq_timedsend_time64
#define SYS_mq_timedreceive SYS_mq_timedreceive_time64
#endif

#define MQ_MESSAGE_MAX 40

const struct mq_attr mq_given = { .mq_maxmsg = 3, .mq_msgsize = MQ_MESSAGE_MAX };

static const struct {
	const char *name;
	bool given;
	mode_t mode;
	unsigned int messages;
} mq_plan[QUEUES] = {
	[QUEUE_PRESET] = { "preset queue", false, 0600, 0 },
	[QUEUE_GIVEN] = { "given queue", true, 0640, 2 },
	[QUEUE_UNLINKED] = { "unlinked queue", true, 0604, 1 },
	[QUEUE_FULL] = { "full queue", true, 0620, 3 },
	[QUEUE_EMPTY] = { "empty queue", true, 0660, 0 },
	[QUEUE_INNER] = { "inner queue", true, 0600, 0 },
};

/* What the actors do. */

/**
 * mq_act_open() - open a queue; an actor_fn
 * @args: path, flags, mode, attributes
 */
long mq_act_open(const long *args)
{
	return syscall(SYS_mq_open, args[0], args[1], args[2], args[3]);
}

/**
 * mq_act_unlink() - take the name of a queue; an actor_fn
 * @args: path
 */
long mq_act_unlink(const long *args)
{
	return syscall(SYS_mq_unlink, args[0]);
}

static long act_send(const long *args)
{
	char message[MQ_MESSAGE_MAX] = { 0 };

	return syscall(SYS_mq_timedsend, args[0], message, args[1], 0, NULL);
}

/* They open it themselves: they have no descriptor of the maker's. */
static long act_send_blocked(const long *args)
{
	const long order[ACTOR_ARGS] = { syscall(SYS_mq_open, args[0], O_WRONLY, 0, NULL), 1 };

	return order[0] < 0 ? -1 : act_send(order);
}

static long act_receive_blocked(const long *args)
{
	long fd = syscall(SYS_mq_open, args[0], O_RDONLY, 0, NULL);
	char message[MQ_MESSAGE_MAX];

	return fd < 0 ? -1 : syscall(SYS_mq_timedreceive, fd, message, sizeof(message), NULL, NULL);
}

static long act_notify(const long *args)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };

	return syscall(SYS_mq_notify, args[0], &event);
}

static long act_limit(const long *args)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MSGQUEUE, &limit))
		return -1;
	limit.rlim_cur = args[0];
	return setrlimit(RLIMIT_MSGQUEUE, &limit);
}

static bool mq_holds(struct stage *stage, const char *what, bool success)
{
	return stage_holds(stage->mq_problem, what, success);
}

/** mq_attributes() - what mq_getattr() tells of a queue of the stage; false if it fails */
bool mq_attributes(const struct queue *queue, struct mq_attr *attr)
{
	return !syscall(SYS_mq_getsetattr, queue->fd, NULL, attr);
}

static bool mq_make_one(struct stage *stage, int i, struct actor *maker)
{
	struct queue *queue = &stage->queues[i];
	const struct mq_attr *attr = mq_plan[i].given ? &mq_given : NULL;

	queue->owner_fd = actor_do(maker, mq_act_open, (long)queue->path, O_RDWR | O_CREAT | O_EXCL,
				   mq_plan[i].mode, (long)attr);
	if (queue->owner_fd < 0)
		return false;
	stage_note(&queue->acts[ACT_CREATE], maker, 1);
	queue->fd = syscall(SYS_mq_open, queue->path, O_RDONLY | O_CLOEXEC, 0, NULL);
	return queue->fd >= 0;
}

/*
 * Charges from below are charges to its maker, too, up to the limit that this one had
 * then. The limit of the actor itself is another one.
 */
static void mq_make_inner(struct stage *stage)
{
	struct actor *inner = &stage->actors[ACTOR_INNER];

	stage->inner_userns = stage->userns;
	if (!stage_holds(stage->inner_problem, "no user namespace",
			 actor_do(inner, stage_unshare, CLONE_NEWUSER, 0, 0, 0) != -1))
		return;
	stage->ceiling = inner->budget;
	actor_do(inner, act_limit, inner->budget - 50000, 0, 0, 0);
	stage->inner_userns = stage_space(inner->pid, "user", stage->userns);
	mq_holds(stage, "mq_open in a user namespace", mq_make_one(stage, QUEUE_INNER, inner));
}

/**
 * mq_make() - create the queues
 * @stage: open; if one cannot be had, mq_problem says why, and the next steps do nothing
 */
void mq_make(struct stage *stage)
{
	for (int i = 0; i < QUEUES; i++) {
		stage->queues[i].name = mq_plan[i].name;
		stage->queues[i].fd = -1;
	}
	for (int i = 0; i < QUEUE_INNER; i++)
		if (!mq_holds(stage, "mq_open", mq_make_one(stage, i, &stage->actors[ACTOR_MAKER])))
			return;
	mq_make_inner(stage);
}

/* Messages of different lengths; a full queue takes as many as it can. */
static bool mq_fill(struct stage *stage, int i)
{
	struct queue *queue = &stage->queues[i];

	for (unsigned int n = 0; n < mq_plan[i].messages; n++) {
		if (actor_do(&stage->actors[ACTOR_MAKER], act_send, queue->owner_fd, 7 + 13 * n, 0,
			     0) == -1)
			return false;
		queue->messages++;
		queue->bytes += 7 + 13 * n;
	}
	return true;
}

static void mq_block(struct stage *stage)
{
	struct queue *full = &stage->queues[QUEUE_FULL];
	struct queue *empty = &stage->queues[QUEUE_EMPTY];

	if (mq_holds(stage, "mq_send",
		     !actor_stay(&stage->actors[ACTOR_SENDER], act_send_blocked, (long)full->path,
				 0)))
		full->senders++;
	if (mq_holds(stage, "mq_receive",
		     !actor_stay(&stage->actors[ACTOR_RECEIVER], act_receive_blocked,
				 (long)empty->path, 0)))
		empty->receivers++;
}

/**
 * mq_use() - send, ask for a notification, unlink, and block two actors for good
 * @stage: has the queues; see mq_make()
 */
void mq_use(struct stage *stage)
{
	struct queue *preset = &stage->queues[QUEUE_PRESET];
	struct queue *given = &stage->queues[QUEUE_GIVEN];
	struct queue *unlinked = &stage->queues[QUEUE_UNLINKED];
	struct actor *maker = &stage->actors[ACTOR_MAKER];

	if (*stage->mq_problem)
		return;
	for (int i = 0; i < QUEUES; i++)
		if (!mq_holds(stage, "mq_send", mq_fill(stage, i)))
			return;
	if (mq_holds(stage, "mq_notify",
		     actor_do(maker, act_notify, preset->owner_fd, 0, 0, 0) != -1))
		preset->notified = maker;
	if (mq_holds(stage, "mq_unlink",
		     actor_do(maker, mq_act_unlink, (long)unlinked->path, 0, 0, 0) != -1))
		unlinked->unlinked = true;
	/* Whom it belongs to is not whom it is charged to; what became of it, fstat() tells. */
	if (stage->own_users && fchown(given->fd, maker->uid + 4, maker->gid + 4))
		errno = 0;
	mq_block(stage);
	for (int i = 0; i < QUEUES; i++) {
		struct queue *queue = &stage->queues[i];

		if (queue->fd >= 0)
			mq_holds(stage, "fstat", !fstat(queue->fd, &queue->stat));
	}
}
