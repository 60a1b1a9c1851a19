// SPDX-License-Identifier: GPL-2.0-only
/*
 * A child per actor, which runs functions of this program as they come through a
 * pipe. It never outlives who has started it, whatever that one dies of.
 */
#define _GNU_SOURCE
#include "doctor_actor.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ACTOR_PATIENCE_MS 20000

struct actor_order {
	actor_fn *fn;
	long args[ACTOR_ARGS];
	bool last; /* answered before it is carried out, and followed by no other */
};

struct actor_answer {
	long value;
	int error;
};

/* Who has ended without having been told to. */
static const char *actor_lost_name;

/** actor_lost() - the name of an actor that has ended without having been told to, or NULL */
const char *actor_lost(void)
{
	return actor_lost_name;
}

/**
 * actor_bind() - die with the parent
 * @parent: who that is; if it has gone already, this does not return
 *
 * The kernel forgets it whenever a process changes its rights.
 */
void actor_bind(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
}

static void actor_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/**
 * actor_prepare() - open the pipes of an actor that another one is to start
 * @actor: not started yet, and nor is the other one
 *
 * Return: 0, or -1 with errno set.
 */
int actor_prepare(struct actor *actor)
{
	actor->orders[0] = actor->orders[1] = actor->answers[0] = actor->answers[1] = -1;
	return pipe2(actor->orders, O_CLOEXEC) || pipe2(actor->answers, O_CLOEXEC) ? -1 : 0;
}

static void actor_close_near(struct actor *actor)
{
	actor_close(&actor->orders[1]);
	actor_close(&actor->answers[0]);
}

static void actor_close_far(struct actor *actor)
{
	actor_close(&actor->orders[0]);
	actor_close(&actor->answers[1]);
}

