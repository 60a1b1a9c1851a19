/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stressors of Debian's stress-ng that a siege takes, and the judgement of what they
 * have done. Knows nothing of the rest of a siege.
 */
#ifndef SIEGE_STRESSORS_H
#define SIEGE_STRESSORS_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

struct stressors {
	pid_t pid; /* of stress-ng; 0 if it has not been started */
	time_t started;
	FILE *said; /* all that it says; has no name */
};

bool stressors_present(void);

/* 0, or -1 with errno. They run until they are stopped, or the caller ends. */
int stressors_start(struct stressors *stressors);

/*
 * How many things were wrong, each of which is told: all must have run to this moment,
 * have done something, and complain of nothing.
 */
int stressors_stop(struct stressors *stressors);

#endif /* SIEGE_STRESSORS_H */
