/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes that do what they are told, each with a name and a user of its own, so
 * that who did what can be told apart. Knows nothing of what they do.
 */
#ifndef IPCLENS_DOCTOR_ACTOR_H
#define IPCLENS_DOCTOR_ACTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#define ACTOR_ARGS 4

struct actor {
	const char *name;
	uid_t uid;
	gid_t gid;
	rlim_t budget; /* soft RLIMIT_MSGQUEUE */
	pid_t pid; /* 0 if it is not there */
	int orders[2], answers[2]; /* pipes */
	uint64_t earliest, latest; /* of what it did last, in seconds since 1970 */
};

/*
 * Runs in the actor, which has the same program at the same addresses. Returns
 * anything but -1, or -1 with errno set.
 */
typedef long actor_fn(const long *args);

int actor_prepare(struct actor *actor);
void actor_entrust(struct actor *actor);
int actor_start(struct actor *actor);
int actor_start_from(struct actor *actor, struct actor *parent);
long actor_do(struct actor *actor, actor_fn *fn, long a, long b, long c, long d);
int actor_stay(struct actor *actor, actor_fn *fn, long a, long b);
void actor_end(struct actor *actor);
const char *actor_lost(void);
void actor_bind(pid_t parent);

#endif /* IPCLENS_DOCTOR_ACTOR_H */
