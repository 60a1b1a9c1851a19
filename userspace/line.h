/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One line of text taken apart into cells, whatever a terminal or a serial line
 * did to it. Knows no section and no column.
 */
#ifndef IPCLENS_LINE_H
#define IPCLENS_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "parse.h"

struct line {
	char *cells[PARSE_COLUMNS_MAX + 1]; /* one more than allowed shows an excess */
	size_t ncells;
	size_t number;
	bool clean; /* no control byte, no monstrous cell */
	bool ended; /* by a newline */
	bool whole; /* the last cell cannot have been cut */
};

void line_split(struct line *line, char *s, char *end);
bool line_like_prompt(const struct line *line);

#endif /* IPCLENS_LINE_H */
