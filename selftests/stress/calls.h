/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One caller of random file operations on the debugfs files, and what it knows: the
 * text that a file has while nothing happens. Knows no test.
 */
#ifndef STRESS_CALLS_H
#define STRESS_CALLS_H

#include <stddef.h>

#include <stdbool.h>
#include <sys/types.h>

#define CALLS_FILES 9
#define CALLS_BUFFER (1 << 17)

struct calls_file {
	const char *name;
	bool still; /* has the same text as long as nothing happens */
	char *text; /* of a still one */
	size_t length;
	int shared; /* a descriptor that all callers read by offset */
};

extern struct calls_file calls_files[CALLS_FILES];

struct caller {
	unsigned int seed;
	int fd;
	int flags;
	struct calls_file *file; /* what @fd is of */
	char *buffer; /* of CALLS_BUFFER bytes, with a page behind it that faults */
	unsigned long done;
	unsigned long compared; /* bytes */
	unsigned long wrong;
};

int calls_init(void);
void calls_exit(void);
int caller_init(struct caller *caller, unsigned int seed);
void caller_exit(struct caller *caller);

/* Does the next operation; a result that it must not have is told and counted. */
void caller_step(struct caller *caller);

#endif /* STRESS_CALLS_H */
