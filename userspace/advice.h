/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands that raise a limit. They may be run as they stand, so nothing goes into them
 * but numbers.
 */
#ifndef IPCLENS_ADVICE_H
#define IPCLENS_ADVICE_H

#include <stdbool.h>
#include <stdint.h>

/* Which limit of a process: what prlimit and what /proc call it. */
struct advice_limit {
	const char *option;
	const char *label;
};

extern const struct advice_limit advice_msgqueue, advice_nofile;

/* Where a setting is made; a number that is 0 is unknown. */
struct advice_place {
	uint64_t ipcns;
	uint64_t pid; /* in it */
	uint64_t userns; /* that it belongs to */
};

int advice_prlimit(char **command, const struct advice_limit *limit, uint64_t pid, uint64_t needed,
		   bool live);
int advice_sysctl(char **command, const struct advice_place *place, const char *name,
		  uint64_t value);

const char *advice_limit_text(char text[32], uint64_t limit);
bool advice_pid_valid(uint64_t pid);
bool advice_pid_older(uint64_t pid, uint64_t time);

#endif /* IPCLENS_ADVICE_H */