/* As much as is wanted, or as can be had. */
static void actor_take_budget(rlim_t budget)
{
	struct rlimit limit = { budget, RLIM_INFINITY };

	if (!setrlimit(RLIMIT_MSGQUEUE, &limit) || getrlimit(RLIMIT_MSGQUEUE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max < budget ? limit.rlim_max : budget;
	setrlimit(RLIMIT_MSGQUEUE, &limit);
}

static int actor_become(const struct actor *actor)
{
	actor_take_budget(actor->budget);
	umask(0);
	prctl(PR_SET_NAME, actor->name, 0, 0, 0);
	if (actor->uid == geteuid())
		return 0;
	if (setgroups(0, NULL) || setresgid(actor->gid, actor->gid, actor->gid) ||
	    setresuid(actor->uid, actor->uid, actor->uid))
		return -1;
	return 0;
}

static void actor_answer(const struct actor *actor, long value)
{
	struct actor_answer answer = { .value = value, .error = value == -1 ? errno : 0 };

	if (write(actor->answers[1], &answer, sizeof(answer)) != sizeof(answer))
		_exit(1);
}

/* Never returns. The first answer is whether the actor could become what it is to be. */
static void actor_live(struct actor *actor, pid_t parent)
{
	struct actor_order order = { 0 };
	long became = actor_become(actor);

	actor_close_near(actor);
	signal(SIGPIPE, SIG_IGN);
	actor_bind(parent);
	actor_answer(actor, became);
	while (!order.last && read(actor->orders[0], &order, sizeof(order)) == sizeof(order)) {
		if (order.last)
			actor_answer(actor, 0);
		actor_answer(actor, order.fn(order.args));
	}
	_exit(0);
}

/* The time as the kernel's coarse clock has it, which no stamp of the kernel is behind. */
static uint64_t actor_time_earliest(void)
{
	return time(NULL);
}

static uint64_t actor_time_latest(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

static long actor_hear(struct actor *actor)
{
	struct actor_answer answer;
	ssize_t got;

	do {
		got = read(actor->answers[0], &answer, sizeof(answer));
	} while (got < 0 && errno == EINTR);
	actor->latest = actor_time_latest();
	if (got != sizeof(answer)) {
		actor_lost_name = actor->name;
		errno = ESRCH;
		return -1;
	}
	if (answer.value == -1)
		errno = answer.error;
	return answer.value;
}

/**
 * actor_entrust() - close the ends of an actor's pipes that only it needs
 * @actor: another one is to start it, and has inherited them
 */
void actor_entrust(struct actor *actor)
{
	actor_close_far(actor);
}

/**
 * actor_start() - start an actor as a child of this process
 * @actor: for actor_end() even if this fails
 *
 * Return: 0 once it is the user that it is to be, or -1 with errno set.
 */
int actor_start(struct actor *actor)
{
	pid_t self = getpid();

	if (actor_prepare(actor))
		return -1;
	actor->pid = fork();
	if (!actor->pid)
		actor_live(actor, self);
	actor_close_far(actor);
	if (actor->pid < 0) {
		actor->pid = 0;
		return -1;
	}
	return actor_hear(actor) ? -1 : 0;
}

static int actor_order(struct actor *actor, const struct actor_order *order)
{
	actor->earliest = actor_time_earliest();
	if (actor->pid && write(actor->orders[1], order, sizeof(*order)) == sizeof(*order))
		return 0;
	if (actor->pid)
		actor_lost_name = actor->name;
	errno = ESRCH;
	return -1;
}

/**
 * actor_do() - have an actor call a function, and wait for it
 * @actor: earliest and latest tell when it did
 * @fn: the function
 * @a: goes to it
 * @b: likewise
 * @c: likewise
 * @d: likewise
 *
 * Return: what the function returns, with errno as it was there if that is -1. Also -1 if
 * the actor has gone, with ESRCH.
 */
long actor_do(struct actor *actor, actor_fn *fn, long a, long b, long c, long d)
{
	struct actor_order order = { .fn = fn, .args = { a, b, c, d } };

	return actor_order(actor, &order) ? -1 : actor_hear(actor);
}

/* Runs in the parent. */
static long actor_fork(const long *args)
{
	struct actor *actor = (struct actor *)args[0];
	pid_t self = getpid(), pid = fork();

	if (!pid)
		actor_live(actor, self);
	actor_close_far(actor);
	return pid;
}

/**
 * actor_start_from() - start an actor as a child of another one
 * @actor: prepared before that one was started, and entrusted
 * @parent: the other one
 *
 * Return: as actor_start().
 */
int actor_start_from(struct actor *actor, struct actor *parent)
{
	long pid = actor_do(parent, actor_fork, (long)actor, 0, 0, 0);

	actor->earliest = parent->earliest;
	if (pid < 0)
		return -1;
	actor->pid = pid;
	return actor_hear(actor) ? -1 : 0;
}

/* It has said that it is about to make a system call; this one is what it sleeps in. */
static bool actor_sleeps(const struct actor *actor)
{
	char line[256];
	const char *state = process_stat(actor->pid, line, sizeof(line));

	return state && !strncmp(state, " S", 2);
}

/**
 * actor_stay() - have an actor do what it will not come back from
 * @actor: takes no more orders
 * @fn: makes a system call that sleeps
 * @a: goes to it
 * @b: likewise
 *
 * Return: 0 once it sleeps in that, or -1 with errno set.
 */
int actor_stay(struct actor *actor, actor_fn *fn, long a, long b)
{
	struct actor_order order = { .fn = fn, .args = { a, b }, .last = true };

	if (actor_order(actor, &order) || actor_hear(actor))
		return -1;
	for (int i = 0; i < ACTOR_PATIENCE_MS; i++) {
		if (actor_sleeps(actor))
			return 0;
		usleep(1000);
	}
	errno = ETIMEDOUT;
	return -1;
}

/**
 * actor_end() - kill an actor, if it is there
 * @actor: gone when this returns if it is a child of this process
 */
void actor_end(struct actor *actor)
{
	if (!actor->pid)
		return;
	kill(actor->pid, SIGKILL);
	while (waitpid(actor->pid, NULL, 0) < 0 && errno == EINTR)
		;
	actor_close_near(actor);
	actor->pid = 0;
}
