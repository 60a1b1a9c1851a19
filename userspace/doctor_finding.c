// SPDX-License-Identifier: GPL-2.0-only
/*
 * One finding per column that the module's header names, the worst of all its cells.
 * A value that is wrong for want of a probe is not known, and the probe is named.
 */
#include "doctor_finding.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "doctor_excuse.h"
#include "message.h"

/* Long enough for a number of any type. */
#define TRUTH_MAX 32

/**
 * findings_init() - a finding for each column of the module's files, none tried
 * @findings: for findings_exit(), unless this fails
 *
 * Return: -1 if memory runs out, of which the user has been told.
 */
int findings_init(struct findings *findings)
{
	size_t count = 0;

	*findings = (struct findings){ 0 };
	for (const struct view *view = view_next(NULL); view; view = view_next(view))
		count += view->ncolumns;
	findings->list = calloc(count, sizeof(*findings->list));
	if (!findings->list) {
		message_no_memory();
		return -1;
	}
	for (const struct view *view = view_next(NULL); view; view = view_next(view)) {
		for (size_t i = 0; !view->live && i < view->ncolumns; i++) {
			if (view->columns[i].computed)
				continue;
			findings->list[findings->count++] = (struct finding){
				.file = view->file,
				.column = &view->columns[i],
				.note = "no check yet",
			};
		}
	}
	return 0;
}

/** findings_exit() - undo findings_init(); all zeros are left alone */
void findings_exit(struct findings *findings)
{
	free(findings->list);
	*findings = (struct findings){ 0 };
}

static struct finding *finding_find(struct findings *findings, const char *file, const char *column)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->list[i];

		if (!strcmp(finding->file, file) && !strcmp(finding->column->name, column))
			return finding;
	}
	/* Only a check of a column that the header does not name comes here. */
	abort();
}

/* The first note of the worst result stays: what comes later may follow from it. */
__attribute__((format(printf, 3, 4))) static void finding_set(struct finding *finding,
							      enum finding_result result,
							      const char *format, ...)
{
	va_list args;

	if (result <= finding->result)
		return;
	finding->result = result;
	va_start(args, format);
	vsnprintf(finding->note, sizeof(finding->note), format, args);
	va_end(args);
}

/* What could not be tried of it is still to be told. */
static void finding_verify(struct finding *finding)
{
	if (finding->result == FINDING_NOT_TRIED && !finding->partly)
		*finding->note = '\0';
	if (finding->result == FINDING_NOT_TRIED)
		finding->result = FINDING_VERIFIED;
}

static bool subject_has_number(const struct subject *subject, const char *column, uint64_t number)
{
	uint64_t cell;

	return section_number(subject->section, subject->row, column, &cell) && cell == number;
}

/**
 * subject_find() - go to the first row that has both numbers
 * @subject: its row becomes another in any case
 * @column: a decimal one
 * @number: in that
 * @other_column: likewise, NULL for none
 * @other_number: in that
 *
 * Return: false if there is none.
 */
bool subject_find(struct subject *subject, const char *column, uint64_t number,
		  const char *other_column, uint64_t other_number)
{
	for (subject->row = 0; subject->row < subject->section->nrows; subject->row++)
		if (subject_has_number(subject, column, number) &&
		    (!other_column || subject_has_number(subject, other_column, other_number)))
			return true;
	return false;
}

/** subject_find_text() - go to the first row that has a text; see subject_find() */
bool subject_find_text(struct subject *subject, const char *column, const char *text)
{
	for (subject->row = 0; subject->row < subject->section->nrows; subject->row++) {
		const char *cell = section_text(subject->section, subject->row, column);

		if (cell && !strcmp(cell, text))
			return true;
	}
	return false;
}

static const char *subject_cell(const struct subject *subject, const char *column)
{
	return section_text(subject->section, subject->row, column);
}

static struct finding *subject_finding(const struct subject *subject, const char *column)
{
	return finding_find(subject->findings, subject->section->view->file, column);
}

/* cell is NULL if the file has no value; what should be there follows in words. */
static void finding_deny(const struct subject *subject, struct finding *finding, const char *truth)
{
	const char *cell = subject_cell(subject, finding->column->name);
	char excuse[EXCUSE_MAX];
	size_t column;

	if (excuse_find(subject->findings, finding, cell, excuse))
		finding_set(finding, FINDING_UNKNOWN, "%s: %s", subject->name, excuse);
	else if (!section_has_column(subject->section, finding->column->name, &column))
		finding_set(finding, FINDING_UNKNOWN, "the file has no such column");
	else if (!cell)
		finding_set(finding, FINDING_UNKNOWN, "%s: - instead of %s", subject->name, truth);
	else
		finding_set(finding, FINDING_DIFFERS, "%s: %.64s instead of %s", subject->name,
			    cell, truth);
}

static void finding_settle(const struct subject *subject, struct finding *finding, bool same,
			   const char *truth)
{
	finding->cells++;
	if (same)
		finding_verify(finding);
	else
		finding_deny(subject, finding, truth);
}

static void truth_print(char *text, enum column_type type, uint64_t truth)
{
	if (type == COLUMN_KEY)
		snprintf(text, TRUTH_MAX, "0x%08" PRIx64, truth);
	else if (type == COLUMN_ADDR)
		snprintf(text, TRUTH_MAX, "0x%" PRIx64, truth);
	else if (type == COLUMN_PERM)
		snprintf(text, TRUTH_MAX, "%" PRIo64, truth);
	else
		snprintf(text, TRUTH_MAX, "%" PRIu64, truth);
}

