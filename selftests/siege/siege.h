/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A long time of everything at once: programs that use IPC as badly as they can, readers
 * of every file that do not pause but for @leave, events. Knows nothing of loading and
 * unloading.
 */
#ifndef SIEGE_SIEGE_H
#define SIEGE_SIEGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lens.h"
#include "stressors.h"

#define SIEGE_READERS 4
#define SIEGE_MOST 16
/* A test has two hours. */
#define SIEGE_MINUTES_MOST 110

/* Shared with all processes. */
struct siege_shared {
	volatile bool cycled; /* the module comes and goes: a file may not be there */
	volatile bool leave; /* readers open files and close them again, for it to be unloaded */
	volatile unsigned long reads[SIEGE_READERS][LENS_FILES];
	volatile unsigned long rows[SIEGE_READERS];
	volatile unsigned long left[SIEGE_READERS]; /* opened and closed again */
	volatile unsigned long wrong[SIEGE_READERS];
	volatile unsigned long acts[SIEGE_MOST]; /* of each besieger, those that came off */
	volatile unsigned long traced; /* bytes of events */
};

/*
 * A program of the siege: @act again and again, in a process of its own. False if what it
 * is about has not happened, as the others may be in its way now and then.
 */
struct besieger {
	const char *name;
	bool (*act)(void);
};

extern const struct besieger besiegers[];
extern const size_t besieger_count;

struct siege {
	struct siege_shared *shared;
	pid_t pids[SIEGE_READERS + SIEGE_MOST + 2];
	int count;
	struct stressors stressors;
};

/* Within a test: all rows are shown. */
#define EXPECT_NONE_WITHHELD()                                       \
	do {                                                         \
		EXPECT_STREQ("0", status_value("shm_withheld"));     \
		EXPECT_STREQ("0", status_value("holders_withheld")); \
		EXPECT_STREQ("0", status_value("mqueue_withheld"));  \
	} while (0)

#define SIEGE_NONE "stress-ng is not here"

int siege_minutes(void);
int siege_start(struct siege *siege, bool cycled);
int siege_events(bool on);

/* 0 if all have run to this moment, and what the readers read was right. May come twice. */
int siege_stop(struct siege *siege);

#endif /* SIEGE_SIEGE_H */
