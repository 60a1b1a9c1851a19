// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of others stand in quotes unless they are as plain as names should be, so that
 * none of them can be taken for a part of a sentence.
 */
#define _GNU_SOURCE
#include "story.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "message.h"
#include "text.h"

/* Narrower than this, no sentence can be read. */
#define STORY_WIDTH_MIN 20

#define STORY_ITEM_INDENT 4

/**
 * story_width() - columns that there are
 * @out: a terminal, or something else
 */
size_t story_width(FILE *out)
{
	struct winsize size;
	int fd = fileno(out);

	if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) || !size.ws_col)
		return STORY_WIDTH_DEFAULT;
	return size.ws_col < STORY_WIDTH_MIN ? STORY_WIDTH_MIN : size.ws_col;
}

/**
 * story_open() - begin to tell
 * @story: to be closed
 * @out: where to
 * @width: columns that sentences are wrapped to
 */
void story_open(struct story *story, FILE *out, size_t width)
{
	*story = (struct story){ .out = out, .width = width };
}

/* Characters, of which one that takes two columns counts as one. */
static size_t story_columns(const char *word, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len; i++)
		columns += ((unsigned char)word[i] & 0xc0) != 0x80;
	return columns;
}

static void story_put_word(const struct story *story, const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		fputc(word[i] == *STORY_BLANK ? ' ' : word[i], story->out);
}

/* Where a line can end: an option stays with its command. */
static size_t story_word(const char *word)
{
	size_t len = strcspn(word, " ");

	while (word[len] && word[len + 1] == '-')
		len += 1 + strcspn(word + len + 1, " ");
	return len;
}

static void story_wrap(const struct story *story)
{
	size_t indent = story->item ? STORY_ITEM_INDENT : 0, column = indent;
	bool first = true;

	fputs(story->item ? "  - " : "", story->out);
	for (const char *word = story->text; *word; first = false) {
		size_t len = story_word(word), columns = story_columns(word, len);

		if (!first && column + 1 + columns > story->width) {
			fprintf(story->out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			fputc(' ', story->out);
			column++;
		}
		story_put_word(story, word, len);
		column += columns;
		word += len + strspn(word + len, " ");
	}
	fputc('\n', story->out);
}

static void story_separate(struct story *story)
{
	if (story->apart && story->begun)
		fputc('\n', story->out);
	story->apart = false;
	story->begun = true;
}

static void story_flush(struct story *story)
{
	if (story->text) {
		story_separate(story);
		story_wrap(story);
	}
	free(story->text);
	story->text = NULL;
	story->used = 0;
}

/** story_paragraph() - what follows is a paragraph of its own */
void story_paragraph(struct story *story)
{
	story_flush(story);
	story->item = false;
	story->apart = true;
}

/** story_item() - what follows is an item below what was said */
void story_item(struct story *story)
{
	story_flush(story);
	story->item = true;
}

static void story_append(struct story *story, const char *between, const char *format, va_list args)
{
	char *more, *text;
	int len = vasprintf(&more, format, args);
	size_t gap = story->used ? strlen(between) : 0;

	text = len < 0 ? NULL : realloc(story->text, story->used + gap + len + 1);
	if (!text) {
		story->failed = true;
		if (len >= 0)
			free(more);
		return;
	}
	memcpy(text + story->used, between, gap);
	memcpy(text + story->used + gap, more, len + 1);
	story->text = text;
	story->used += gap + len;
	free(more);
}

/** story_say() - one more sentence */
void story_say(struct story *story, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	story_append(story, " ", format, args);
	va_end(args);
}

/** story_add() - the sentence goes on */
void story_add(struct story *story, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	story_append(story, "", format, args);
	va_end(args);
}

/** story_command() - what to type, on a line of its own, however long */
void story_command(struct story *story, const char *format, ...)
{
	va_list args;

	story_flush(story);
	story_separate(story);
	fprintf(story->out, "%*s", STORY_ITEM_INDENT, "");
	va_start(args, format);
	vfprintf(story->out, format, args);
	va_end(args);
	fputc('\n', story->out);
	story->item = false;
	story->apart = true;
}

/* Takes over the string, which may be NULL for want of memory. */
static const char *story_take(struct story *story, char *string)
{
	char **kept = string ? realloc(story->kept, (story->nkept + 1) * sizeof(*kept)) : NULL;

	if (!kept) {
		free(string);
		story->failed = true;
		return "";
	}
	story->kept = kept;
	kept[story->nkept++] = string;
	return string;
}

/** story_keep() - part of a sentence, kept as long as the story */
const char *story_keep(struct story *story, const char *format, ...)
{
	char *string;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&string, format, args);
	va_end(args);
	return story_take(story, len < 0 ? NULL : string);
}

/**
 * story_name() - a name that somebody else has chosen, as it can be told
 * @story: keeps it
 * @name: any bytes
 */
const char *story_name(struct story *story, const char *name)
{
	char *safe = malloc(TEXT_ENCODED_SIZE(strlen(name)));
	char *quoted = malloc(4 * TEXT_ENCODED_SIZE(strlen(name)) + 2), *to = quoted;

	if (!safe || !quoted) {
		free(quoted);
		quoted = NULL;
	} else if (!text_name_is_plain(name)) {
		text_encode(safe, name, text_locale_utf8());
		*to++ = '"';
		for (const char *s = safe; *s; s++) {
			if (*s == '"')
				to = stpcpy(to, "\\x22");
			else
				*to++ = *s == ' ' ? *STORY_BLANK : *s;
		}
		strcpy(to, "\"");
	} else {
		strcpy(quoted, name);
	}
	free(safe);
	return story_take(story, quoted);
}

/**
 * story_close() - the end
 * @story: all that it has kept is freed
 *
 * Return: -1 if memory ran out, of which the user has been told.
 */
int story_close(struct story *story)
{
	story_flush(story);
	for (size_t i = 0; i < story->nkept; i++)
		free(story->kept[i]);
	free(story->kept);
	if (story->failed)
		message_no_memory();
	return story->failed ? -1 : 0;
}
