// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two sections joined to one. A mapping whose segment is not listed, as it came or went
 * between the two, gets a row above it that says no more than which segment it is.
 */
#define _GNU_SOURCE
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kmod/ipclens_abi.h"
#include "array.h"
#include "message.h"
#include "text.h"

#define COLUMN_ROW(name_, type_, width_, help_) { #name_, COLUMN_##type_, help_, false },

static const struct column tree_columns[] = {
	{ "node", COLUMN_NUM, "segment id, or below it a process that has it mapped", false },
	{ "comm", COLUMN_TEXT, "name of the process that created it, or has it mapped", false },
	{ "pid", COLUMN_NUM, "process that has the mapping", false },
	{ "start", COLUMN_ADDR, "first address of the mapping", false },
	{ "end", COLUMN_ADDR, "address behind the mapping", false },
	{ "prot", COLUMN_TEXT, "protection: r, w, x or a hyphen each", false },
	{ "task_ipcns", COLUMN_NUM, "IPC namespace that the process is in now", false },
	IPCLENS_SHM_COLUMNS(COLUMN_ROW)
};

static const struct view tree_view = {
	.command = "shm",
	.file = "shm",
	.summary = "shared memory segments with their holders",
	.defaults = "node,ipcns,orig_key,pending,nattch,size,comm,prot",
	.columns = tree_columns,
	.ncolumns = ARRAY_SIZE(tree_columns),
};

struct tree_segment {
	uint64_t ipcns, shmid;
	bool known;
};

struct tree_holder {
	struct tree_segment of;
	size_t row;
};

struct tree_writer {
	struct tree *tree;
	FILE *out;
	const struct section *segments, *holders;
	struct tree_holder *order; /* of the holders, by segment */
	bool *taken; /* by place in that order */
};

static struct tree_segment tree_segment_of(const struct section *section, size_t row)
{
	struct tree_segment segment = { 0 };

	segment.known = section_number(section, row, "ipcns", &segment.ipcns) &&
			section_number(section, row, "shmid", &segment.shmid);
	return segment;
}

/* What belongs to no known segment comes last. */
static int tree_segment_compare(const struct tree_segment *a, const struct tree_segment *b)
{
	return number_compare(b->known, a->known)	  ?:
		       number_compare(a->ipcns, b->ipcns) ?:
							    number_compare(a->shmid, b->shmid);
}

static int tree_holder_compare(const void *a, const void *b)
{
	const struct tree_holder *x = a, *y = b;

	return tree_segment_compare(&x->of, &y->of) ?: number_compare(x->row, y->row);
}

