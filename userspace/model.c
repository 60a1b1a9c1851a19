// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selecting and filtering over one section. Knows nothing of where the
 * section came from and of how it will be printed.
 */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "message.h"

static void model_list_fields(struct model *model)
{
	const struct section *section = model->section;
	const struct view *view = section->view;

	for (size_t i = 0; i < view->ncolumns; i++) {
		struct field *field = &model->all[model->nall++];

		field->name = view->columns[i].name;
		field->type = view->columns[i].type;
		field->known = true;
		field->computed = view->columns[i].computed;
		/* Whatever it is that has the name of a computed column, it is not that. */
		field->present =
			!field->computed && section_has_column(section, field->name, &field->index);
	}
	for (size_t i = 0; i < section->ncolumns; i++) {
		if (section->columns[i].known)
			continue;
		model->all[model->nall++] = (struct field){
			.name = section->columns[i].name,
			.type = COLUMN_TEXT,
			.present = true,
			.index = i,
		};
	}
}

static void cells_free(char **cells, size_t count)
{
	for (size_t i = 0; cells && i < count; i++)
		free(cells[i]);
	free(cells);
}

/**
 * model_init() - all rows of a section, and none of its columns yet
 * @model: for model_exit(), unless this fails
 * @section: must stay
 *
 * Return: -1 if memory runs out, of which the user has been told.
 */
int model_init(struct model *model, const struct section *section)
{
	size_t nall = section->view->ncolumns + section->ncolumns;

	*model = (struct model){ .section = section };
	model->all = calloc(nall, sizeof(*model->all));
	model->fields = calloc(nall, sizeof(*model->fields));
	model->rows = calloc(section->nrows + 1, sizeof(*model->rows));
	if (!model->all || !model->fields || !model->rows) {
		message_no_memory();
		model_exit(model);
		return -1;
	}
	model_list_fields(model);
	for (size_t i = 0; i < section->nrows; i++)
		model->rows[model->nrows++] = i;
	return 0;
}

/** model_exit() - undo model_init(), and free computed cells */
void model_exit(struct model *model)
{
	for (size_t i = 0; model->all && i < model->nall; i++)
		cells_free(model->all[i].cells, model->section->nrows);
	free(model->all);
	free(model->fields);
	free(model->rows);
	*model = (struct model){ 0 };
}

static const struct field *model_find_field(const struct model *model, const char *name, size_t len)
{
	for (size_t i = 0; i < model->nall; i++) {
		const char *known = model->all[i].name;

		if (!strncasecmp(known, name, len) && !known[len])
			return &model->all[i];
	}
	return NULL;
}

static void model_report_column(const struct model *model, const char *name, size_t len)
{
	char known[1024] = "";
	size_t used = 0;

	for (size_t i = 0; i < model->nall && used < sizeof(known) - PARSE_NAME_MAX - 2; i++)
		used += sprintf(known + used, "%s%s", i ? ", " : "", model->all[i].name);
	message_error("unknown column '%.*s'; '%s' has: %s", len > 64 ? 64 : (int)len, name,
		      model->section->view->command, known);
}

/**
 * model_find() - the column of that name
 * @model: whose column, printed or not
 * @name: in letters of any case
 *
 * Return: NULL if there is none, and the user has been told which there are.
 */
const struct field *model_find(const struct model *model, const char *name)
{
	const struct field *field = model_find_field(model, name, strlen(name));

	if (!field)
		model_report_column(model, name, strlen(name));
	return field;
}

/* A column that is named again keeps its first place: JSON must not have it twice. */
static void model_add_field(struct model *model, const struct field *field)
{
	for (size_t i = 0; i < model->nfields; i++)
		if (model->fields[i] == field)
			return;
	model->fields[model->nfields++] = field;
}

static int model_add_list(struct model *model, const char *list)
{
	for (;;) {
		size_t len = strcspn(list, ",");
		const struct field *field = model_find_field(model, list, len);

		if (!field) {
			model_report_column(model, list, len);
			return -1;
		}
		model_add_field(model, field);
		if (!list[len])
			return 0;
		list += len + 1;
	}
}

/**
 * model_select_fields() - print these columns behind those that are printed already
 * @model: one that is named again keeps its place
 * @list: comma separated; after a leading + on top of the default ones; NULL for those
 *
 * Return: -1 if there is no such column, of which the user has been told.
 */
int model_select_fields(struct model *model, const char *list)
{
	const char *defaults = model->section->view->defaults;

	if (!list)
		return model_add_list(model, defaults);
	if (*list != '+')
		return model_add_list(model, list);
	return model_add_list(model, defaults) ?: model_add_list(model, list + 1);
}

/** model_select_all() - print all columns behind those that are printed already */
void model_select_all(struct model *model)
{
	for (size_t i = 0; i < model->nall; i++)
		model_add_field(model, &model->all[i]);
}

static bool section_row_is_of(const struct section *section, size_t row, size_t column,
			      uint64_t ipcns)
{
	const char *cell = section_cell(section, row, column);
	uint64_t value;

	return cell && column_cell_value(COLUMN_NUM, cell, &value) && value == ipcns;
}

