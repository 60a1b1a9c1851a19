// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages on standard error. They quote arguments and captures, so all of a
 * line goes through the encoder. Remembers whether a warning was given, until told to
 * forget it.
 */
#include "message.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "text.h"

/* Long enough for every column name of a view, short enough for a screen. */
#define MESSAGE_MAX 1024

static bool message_warning_given;

static void message_print(const char *severity, const char *format, va_list args)
{
	char line[MESSAGE_MAX], safe[TEXT_ENCODED_SIZE(MESSAGE_MAX)];

	vsnprintf(line, sizeof(line), format, args);
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
