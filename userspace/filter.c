// SPDX-License-Identifier: GPL-2.0-only
/*
 * Expressions are libsmartcols', which has them since 2.40: this file and out_table.c
 * alone know it. They are applied to cells as they are, not as they are shown.
 */
#include "filter.h"

#include <libsmartcols.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

#ifdef SMARTCOLS_FILTER /* see the Makefile */

struct filter {
	struct model *model;
	struct libscols_filter *expression;
	struct libscols_table *table; /* has the columns that the expression names */
	const struct field **fields; /* these columns' */
	size_t nfields;
};

static int filter_report_memory(void)
{
	message_no_memory();
	return -1;
}

/* The library's scanner writes what it does not know to standard output, and goes on. */
static bool filter_scan(struct filter *filter, const char *text)
{
	bool known;

	fflush(stdout);
	known = !scols_filter_parse_string(filter->expression, text);
	known &= !__fpending(stdout);
	__fpurge(stdout);
	return known;
}

static int filter_parse(struct filter *filter, const char *text)
{
	const char *problem;

	filter->expression = scols_new_filter(NULL);
	filter->table = scols_new_table();
	filter->fields = calloc(filter->model->nall, sizeof(*filter->fields));
	if (!filter->expression || !filter->table || !filter->fields)
		return filter_report_memory();
	if (filter_scan(filter, text))
		return 0;
	problem = scols_filter_get_errmsg(filter->expression);
	message_error("--filter cannot understand '%.256s'%s%.256s; see ipclens(8)", text,
		      problem ? ": " : "", problem ?: "");
	return -1;
}

static int filter_data_type(const struct field *field)
{
	bool number = column_type_numeric(field->type) || field->type == COLUMN_FLAG;

	return number ? SCOLS_DATA_U64 : SCOLS_DATA_STRING;
}

/* The column of a field, which is made when it is named first. */
static struct libscols_column *filter_column(struct filter *filter, const struct field *field)
{
	struct libscols_column *column;

	for (size_t i = 0; i < filter->nfields; i++)
		if (filter->fields[i] == field)
			return scols_table_get_column(filter->table, i);
	/* Some versions return the type. */
	column = scols_table_new_column(filter->table, field->name, 0, 0);
	if (!column || scols_column_set_data_type(column, filter_data_type(field)) < 0)
		return NULL;
	filter->fields[filter->nfields++] = field;
	return column;
}

static int filter_bind(struct filter *filter)
{
	struct libscols_iter *place = scols_new_iter(SCOLS_ITER_FORWARD);
	const char *name;
	int ret = 0;

	if (!place)
		return filter_report_memory();
	while (!ret && !scols_filter_next_holder(filter->expression, place, &name, 0)) {
		const struct field *field = model_find(filter->model, name);
		struct libscols_column *column = field ? filter_column(filter, field) : NULL;

		if (field && !column)
			filter_report_memory();
		if (!column || scols_filter_assign_column(filter->expression, place, name, column))
			ret = -1;
	}
	scols_free_iter(place);
	return ret;
}

/* Whether the row is wanted, or -1. */
static int filter_test(struct filter *filter, size_t row)
{
	struct libscols_line *line = scols_table_new_line(filter->table, NULL);
	int wanted = 0, ret = line ? 0 : -1;

	for (size_t i = 0; !ret && i < filter->nfields; i++) {
		const char *cell = model_field_cell(filter->model, filter->fields[i], row);

		if (cell)
			ret = scols_line_set_data(line, i, cell);
	}
	if (!ret)
		ret = scols_line_apply_filter(line, filter->expression, &wanted);
	scols_table_remove_lines(filter->table);
	return ret ? -1 : !!wanted;
}

static int filter_choose(struct filter *filter, const char *expression)
{
	struct model *model = filter->model;
	size_t kept = 0;

	for (size_t i = 0; i < model->nrows; i++) {
		int wanted = filter_test(filter, model->rows[i]);

		if (wanted < 0) {
			message_error(
				"--filter cannot compare what '%.256s' compares; see ipclens(8)",
				expression);
			return -1;
		}
		if (wanted)
			model->rows[kept++] = model->rows[i];
	}
	model->nrows = kept;
	return 0;
}

/**
 * filter_rows() - keep the rows for which an expression is true
 * @model: whose rows
 * @expression: in libsmartcols' form, of names of the model's columns
 *
 * Return: 0, or -1 when the user has been told what is wrong.
 */
int filter_rows(struct model *model, const char *expression)
{
	struct filter filter = { .model = model };
	int ret = filter_parse(&filter, expression);

	if (!ret)
		ret = filter_bind(&filter);
	if (!ret)
		ret = filter_choose(&filter, expression);
	scols_unref_filter(filter.expression);
	scols_unref_table(filter.table);
	free(filter.fields);
	return ret;
}

#else

int filter_rows(struct model *model, const char *expression)
{
	(void)model;
	(void)expression;
	message_error(
		"--filter needs libsmartcols 2.40, this program was built with %s; leave it out, or look through --raw with awk",
		LIBSMARTCOLS_VERSION);
	return -1;
}

#endif