/** model_section_lists() - whether a row of the section is about this IPC namespace */
bool model_section_lists(const struct section *section, uint64_t ipcns)
{
	size_t column;

	if (!section_has_column(section, "ipcns", &column))
		return false;
	for (size_t row = 0; row < section->nrows; row++)
		if (section_row_is_of(section, row, column, ipcns))
			return true;
	return false;
}

/** model_report_ipcns() - tell the user that no row is about this IPC namespace */
void model_report_ipcns(uint64_t ipcns)
{
	message_error("unknown namespace %llu; ipclens namespaces lists those that can be seen",
		      (unsigned long long)ipcns);
}

/**
 * model_filter_ipcns() - keep the rows of one IPC namespace
 * @model: unchanged if no row tells
 * @ipcns: its number
 *
 * Return: whether there are any, -1 if no row tells.
 */
int model_filter_ipcns(struct model *model, uint64_t ipcns)
{
	size_t column, kept = 0;

	if (!section_has_column(model->section, "ipcns", &column))
		return -1;
	for (size_t i = 0; i < model->nrows; i++)
		if (section_row_is_of(model->section, model->rows[i], column, ipcns))
			model->rows[kept++] = model->rows[i];
	model->nrows = kept;
	return kept > 0;
}

/**
 * model_field_cell() - the cell of a column, printed or not
 * @model: that has the column
 * @field: the column
 * @row: of the section
 *
 * Return: NULL if unknown.
 */
const char *model_field_cell(const struct model *model, const struct field *field, size_t row)
{
	if (field->cells)
		return field->cells[row];
	return field->present ? section_cell(model->section, row, field->index) : NULL;
}

/**
 * model_cell() - the cell of a printed column
 * @model: the rows and columns as they were chosen and sorted
 * @row: which of them
 * @field: likewise
 *
 * Return: NULL if unknown.
 */
const char *model_cell(const struct model *model, size_t row, size_t field)
{
	return model_field_cell(model, model->fields[field], model->rows[row]);
}

/**
 * model_needs() - whether a column is printed, or sorted by
 * @model: its columns have been selected
 * @name: of the column
 * @order: see model_sort(); NULL for none
 */
bool model_needs(const struct model *model, const char *name, const char *order)
{
	for (size_t i = 0; i < model->nfields; i++)
		if (!strcmp(model->fields[i]->name, name))
			return true;
	return order && !strcasecmp(order + (*order == '-' || *order == '+'), name);
}

/**
 * model_fold() - leave only the rows that are not nested
 * @model: those are chosen and sorted; the others follow by model_unfold()
 * @nested: by row of the section; must stay
 */
void model_fold(struct model *model, const bool *nested)
{
	size_t kept = 0;

	model->nested = nested;
	for (size_t i = 0; i < model->nrows; i++)
		if (!nested[model->rows[i]])
			model->rows[kept++] = model->rows[i];
	model->nrows = kept;
}

/** model_unfold() - bring back the rows that model_fold() has left out, each behind its own */
void model_unfold(struct model *model)
{
	size_t from = model->nrows, to = 0, last = model->section->nrows;

	for (size_t i = 0; i < from; i++)
		for (size_t row = model->rows[i] + 1; row < last && model->nested[row]; row++)
			to++;
	to += from;
	model->nrows = to;
	/* From the last row on, so that none is overwritten before it is read. */
	while (from--) {
		size_t row = model->rows[from], end = row + 1;

		while (end < last && model->nested[end])
			end++;
		while (end-- > row)
			model->rows[--to] = end;
	}
}

/** model_has_type() - whether a column of that type is printed */
bool model_has_type(const struct model *model, enum column_type type)
{
	for (size_t i = 0; i < model->nfields; i++)
		if (model->fields[i]->type == type)
			return true;
	return false;
}

/**
 * model_compute() - fill a computed column, unless it is filled
 * @model: nothing is done if it has no such column
 * @name: of the column
 * @cell: gets a row of the section, and sets its argument to text in memory that will be
 *	freed, or leaves it if that is unknown; negative if memory runs out
 * @context: for @cell
 *
 * Return: -1 if memory runs out, of which the user has been told.
 */
int model_compute(struct model *model, const char *name, model_cell_fn *cell, const void *context)
{
	size_t nrows = model->section->nrows, row = 0;
	struct field *field = NULL;
	char **cells;

	for (size_t i = 0; i < model->nall && !field; i++)
		if (model->all[i].computed && !strcmp(model->all[i].name, name))
			field = &model->all[i];
	if (!field || field->cells)
		return 0;
	cells = calloc(nrows + 1, sizeof(*cells));
	while (cells && row < nrows && cell(context, row, &cells[row]) >= 0)
		row++;
	if (cells && row == nrows) {
		field->cells = cells;
		return 0;
	}
	cells_free(cells, row);
	message_no_memory();
	return -1;
}
