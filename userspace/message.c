// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages on standard error. They quote arguments and captures, so all of a
 * line goes through the encoder. Remembers whether a warning was given, until told to
 * forget it.
 */
#define _GNU_SOURCE
#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Long enough for every column name of a view, short enough for a screen. */
#define MESSAGE_MAX 1024

/* What is kept of the end of one that is longer: the cause, and the way out. */
#define MESSAGE_END 512
#define MESSAGE_CUT " ... "

static bool message_warning_given;

/* A path or a name can be longer than all the rest: then its middle is left out. */
static void message_write(char line[MESSAGE_MAX], const char *format, va_list args)
{
	va_list again;
	char *whole;
	int len;

	va_copy(again, args);
	len = vsnprintf(line, MESSAGE_MAX, format, args);
	if (len >= MESSAGE_MAX && vasprintf(&whole, format, again) == len) {
		strcpy(line + MESSAGE_MAX - MESSAGE_END - sizeof(MESSAGE_CUT), MESSAGE_CUT);
		strcat(line, whole + len - MESSAGE_END);
		free(whole);
	}
	va_end(again);
}

static void message_print(const char *severity, const char *format, va_list args)
{
	char line[MESSAGE_MAX], safe[TEXT_ENCODED_SIZE(MESSAGE_MAX)];

	message_write(line, format, args);
	text_encode(safe, line, text_locale_utf8());
	fprintf(stderr, "ipclens: %s%s\n", severity, safe);
}

/** message_error() - one line of what is wrong and what helps, made safe for a terminal */
void message_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message_print("", format, args);
	va_end(args);
}

/** message_warn() - likewise, of what leaves something to show; see message_warned() */
void message_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message_print("warning: ", format, args);
	va_end(args);
	message_warning_given = true;
}

/** message_no_memory() - once, however many notice */
void message_no_memory(void)
{
	static bool told;

	if (!told)
		message_error("out of memory");
	told = true;
}

/** message_warned() - whether there was a warning since message_forget(), or at all */
bool message_warned(void)
{
	return message_warning_given;
}

/** message_forget() - what comes is warned of anew */
void message_forget(void)
{
	message_warning_given = false;
}
