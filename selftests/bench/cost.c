// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a command costs, the best of some runs if they are short: lines "command SERIES
 * COUNT NANOSECONDS" and "resident SERIES COUNT KIB". It must print at least so many lines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "command.h"

#define SHORT 2e9
#define VERY_SHORT 1e8

int main(int argc, char **argv)
{
	struct command_cost cost = { 0 };
	const char *root = NULL;
	FILE *out;

	if (argc > 2 && !strcmp(argv[1], "-r")) {
		root = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 6) {
		fprintf(stderr, "usage: cost [-r ROOT] FILE SERIES COUNT LINES COMMAND...\n");
		return 2;
	}
	command_measure(&cost, root, argv + 5);
	for (int i = 1; i < (cost.nanoseconds < VERY_SHORT ? 6 : cost.nanoseconds < SHORT ? 2 : 1); i++)
		command_measure(&cost, root, argv + 5);
	if (cost.lines < atol(argv[4])) {
		fprintf(stderr, "cost: %s printed %ld lines, not %s\n", argv[5], cost.lines, argv[4]);
		return 1;
	}
	out = bench_append(argv[1]);
	fprintf(out, "command %s %s %.0f\nresident %s %s %ld\n", argv[2], argv[3],
		cost.nanoseconds, argv[2], argv[3], cost.memory_kib);
	return fclose(out) ? 1 : 0;
}