/**
 * judge_range() - a number of any type is right from low to high
 * @subject: the row
 * @column: one that the module's header names; else the program aborts
 * @low: in the column's unit
 * @high: likewise
 */
void judge_range(const struct subject *subject, const char *column, uint64_t low, uint64_t high)
{
	struct finding *finding = subject_finding(subject, column);
	const char *cell = subject_cell(subject, column);
	char from[TRUTH_MAX], to[TRUTH_MAX], truth[2 * TRUTH_MAX + 8];
	uint64_t value;
	bool same = cell && column_cell_value(finding->column->type, cell, &value) &&
		    value >= low && value <= high;

	truth_print(from, finding->column->type, low);
	truth_print(to, finding->column->type, high);
	snprintf(truth, sizeof(truth), low == high ? "%s" : "%s to %s", from, to);
	finding_settle(subject, finding, same, truth);
}

/** judge_number() - one number is right; see judge_range() */
void judge_number(const struct subject *subject, const char *column, uint64_t truth)
{
	judge_range(subject, column, truth, truth);
}

/* A number that cannot be compared here if there is a reason. */
static void judge_unless(const char *reason, const struct subject *subject, const char *column,
			 uint64_t truth)
{
	if (reason)
		findings_skip(subject->findings, subject->section->view->file, column, reason);
	else
		judge_number(subject, column, truth);
}

/** judge_pid() - as judge_number(), but skipped where process numbers are others */
void judge_pid(const struct subject *subject, const char *column, uint64_t truth)
{
	judge_unless(subject->findings->no_pids, subject, column, truth);
}

/** judge_user() - as judge_number(), but skipped where users and their namespaces are others */
void judge_user(const struct subject *subject, const char *column, uint64_t truth)
{
	judge_unless(subject->findings->no_users, subject, column, truth);
}

/** judge_text() - one text is right; see judge_range() */
void judge_text(const struct subject *subject, const char *column, const char *truth)
{
	const char *cell = subject_cell(subject, column);

	finding_settle(subject, subject_finding(subject, column), cell && !strcmp(cell, truth),
		       truth);
}

/** judge_unset() - the file has the column, and must not tell anything there */
void judge_unset(const struct subject *subject, const char *column)
{
	struct finding *finding = subject_finding(subject, column);
	size_t index;

	finding_settle(subject, finding,
		       !subject_cell(subject, column) &&
			       section_has_column(subject->section, column, &index),
		       "-");
}

/**
 * judge_true() - whatever else can be told of a cell
 * @subject: the row
 * @column: see judge_range()
 * @holds: it is right
 * @else_: what should be there, for the note
 */
void judge_true(const struct subject *subject, const char *column, bool holds, const char *else_)
{
	finding_settle(subject, subject_finding(subject, column), holds, else_);
}

/**
 * findings_lack_row() - an object has no row where it should have one
 * @findings: all columns of the file become unknown, but for those that differ
 * @file: of the module
 * @name: of the object, for the notes
 */
void findings_lack_row(struct findings *findings, const char *file, const char *name)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->list[i];
		char excuse[EXCUSE_MAX];

		if (strcmp(finding->file, file))
			continue;
		finding->cells++;
		if (excuse_find(findings, finding, NULL, excuse))
			finding_set(finding, FINDING_UNKNOWN, "there is no row of %s; %s", name,
				    excuse);
		else
			finding_set(finding, FINDING_UNKNOWN, "there is no row of %s", name);
	}
}

/**
 * findings_doubt() - all that a file tells is doubtful
 * @findings: likewise; see findings_lack_row()
 * @file: of the module
 * @reason: for the notes
 */
void findings_doubt(struct findings *findings, const char *file, const char *reason)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!strcmp(findings->list[i].file, file))
			finding_set(&findings->list[i], FINDING_UNKNOWN, "%s", reason);
}

/**
 * findings_skip() - why a column could not be tried, or not everywhere
 * @findings: its result stays
 * @file: of the module
 * @column: see judge_range()
 * @reason: the note, unless that tells what is wrong
 */
void findings_skip(struct findings *findings, const char *file, const char *column,
		   const char *reason)
{
	struct finding *finding = finding_find(findings, file, column);

	finding->partly = true;
	if (finding->result <= FINDING_VERIFIED)
		snprintf(finding->note, sizeof(finding->note), "%s", reason);
}

/**
 * findings_skip_file() - why a file could not be tried
 * @findings: columns that were tried stay as they are
 * @file: of the module
 * @reason: for the notes
 */
void findings_skip_file(struct findings *findings, const char *file, const char *reason)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!strcmp(findings->list[i].file, file) &&
		    findings->list[i].result == FINDING_NOT_TRIED)
			snprintf(findings->list[i].note, FINDING_NOTE_MAX, "%s", reason);
}

/**
 * findings_remark() - what a column was not tried with, if it is right as far as it was
 * @findings: only a verified column takes the note
 * @file: of the module
 * @column: see judge_range()
 * @remark: the note
 */
void findings_remark(struct findings *findings, const char *file, const char *column,
		     const char *remark)
{
	struct finding *finding = finding_find(findings, file, column);

	if (finding->result == FINDING_VERIFIED)
		snprintf(finding->note, sizeof(finding->note), "%s", remark);
}
