// SPDX-License-Identifier: GPL-2.0-only
/*
 * Findings as two lines each, or as rows like those of a file of the module.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "human.h"
#include "message.h"
#include "model.h"
#include "text.h"
#include "triage.h"

static const struct column triage_columns[] = {
	{ "severity", COLUMN_TEXT, "wrong, fails, soon, memory, tidy or module", false },
	{ "kind", COLUMN_TEXT, "what kind of thing it is", false },
	{ "ipcns", COLUMN_NUM, "IPC namespace that it is in", false },
	{ "uid", COLUMN_NUM, "user who owns it, pays for it or was refused", false },
	{ "pid", COLUMN_NUM,
	  "process that holds most of it, made it, is in the namespace or was refused", false },
	{ "comm", COLUMN_TEXT, "name of that process", false },
	{ "count", COLUMN_NUM, "how many there are", false },
	{ "bytes", COLUMN_BYTES, "their size together", false },
	{ "limit", COLUMN_NUM, "the limit that they are near or over", false },
	{ "since", COLUMN_TIME, "since when, of refusals the last", false },
	{ "what", COLUMN_TEXT, "the line that tells of it", false },
	{ "next", COLUMN_TEXT, "the line that tells what to do", false },
};

const struct view triage_view = {
	.command = "triage",
	.file = "triage",
	.summary = "findings, worst first, each with what to do next",
	.defaults = "severity,kind,ipcns,uid,pid,comm,count,bytes,limit,since,what,next",
	.live = true,
	.columns = triage_columns,
	.ncolumns = ARRAY_SIZE(triage_columns),
};

static const char *const triage_severities[] = {
	[FINDING_WRONG] = "wrong",   [FINDING_FAILS] = "fails", [FINDING_SOON] = "soon",
	[FINDING_MEMORY] = "memory", [FINDING_TIDY] = "tidy",	[FINDING_MODULE] = "module",
};

/* Where the second line begins. */
#define TRIAGE_INDENT 7

/* In the order of the columns; numbers are those between kind and what but one. */
static const char *cell_text(const struct finding *finding, size_t column, char number[32])
{
	static const int numbers[] = {
		[2] = FINDING_IPCNS, [3] = FINDING_UID,	  [4] = FINDING_PID,   [6] = FINDING_COUNT,
		[7] = FINDING_BYTES, [8] = FINDING_LIMIT, [9] = FINDING_SINCE,
	};

	switch (column) {
	case 0:
		return triage_severities[finding->severity];
	case 1:
		return finding->kind;
	case 5:
		return finding->comm;
	case 10:
		return finding->what;
	case 11:
		return finding->next;
	}
	if (!finding->known[numbers[column]])
		return NULL;
	snprintf(number, 32, "%" PRIu64, finding->numbers[numbers[column]]);
	return number;
}

/* Offset 0 is an unknown cell, so nothing stands there. */
static uint32_t cell_write(FILE *out, const char *cell)
{
	uint32_t offset = ftell(out);

	if (!cell || !*cell)
		return 0;
	fwrite(cell, 1, strlen(cell) + 1, out);
	return offset;
}

static int section_fill(struct section *section, const struct triage *triage, FILE *out)
{
	uint32_t *cells =
		calloc(triage->nfindings + 1, sizeof(*cells) * ARRAY_SIZE(triage_columns));
	char number[32];

	section->cells = cells;
	section->columns = calloc(ARRAY_SIZE(triage_columns), sizeof(*section->columns));
	if (!cells || !section->columns)
		return -1;
	fputc('\0', out);
	section->ncolumns = ARRAY_SIZE(triage_columns);
	for (size_t i = 0; i < section->ncolumns; i++)
		section->columns[i] = (struct section_column){
			.name = triage_columns[i].name,
			.known = &triage_columns[i],
		};
	for (size_t i = 0; i < triage->nfindings; i++)
		for (size_t j = 0; j < section->ncolumns; j++)
			*cells++ = cell_write(out, cell_text(&triage->findings[i], j, number));
	section->nrows = triage->nfindings;
	return ferror(out) ? -1 : 0;
}

static int rows_print(const struct section *section, FILE *out, const struct out_style *style)
{
	struct model model;
	int ret;

	if (model_init(&model, section))
		return -1;
	model_select_all(&model);
	ret = out_table_print(out, &model, style);
	model_exit(&model);
	return ret;
}

static int triage_print_rows(const struct triage *triage, FILE *out, const struct out_style *style)
{
	struct section section = { .view = &triage_view };
	struct out_style exact = *style;
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	int ret = -1;

	if (memory)
		ret = section_fill(&section, triage, memory);
	if (memory && text_stream_close(memory, &text))
		ret = -1;
	if (ret)
		message_no_memory();
	exact.cells = (struct cell_style){ .time = CELL_TIME_RAW };
	section.text = text;
	if (!ret)
		ret = rows_print(&section, out, &exact);
	free(section.cells);
	free(section.columns);
	free(text);
	return ret;
}

static int line_print(FILE *out, const char *line)
{
	char *safe = malloc(TEXT_ENCODED_SIZE(strlen(line)));

	if (!safe) {
		message_no_memory();
		return -1;
	}
	text_encode(safe, line, text_locale_utf8());
	fprintf(out, "%s\n", safe);
	free(safe);
	return 0;
}

static int triage_print_lines(const struct triage *triage, FILE *out, bool headings)
{
	char when[HUMAN_SIZE];

	if (!triage->nfindings)
		fprintf(out, "no findings\n");
	else if (headings)
		fprintf(out, "%zu finding%s, worst first%s%s:\n", triage->nfindings,
			triage->nfindings == 1 ? "" : "s",
			triage->live || !triage->has_now ? "" : ", at ",
			triage->live || !triage->has_now ?
				"" :
				human_time(when, sizeof(when), triage->now));
	for (size_t i = 0; i < triage->nfindings; i++) {
		const struct finding *finding = &triage->findings[i];

		fprintf(out, "%-*s", TRIAGE_INDENT, triage_severities[finding->severity]);
		if (line_print(out, finding->what ?: ""))
			return -1;
		fprintf(out, "%*s", TRIAGE_INDENT, "");
		if (line_print(out, finding->next ?: ""))
			return -1;
	}
	return 0;
}

/**
 * triage_print() - what was found
 * @triage: the findings, in order
 * @out: where to
 * @style: lines, or rows in one of the other forms
 *
 * Return: -1 if memory runs out, which the user knows then.
 */
int triage_print(const struct triage *triage, FILE *out, const struct out_style *style)
{
	if (style->form == OUT_TABLE)
		return triage_print_lines(triage, out, style->headings);
	return triage_print_rows(triage, out, style);
}
