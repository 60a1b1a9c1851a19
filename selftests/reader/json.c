// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 8259, no more and no less, except that depth is bounded. Strings are
 * checked for escapes and control bytes; UTF-8 is left to the caller.
 */
#include "json.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define JSON_DEPTH_MAX 16

struct json {
	const char *at;
	long members;
	int depth;
};

static bool json_take_value(struct json *json);

static void json_skip_space(struct json *json)
{
	json->at += strspn(json->at, " \t\r\n");
}

static bool json_take(struct json *json, char c)
{
	json_skip_space(json);
	if (*json->at != c)
		return false;
	json->at++;
	return true;
}

static bool json_take_word(struct json *json, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(json->at, word, len))
		return false;
	json->at += len;
	return true;
}

static bool json_take_escape(struct json *json)
{
	if (*json->at == 'u') {
		json->at++;
		for (int i = 0; i < 4; i++)
			if (!isxdigit((unsigned char)*json->at++))
				return false;
		return true;
	}
	return *json->at && strchr("\"\\/bfnrt", *json->at++);
}

static bool json_take_string(struct json *json)
{
	if (!json_take(json, '"'))
		return false;
	while (*json->at != '"') {
		unsigned char c = *json->at++;

		if (c < 0x20 || (c == '\\' && !json_take_escape(json)))
			return false;
	}
	json->at++;
	return true;
}

static bool json_take_digits(struct json *json)
{
	size_t len = strspn(json->at, "0123456789");

	json->at += len;
	return len;
}

static bool json_take_number(struct json *json)
{
	json->at += *json->at == '-';
	if (*json->at == '0')
		json->at++;
	else if (!json_take_digits(json))
		return false;
	if (*json->at == '.') {
		json->at++;
		if (!json_take_digits(json))
			return false;
	}
	if (*json->at == 'e' || *json->at == 'E') {
		json->at++;
		json->at += *json->at == '-' || *json->at == '+';
		return json_take_digits(json);
	}
	return true;
}

static bool json_take_member(struct json *json)
{
	json->members++;
	return json_take_string(json) && json_take(json, ':') && json_take_value(json);
}

static bool json_take_list(struct json *json, char close, bool (*take)(struct json *json))
{
	json->at++;
	if (++json->depth > JSON_DEPTH_MAX)
		return false;
	if (!json_take(json, close)) {
		do {
			if (!take(json))
				return false;
		} while (json_take(json, ','));
		if (!json_take(json, close))
			return false;
	}
	json->depth--;
	return true;
}

static bool json_take_value(struct json *json)
{
	json_skip_space(json);
	switch (*json->at) {
	case '{':
		return json_take_list(json, '}', json_take_member);
	case '[':
		return json_take_list(json, ']', json_take_value);
	case '"':
		return json_take_string(json);
	case 't':
		return json_take_word(json, "true");
	case 'f':
		return json_take_word(json, "false");
	case 'n':
		return json_take_word(json, "null");
	}
	return json_take_number(json);
}

long json_count_members(const char *text)
{
	struct json json = { .at = text };

	if (!json_take_value(&json))
		return -1;
	json_skip_space(&json);
	return *json.at ? -1 : json.members;
}
