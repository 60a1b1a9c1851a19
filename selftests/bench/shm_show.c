// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to show many segments: "ipclens shm" against "lsipc -m", each with its
 * default columns and into a file. Prints KTAP. Knows nothing of how either does it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>

#include "bench.h"
#include "command.h"

#define ROUNDS 2
#define MEMORY_MAX_KIB (64 * 1024)

static int result(int ok, int number, const char *name)
{
	printf("%sok %d %s\n", ok ? "" : "not ", number, name);
	return !ok;
}

int main(int argc, char **argv)
{
	char *const lens[] = { "ipclens", "shm", NULL }, *const lsipc[] = { "lsipc", "-m", NULL };
	int segments = argc > 1 ? atoi(argv[1]) : 32000, failed;
	struct command_cost ours = { 0 }, theirs = { 0 };

	for (int i = 0; i < segments; i++)
		if (shmget(0x10000 + i, 4096, IPC_CREAT | IPC_EXCL | 0600) < 0)
			bench_fail("shmget");
	for (int i = 0; i < ROUNDS; i++) {
		command_measure(&theirs, NULL, lsipc);
		command_measure(&ours, NULL, lens);
	}
	printf("TAP version 13\n1..3\n");
	printf("# %d segments: ipclens shm %.2f s, %ld KiB; lsipc -m %.2f s, %ld KiB\n", segments,
	       ours.nanoseconds / 1e9, ours.memory_kib, theirs.nanoseconds / 1e9, theirs.memory_kib);
	failed = result(ours.lines == segments + 1 && theirs.lines == segments + 1, 1,
			"both show every segment");
	failed += result(ours.nanoseconds < theirs.nanoseconds, 2, "ipclens shm is faster than lsipc -m");
	failed += result(ours.memory_kib < MEMORY_MAX_KIB, 3, "ipclens shm takes less than 64 MiB");
	return failed;
}
