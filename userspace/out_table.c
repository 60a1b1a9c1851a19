// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only file that knows libsmartcols. Sees to it that no byte of the input
 * reaches the output unsafe, whatever version of the library is there.
 */
#include "out_table.h"

#include <ctype.h>
#include <errno.h>
#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "colour.h"
#include "message.h"
#include "out_flat.h"
#include "text.h"

#define OUT_EXPORT_PREFIX "IPCLENS_"
#define OUT_NAME_SIZE (sizeof(OUT_EXPORT_PREFIX) + PARSE_NAME_MAX)

static int out_json_type(const struct field *field, const struct out_style *style)
{
	if (field->type == COLUMN_TIME && style->cells.time != CELL_TIME_RAW)
		return SCOLS_JSON_STRING;
	if (column_type_numeric(field->type))
		return SCOLS_JSON_NUMBER;
	if (field->type == COLUMN_FLAG)
		return SCOLS_JSON_BOOLEAN_OPTIONAL;
	return SCOLS_JSON_STRING;
}

/*
 * Headings are upper case by custom, JSON names lower. Exported ones become variables of a
 * shell, which has some of its own: it would refuse UID, and believe a PATH of a capture.
 */
static void out_name(char name[OUT_NAME_SIZE], const struct field *field, enum out_form form)
{
	char *end = name + sprintf(name, "%s", form == OUT_EXPORT ? OUT_EXPORT_PREFIX : "");

	for (size_t i = 0; field->name[i] && i < PARSE_NAME_MAX; i++)
		*end++ = form == OUT_JSON ? field->name[i] : toupper(field->name[i]);
	*end = '\0';
}

static int out_add_column(struct libscols_table *table, const struct field *field, bool tree,
			  const struct out_style *style)
{
	int flags = tree ? SCOLS_FL_TREE : field->type == COLUMN_TEXT ? 0 : SCOLS_FL_RIGHT;
	struct libscols_column *column;
	char name[OUT_NAME_SIZE];

	out_name(name, field, style->form);
	column = scols_table_new_column(table, name, 0, flags);
	if (!column)
		return -1;
	return scols_column_set_json_type(column, out_json_type(field, style));
}

/*
 * In raw and export form the library escapes all by itself, the others pass on what
 * they get. A table must get nothing that is no character in the locale: version 2.38 can
 * measure such a cell for ever. JSON is UTF-8 whatever the locale, and not measured.
 */
static int out_set_cell(struct libscols_line *line, size_t column, const char *cell,
			enum out_form form)
{
	char *safe;

	if (!cell && (form == OUT_JSON || form == OUT_EXPORT))
		return 0;
	if (!cell)
		return scols_line_set_data(line, column, "-");
	if (form == OUT_RAW || form == OUT_EXPORT || text_is_plain(cell))
		return scols_line_set_data(line, column, cell);

	safe = malloc(TEXT_ENCODED_SIZE(strlen(cell)));
	if (!safe)
		return -1;
	text_encode(safe, cell, form == OUT_JSON || text_locale_utf8());
	if (!scols_line_refer_data(line, column, safe))
		return 0;
	free(safe);
	return -1;
}

static int out_add_cell(struct libscols_line *line, size_t column, const struct field *field,
			const char *cell, const struct out_style *style)
{
	const char *colour = style->colour ? colour_of(field->name, cell) : NULL;
	char room[HUMAN_SIZE];

	if (cell)
		cell = cell_show(&style->cells, field->type, cell, room);
	if (out_set_cell(line, column, cell, style->form))
		return -1;
	return colour ? scols_cell_set_color(scols_line_get_cell(line, column), colour) : 0;
}

static struct libscols_line *out_add_row(struct libscols_table *table, struct libscols_line *parent,
					 const struct model *model, size_t row,
					 const struct out_style *style)
{
	struct libscols_line *line = scols_table_new_line(table, parent);

	for (size_t i = 0; line && i < model->nfields; i++)
		if (out_add_cell(line, i, model->fields[i], model_cell(model, row, i), style))
			return NULL;
	return line;
}

/* Lines that are taken one by one have no tree: there a row that is nested just follows. */
static bool out_has_tree(const struct model *model, const struct out_style *style)
{
	return model->nested && (style->form == OUT_TABLE || style->form == OUT_JSON);
}

/* The branches are drawn in the first column. */
static int out_add_rows(struct libscols_table *table, const struct model *model,
			const struct out_style *style)
{
	bool tree = out_has_tree(model, style);
	struct libscols_line *line, *above = NULL;

	for (size_t i = 0; i < model->nrows; i++) {
		bool nested = tree && model->nested[model->rows[i]];

		line = out_add_row(table, nested ? above : NULL, model, i, style);
		if (!line)
			return -1;
		if (!nested)
			above = line;
	}
	return 0;
}

static int out_fill_table(struct libscols_table *table, const struct model *model,
			  const struct out_style *style)
{
	for (size_t i = 0; i < model->nfields; i++)
		if (out_add_column(table, model->fields[i], !i && out_has_tree(model, style),
				   style))
			return -1;
	return out_add_rows(table, model, style);
}

/* The library prints no headings where there are no rows. */
static void out_print_headings(FILE *out, const struct model *model, const struct out_style *style)
{
	char name[OUT_NAME_SIZE];

	if (style->form == OUT_JSON || style->form == OUT_EXPORT || !style->headings)
		return;
	for (size_t i = 0; i < model->nfields; i++) {
		out_name(name, model->fields[i], style->form);
		fprintf(out, "%s%s", i ? " " : "", name);
	}
	fputc('\n', out);
}

/**
 * out_table_print() - print the rows in the form that is asked for
 * @out: write errors are left to be found there
 * @model: what to print
 * @style: how
 *
 * Return: other than 0 if memory runs out, of which the user has been told.
 */
int out_table_print(FILE *out, const struct model *model, const struct out_style *style)
{
	struct libscols_table *table;
	int ret = -1;

	if (style->form == OUT_TABLE && !model->nested)
		return out_flat_print(out, model, style);
	table = scols_new_table();
	if (!table || scols_table_set_name(table, model->section->view->command))
		goto out;
	scols_table_set_stream(table, out);
	scols_table_enable_raw(table, style->form == OUT_RAW);
	scols_table_enable_export(table, style->form == OUT_EXPORT);
	scols_table_enable_json(table, style->form == OUT_JSON);
	scols_table_enable_colors(table, style->colour);
	scols_table_enable_noheadings(table, !style->headings);
	/* Cells are made safe here; the library would escape the escapes. */
	scols_table_enable_noencoding(table, 1);
	/* A table is never narrowed to a terminal, so no cell is ever cut. */
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	ret = out_fill_table(table, model, style);
	if (!ret && !model->nrows)
		out_print_headings(out, model, style);
	if (!ret)
		ret = scols_print_table(table) == -ENOMEM ? -1 : 0;
out:
	if (ret)
		message_no_memory();
	scols_unref_table(table);
	return ret;
}
