// SPDX-License-Identifier: GPL-2.0
/* debugfs file "probes": the table of the probe engine. */
#include <linux/kernel.h>

#include "probe.h"
#include "snap.h"

#define PROBE_CELL(name, type, width, help) CELL(struct lens_probe, name, type, width)

static const struct cell snap_probes_cells[] = {
	IPCLENS_PROBES_COLUMNS(PROBE_CELL)
};

static int probes_fill(const void *cursor, void *scratch, void *rows, int batch)
{
	return probe_row(*(const int *)cursor, rows) ? 1 : 0;
}

static void probes_after(void *cursor, const void *row)
{
	++*(int *)cursor;
}

const struct snap_file snap_probes = {
	.name = "probes",
	.cells = snap_probes_cells,
	.cell_count = ARRAY_SIZE(snap_probes_cells),
	.row_size = sizeof(struct lens_probe),
	.batch = 1,
	.cursor_size = sizeof(int),
	.fill = probes_fill,
	.after = probes_after,
};
