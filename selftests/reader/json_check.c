// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is standard input JSON, as strictly as RFC 8259 has it? Prints how many members
 * its objects have. jq would let a number like 007 pass.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define INPUT_MAX (64 << 20)

int main(void)
{
	char *text = malloc(INPUT_MAX);
	size_t size = text ? fread(text, 1, INPUT_MAX, stdin) : 0;
	long members = -1;

	if (size && size < INPUT_MAX) {
		text[size] = '\0';
		if (strlen(text) == size)
			members = json_count_members(text);
	}
	free(text);
	printf("%ld\n", members);
	return members < 0;
}
