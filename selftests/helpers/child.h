/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes that work for a test and end with it, whatever becomes of it. */
#ifndef HELPERS_CHILD_H
#define HELPERS_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* fork(), but the child is killed when the thread that called ends, or its process. */
pid_t child_fork(void);

/* Kills a child, and its group if it leads one. True if it had run to this moment. */
bool child_end(pid_t pid);

#endif /* HELPERS_CHILD_H */
