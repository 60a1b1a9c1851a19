/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text of the module, or a capture of it with anything around it, taken apart
 * into sections of rows. Does no input or output and prints no message.
 */
#ifndef IPCLENS_PARSE_H
#define IPCLENS_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "columns.h"

/* Bounds for what is believed to be a section; the module stays far below. */
#define PARSE_COLUMNS_MAX 128
#define PARSE_NAME_MAX 32
#define PARSE_CELL_MAX 4096

/* Cells are offsets from the text, so this is as much of it as can be parsed. */
#ifndef PARSE_TEXT_MAX /* a test can set it */
#define PARSE_TEXT_MAX ((size_t)1 << 30)
#endif

struct section_column {
	const char *name;
	const struct column *known; /* NULL if the view has no such column */
};

/*
 * One "# ipclens FILE FORMAT" and what belongs to it. Cells lie in the text
 * itself, text cells with their escapes undone; offset 0 is an unknown cell.
 */
struct section {
	const struct view *view;
	const char *text;
	uint64_t format;
	size_t line;
	struct section_column *columns; /* NULL until their line has been seen */
	size_t ncolumns;
	uint32_t *cells;
	size_t nrows;
	size_t room; /* rows that cells has memory for */
	size_t dropped; /* lines that are no rows of this section */
	size_t dropped_line; /* the first of them */
	size_t prompts; /* lines behind the last row that look like a shell's prompt */
	size_t prompt_line; /* the first of them */
	bool complete; /* known to reach its end */
	bool cut; /* known to end too early */
};

struct capture {
	struct section *sections; /* those of known views only */
	size_t nsections;
	size_t room;
	bool cut; /* the text is known to end too early */
};

int parse_text(struct capture *capture, char *text, size_t size);
void parse_free(struct capture *capture);
const struct section *parse_section(const struct capture *capture, const struct view *view,
				    size_t *count);
const char *section_cell(const struct section *section, size_t row, size_t column);
bool section_has_column(const struct section *section, const char *name, size_t *index);
const char *section_text(const struct section *section, size_t row, const char *name);
bool section_number(const struct section *section, size_t row, const char *name, uint64_t *value);

#endif /* IPCLENS_PARSE_H */
