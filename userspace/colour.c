// SPDX-License-Identifier: GPL-2.0-only
/*
 * Few colours: yellow for what will go or has lost its name, red for what is wrong, dim
 * for what is unknown.
 */
#include "colour.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array.h"

#define RED "\033[31m"
#define YELLOW "\033[33m"
#define DIM "\033[2m"

static const struct {
	const char *column;
	const char *cell; /* NULL: any but 0 */
	const char *sequence;
} rules[] = {
	{ "pending", "marked", YELLOW }, { "pending", "forced", YELLOW }, { "linked", "0", YELLOW },
	{ "unlinked", NULL, YELLOW },	 { "reason", NULL, RED },	  { "denials", NULL, RED },
	{ "state", "missing", RED },	 { "state", "fallback", YELLOW }, { "missed", NULL, RED },
	{ "result", "differs", RED },	 { "result", "unknown", YELLOW },
};

/**
 * colour_when_find() - when colours are wanted
 * @name: what the user says, NULL for nothing
 * @when: the answer
 *
 * Return: whether it is one.
 */
bool colour_when_find(const char *name, enum colour_when *when)
{
	static const char *const names[] = {
		[COLOUR_AUTO] = "auto",
		[COLOUR_ALWAYS] = "always",
		[COLOUR_NEVER] = "never",
	};

	*when = COLOUR_ALWAYS;
	if (!name)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name)) {
			*when = i;
			return true;
		}
	return false;
}

/**
 * colour_wanted() - whether this output is to have colours
 * @when: what the user says; without a word of his the environment counts: NO_COLOR (to
 *	anything) and TERM=dumb
 * @fd: where the output goes
 */
bool colour_wanted(enum colour_when when, int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != COLOUR_AUTO)
		return when == COLOUR_ALWAYS;
	return isatty(fd) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

/**
 * colour_of() - the sequence that a cell begins with
 * @column: its column
 * @cell: what it has, NULL if that is unknown
 *
 * Return: NULL if it is none of those that stand out.
 */
const char *colour_of(const char *column, const char *cell)
{
	if (!cell)
		return DIM;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (strcmp(rules[i].column, column))
			continue;
		if (rules[i].cell ? !strcmp(rules[i].cell, cell) : strcmp(cell, "0") != 0)
			return rules[i].sequence;
	}
	return NULL;
}
