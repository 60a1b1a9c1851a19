// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parser: one pass over the text, in place. What is no row is counted, not
 * guessed at. Knows columns by name and type; what they mean is not its concern.
 */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "../kmod/ipclens_abi.h"
#include "line.h"
#include "text.h"

struct parser {
	struct capture *capture;
	char *text;
	struct section *open; /* the section that the next line belongs to */
	char first[PARSE_NAME_MAX + 1]; /* name of the first section, known or not */
	bool several; /* sections of different names */
	bool status_seen;
	bool status_ended;
};

/* A name as columns, files and keys have it. */
static bool parse_name_valid(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return len && len <= PARSE_NAME_MAX && !s[len] && *s >= 'a' && *s <= 'z';
}

static bool line_is_header(const struct line *line, uint64_t *format)
{
	return line->ncells == 4 && line->clean && !strcmp(line->cells[0], "#") &&
	       !strcmp(line->cells[1], "ipclens") && parse_name_valid(line->cells[2]) &&
	       column_cell_value(COLUMN_NUM, line->cells[3], format);
}

/* What is left when the text was cut within a section's first line. */
static bool line_is_header_start(const struct line *line)
{
	return line->ncells >= 2 && line->ncells <= 4 && !strcmp(line->cells[0], "#") &&
	       !strncmp("ipclens", line->cells[1], strlen(line->cells[1]));
}

static bool section_is_status(const struct section *section)
{
	return !strcmp(section->view->file, "status");
}

static void section_close(struct parser *parser, bool complete)
{
	if (parser->open && parser->open->columns)
		parser->open->complete = complete;
	parser->open = NULL;
}

static int section_open(struct parser *parser, const struct line *line, uint64_t format)
{
	struct capture *capture = parser->capture;
	const char *name = line->cells[2];
	const struct view *view = view_find_file(name);

	if (parser->open)
		section_close(parser, !section_is_status(parser->open));
	if (!*parser->first)
		strcpy(parser->first, name);
	else if (strcmp(parser->first, name))
		parser->several = true;
	if (!view)
		return 0;

	if (capture->nsections == capture->room) {
		size_t room = 2 * capture->room + 8;
		struct section *more = realloc(capture->sections, room * sizeof(*more));

		if (!more)
			return -1;
		capture->sections = more;
		capture->room = room;
	}
	parser->open = &capture->sections[capture->nsections++];
	*parser->open = (struct section){
		.view = view,
		.text = parser->text,
		.format = format,
		.line = line->number,
	};
	parser->status_seen |= section_is_status(parser->open);
	return 0;
}

/* Column names are well formed, all different, and at least one of them is known here. */
static bool line_names_columns(const struct line *line, const struct view *view)
{
	bool known = false;

	if (!line->clean || line->ncells > PARSE_COLUMNS_MAX)
		return false;
	for (size_t i = 0; i < line->ncells; i++) {
		if (!parse_name_valid(line->cells[i]))
			return false;
		known |= !!view_find_column(view, line->cells[i]);
		for (size_t j = 0; j < i; j++)
			if (!strcmp(line->cells[i], line->cells[j]))
				return false;
	}
	return known;
}

static int section_name_columns(struct section *section, const struct line *line)
{
	section->columns = calloc(line->ncells, sizeof(*section->columns));
	if (!section->columns)
		return -1;
	section->ncolumns = line->ncells;
	for (size_t i = 0; i < line->ncells; i++) {
		section->columns[i].name = line->cells[i];
		section->columns[i].known = view_find_column(section->view, line->cells[i]);
	}
	return 0;
}

/* The column that says what the row is about is never unknown, nor free text. */
static bool column_is_key(const struct section *section, const struct column *known)
{
	if (section->view->key)
		return !strcmp(known->name, section->view->key);
	return known == &section->view->columns[0];
}

static bool cell_fits(const struct section *section, size_t column, const char *cell)
{
	const struct column *known = section->columns[column].known;

	if (!known)
		return true;
	if (column_is_key(section, known) && known->type == COLUMN_TEXT)
		return parse_name_valid(cell);
	if (!strcmp(cell, "-"))
		return !column_is_key(section, known);
	return column_cell_valid(known->type, cell);
}

static bool line_is_row(const struct section *section, const struct line *line)
{
	if (!line->clean || line->ncells != section->ncolumns)
		return false;
	for (size_t i = 0; i < line->ncells; i++)
		if (!cell_fits(section, i, line->cells[i]))
			return false;
	return true;
}

/* JSON has no number with a leading zero; the text may be none of the module's. */
static char *cell_normalise(const struct section_column *column, char *cell)
{
	if (!column->known || column->known->type == COLUMN_TEXT)
		text_unescape(cell);
	else if (column_type_numeric(column->known->type))
		while (cell[0] == '0' && cell[1])
			cell++;
	return cell;
}

static int section_add_row(struct section *section, const struct line *line)
{
	uint32_t *cells;

	if (section->nrows == section->room) {
		size_t room = 2 * section->room + 16;

		cells = realloc(section->cells, room * section->ncolumns * sizeof(*cells));
		if (!cells)
			return -1;
		section->cells = cells;
		section->room = room;
	}
	cells = section->cells + section->nrows++ * section->ncolumns;
	for (size_t i = 0; i < section->ncolumns; i++) {
		bool known = strcmp(line->cells[i], "-") && (line->whole || i + 1 < line->ncells);
		char *cell = cell_normalise(&section->columns[i], line->cells[i]);

		cells[i] = known ? cell - section->text : 0;
	}
	return 0;
}

