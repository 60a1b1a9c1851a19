// SPDX-License-Identifier: GPL-2.0-only
/*
 * A number shortened to what fits an eye. What is not rounded away can be read back.
 */
#include "human.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "array.h"

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
	static const char units[] = "BKMGTPE";
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
		snprintf(to, size, "%" PRIu64 ".%u%c", bytes, tenths, units[unit]);
	else
		snprintf(to, size, "%" PRIu64 "%c", bytes, units[unit]);
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
	static const struct {
		char name;
		unsigned int seconds;
	} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
	uint64_t first, second = 0;
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(units) && seconds < units[i].seconds)
		i++;
	first = seconds / units[i].seconds;
	if (i + 1 < ARRAY_SIZE(units))
		second = seconds % units[i].seconds / units[i + 1].seconds;
	if (second)
		snprintf(to, size, "%" PRIu64 "%c %" PRIu64 "%c", first, units[i].name, second,
			 units[i + 1].name);
	else
		snprintf(to, size, "%" PRIu64 "%c", first, units[i].name);
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
