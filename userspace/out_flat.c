// SPDX-License-Identifier: GPL-2.0-only
/*
 * What libsmartcols would print, in a quarter of the time: it measures every character
 * of every cell, of which nearly all are plain. Knows neither branches nor other forms.
 */
#define _GNU_SOURCE
#include "out_flat.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "colour.h"
#include "message.h"
#include "text.h"

#define FLAT_RESET "\033[0m"

struct flat {
	const struct model *model;
	const struct out_style *style;
	size_t *widths; /* by column */
	bool utf8;
};

/* A cell as it is printed: text is the cell's own, or in room. */
struct flat_cell {
	const char *text;
	size_t width;
	char room[TEXT_ENCODED_SIZE(PARSE_CELL_MAX)];
};

/* Of text that has been made safe, so that each character has a width. */
static size_t flat_width(const char *text)
{
	mbstate_t state = { 0 };
	size_t width = 0, len;
	wchar_t wide;

	for (; *text; text += len) {
		len = mbrtowc(&wide, text, MB_CUR_MAX, &state);
		if (len == (size_t)-1 || len == (size_t)-2)
			return width + strlen(text);
		width += wcwidth(wide) > 0 ? wcwidth(wide) : 0;
	}
	return width;
}

static void flat_cell_make(const struct flat *flat, size_t row, size_t column,
			   struct flat_cell *cell)
{
	const char *text = model_cell(flat->model, row, column);

	cell->text = "-";
	/* No file has such a cell, and nothing that is computed is as long. */
	if (text && strlen(text) > PARSE_CELL_MAX)
		text = "(too long)";
	if (text && text_is_plain(text))
		cell->text = cell_show(&flat->style->cells, flat->model->fields[column]->type, text,
				       cell->room);
	else if (text) {
		text_encode(cell->room, text, flat->utf8);
		cell->text = cell->room;
		cell->width = flat_width(cell->text);
		return;
	}
	cell->width = strlen(cell->text);
}

static void flat_measure(struct flat *flat, struct flat_cell *cell)
{
	for (size_t column = 0; column < flat->model->nfields; column++) {
		size_t width = strlen(flat->model->fields[column]->name);

		for (size_t row = 0; row < flat->model->nrows; row++) {
			flat_cell_make(flat, row, column, cell);
			if (cell->width > width)
				width = cell->width;
		}
		flat->widths[column] = width;
	}
}

static void flat_pad(FILE *out, size_t count)
{
	while (count--)
		putc_unlocked(' ', out);
}

/* Text stands left, all else right; what is last in a line has nothing behind it. */
static void flat_write(FILE *out, const struct flat *flat, size_t column, const char *text,
		       size_t width, const char *colour)
{
	bool left = flat->model->fields[column]->type == COLUMN_TEXT;
	bool last = column + 1 == flat->model->nfields;
	size_t padding = flat->widths[column] - width;

	if (!left)
		flat_pad(out, padding);
	if (colour)
		fputs_unlocked(colour, out);
	fputs_unlocked(text, out);
	if (colour)
		fputs_unlocked(FLAT_RESET, out);
	if (left && !last)
		flat_pad(out, padding);
	putc_unlocked(last ? '\n' : ' ', out);
}

static void flat_write_headings(FILE *out, const struct flat *flat)
{
	for (size_t column = 0; column < flat->model->nfields; column++) {
		const char *name = flat->model->fields[column]->name;
		char upper[PARSE_NAME_MAX + 1];
		size_t len = 0;

		for (; name[len] && len < PARSE_NAME_MAX; len++)
			upper[len] = toupper(name[len]);
		upper[len] = '\0';
		flat_write(out, flat, column, upper, len, NULL);
	}
}

static void flat_write_rows(FILE *out, const struct flat *flat, struct flat_cell *cell)
{
	const struct model *model = flat->model;

	for (size_t row = 0; row < model->nrows; row++) {
		for (size_t column = 0; column < model->nfields; column++) {
			const char *colour = NULL;

			flat_cell_make(flat, row, column, cell);
			if (flat->style->colour)
				colour = colour_of(model->fields[column]->name,
						   model_cell(model, row, column));
			flat_write(out, flat, column, cell->text, cell->width, colour);
		}
	}
}

/**
 * out_flat_print() - print a table
 * @out: where to; write errors are left to be found there
 * @model: what
 * @style: how; its form is OUT_TABLE
 *
 * Return: 0, or -1 if memory runs out, as the user has been told.
 */
int out_flat_print(FILE *out, const struct model *model, const struct out_style *style)
{
	struct flat flat = { .model = model, .style = style, .utf8 = text_locale_utf8() };
	struct flat_cell *cell = malloc(sizeof(*cell));
	int ret = -1;

	flat.widths = calloc(model->nfields + 1, sizeof(*flat.widths));
	if (cell && flat.widths) {
		flat_measure(&flat, cell);
		if (style->headings)
			flat_write_headings(out, &flat);
		flat_write_rows(out, &flat, cell);
		ret = 0;
	} else {
		message_no_memory();
	}
	free(flat.widths);
	free(cell);
	return ret;
}