static bool row_is_status_end(const struct section *section, const struct line *line)
{
	if (!section_is_status(section))
		return false;
	for (size_t i = 0; i < section->ncolumns; i++)
		if (!strcmp(section->columns[i].name, "key"))
			return !strcmp(line->cells[i], IPCLENS_STATUS_END);
	return false;
}

/*
 * A line that a shell printed. One that may have been a row is none: its first cell
 * is like that of a row, or it has as many cells.
 */
static bool section_prompted_by(const struct section *section, const struct line *line)
{
	const struct column *first = &section->view->columns[0];
	const char *cell = line->cells[0];

	if (section->columns)
		first = section->columns[0].known;
	if (!line_like_prompt(line) || line->ncells == section->ncolumns)
		return false;
	if (first && first->type != COLUMN_TEXT)
		return (*cell < '0' || *cell > '9') && strcmp(cell, "-");
	return !parse_name_valid(cell);
}

static void section_count_dropped(struct section *section, size_t count, size_t number)
{
	if (!section->dropped || number < section->dropped_line)
		section->dropped_line = number;
	section->dropped += count;
}

/* What looked like a prompt was none, for a shell prompts when all rows are out. */
static void section_resume(struct section *section)
{
	if (section->prompts)
		section_count_dropped(section, section->prompts, section->prompt_line);
	section->prompts = 0;
}

static void section_drop_line(struct parser *parser, const struct line *line)
{
	struct section *section = parser->open;

	if (section_prompted_by(section, line)) {
		if (!section->prompts++)
			section->prompt_line = line->number;
	} else if (!line->ended) {
		section->cut = true;
	} else {
		section_count_dropped(section, 1, line->number);
	}
}

/* One line of an open section. */
static int section_take_line(struct parser *parser, const struct line *line)
{
	struct section *section = parser->open;

	if (!section->columns) {
		if (line->ended && line_names_columns(line, section->view)) {
			section_resume(section);
			return section_name_columns(section, line);
		}
		section_drop_line(parser, line);
		return 0;
	}
	if (!line_is_row(section, line)) {
		section_drop_line(parser, line);
		return 0;
	}
	section_resume(section);
	if (row_is_status_end(section, line)) {
		parser->status_ended = true;
		section_close(parser, true);
		return 0;
	}
	section->cut = !line->whole;
	return section_add_row(section, line);
}

static int parse_line(struct parser *parser, const struct line *line)
{
	uint64_t format;

	if (!line->ncells)
		return 0;
	if (line->ended && line_is_header(line, &format))
		return section_open(parser, line, format);
	if (!line->ended && line_is_header_start(line) && !parser->status_ended) {
		parser->capture->cut = true;
		return 0;
	}
	return parser->open ? section_take_line(parser, line) : 0;
}

static void parse_end(struct parser *parser)
{
	struct capture *capture = parser->capture;
	struct section *last = parser->open;

	if (last && section_is_status(last))
		last->cut = true;
	if (last)
		section_close(parser, !parser->status_seen && !last->cut);
	if ((last && last->cut) || (parser->several && !parser->status_ended))
		capture->cut = true;
}

/**
 * parse_text() - take text apart into sections
 * @capture: refers to the text; for parse_free(), unless this fails
 * @text: changed
 * @size: of the text, below PARSE_TEXT_MAX; there must be room for one byte more
 *
 * Return: -1 if memory runs out.
 */
int parse_text(struct capture *capture, char *text, size_t size)
{
	struct parser parser = { .capture = capture, .text = text };
	struct line line = { 0 };
	char *end = text + size;

	*capture = (struct capture){ 0 };
	while (text < end) {
		char *newline = memchr(text, '\n', end - text);

		line.number++;
		line.ended = newline;
		line_split(&line, text, newline ? newline : end);
		if (parse_line(&parser, &line)) {
			parse_free(capture);
			return -1;
		}
		text = (newline ? newline : end) + 1;
	}
	parse_end(&parser);
	return 0;
}

/** parse_free() - free the sections; the text is not theirs */
void parse_free(struct capture *capture)
{
	for (size_t i = 0; i < capture->nsections; i++) {
		free(capture->sections[i].columns);
		free(capture->sections[i].cells);
	}
	free(capture->sections);
	*capture = (struct capture){ 0 };
}

/**
 * parse_section() - the section of a view
 * @capture: where to look
 * @view: whose
 * @count: how many there are
 *
 * Return: the last one known to be complete, for it is the newest, or the last if none is;
 * NULL if there is none.
 */
const struct section *parse_section(const struct capture *capture, const struct view *view,
				    size_t *count)
{
	const struct section *found = NULL;

	*count = 0;
	for (size_t i = 0; i < capture->nsections; i++) {
		const struct section *section = &capture->sections[i];

		if (section->view != view)
			continue;
		if (!found || section->complete || !found->complete)
			found = section;
		++*count;
	}
	return found;
}
