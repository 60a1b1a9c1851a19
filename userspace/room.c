// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue is charged to its user and, up the chain of user namespaces, to the users
 * that own them. Each of the rows must have room for it: the first one by the lowest
 * soft limit of its threads, those above by the ceiling of the namespace below.
 */
#define _GNU_SOURCE
#include "room.h"

#include <stdio.h>
#include <stdlib.h>

#include "array.h"
#include "message.h"

/* The kernel allows 33 levels; more than this is a circle. */
#define ROOM_LEVELS_MAX 64

#define ROOM_LIMIT_NONE UINT64_MAX /* RLIM_INFINITY */
#define ROOM_CEILING_NONE INT64_MAX /* of a counter of the kernel, from here on */

struct room_row {
	uint64_t userns, uid, bytes, limit, ceiling, level, parent_userns, parent_uid;
	bool known, has_bytes, has_limit, has_ceiling, has_level, has_parent;
};

struct room {
	uint64_t charge; /* of one queue, 0 if unknown */
	struct room_row *rows; /* as the section has them */
	const struct room_row **sorted; /* by user namespace and user */
	size_t nrows;
};

static void room_row_fill(struct room_row *row, const struct section *section, size_t i)
{
	row->known = section_number(section, i, "userns", &row->userns) &&
		     section_number(section, i, "uid", &row->uid);
	row->has_bytes = section_number(section, i, "bytes", &row->bytes);
	row->has_limit = section_number(section, i, "limit_min", &row->limit);
	row->has_ceiling = section_number(section, i, "ceiling", &row->ceiling);
	row->has_level = section_number(section, i, "level", &row->level);
	row->has_parent = section_number(section, i, "parent_userns", &row->parent_userns) &&
			  section_number(section, i, "parent_uid", &row->parent_uid);
}

static int room_compare_rows(const void *a, const void *b)
{
	const struct room_row *x = *(const struct room_row *const *)a;
	const struct room_row *y = *(const struct room_row *const *)b;

	return number_compare(x->userns, y->userns) ?: number_compare(x->uid, y->uid);
}

static const struct room_row *room_find(const struct room *room, uint64_t userns, uint64_t uid)
{
	const struct room_row wanted = { .userns = userns, .uid = uid }, *key = &wanted;
	const struct room_row **found =
		bsearch(&key, room->sorted, room->nrows, sizeof(*room->sorted), room_compare_rows);

	return found ? *found : NULL;
}

static void room_bound(uint64_t *left, uint64_t limit, uint64_t used)
{
	uint64_t more = limit > used ? limit - used : 0;

	if (more < *left)
		*left = more;
}

/* Bytes that this user can still be charged; false if that is unknown or without bound. */
static bool room_left(const struct room *room, const struct room_row *row, uint64_t *left)
{
	const struct room_row *upper;

	*left = UINT64_MAX;
	if (!row->has_bytes || !row->has_limit)
		return false;
	if (row->limit != ROOM_LIMIT_NONE)
		room_bound(left, row->limit, row->bytes);
	for (size_t levels = 0; row->has_parent; row = upper) {
		upper = room_find(room, row->parent_userns, row->parent_uid);
		if (++levels > ROOM_LEVELS_MAX || !row->has_ceiling || (upper && !upper->has_bytes))
			return false;
		if (row->ceiling < ROOM_CEILING_NONE)
			room_bound(left, row->ceiling, upper ? upper->bytes : 0);
		/* A user who is charged nothing has no row, which ends the way up. */
		if (!upper && row->has_level && row->level > 1)
			return false;
		if (!upper)
			break;
	}
	return *left != UINT64_MAX;
}

static int room_cell(const void *context, size_t row, char **cell)
{
	const struct room *room = context;
	uint64_t left;

	if (!room->charge || !room_left(room, &room->rows[row], &left))
		return 0;
	return asprintf(cell, "%llu", (unsigned long long)(left / room->charge)) < 0 ? -1 : 0;
}

/**
 * room_charge() - what a queue without attributes costs in an IPC namespace
 * @namespaces: of file "namespaces", NULL if there is none
 * @ipcns: where
 *
 * Return: bytes, 0 if that is not known.
 */
uint64_t room_charge(const struct section *namespaces, uint64_t ipcns)
{
	uint64_t charge = 0, number;

	for (size_t row = 0; namespaces && row < namespaces->nrows; row++)
		if (section_number(namespaces, row, "ipcns", &number) && number == ipcns)
			section_number(namespaces, row, "mq_default_charge", &charge);
	return charge;
}

/**
 * room_compute() - fill the column "room"
 * @model: of "mq_users"
 * @charge: bytes that one more queue costs, 0 if unknown
 *
 * Return: -1 if memory runs out, of which the user has been told.
 */
int room_compute(struct model *model, uint64_t charge)
{
	const struct section *section = model->section;
	struct room room = { .charge = charge };
	int ret = -1;

	room.rows = calloc(section->nrows + 1, sizeof(*room.rows));
	room.sorted = calloc(section->nrows + 1, sizeof(*room.sorted));
	if (room.rows && room.sorted) {
		for (size_t i = 0; i < section->nrows; i++) {
			room_row_fill(&room.rows[i], section, i);
			if (room.rows[i].known)
				room.sorted[room.nrows++] = &room.rows[i];
		}
		qsort(room.sorted, room.nrows, sizeof(*room.sorted), room_compare_rows);
		ret = model_compute(model, "room", room_cell, &room);
	} else {
		message_no_memory();
	}
	free(room.rows);
	free(room.sorted);
	return ret;
}
