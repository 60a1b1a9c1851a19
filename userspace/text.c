// SPDX-License-Identifier: GPL-2.0-only
/*
 * Untrusted text made safe: one rule for tables, JSON and messages, so that a
 * name looks the same everywhere. Knows nothing of what the text means.
 */
#include "text.h"

#include <langinfo.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "array.h"

/** text_locale_utf8() - whether the terminal's text is UTF-8, by setlocale() */
bool text_locale_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

static bool text_octal_digit(char c)
{
	return c >= '0' && c <= '7';
}

/**
 * text_unescape() - undo \ooo in place
 * @s: what is no escape of one byte stays, and so does \000, which would end the string
 */
void text_unescape(char *s)
{
	char *to;

	s = strchr(s, '\\');
	if (!s)
		return;
	for (to = s; *s; to++) {
		unsigned int byte = 0;

		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && text_octal_digit(s[2]) &&
		    text_octal_digit(s[3]))
			byte = (s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0');
		*to = byte ? (char)byte : *s;
		s += byte ? 4 : 1;
	}
	*to = '\0';
}

static bool text_byte_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

/** text_is_plain() - whether text_encode() copies it as it is, even without utf8 */
bool text_is_plain(const char *s)
{
	while (text_byte_plain(*s))
		s++;
	return !*s;
}

/** text_name_is_plain() - whether a name stands out in a sentence without quotes */
bool text_name_is_plain(const char *name)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/@+-";
	size_t len = strspn(name, plain);

	return len && !name[len] && name[len - 1] != '.' && name[len - 1] != ':';
}

/* Code points that print nothing of their own or change how others are shown. */
static bool text_point_hidden(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x80, 0xa0 },	      { 0xad, 0xad },	    { 0x34f, 0x34f },
		{ 0x61c, 0x61c },     { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f },   { 0x2000, 0x200f },   { 0x2028, 0x202f },
		{ 0x205f, 0x206f },   { 0x3164, 0x3164 },   { 0xd800, 0xf8ff },
		{ 0xfdd0, 0xfdef },   { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 },   { 0xfff0, 0xffff },   { 0x1d173, 0x1d17a },
		{ 0x1fffe, 0x1ffff }, { 0x2fffe, 0x2ffff }, { 0x3fffe, 0x10ffff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++)
		if (point >= hidden[i].first && point <= hidden[i].last)
			return true;
	return false;
}

/* Length of the UTF-8 sequence of a visible character at s, 0 if there is none. */
static size_t text_utf8_length(const unsigned char *s)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t point;
	size_t len;

	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;

	point = s[0] & (0xff >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (s[i] & 0x3f);
	}
	if (point < smallest[len] || point > 0x10ffff || text_point_hidden(point))
		return 0;
	return len;
}

/**
 * text_encode() - copy a string, but a backslash and every byte that is not visible as \xHH
 * @to: TEXT_ENCODED_SIZE bytes
 * @from: any bytes
 * @utf8: visible UTF-8 characters stay as they are
 *
 * Return: length of the copy.
 */
size_t text_encode(char *to, const char *from, bool utf8)
{
	const unsigned char *s = (const unsigned char *)from;
	char *start = to;

	while (*s) {
		size_t len = text_byte_plain(*s) ? 1 : utf8 ? text_utf8_length(s) : 0;

		if (len) {
			memcpy(to, s, len);
			to += len;
			s += len;
		} else {
			to += sprintf(to, "\\x%02x", *s++);
		}
	}
	*to = '\0';
	return to - start;
}

/** text_escape() - print a text as the module would, NULL for an unknown one */
void text_escape(FILE *out, const char *s)
{
	bool hyphen = s && !strcmp(s, "-");

	if (!s)
		fputc('-', out);
	for (; s && *s; s++) {
		unsigned char c = *s;

		if (c <= 0x20 || c >= 0x7f || c == '\\' || hyphen)
			fprintf(out, "\\%03o", c);
		else
			fputc(c, out);
	}
}

/**
 * text_stream_close() - end what open_memstream() has begun
 * @stream: closed either way
 * @text: the same as there
 *
 * Return: 0, or -1 if memory ran out on the way; of the last step only @text tells.
 */
int text_stream_close(FILE *stream, char *const *text)
{
	return fclose(stream) || !*text ? -1 : 0;
}
