/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of the kernel in text, where they have 64 bits: with 32 they look like keys. */
#ifndef HELPERS_ADDRESS_H
#define HELPERS_ADDRESS_H

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Whatever the machine and its paging: the kernel is at the end of the address space. */
#define ADDRESS_OF_KERNEL 0xff00000000000000ULL

/* Hexadecimal or decimal, wherever in the text. */
static inline bool address_told(const char *text)
{
	const char *p = text;
	char *end;

	while (*p) {
		if (!strncasecmp(p, "ff", 2) && strspn(p, "0123456789abcdefABCDEF") >= 16)
			return true;
		if (!isdigit((unsigned char)*p)) {
			p++;
			continue;
		}
		if (strtoull(p, &end, 10) >= ADDRESS_OF_KERNEL)
			return true;
		p = end;
	}
	return false;
}

#endif /* HELPERS_ADDRESS_H */
