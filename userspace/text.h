/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Untrusted text: undoing the module's octal escapes, and writing any bytes so
 * that they can do no harm on a terminal. Knows neither cells nor messages.
 */
#ifndef IPCLENS_TEXT_H
#define IPCLENS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Longest result of text_encode() for len bytes, with the closing NUL. */
#define TEXT_ENCODED_SIZE(len) (4 * (len) + 1)

bool text_locale_utf8(void);
void text_unescape(char *s);
void text_escape(FILE *out, const char *s);
bool text_is_plain(const char *s);
bool text_name_is_plain(const char *name);
size_t text_encode(char *to, const char *from, bool utf8);
int text_stream_close(FILE *stream, char *const *text);

#endif /* IPCLENS_TEXT_H */
