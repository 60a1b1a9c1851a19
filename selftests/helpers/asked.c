// SPDX-License-Identifier: GPL-2.0-only
#include "asked.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

unsigned long long asked(const char *name, unsigned long long standard)
{
	const char *text = getenv(name);
	unsigned long long number;
	char *end;

	if (!text || !*text)
		return standard;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (!isdigit((unsigned char)*text) || *end || errno) {
		printf("# %s=%s is not a number\n", name, text);
		exit(1);
	}
	return number;
}
