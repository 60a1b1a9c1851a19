// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader's way to write numbers, alone: "bytes 1536", "duration 90" or "time 0" a line
 * on standard input, what it makes of them on standard output.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../userspace/human.h"

int main(void)
{
	char kind[16], text[HUMAN_SIZE];
	uint64_t number;

	while (scanf("%15s %" SCNu64, kind, &number) == 2) {
		if (!strcmp(kind, "bytes"))
			human_bytes(text, sizeof(text), number);
		else if (!strcmp(kind, "duration"))
			human_duration(text, sizeof(text), number);
		else if (!strcmp(kind, "time"))
			human_time(text, sizeof(text), number);
		else
			return 1;
		puts(text);
	}
	return !feof(stdin);
}
