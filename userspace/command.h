/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be asked for, and who answers.
 */
#ifndef IPCLENS_COMMAND_H
#define IPCLENS_COMMAND_H

#include "columns.h"

struct options;

/* Exit status */
enum {
	STATUS_FINE = 0,
	STATUS_PARTIAL = 1, /* partial data was shown, or something found */
	STATUS_NOTHING = 2, /* wrong usage, or no data */
};

/* Which options go with a command: one bit for each kind. */
enum command_kind {
	COMMAND_TABLE = 1 << 0, /* shows a file of the module */
	COMMAND_SEARCH = 1 << 1, /* shows what it finds in /proc */
	COMMAND_DOCTOR = 1 << 2,
	COMMAND_METRICS = 1 << 3,
	COMMAND_TRIAGE = 1 << 4,
	COMMAND_EXPLAIN = 1 << 5, /* tells in sentences */
	COMMAND_SEGMENTS = 1 << 8, /* shows a file that can be a tree */
};

/* Kinds that print rows */
#define COMMAND_ROWS (COMMAND_TABLE | COMMAND_SEARCH | COMMAND_DOCTOR)

/* What is meant where none is named. */
#define COMMAND_DEFAULT "triage"

struct command {
	const char *name; /* NULL: the view's */
	const char *summary; /* NULL: the view's */
	const char *arguments; /* as the help has them, NULL if it takes none */
	const struct view *view; /* NULL: the one of that name, or it shows no rows */
	enum command_kind kind;
	int (*run)(const struct options *options);
};

const struct command *command_next(const struct command *command);
const struct command *command_find(const char *name, const struct view **view);

#endif /* IPCLENS_COMMAND_H */
