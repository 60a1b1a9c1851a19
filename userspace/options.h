/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line: what it asks for. Opens nothing.
 */
#ifndef IPCLENS_OPTIONS_H
#define IPCLENS_OPTIONS_H

#include "bounds.h"
#include "colour.h"
#include "command.h"
#include "metrics_text.h"
#include "out_table.h"

struct options {
	const struct command *command;
	const struct view *view; /* NULL if the command shows no rows */
	const char *name; /* of the command */
	char **arguments; /* those of the command */
	size_t narguments;
	const char *from; /* NULL for the running kernel */
	const char *columns; /* NULL for the default ones */
	const char *sort;
	const char *filter; /* NULL for all rows */
	uint64_t watch; /* seconds between two looks, 0 for one look */
	FILE *out;
	uint64_t ipcns;
	bool has_ipcns;
	bool all_columns;
	bool tree;
	enum colour_when colour;
	bool bytes; /* sizes are exact in tables, too */
	struct out_style style;
	const char *file; /* to write, NULL for standard output */
	enum metrics_format format;
	uint64_t top; /* namespaces, and users, with metrics of their own */
	struct bounds bounds; /* of the triage */
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_ANSWERED, /* --help or --version: nothing is left to do */
	OPTIONS_WRONG, /* the user has been told */
};

enum options_result options_parse(struct options *options, int argc, char **argv);

#endif /* IPCLENS_OPTIONS_H */