/* The place of the first holder that is not before this segment's. */
static size_t tree_find(const struct tree_writer *writer, const struct tree_segment *segment)
{
	size_t low = 0, high = writer->holders->nrows;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tree_segment_compare(&writer->order[middle].of, segment) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Offset 0 is an unknown cell, and the text begins with a byte that is none. */
static uint32_t tree_write_cell(FILE *out, const char *cell)
{
	uint32_t offset = ftell(out);

	if (!cell)
		return 0;
	fwrite(cell, 1, strlen(cell) + 1, out);
	return offset;
}

static const char *tree_cell(const struct section *section, size_t row, const char *column,
			     bool nested)
{
	if (!strcmp(column, "node"))
		column = nested ? "pid" : "shmid";
	else if (!nested && !strcmp(column, "comm"))
		column = "create_comm";
	return section_text(section, row, column);
}

/* One more row; only the segment is told if all is false. */
static void tree_write_row(struct tree_writer *writer, const struct section *section, size_t row,
			   bool nested, bool all)
{
	struct section *to = &writer->tree->section;
	uint32_t *cells = to->cells + to->nrows * to->ncolumns;

	for (size_t i = 0; i < to->ncolumns; i++) {
		const char *name = to->columns[i].name;

		if (all || !strcmp(name, "node") || !strcmp(name, "ipcns") ||
		    !strcmp(name, "shmid"))
			cells[i] =
				tree_write_cell(writer->out, tree_cell(section, row, name, nested));
	}
	writer->tree->nested[to->nrows++] = nested;
}

static void tree_write_holders(struct tree_writer *writer, size_t place)
{
	const struct tree_segment *segment = &writer->order[place].of;

	for (; place < writer->holders->nrows; place++) {
		if (tree_segment_compare(&writer->order[place].of, segment))
			break;
		tree_write_row(writer, writer->holders, writer->order[place].row, true, true);
		writer->taken[place] = true;
	}
}

static void tree_write_rows(struct tree_writer *writer)
{
	const struct section *segments = writer->segments, *holders = writer->holders;

	fputc('\0', writer->out);
	for (size_t row = 0; row < segments->nrows; row++) {
		struct tree_segment segment = tree_segment_of(segments, row);
		size_t place = tree_find(writer, &segment);

		tree_write_row(writer, segments, row, false, true);
		if (segment.known && place < holders->nrows && !writer->taken[place] &&
		    !tree_segment_compare(&writer->order[place].of, &segment))
			tree_write_holders(writer, place);
	}
	for (size_t place = 0; place < holders->nrows; place++) {
		if (writer->taken[place])
			continue;
		tree_write_row(writer, holders, writer->order[place].row, false, false);
		tree_write_holders(writer, place);
	}
}

/* There is at most one row for each segment, and for each holder itself and one above. */
static int tree_init(struct tree *tree, struct tree_writer *writer)
{
	size_t nholders = writer->holders->nrows, rows = writer->segments->nrows + 2 * nholders + 1;
	struct section *section = &tree->section;

	*tree = (struct tree){ .section = { .view = &tree_view, .complete = true } };
	section->columns = calloc(ARRAY_SIZE(tree_columns), sizeof(*section->columns));
	section->cells = calloc(rows, ARRAY_SIZE(tree_columns) * sizeof(*section->cells));
	tree->nested = calloc(rows, sizeof(*tree->nested));
	writer->order = calloc(nholders + 1, sizeof(*writer->order));
	writer->taken = calloc(nholders + 1, sizeof(*writer->taken));
	if (!section->columns || !section->cells || !tree->nested || !writer->order ||
	    !writer->taken)
		return -1;
	section->ncolumns = ARRAY_SIZE(tree_columns);
	for (size_t i = 0; i < section->ncolumns; i++)
		section->columns[i] =
			(struct section_column){ tree_columns[i].name, &tree_columns[i] };
	for (size_t row = 0; row < nholders; row++)
		writer->order[row] =
			(struct tree_holder){ tree_segment_of(writer->holders, row), row };
	qsort(writer->order, nholders, sizeof(*writer->order), tree_holder_compare);
	return 0;
}

/**
 * tree_make() - join the holders to their segments
 * @tree: the result, to be freed also on failure
 * @segments: rows of "shm"
 * @holders: rows of "shm_holders"
 *
 * Return: 0, or -1 if memory runs out, as the user has been told.
 */
int tree_make(struct tree *tree, const struct section *segments, const struct section *holders)
{
	struct tree_writer writer = { .tree = tree, .segments = segments, .holders = holders };
	char *text = NULL;
	size_t size;
	int ret = tree_init(tree, &writer);

	writer.out = ret ? NULL : open_memstream(&text, &size);
	if (writer.out) {
		tree_write_rows(&writer);
		ret = text_stream_close(writer.out, &text) || size > UINT32_MAX ? -1 : 0;
	} else {
		ret = -1;
	}
	tree->section.text = text;
	free(writer.order);
	free(writer.taken);
	if (ret)
		message_no_memory();
	return ret;
}

/**
 * tree_free() - give the memory back
 * @tree: what tree_make() has made
 */
void tree_free(struct tree *tree)
{
	free((char *)tree->section.text);
	free(tree->section.columns);
	free(tree->section.cells);
	free(tree->nested);
}
