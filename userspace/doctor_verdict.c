// SPDX-License-Identifier: GPL-2.0-only
/*
 * The findings as a section, as if they had been read, so that the reader prints them
 * like anything else.
 */
#define _GNU_SOURCE
#include "doctor_verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "array.h"
#include "message.h"
#include "text.h"

static const struct column doctor_columns[] = {
	{ "file", COLUMN_TEXT, "file of the module", false },
	{ "column", COLUMN_TEXT, "column of that file", false },
	{ "result", COLUMN_TEXT, "verified, differs, unknown or not tried", false },
	{ "cells", COLUMN_NUM, "cells of it that were compared", false },
	{ "note", COLUMN_TEXT, "which cell is wrong, or what was not tried and why", false },
};

const struct view doctor_view = {
	.command = "doctor",
	.file = "doctor",
	.summary = "verdict on every column of the module's files, tried on objects made for that",
	.defaults = "file,column,result,note",
	.live = true,
	.columns = doctor_columns,
	.ncolumns = ARRAY_SIZE(doctor_columns),
};

static const char *const doctor_results[] = {
	[FINDING_NOT_TRIED] = "not tried",
	[FINDING_VERIFIED] = "verified",
	[FINDING_UNKNOWN] = "unknown",
	[FINDING_DIFFERS] = "differs",
};

/* Offset 0 is an unknown cell, so nothing stands there. */
static uint32_t verdict_write(FILE *out, const char *cell)
{
	uint32_t offset = ftell(out);

	if (!*cell)
		return 0;
	fwrite(cell, 1, strlen(cell) + 1, out);
	return offset;
}

static int verdict_fill(struct section *verdict, const struct findings *findings, FILE *out)
{
	uint32_t *cells = calloc(findings->count, sizeof(*cells) * ARRAY_SIZE(doctor_columns));

	verdict->cells = cells;
	verdict->columns = calloc(ARRAY_SIZE(doctor_columns), sizeof(*verdict->columns));
	if (!cells || !verdict->columns)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(doctor_columns); i++)
		verdict->columns[i] =
			(struct section_column){ doctor_columns[i].name, &doctor_columns[i] };
	verdict->ncolumns = ARRAY_SIZE(doctor_columns);
	verdict->nrows = findings->count;
	fputc('\0', out);
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->list[i];
		char number[32];

		snprintf(number, sizeof(number), "%zu", finding->cells);
		*cells++ = verdict_write(out, finding->file);
		*cells++ = verdict_write(out, finding->column->name);
		*cells++ = verdict_write(out, doctor_results[finding->result]);
		*cells++ = verdict_write(out, number);
		*cells++ = verdict_write(out, finding->note);
	}
	return 0;
}

/**
 * verdict_make() - the findings as a section, like those that are read
 * @verdict: for doctor_free() even if this fails
 * @findings: what is in it is copied
 *
 * Return: -1 if memory runs out, of which the user has been told.
 */
int verdict_make(struct section *verdict, const struct findings *findings)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret = -1;

	*verdict = (struct section){ .view = &doctor_view, .complete = true };
	if (out) {
		ret = verdict_fill(verdict, findings, out);
		ret |= text_stream_close(out, &text);
	}
	verdict->text = text;
	if (ret)
		message_no_memory();
	return ret ? -1 : 0;
}

/** doctor_free() - free the rows of a verdict */
void doctor_free(struct section *verdict)
{
	free((char *)verdict->text);
	free(verdict->columns);
	free(verdict->cells);
}

/**
 * doctor_summarise() - tell on standard error how many columns are right
 * @verdict: of doctor_examine()
 *
 * Return: whether all is as it should be; what was not tried does not count.
 */
bool doctor_summarise(const struct section *verdict)
{
	size_t counts[ARRAY_SIZE(doctor_results)] = { 0 };
	struct utsname machine = { 0 };

	for (size_t row = 0; row < verdict->nrows; row++)
		for (size_t i = 0; i < ARRAY_SIZE(doctor_results); i++)
			counts[i] +=
				!strcmp(section_text(verdict, row, "result"), doctor_results[i]);
	uname(&machine);
	fprintf(stderr,
		"doctor: %zu columns verified, %zu differ, %zu unknown, %zu not tried on %s %s %s\n",
		counts[FINDING_VERIFIED], counts[FINDING_DIFFERS], counts[FINDING_UNKNOWN],
		counts[FINDING_NOT_TRIED], machine.sysname, machine.release, machine.machine);
	return !counts[FINDING_DIFFERS] && !counts[FINDING_UNKNOWN];
}
