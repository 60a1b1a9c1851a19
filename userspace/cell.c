// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sizes and times for the eye. What is shown has no blank, and nothing that is unsafe on
 * a terminal, since it is made of numbers.
 */
#include "cell.h"

#include <string.h>

/* "2026-11-26" and "12:21:28" in what human_time() writes */
#define CELL_DATE_LEN 10
#define CELL_CLOCK_LEN 8

static const char *const names[] = {
	[CELL_TIME_SHORT] = "short",
	[CELL_TIME_ISO] = "iso",
	[CELL_TIME_RAW] = "raw",
};

/**
 * cell_time_find() - the form of times that has this name
 * @name: what the user calls it
 * @time: the form
 *
 * Return: whether there is one.
 */
bool cell_time_find(const char *name, enum cell_time *time)
{
	for (*time = CELL_TIME_SHORT; *time <= CELL_TIME_RAW; ++*time)
		if (!strcmp(names[*time], name))
			return true;
	return false;
}

/**
 * cell_time_names() - the forms of times, for a message
 */
const char *cell_time_names(void)
{
	return "short, iso or raw";
}

/* A moment that has no date is left whole. */
static const char *cell_show_short(const struct cell_style *style, uint64_t moment,
				   char room[HUMAN_SIZE])
{
	char today[HUMAN_SIZE];

	human_time(room, HUMAN_SIZE, moment);
	human_time(today, HUMAN_SIZE, style->today);
	if (*room == '@')
		return room;
	room[CELL_DATE_LEN + 1 + CELL_CLOCK_LEN] = '\0';
	if (!strncmp(room, today, CELL_DATE_LEN))
		return room + CELL_DATE_LEN + 1;
	room[CELL_DATE_LEN] = '\0';
	return room;
}

/* Limits of the kernel from here on are none: it counts in signed numbers of 64 bits. */
static const char *cell_show_bytes(uint64_t bytes, char room[HUMAN_SIZE])
{
	return bytes >= INT64_MAX ? "unlimited" : human_bytes(room, HUMAN_SIZE, bytes);
}

/**
 * cell_show() - a cell as it is to be shown
 * @style: how sizes and times are to look
 * @type: of the cell's column
 * @cell: the cell, not NULL
 * @room: memory for the result
 *
 * Return: @cell itself if nothing is to be changed.
 */
const char *cell_show(const struct cell_style *style, enum column_type type, const char *cell,
		      char room[HUMAN_SIZE])
{
	uint64_t value;

	if (type == COLUMN_BYTES && style->human && column_cell_value(type, cell, &value))
		return cell_show_bytes(value, room);
	if (type != COLUMN_TIME || style->time == CELL_TIME_RAW ||
	    !column_cell_value(type, cell, &value))
		return cell;
	if (style->time == CELL_TIME_SHORT)
		return cell_show_short(style, value, room);
	return human_time(room, HUMAN_SIZE, value);
}
