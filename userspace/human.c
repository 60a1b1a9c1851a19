// SPDX-License-Identifier: GPL-2.0-only
/*
 * A number shortened to what fits an eye. What is not rounded away can be read back.
 */
#include "human.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "array.h"

static const char human_units[] = "BKMGTPE";

static const struct human_span {
	char name;
	unsigned int seconds;
} human_spans[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

/* A part of 1024 in tenths, rounded to the nearest one. */
static unsigned int human_tenths(unsigned int part)
{
	return (part * 10 + 512) / 1024;
}

/**
 * human_bytes() - "512B", "1K", "80.9K", "16E"
 * @to: where to, HUMAN_SIZE bytes are enough
 * @size: how many there are
 * @bytes: the number; one decimal place of a power of 1024 is kept
 *
 * Return: @to
 */
char *human_bytes(char *to, size_t size, uint64_t bytes)
{
	unsigned int unit = 0, part = 0, tenths;

	for (; bytes >= 1024; unit++) {
		part = bytes % 1024;
		bytes /= 1024;
	}
	tenths = human_tenths(part);
	bytes += tenths / 10;
	tenths %= 10;
	if (bytes == 1024) {
		bytes = 1;
		unit++;
	}
	if (tenths)
		snprintf(to, size, "%" PRIu64 ".%u%c", bytes, tenths, human_units[unit]);
	else
		snprintf(to, size, "%" PRIu64 "%c", bytes, human_units[unit]);
	return to;
}

/**
 * human_duration() - "45s", "3h 20m", "12d"
 * @to: where to, HUMAN_SIZE bytes are enough
 * @size: how many there are
 * @seconds: the number; its largest unit and the next one are kept
 *
 * Return: @to
 */
char *human_duration(char *to, size_t size, uint64_t seconds)
{
	uint64_t first, second = 0;
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(human_spans) && seconds < human_spans[i].seconds)
		i++;
	first = seconds / human_spans[i].seconds;
	if (i + 1 < ARRAY_SIZE(human_spans))
		second = seconds % human_spans[i].seconds / human_spans[i + 1].seconds;
	if (second)
		snprintf(to, size, "%" PRIu64 "%c %" PRIu64 "%c", first, human_spans[i].name,
			 second, human_spans[i + 1].name);
	else
		snprintf(to, size, "%" PRIu64 "%c", first, human_spans[i].name);
	return to;
}

/**
 * human_time() - "2026-11-26T12:21:28+00:00", in the time zone of whoever reads it
 * @to: where to, HUMAN_SIZE bytes are enough
 * @size: how many there are
 * @seconds: since 1970-01-01 00:00 UTC; "@SECONDS" if there is no such date
 *
 * Return: @to
 */
char *human_time(char *to, size_t size, uint64_t seconds)
{
	time_t moment = seconds;
	size_t len;
	struct tm tm;

	/* Four digits of the year, and a moment that the C library can hold. */
	if (moment < 0 || (uint64_t)moment != seconds || !localtime_r(&moment, &tm) ||
	    tm.tm_year > 9999 - 1900) {
		snprintf(to, size, "@%" PRIu64, seconds);
		return to;
	}
	len = strftime(to, size, "%Y-%m-%dT%H:%M:%S%z", &tm);
	/* The C library puts no colon into the zone. */
	if (len >= 5 && len + 1 < size) {
		memmove(to + len - 1, to + len - 2, 3);
		to[len - 2] = ':';
	}
	return to;
}

/* A number and perhaps one more character, which is 0 if there is none. */
static bool human_split(const char *text, uint64_t *number, char *unit)
{
	size_t len = strspn(text, "0123456789");

	*unit = text[len];
	if (!len || (*unit && text[len + 1]))
		return false;
	errno = 0;
	*number = strtoull(text, NULL, 10);
	return !errno;
}

/**
 * human_bytes_parse() - "1024", "1K", "64M"
 * @text: what was typed
 * @bytes: what is meant
 *
 * Return: whether anything can be meant.
 */
bool human_bytes_parse(const char *text, uint64_t *bytes)
{
	const char *found;
	char unit;

	if (!human_split(text, bytes, &unit))
		return false;
	if (!unit)
		return true;
	found = strchr(human_units, unit);
	return found &&
	       !__builtin_mul_overflow(*bytes, 1ull << (10 * (found - human_units)), bytes);
}

/**
 * human_duration_parse() - "90", "90s", "5m", "1d"
 * @text: what was typed
 * @seconds: what is meant
 *
 * Return: whether anything can be meant.
 */
bool human_duration_parse(const char *text, uint64_t *seconds)
{
	char unit;

	if (!human_split(text, seconds, &unit))
		return false;
	for (size_t i = 0; unit && i < ARRAY_SIZE(human_spans); i++)
		if (human_spans[i].name == unit)
			return !__builtin_mul_overflow(*seconds, (uint64_t)human_spans[i].seconds,
						       seconds);
	return !unit;
}
