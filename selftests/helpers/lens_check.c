// SPDX-License-Identifier: GPL-2.0-only
/*
 * The documented form of each debugfs file, written down a second time: columns
 * in order, how a cell of each looks, how rows are ordered. Knows no values.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lens.h"

/* n number, f flag, k key, p octal, a address, t text: one letter per column. */
static const struct lens_form {
	const char *file;
	const char *columns;
	const char *types;
} lens_forms[] = {
	{ "shm",
	  "ipcns shmid key orig_key dest pending nattch perms size rss swap huge uid gid cuid cgid "
	  "cpid lpid creator_alive atime dtime ctime attaches detaches create_comm last_comm "
	  "rmid_pid rmid_uid rmid_comm rmid_time copies ",
	  "nnkkftnpnnnnnnnnnnfnnnnnttnntnn" },
	{ "history",
	  "kind ipcns number orig_key complete attaches copies detaches create_time create_pid "
	  "create_uid create_comm attach_time attach_pid attach_uid attach_comm copy_time copy_pid "
	  "copy_uid copy_comm detach_time detach_pid detach_uid detach_comm rmid_time rmid_pid "
	  "rmid_uid rmid_comm ",
	  "tnnkfnnnnnntnnntnnntnnntnnnt" },
	{ "shm_holders", "ipcns shmid pid comm start end prot task_ipcns ", "nnntaatn" },
	{ "namespaces",
	  "ipcns pid comm owner_userns shm_count shm_pages shmmax shmall shmmni rmid_forced "
	  "mq_count mq_queues_max mq_msg_max mq_msgsize_max mq_default_charge ",
	  "nntnnnnnnfnnnnn" },
	{ "mqueue",
	  "ipcns ino name linked perms uid gid maxmsg msgsize msgs qsize charge charged_userns "
	  "charged_uid notify_pid send_waiters recv_waiters create_pid create_comm create_time dev ",
	  "nntfpnnnnnnnnnnnnntnt" },
	{ "mq_users",
	  "userns uid bytes queues unlinked queue_bytes limit_min limit_max ceiling tasks denials "
	  "level parent_userns parent_uid ",
	  "nnnnnnnnnnnnnn" },
	{ "mq_denials",
	  "time pid comm uid userns ipcns reason errno asked charged limit name knob limit_userns "
	  "limit_uid level maxmsg msgsize ",
	  "nntnnntnnnnttnnnnn" },
	{ "probes", "name symbol kind state hits missed lost_without ", "ttttnnt" },
	{ "status", "key value ", "tt" },
};

_Static_assert(sizeof(lens_forms) / sizeof(lens_forms[0]) == LENS_FILES, "a file is new");

const char *lens_file(size_t n)
{
	return n < LENS_FILES ? lens_forms[n].file : NULL;
}

static const struct lens_form *lens_form_find(const char *file)
{
	size_t n;

	for (n = 0; n < sizeof(lens_forms) / sizeof(lens_forms[0]); n++)
		if (!strcmp(lens_forms[n].file, file))
			return &lens_forms[n];
	return NULL;
}

static int lens_span(const char *cell, const char *set)
{
	return *cell && !cell[strspn(cell, set)];
}

static int lens_cell_check(char type, const char *cell)
{
	char plain[512];

	if (!strcmp(cell, "-"))
		return 1;
	switch (type) {
	case 'n':
		return lens_span(cell, "0123456789") && (cell[0] != '0' || !cell[1]);
	case 'f':
		return lens_span(cell, "01") && !cell[1];
	case 'k':
		return !strncmp(cell, "0x", 2) && strlen(cell) == 10 &&
		       lens_span(cell + 2, "0123456789abcdef");
	case 'p':
		return lens_span(cell, "01234567");
	case 'a':
		return !strncmp(cell, "0x", 2) && cell[2] != '0' &&
		       lens_span(cell + 2, "0123456789abcdef");
	default:
		for (const char *p = cell; *p; p++)
			if (!isgraph((unsigned char)*p))
				return 0;
		return lens_decode(cell, plain, sizeof(plain)) > 0;
	}
}

/* The documented columns come first; later versions may only append. */
static int lens_columns_check(struct lens_table *table, const struct lens_form *form)
{
	const char *p = form->columns;
	size_t n = 0, length;

	for (; *p; p += length + 1, n++) {
		length = strcspn(p, " ");
		if (n >= table->columns || strlen(table->cells[n]) != length ||
		    strncmp(table->cells[n], p, length)) {
			fprintf(stderr, "# lens: %s: column %zu is not %.*s\n", table->file, n,
				(int)length, p);
			return -1;
		}
	}
	return 0;
}

/* 15 bits of a segment's id are its index: the default, without ipcmni_extend. */
static unsigned long long lens_rank(const struct lens_table *table, size_t row, const char *name)
{
	unsigned int major, minor;

	if (!strcmp(name, "shmid"))
		return lens_number(table, row, name) & 0x7fff;
	if (!strcmp(name, "dev"))
		return sscanf(lens_cell(table, row, name), "%u:%u", &major, &minor) == 2 ?
			       (unsigned long long)major << 32 | minor :
			       LENS_BAD;
	return lens_number(table, row, name);
}

/* Below zero if the rows @a and @b stand in the documented order. */
static int lens_order(const struct lens_table *table, size_t a, size_t b)
{
	static const struct {
		const char *file;
		const char *by[2];
		int ties;
	} orders[] = {
		{ "shm", { "ipcns", "shmid" }, 0 },
		{ "shm_holders", { "pid", "start" }, 0 },
		{ "namespaces", { "ipcns", NULL }, 0 },
		{ "mqueue", { "dev", "ino" }, 0 },
		{ "mq_users", { "userns", "uid" }, 0 },
		{ "mq_denials", { "time", NULL }, 1 },
	};
	unsigned long long x, y;
	size_t n, k;

	for (n = 0; n < sizeof(orders) / sizeof(orders[0]); n++)
		if (!strcmp(orders[n].file, table->file))
			break;
	/* Of the others none is documented. */
	if (n == sizeof(orders) / sizeof(orders[0]))
		return -1;
	for (k = 0; k < 2 && orders[n].by[k]; k++) {
		x = lens_rank(table, a, orders[n].by[k]);
		y = lens_rank(table, b, orders[n].by[k]);
		if (x != y)
			return x < y ? -1 : 1;
	}
	return orders[n].ties ? -1 : 1;
}

/* Number of departures from the documented form; each is told on stderr. */
int lens_check(struct lens_table *table)
{
	const struct lens_form *form = lens_form_find(table->file);
	size_t row, n;
	char plain[512];
	int bad = 0;

	if (!form || lens_columns_check(table, form))
		return 1;
	for (row = 0; row < table->rows; row++) {
		for (n = 0; form->types[n]; n++) {
			const char *cell = table->cells[(row + 1) * table->columns + n];

			if (lens_cell_check(form->types[n], cell))
				continue;
			bad++;
			lens_encode(cell, plain, sizeof(plain));
			fprintf(stderr, "# lens: %s: row %zu: %s is '%s'\n", table->file, row,
				table->cells[n], plain);
		}
		if (row && lens_order(table, row - 1, row) >= 0) {
			bad++;
			fprintf(stderr, "# lens: %s: rows %zu and %zu out of order\n", table->file,
				row - 1, row);
		}
	}
	return bad;
}
