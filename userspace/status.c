// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows of "status" are keys and values, unlike those of any other section.
 */
#include "status.h"

#include <string.h>

/**
 * status_text() - the value of a key
 * @status: the section of that name, or NULL
 * @key: what is wanted
 *
 * Return: NULL if it is not known.
 */
const char *status_text(const struct section *status, const char *key)
{
	for (size_t row = 0; status && row < status->nrows; row++) {
		const char *name = section_text(status, row, "key");

		if (name && !strcmp(name, key))
			return section_text(status, row, "value");
	}
	return NULL;
}

/**
 * status_number() - the value of a key that has a number
 * @status: the section of that name, or NULL
 * @key: what is wanted
 * @number: set if it is known
 *
 * Return: whether it is known.
 */
bool status_number(const struct section *status, const char *key, uint64_t *number)
{
	const char *value = status_text(status, key);

	return value && column_cell_value(COLUMN_NUM, value, number);
}
