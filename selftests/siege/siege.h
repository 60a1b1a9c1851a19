/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A long time of everything at once: programs that use IPC as badly as they can, readers
 * of every file that never pause, events. Knows nothing of loading and unloading.
 */
#ifndef SIEGE_SIEGE_H
#define SIEGE_SIEGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SIEGE_READERS 4
#define SIEGE_MOST 16

/* Shared with all processes. */
struct siege_shared {
	volatile bool gap; /* readers leave one between two files */
	volatile unsigned long reads[SIEGE_READERS];
	volatile unsigned long rows[SIEGE_READERS];
	volatile unsigned long wrong[SIEGE_READERS];
	volatile unsigned long acts[SIEGE_MOST]; /* of each besieger */
	volatile unsigned long traced; /* bytes of events */
};

/* A program of the siege: @act again and again, in a process of its own. */
struct besieger {
	const char *name;
	void (*act)(void);
};

extern const struct besieger besiegers[];
extern const size_t besieger_count;

struct siege {
	struct siege_shared *shared;
	pid_t pids[SIEGE_READERS + SIEGE_MOST + 2];
	int count;
	pid_t stressor; /* stress-ng, if it is there */
};

int siege_minutes(void);
int siege_start(struct siege *siege, int seconds);
int siege_events(bool on);

/* 0 if all have run to this moment, and what the readers read was right. */
int siege_stop(struct siege *siege);

#endif /* SIEGE_SIEGE_H */
