// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments and queues by IPC namespace.
 */
#include <string.h>

#include "array.h"
#include "message.h"
#include "metrics_parts.h"
#include "namespace.h"

enum space_series {
	SPACE_SEGMENTS,
	SPACE_BYTES,
	SPACE_RESIDENT,
	SPACE_SWAPPED,
	SPACE_MARKED,
	SPACE_FORCED,
	SPACE_MARKED_BYTES,
	SPACE_FORCED_BYTES,
	SPACE_ORPHANS,
	SPACE_ORPHAN_BYTES,
	SPACE_SHM_SERIES, /* those above are from "shm", those below from "namespaces" */
	SPACE_SEGMENTS_LIMIT = SPACE_SHM_SERIES,
	SPACE_PAGES,
	SPACE_PAGES_LIMIT,
	SPACE_QUEUES,
	SPACE_QUEUES_LIMIT,
};

#define GAUGE(name_, unit_, help_)                                                                 \
	.family = { .name = name_, .type = METRICS_GAUGE, .unit = unit_, .help = help_ }

static const struct metrics_series space_series[] = {
	[SPACE_SEGMENTS] = { GAUGE("ipclens_shm_segments", NULL,
				   "System V shared memory segments.") },
	[SPACE_BYTES] = { GAUGE("ipclens_shm_bytes", "bytes", "Sizes of segments, as asked for.") },
	[SPACE_RESIDENT] = { GAUGE("ipclens_shm_resident_bytes", "bytes",
				   "Memory that segments take.") },
	[SPACE_SWAPPED] = { GAUGE("ipclens_shm_swapped_bytes", "bytes",
				  "Swap space that segments take.") },
	[SPACE_MARKED] = { GAUGE("ipclens_shm_pending_segments", NULL,
				 "Attached segments that go at the last detach: marked by IPC_RMID, or forced by kernel.shm_rmid_forced."),
			   .label = { "pending", "marked" } },
	[SPACE_FORCED] = { .label = { "pending", "forced" } },
	[SPACE_MARKED_BYTES] = { GAUGE("ipclens_shm_pending_bytes", "bytes",
				       "Sizes, as asked for, of attached segments that go at the last detach."),
				 .label = { "pending", "marked" } },
	[SPACE_FORCED_BYTES] = { .label = { "pending", "forced" } },
	[SPACE_ORPHANS] = { GAUGE("ipclens_shm_orphaned_segments", NULL,
				  "Segments that nobody has attached and whose creator is gone.") },
	[SPACE_ORPHAN_BYTES] = { GAUGE(
		"ipclens_shm_orphaned_bytes", "bytes",
		"Sizes, as asked for, of segments that nobody has attached and whose creator is gone.") },
	[SPACE_SEGMENTS_LIMIT] = { GAUGE("ipclens_shm_segments_limit", NULL,
					 "Most segments that there can be, kernel.shmmni."),
				   .rest = METRICS_REST_NONE },
	[SPACE_PAGES] = { GAUGE("ipclens_shm_pages", NULL,
				"Pages that the sizes of segments add up to.") },
	[SPACE_PAGES_LIMIT] = { GAUGE("ipclens_shm_pages_limit", NULL,
				      "Most pages that they can add up to, kernel.shmall."),
				.rest = METRICS_REST_NONE },
	[SPACE_QUEUES] = { GAUGE("ipclens_mq_namespace_queues", NULL,
				 "POSIX message queues, with or without a name.") },
	[SPACE_QUEUES_LIMIT] = { GAUGE("ipclens_mq_namespace_queues_limit", NULL,
				       "Most queues that there can be, fs.mqueue.queues_max."),
				 .rest = METRICS_REST_NONE },
};

_Static_assert(ARRAY_SIZE(space_series) <= METRICS_SERIES_MAX, "rows are too short");

/* Numbers that the file "namespaces" has. */
static const struct {
	enum space_series series;
	const char *column;
} space_columns[] = {
	{ SPACE_SEGMENTS_LIMIT, "shmmni" },	 { SPACE_PAGES, "shm_pages" },
	{ SPACE_PAGES_LIMIT, "shmall" },	 { SPACE_QUEUES, "mq_count" },
	{ SPACE_QUEUES_LIMIT, "mq_queues_max" },
};

