// SPDX-License-Identifier: GPL-2.0-only
/*
 * What reading a file costs per row, and kernel memory while a reader is stopped in the
 * middle of it: lines "read SERIES COUNT NANOSECONDS" and "memory SERIES COUNT KIB". The
 * cost is divided by COUNT, whatever it counts; the file must have ROWS rows.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

int main(int argc, char **argv)
{
	double row, memory;
	FILE *out;
	int rows;

	if (argc != 7) {
		fprintf(stderr, "usage: rows OUT SERIES COUNT FILE HEADINGS ROWS\n");
		return 2;
	}
	out = bench_append(argv[1]);
	rows = atoi(argv[6]);
	row = bench_row_cost(argv[4], atoi(argv[5]), rows) * rows / atoi(argv[3]);
	memory = bench_memory(argv[4]);
	fprintf(out, "read %s %s %.1f\nmemory %s %s %.0f\n", argv[2], argv[3], row, argv[2],
		argv[3], memory);
	return fclose(out) ? 1 : 0;
}
