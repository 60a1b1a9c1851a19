/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Message queues as the tests make and see them: owners that open queues at the
 * expense of a user of their own, the cells that ipclens has for them, and what
 * the kernel itself gives away: the limit at which it refuses.
 */
#ifndef HELPERS_QUEUES_H
#define HELPERS_QUEUES_H

#include <stdbool.h>
#include <sys/resource.h>

#include "peer.h"

#define QUEUE_NEW (O_CREAT | O_EXCL | O_RDWR)

enum owner_kind {
	OWNER_ROOT, /* root of the machine */
	OWNER_PLAIN, /* a user with no privilege */
	OWNER_SPACES, /* root of a user namespace that the machine's root made */
};

/* A process and the user whose budget its queues take. */
struct owner {
	struct peer peer;
	unsigned long userns;
	unsigned long payer; /* user namespace in which the user is charged */
	unsigned long ipcns;
	unsigned int uid;
};

bool kernel_before(int major, int minor);
bool users_are_nested(void);
int owner_look(struct owner *owner);
int owner_start(struct owner *owner, enum owner_kind kind);
int owner_nest(struct owner *owner, struct owner *parent, unsigned long flags);
int owner_limit(const struct owner *owner, int resource, rlim_t soft);
int owner_setting(struct owner *owner, const char *name, int value);
int owner_limits(const struct owner *owner, int resource, rlim_t soft, rlim_t hard);
unsigned long long owner_bytes(const struct owner *owner);
int owner_settle(const struct owner *owner, unsigned long long bytes);

int queues_mount(const char *where);
long queue_open(struct owner *owner, const char *name, int flags, long maxmsg, long msgsize);
long queue_default(struct owner *owner, const char *name);
long queue_unlink(struct owner *owner, const char *name);
long queue_close(struct owner *owner, int fd);
int queue_here(const struct owner *owner, int fd);
long long queue_cost(struct owner *owner, long maxmsg, long msgsize);

unsigned long userns_inum(pid_t pid);
const char *queue_cell(const struct owner *owner, int fd, const char *column);
int queue_rows(const struct owner *owner, int fd);
const char *user_cell(const struct owner *owner, const char *column);
const char *denial_cell(const struct owner *owner, const char *name, const char *column);
int denial_rows(const struct owner *owner, const char *name);

/* What /proc tells of the threads of a user. */
struct truth_tasks {
	unsigned long long limit_min;
	unsigned long long limit_max;
	unsigned long tasks;
};

int truth_tasks_read(struct truth_tasks *tasks, const struct owner *owner);

#define EXPECT_QUEUE(owner, fd, column, want) \
	EXPECT_STREQ(want, queue_cell(owner, fd, column))
#define EXPECT_USER(owner, column, want) EXPECT_STREQ(want, user_cell(owner, column))
#define EXPECT_USER_IS(owner, column, want) EXPECT_USER(owner, column, number_text(want))
#define EXPECT_DENIAL(owner, name, column, want) \
	EXPECT_STREQ(want, denial_cell(owner, name, column))
#define EXPECT_DENIAL_IS(owner, name, column, want) \
	EXPECT_DENIAL(owner, name, column, number_text(want))

#endif /* HELPERS_QUEUES_H */
