/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_COMMAND_H
#define BENCH_COMMAND_H

/**
 * struct command_cost - what a command took
 * @nanoseconds: of the quickest run
 * @memory_kib: the most that it had resident
 * @lines: that it printed
 */
struct command_cost {
	double nanoseconds;
	long memory_kib;
	long lines;
};

void command_measure(struct command_cost *cost, const char *root, char *const argv[]);

#endif /* BENCH_COMMAND_H */
