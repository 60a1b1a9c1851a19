/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Views and their columns: name, type, help, which are shown by default, and
 * what a cell of each type looks like. Knows no section text and no output.
 */
#ifndef IPCLENS_COLUMNS_H
#define IPCLENS_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum column_type {
	COLUMN_NUM,
	COLUMN_BYTES,
	COLUMN_TIME,
	COLUMN_FLAG,
	COLUMN_KEY,
	COLUMN_PERM,
	COLUMN_ADDR,
	COLUMN_TEXT,
};

struct column {
	const char *name;
	enum column_type type;
	const char *help;
	bool computed; /* by this program, from other columns */
};

struct view {
	const char *command;
	const char *file; /* debugfs file and section that it shows */
	const char *summary;
	const char *defaults; /* columns shown without -o, comma separated */
	const char *key; /* column that is never unknown, as it says what the row is about */
	const char *sort; /* column to sort by without --sort, where rows come in no order */
	bool weighs_ipcns; /* --ipcns counts for a computed column and chooses no rows */
	bool live; /* found in /proc by this program, so no capture has it */
	bool tree; /* its rows can be shown with those that belong to them below */
	const struct column *columns;
	size_t ncolumns;
};

const struct view *view_next(const struct view *view);
const struct view *view_find_command(const char *command);
const struct view *view_find_file(const char *file);
const struct column *view_find_column(const struct view *view, const char *name);
bool view_shows_default(const struct view *view, const char *name);

const char *column_type_name(enum column_type type);
bool column_type_numeric(enum column_type type);
bool column_cell_value(enum column_type type, const char *cell, uint64_t *value);
bool column_cell_valid(enum column_type type, const char *cell);

#endif /* IPCLENS_COLUMNS_H */
