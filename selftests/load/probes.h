/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking at the file "probes" from tests that load the module themselves.
 */
#ifndef LOAD_PROBES_H
#define LOAD_PROBES_H

#include "fixture.h"
#include "module.h"

static const char *const probe_names[] = { "attach", "open",   "close", "rmid",
					   "mark",   "exit",   "create", "destroy" };

#define PROBES 8

/* A cell of a probe's row; "(none)" if there is no such row. */
static inline const char *probe_cell(const char *name, const char *column)
{
	static char cells[8][256];
	static unsigned int next;
	char *cell = cells[next++ % 8];
	struct lens_table table;
	size_t row;

	snprintf(cell, sizeof(cells[0]), "(none)");
	if (!lens_load(&table, "probes")) {
		for (row = 0; row < table.rows; row++)
			if (!strcmp(lens_cell(&table, row, "name"), name))
				snprintf(cell, sizeof(cells[0]), "%s",
					 lens_cell(&table, row, column));
	}
	lens_free(&table);
	return cell;
}

#endif /* LOAD_PROBES_H */
