// SPDX-License-Identifier: GPL-2.0
/*
 * Prints cells. Written out rather than through seq_printf(): a row has thirty
 * columns, and parsing a format for each would cost more than all the rest of
 * the read.
 */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "cells.h"
#include "kview.h"

/* Longest number: 2^64 - 1 in octal. */
#define CELL_DIGITS 22

static char *cell_pad(char *p, const char *end, int count)
{
	if (count <= 0)
		return p;
	if (end - p < count)
		return NULL;
	memset(p, ' ', count);
	return p + count;
}

/* Digits of @value before @p, at least @least of them. Returns the first. */
static char *cell_digits(char *p, u64 value, unsigned int shift, int least)
{
	for (; least > 0 || value; least--) {
		*--p = "0123456789abcdef"[value & ((1 << shift) - 1)];
		value >>= shift;
	}
	return p;
}

static char *cell_decimal(char *p, u64 value)
{
	u32 low, rest;

	/* 64-bit divisions only as long as there is no other way. */
	while (value > U32_MAX) {
		value = div_u64_rem(value, 10, &rest);
		*--p = '0' + rest;
	}
	low = value;
	do {
		*--p = '0' + low % 10;
		low /= 10;
	} while (low);
	return p;
}

static char *cell_number(char *p, const char *end, enum cell_type type, u64 value, int width)
{
	char digits[CELL_DIGITS + 2], *stop = digits + sizeof(digits), *first = stop;

	if (value == LENS_NONE) {
		*--first = '-';
	} else if (type == CELL_PERM) {
		first = cell_digits(first, value, 3, 1);
	} else if (type == CELL_NUM) {
		first = cell_decimal(first, value);
	} else {
		first = cell_digits(first, value, 4, type == CELL_KEY ? 8 : 1);
		*--first = 'x';
		*--first = '0';
	}
	p = cell_pad(p, end, width - (int)(stop - first));
	if (!p || end - p < stop - first)
		return NULL;
	memcpy(p, first, stop - first);
	return p + (stop - first);
}

/* What would break the line into other cells, or act on a terminal. */
static bool cell_unsafe(unsigned char c)
{
	return c <= ' ' || c >= 0x7f || c == '\\';
}

static char *cell_octal(char *p, unsigned char c)
{
	*p++ = '\\';
	*p++ = '0' + (c >> 6);
	*p++ = '0' + (c >> 3 & 7);
	*p++ = '0' + (c & 7);
	return p;
}

static char *cell_text(char *p, const char *end, const char *text, int width)
{
	/* A text that is just a hyphen must not read as unknown. */
	bool hyphen = text[0] == '-' && !text[1];
	char *first = p;

	if (end - p < 4)
		return NULL;
	if (!*text)
		*p++ = '-';
	for (; *text; text++) {
		if (end - p < 4)
			return NULL;
		if (hyphen || cell_unsafe(*text))
			p = cell_octal(p, *text);
		else
			*p++ = *text;
	}
	return cell_pad(p, end, width - (int)(p - first));
}

static char *cell_put(char *p, const char *end, const struct cell *cell, const void *row, bool last)
{
	const void *value = row + cell->offset;
	int width = last ? 0 : cell->width;

	switch (cell->type) {
	case CELL_STRING:
		return cell_text(p, end, *(const char *const *)value, width);
	case CELL_CHARS:
		return cell_text(p, end, value, width);
	default:
		return cell_number(p, end, cell->type, *(const u64 *)value, cell->width);
	}
}

static bool cell_is_text(const struct cell *cell)
{
	return cell->type == CELL_STRING || cell->type == CELL_CHARS;
}

static char *cell_heading(char *p, const char *end, const struct cell *cell, bool last)
{
	int pad = (int)cell->width - (int)strlen(cell->name);

	if (!cell_is_text(cell))
		p = cell_pad(p, end, pad);
	if (p)
		p = cell_text(p, end, cell->name, cell_is_text(cell) && !last ? cell->width : 0);
	return p;
}

/* @row is NULL for the line of headings. */
static char *cells_put(char *p, const char *end, const struct cell *cells, int count,
		       const void *row)
{
	int i;

	for (i = 0; i < count && p; i++) {
		bool last = i == count - 1;

		p = row ? cell_put(p, end, &cells[i], row, last) :
			  cell_heading(p, end, &cells[i], last);
		if (!p || p == end)
			return NULL;
		*p++ = last ? '\n' : ' ';
	}
	return p;
}

/**
 * cells_put_head() - print the line of column names
 * @p: where to
 * @end: behind the room for it
 * @cells: the columns
 * @count: how many
 *
 * Return: behind what was printed, NULL if there was too little room.
 *
 * Context: any.
 */
char *cells_put_head(char *p, const char *end, const struct cell *cells, int count)
{
	return cells_put(p, end, cells, count, NULL);
}

/**
 * cells_put_row() - print a row
 * @p: where to
 * @end: behind the room for it
 * @cells: the columns
 * @count: how many
 * @row: the values
 *
 * Return: behind what was printed, NULL if there was too little room.
 *
 * Context: any. Needs whatever keeps the texts that @row points to.
 */
char *cells_put_row(char *p, const char *end, const struct cell *cells, int count,
		    const void *row)
{
	return cells_put(p, end, cells, count, row);
}
