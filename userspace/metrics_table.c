// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows come in any order and any number; those of the same object are added up when
 * the table is closed, and those beyond the limit are made one.
 */
#include "metrics_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

static bool row_knows(const struct metrics_row *row, size_t series)
{
	return row->known >> series & 1;
}

/**
 * metrics_table_row() - where the numbers of an object go
 * @table: the table, which is not closed yet
 * @id: the object
 * @other: the second half of its name, 0 if there is but one
 *
 * Return: a row that is good until the next call, NULL if memory runs out. An object
 * may get several.
 */
struct metrics_row *metrics_table_row(struct metrics_table *table, uint64_t id, uint64_t other)
{
	struct metrics_row *row;

	if (table->nrows) {
		row = &table->rows[table->nrows - 1];
		if (row->id[0] == id && row->id[1] == other)
			return row;
	}
	if (!table->rows || table->nrows == table->room) {
		size_t room = 2 * table->room + 16;

		row = realloc(table->rows, room * sizeof(*row));
		if (!row)
			return NULL;
		table->rows = row;
		table->room = room;
	}
	row = &table->rows[table->nrows++];
	*row = (struct metrics_row){ .id = { id, other } };
	return row;
}

/**
 * metrics_row_add() - add to a number, which is unknown before and known after it
 * @row: whose number
 * @series: which of the table's
 * @amount: how much; what is too much to be counted stays at the most that can be
 */
void metrics_row_add(struct metrics_row *row, size_t series, uint64_t amount)
{
	if (__builtin_add_overflow(row->values[series], amount, &row->values[series]))
		row->values[series] = METRICS_INFINITE;
	row->known |= (uint32_t)1 << series;
}

static int row_compare_ids(const void *a, const void *b)
{
	const struct metrics_row *x = a, *y = b;
	int order = 0;

	for (size_t i = 0; i < METRICS_IDS_MAX && !order; i++)
		order = number_compare(x->id[i], y->id[i]);
	return order;
}

static void row_merge(struct metrics_row *row, const struct metrics_row *more, size_t nseries)
{
	for (size_t i = 0; i < nseries; i++)
		if (row_knows(more, i))
			metrics_row_add(row, i, more->values[i]);
}

static bool row_is_idle(const struct metrics_table *table, const struct metrics_row *row)
{
	if (!table->sparse || row->id[0] == table->first)
		return false;
	for (size_t i = 0; i < table->nseries; i++)
		if (table->series[i].rest == METRICS_REST_SUM && row->values[i])
			return false;
	return true;
}

/* One row per object, in the order of their names. */
static void table_fold(struct metrics_table *table)
{
	size_t kept = 0;

	if (table->nrows)
		qsort(table->rows, table->nrows, sizeof(*table->rows), row_compare_ids);
	for (size_t i = 0; i < table->nrows; i++) {
		struct metrics_row *row = &table->rows[i];

		if (kept && !row_compare_ids(&table->rows[kept - 1], row))
			row_merge(&table->rows[kept - 1], row, table->nseries);
		else
			table->rows[kept++] = *row;
	}
	table->nrows = 0;
	for (size_t i = 0; i < kept; i++)
		if (!row_is_idle(table, &table->rows[i]))
			table->rows[table->nrows++] = table->rows[i];
}

/* The rows that are to stay come first. */
static int row_compare_weight(const void *a, const void *b)
{
	const struct metrics_row *x = a, *y = b;

	return number_compare(y->stays, x->stays)	    ?:
		       number_compare(y->weight, x->weight) ?:
							      row_compare_ids(x, y);
}

static void table_sort_by_weight(struct metrics_table *table)
{
	for (size_t i = 0; i < table->nrows; i++) {
		struct metrics_row *row = &table->rows[i];

		row->stays = row->id[0] == table->first;
		row->weight = row->values[table->weight];
	}
	qsort(table->rows, table->nrows, sizeof(*table->rows), row_compare_weight);
}

static void rest_take(struct metrics_row *rest, const struct metrics_row *row, size_t series,
		      enum metrics_rest how)
{
	uint64_t value = row->values[series];

	if (!row_knows(row, series) || how == METRICS_REST_NONE)
		return;
	if (how == METRICS_REST_SUM || !row_knows(rest, series))
		metrics_row_add(rest, series, value);
	else if (value < rest->values[series])
		rest->values[series] = value;
}

/**
 * metrics_table_close() - make a row per object of what has been added, and few of them
 * @table: the table
 * @top: how many rows may stay; those that weigh least are added up in one more
 */
void metrics_table_close(struct metrics_table *table, uint64_t top)
{
	table_fold(table);
	if (table->nrows <= top)
		return;
	table_sort_by_weight(table);
	table->has_rest = true;
	for (size_t i = top; i < table->nrows; i++)
		for (size_t series = 0; series < table->nseries; series++)
			rest_take(&table->rest, &table->rows[i], series,
				  table->series[series].rest);
	table->nrows = top;
	if (top)
		qsort(table->rows, top, sizeof(*table->rows), row_compare_ids);
}

static void row_print(const struct metrics_table *table, const struct metrics_text *text,
		      const struct metrics_family *family, const struct metrics_row *row,
		      size_t series)
{
	struct metrics_label labels[METRICS_IDS_MAX + 1];
	char numbers[METRICS_IDS_MAX][24];
	size_t nlabels = 0;

	for (; nlabels < table->nids; nlabels++) {
		snprintf(numbers[nlabels], sizeof(numbers[nlabels]), "%" PRIu64, row->id[nlabels]);
		labels[nlabels] = (struct metrics_label){
			.name = table->ids[nlabels],
			.value = row == &table->rest ? "other" : numbers[nlabels],
		};
	}
	if (table->series[series].label.name)
		labels[nlabels++] = table->series[series].label;
	metrics_text_sample(text, family, labels, nlabels, row->values[series]);
}

static bool family_is_known(const struct metrics_table *table, size_t series)
{
	do {
		if (row_knows(&table->rest, series))
			return true;
		for (size_t row = 0; row < table->nrows; row++)
			if (row_knows(&table->rows[row], series))
				return true;
	} while (++series < table->nseries && !table->series[series].family.name);
	return false;
}

/**
 * metrics_table_print() - write all samples
 * @table: the table, closed
 * @text: where to
 */
void metrics_table_print(const struct metrics_table *table, const struct metrics_text *text)
{
	const struct metrics_family *family = NULL;

	for (size_t i = 0; i < table->nseries; i++) {
		if (table->series[i].family.name) {
			family = &table->series[i].family;
			if (family_is_known(table, i))
				metrics_text_family(text, family);
		}
		for (size_t row = 0; row < table->nrows; row++)
			if (row_knows(&table->rows[row], i))
				row_print(table, text, family, &table->rows[row], i);
		if (table->has_rest && row_knows(&table->rest, i))
			row_print(table, text, family, &table->rest, i);
	}
}

/**
 * metrics_table_free() - give the rows back
 * @table: the table
 */
void metrics_table_free(struct metrics_table *table)
{
	free(table->rows);
	table->rows = NULL;
	table->nrows = 0;
	table->room = 0;
}
