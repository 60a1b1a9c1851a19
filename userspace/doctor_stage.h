/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the doctor's objects live: an IPC namespace, the actors in it, and the book of
 * what they did to which object. Knows no file of the module.
 */
#ifndef IPCLENS_DOCTOR_STAGE_H
#define IPCLENS_DOCTOR_STAGE_H

#include <sys/shm.h>
#include <sys/stat.h>

#include "doctor_actor.h"
#include "doctor_finding.h"

#define STAGE_PROBLEM_MAX 128
#define STAGE_NAME_MAX 64

enum stage_actor {
	ACTOR_MAKER, /* creates, as a user that nobody else is */
	ACTOR_IDLER, /* creates one segment and goes */
	ACTOR_REMOVER, /* marks, locks and changes */
	ACTOR_LEAVER, /* attaches and moves to another namespace */
	ACTOR_RECEIVER, /* blocks in receiving, as the maker's user */
	ACTOR_SENDER, /* blocks in sending, likewise */
	ACTOR_PAYER, /* finds out what queues cost, as a user who has none */
	ACTOR_INNER, /* the maker's user in a user namespace of its own */
	ACTOR_CHILD, /* of the user, so it must be started after it */
	ACTOR_USER, /* attaches and detaches */
	ACTORS,
};

enum stage_act {
	ACT_CREATE,
	ACT_ATTACH,
	ACT_COPY,
	ACT_DETACH,
	ACT_MARK,
	ACTS,
};

/* What was done to an object, how often, and who did it last. */
struct act {
	uint64_t count;
	const struct actor *who; /* NULL if nobody */
	pid_t pid; /* of who, who may be gone */
	uint64_t earliest, latest; /* seconds since 1970 */
};

enum stage_segment {
	SEGMENT_PLAIN,
	SEGMENT_MARKED,
	SEGMENT_SHARED,
	SEGMENT_LOCKED,
	SEGMENT_IDLE,
	SEGMENT_HUGE,
	SEGMENTS,
};

struct segment {
	const char *name; /* in notes */
	key_t key;
	int id; /* -1 if it could not be made */
	uint64_t huge; /* page size that was asked for, 0 for the usual one */
	bool creator_gone;
	struct act acts[ACTS];
	enum stage_act last; /* of attach, copy and detach */
	/* as the kernel tells them */
	struct shmid_ds stat;
	uint64_t rss, swap;
};

enum stage_queue {
	QUEUE_PRESET, /* without attributes, and somebody wants to be notified */
	QUEUE_GIVEN, /* with attributes, some messages, and another owner */
	QUEUE_UNLINKED,
	QUEUE_FULL, /* somebody is blocked in sending */
	QUEUE_EMPTY, /* somebody is blocked in receiving */
	QUEUE_INNER, /* charged in a user namespace below */
	QUEUES,
};

struct queue {
	const char *name; /* in notes */
	char path[STAGE_NAME_MAX]; /* without a slash, as the system call takes it */
	bool unlinked;
	int fd; /* of this process, -1 if it could not be made */
	int owner_fd; /* of who created it */
	uint64_t messages, bytes;
	const struct actor *notified;
	unsigned int senders, receivers;
	struct act acts[ACTS];
	struct stat stat;
};

enum stage_refusal {
	REFUSAL_ATTR, /* more messages than the namespace allows */
	REFUSAL_LIMIT, /* the maker's limit, who has queues already */
	REFUSAL_PRESET, /* the payer's limit, for a queue without attributes */
	REFUSAL_GIVEN, /* the same for one with attributes */
	REFUSALS,
};

struct refusal {
	const char *name; /* in notes */
	char path[STAGE_NAME_MAX];
	const struct actor *who; /* NULL if nobody was refused */
	int error;
	uint64_t limit;
	uint64_t earliest, latest;
	uint64_t count; /* of this one and those before it */
};

/* What the kernel's own verdict has shown, 0 if it could not be had. */
struct prices {
	uint64_t preset; /* a queue without attributes */
	uint64_t given; /* and one with those of QUEUE_GIVEN */
	uint64_t charged; /* the maker, before one more */
};

struct stage {
	struct findings findings;
	struct actor actors[ACTORS];
	struct segment segments[SEGMENTS];
	struct queue queues[QUEUES];
	struct refusal refusals[REFUSALS];
	struct prices prices;
	uint64_t ipcns, userns, inner_userns;
	uint64_t msg_max;
	uint64_t ceiling; /* the inner actor's limit when it made its user namespace */
	bool own_ipcns; /* nobody else is in it */
	bool ucounts; /* each user namespace has users of its own, and those above them pay, too */
	bool own_users; /* nobody else is maker or payer */
	long page;
	long mapping, other_mapping; /* where the user has SEGMENT_SHARED */
	long plain_mapping, locked_mapping; /* and these */
	uint64_t flashes; /* segments that were created and destroyed at once */
	int guard; /* the pipe's end whose closing it waits for, -1 if there is none */
	pid_t guard_pid;
	/* why there are no objects of a kind, or not all that was to be done with them */
	char shm_problem[STAGE_PROBLEM_MAX];
	char mq_problem[STAGE_PROBLEM_MAX];
	char inner_problem[STAGE_PROBLEM_MAX];
	char huge_problem[STAGE_PROBLEM_MAX];
	char users_problem[STAGE_PROBLEM_MAX];
};

int stage_open(struct stage *stage, bool visible);
void stage_close(struct stage *stage);
void stage_wait_second(void);
void stage_note(struct act *act, const struct actor *who, uint64_t count);
bool stage_holds(char *problem, const char *what, bool success);
long stage_unshare(const long *args);
uint64_t stage_space(pid_t pid, const char *kind, uint64_t otherwise);
bool stage_proc_number(const char *path, uint64_t *number);
bool stage_proc_kilobytes(const char *label, uint64_t *bytes);

#endif /* IPCLENS_DOCTOR_STAGE_H */
