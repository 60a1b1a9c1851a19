/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plain sentences for a terminal: paragraphs that are wrapped, items below them, and
 * commands that are not. Knows nothing of what is told.
 */
#ifndef IPCLENS_STORY_H
#define IPCLENS_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define STORY_WIDTH_DEFAULT 80

/* A blank at which no line ends. */
#define STORY_BLANK "\1"

struct story {
	FILE *out;
	size_t width;
	char *text; /* of the paragraph or item that is being told, NULL if there is none */
	size_t used;
	bool item;
	bool apart; /* from what was printed before by an empty line */
	bool begun;
	char **kept; /* strings that live as long as the story */
	size_t nkept;
	bool failed; /* out of memory */
};

void story_open(struct story *story, FILE *out, size_t width);
int story_close(struct story *story);
size_t story_width(FILE *out);

/* What comes from elsewhere goes in by story_name() alone. */
__attribute__((format(printf, 2, 3))) void story_say(struct story *story, const char *format, ...);
__attribute__((format(printf, 2, 3))) void story_add(struct story *story, const char *format, ...);
__attribute__((format(printf, 2, 3))) void story_command(struct story *story, const char *format,
							 ...);
__attribute__((format(printf, 2, 3))) const char *story_keep(struct story *story,
							     const char *format, ...);
void story_paragraph(struct story *story);
void story_item(struct story *story);
const char *story_name(struct story *story, const char *name);

#endif /* IPCLENS_STORY_H */
