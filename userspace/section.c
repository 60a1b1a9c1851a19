// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cells of a section that has been parsed, by number or name of their column. Knows
 * nothing of the text round it.
 */
#include "parse.h"

#include <string.h>

/**
 * section_cell() - the cell of a column by its number there
 * @section: with its columns
 * @row: which row
 * @column: see section_has_column()
 *
 * Return: NULL if unknown.
 */
const char *section_cell(const struct section *section, size_t row, size_t column)
{
	uint32_t offset = section->cells[row * section->ncolumns + column];

	return offset ? section->text + offset : NULL;
}

/**
 * section_has_column() - where a section has a column, if it does
 * @section: where to look
 * @name: of the column
 * @index: left alone if it does not
 */
bool section_has_column(const struct section *section, const char *name, size_t *index)
{
	for (size_t i = 0; i < section->ncolumns; i++) {
		if (strcmp(section->columns[i].name, name))
			continue;
		*index = i;
		return true;
	}
	return false;
}

/** section_text() - the cell of a named column, NULL if it or the column is unknown */
const char *section_text(const struct section *section, size_t row, const char *name)
{
	size_t column;

	return section_has_column(section, name, &column) ? section_cell(section, row, column) :
							    NULL;
}

/**
 * section_number() - the decimal number in a named column
 * @section: with its columns
 * @row: which row
 * @name: of the column
 * @value: left alone if that is unknown
 *
 * Return: false if it is unknown.
 */
bool section_number(const struct section *section, size_t row, const char *name, uint64_t *value)
{
	const char *cell = section_text(section, row, name);

	return cell && column_cell_value(COLUMN_NUM, cell, value);
}