/* Where segments are known, a namespace without any has none. */
static void space_know_shm(struct metrics_row *row)
{
	for (size_t i = 0; i < SPACE_SHM_SERIES; i++)
		metrics_row_add(row, i, 0);
}

static void space_add_segment(struct metrics_row *space, const struct section *shm, size_t row)
{
	const char *pending = section_text(shm, row, "pending");
	uint64_t size = 0, number;

	space_know_shm(space);
	section_number(shm, row, "size", &size);
	metrics_row_add(space, SPACE_SEGMENTS, 1);
	metrics_row_add(space, SPACE_BYTES, size);
	if (section_number(shm, row, "rss", &number))
		metrics_row_add(space, SPACE_RESIDENT, number);
	if (section_number(shm, row, "swap", &number))
		metrics_row_add(space, SPACE_SWAPPED, number);
	if (section_number(shm, row, "nattch", &number) && !number) {
		if (!section_number(shm, row, "creator_alive", &number) || number)
			return;
		metrics_row_add(space, SPACE_ORPHANS, 1);
		metrics_row_add(space, SPACE_ORPHAN_BYTES, size);
	} else if (pending && !strcmp(pending, "marked")) {
		metrics_row_add(space, SPACE_MARKED, 1);
		metrics_row_add(space, SPACE_MARKED_BYTES, size);
	} else if (pending && !strcmp(pending, "forced")) {
		metrics_row_add(space, SPACE_FORCED, 1);
		metrics_row_add(space, SPACE_FORCED_BYTES, size);
	}
}

static int spaces_add_shm(struct metrics_table *table, const struct section *shm)
{
	struct metrics_row *space;
	uint64_t ipcns;

	for (size_t row = 0; row < shm->nrows; row++) {
		if (!section_number(shm, row, "ipcns", &ipcns))
			continue;
		space = metrics_table_row(table, ipcns, 0);
		if (!space)
			return -1;
		space_add_segment(space, shm, row);
	}
	return 0;
}

static int spaces_add_namespaces(struct metrics_table *table, const struct section *namespaces,
				 bool shm_known)
{
	struct metrics_row *space;
	uint64_t number;

	for (size_t row = 0; row < namespaces->nrows; row++) {
		if (!section_number(namespaces, row, "ipcns", &number))
			continue;
		space = metrics_table_row(table, number, 0);
		if (!space)
			return -1;
		for (size_t i = 0; i < ARRAY_SIZE(space_columns); i++)
			if (section_number(namespaces, row, space_columns[i].column, &number))
				metrics_row_add(space, space_columns[i].series, number);
		if (shm_known)
			space_know_shm(space);
	}
	return 0;
}

static void spaces_print_count(const struct metrics_text *text, const struct section *namespaces)
{
	static const struct metrics_family family = {
		.name = "ipclens_namespaces",
		.help = "IPC namespaces that a task is in.",
	};

	metrics_text_family(text, &family);
	metrics_text_sample(text, &family, NULL, 0, namespaces->nrows);
}

/**
 * metrics_spaces_print() - all that is known by IPC namespace
 * @text: where to
 * @namespaces: the section of that name
 * @shm: likewise
 * @top: namespaces that have series of their own
 *
 * Return: -1 if memory runs out, of which the user has been told.
 */
int metrics_spaces_print(const struct metrics_text *text, const struct section *namespaces,
			 const struct section *shm, uint64_t top)
{
	static const char *const ids[] = { "ipcns" };
	struct metrics_table table = {
		.series = space_series,
		.nseries = ARRAY_SIZE(space_series),
		.ids = ids,
		.nids = ARRAY_SIZE(ids),
		.weight = SPACE_BYTES,
		.sparse = true,
		.first = IPCNS_INIT,
	};
	int ret = 0;

	if (namespaces)
		ret = spaces_add_namespaces(&table, namespaces, shm);
	if (shm && !ret)
		ret = spaces_add_shm(&table, shm);
	if (ret) {
		message_no_memory();
	} else {
		if (namespaces)
			spaces_print_count(text, namespaces);
		metrics_table_close(&table, top);
		metrics_table_print(&table, text);
	}
	metrics_table_free(&table);
	return ret;
}
