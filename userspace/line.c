// SPDX-License-Identifier: GPL-2.0-only
/*
 * Splitting, in place. Carriage returns and the control sequences of line editors
 * are no part of a cell; any other control byte makes the line unclean.
 */
#include "line.h"

#include <string.h>

/* Past carriage returns and the control sequences that shells print before any output. */
static char *line_noise_skip(char *s)
{
	for (;;) {
		char *p;

		if (*s == '\r') {
			s++;
			continue;
		}
		if (s[0] != '\033' || s[1] != '[')
			return s;
		for (p = s + 2; *p >= 0x20 && *p <= 0x3f; p++)
			;
		if (*p < 0x40 || *p > 0x7e)
			return s;
		s = p + 1;
	}
}

static bool line_blank(char c)
{
	return c == ' ' || c == '\t';
}

/**
 * line_split() - split a text into cells
 * @line: ended must be set; the cells are in the text
 * @s: where the text starts, which is changed
 * @end: where it ends; overwritten
 */
void line_split(struct line *line, char *s, char *end)
{
	line->ncells = 0;
	line->clean = true;
	line->whole = line->ended || (end > s && (line_blank(end[-1]) || end[-1] == '\r'));
	while (end > s && end[-1] == '\r')
		end--;
	*end = '\0';
	s = line_noise_skip(s);

	while (line->ncells <= PARSE_COLUMNS_MAX) {
		char *cell;

		while (line_blank(*s))
			s++;
		if (s >= end)
			return;
		for (cell = s; s < end && !line_blank(*s); s++)
			if ((unsigned char)*s < 0x20 || *s == 0x7f)
				line->clean = false;
		if (s - cell > PARSE_CELL_MAX)
			line->clean = false;
		if (s < end)
			*s++ = '\0';
		line->cells[line->ncells++] = cell;
	}
}

/**
 * line_like_prompt() - whether it looks like what a shell printed
 * @line: that has been split
 *
 * Such as "# cat shm", "~ # ", "me@host:~$ ls", "[me@host ~]# ls".
 */
bool line_like_prompt(const struct line *line)
{
	for (size_t i = 0; i < line->ncells && i < 2; i++) {
		size_t len = strlen(line->cells[i]);

		if (len && strchr("#$", line->cells[i][len - 1]))
			return true;
	}
	return false;
}
