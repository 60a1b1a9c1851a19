// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of rows, by one column: numbers by value, all else as text. Knows nothing
 * of which rows and columns are shown.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "message.h"

struct sort_key {
	size_t row;
	const char *text; /* NULL if unknown */
	uint64_t value;
};

static int sort_compare(const struct sort_key *a, const struct sort_key *b)
{
	return number_compare(a->value, b->value) ?: strcmp(a->text, b->text);
}

/* Unknown cells come last either way; equal ones keep the order they came in. */
static int sort_compare_keys(const struct sort_key *a, const struct sort_key *b, int sign)
{
	int order = 0;

	if (!a->text || !b->text)
		order = !a->text - !b->text;
	else
		order = sign * sort_compare(a, b);
	return order ?: number_compare(a->row, b->row);
}

static int sort_ascending(const void *a, const void *b)
{
	return sort_compare_keys(a, b, 1);
}

static int sort_descending(const void *a, const void *b)
{
	return sort_compare_keys(a, b, -1);
}

static void sort_key_fill(struct sort_key *key, const struct model *model,
			  const struct field *field, size_t row)
{
	const char *cell = model_field_cell(model, field, row);

	*key = (struct sort_key){ .row = row, .text = cell };
	/* Equal numbers may be written differently; only text is compared as text. */
	if (cell && column_cell_value(field->type, cell, &key->value))
		key->text = "";
}

/**
 * model_sort() - sort the rows
 * @model: unchanged on failure
 * @order: column name, after a - for descending or a + for ascending, which is the default
 *
 * Return: -1 on failure, of which the user has been told.
 */
int model_sort(struct model *model, const char *order)
{
	const char *name = order + (*order == '-' || *order == '+');
	const struct field *field = model_find(model, name);
	struct sort_key *keys;

	if (!field)
		return -1;
	keys = calloc(model->nrows + 1, sizeof(*keys));
	if (!keys) {
		message_no_memory();
		return -1;
	}
	for (size_t i = 0; i < model->nrows; i++)
		sort_key_fill(&keys[i], model, field, model->rows[i]);
	qsort(keys, model->nrows, sizeof(*keys), *order == '-' ? sort_descending : sort_ascending);
	for (size_t i = 0; i < model->nrows; i++)
		model->rows[i] = keys[i].row;
	free(keys);
	return 0;
}
