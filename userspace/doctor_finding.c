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
#include "message.h"

/* Long enough for a number of any type. */
#define TRUTH_MAX 32

/* Probes without which columns, those whose names begin so, cannot be right. */
static const struct {
	const char *file, *columns, *probe;
} finding_needs[] = {
	{ "shm", "attaches", "attach" },      { "shm", "copies", "open" },
	{ "shm", "detaches", "close" },	      { "shm", "create_comm", "create" },
	{ "shm", "last_comm", "attach" },     { "shm", "last_comm", "open" },
	{ "shm", "last_comm", "close" },      { "shm", "rmid_", "mark" },
	{ "shm_holders", "", "close" },	      { "history", "attach", "attach" },
	{ "history", "cop", "open" },	      { "history", "detach", "close" },
	{ "history", "rmid_", "mark" },	      { "history", "c", "create" },
	{ "history", "orig_key", "create" },  { "history", "", "mq_create" },
	{ "mqueue", "create_", "mq_create" }, { "mq_denials", "", "mq_create" },
	{ "mq_denials", "", "mq_inode" },     { "mq_denials", "", "mq_charge" },
	{ "mq_denials", "", "mq_open" },      { "mq_users", "denials", "mq_create" },
	{ "mq_users", "denials", "mq_open" },
};

int findings_init(struct findings *findings)
{
	size_t count = 0;

	*findings = (struct findings){ 0 };
	for (const struct view *view = view_next(NULL); view; view = view_next(view))
		count += view->ncolumns;
	findings->list = calloc(count, sizeof(*findings->list));
	if (!findings->list) {
		message_error("out of memory");
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

	if (result < finding->result || (result == finding->result && result != FINDING_NOT_TRIED))
		return;
	finding->result = result;
	va_start(args, format);
	vsnprintf(finding->note, sizeof(finding->note), format, args);
	va_end(args);
}

static bool subject_has_number(const struct subject *subject, const char *column, uint64_t number)
{
	uint64_t cell;

	return section_number(subject->section, subject->row, column, &cell) && cell == number;
}

/* Go to the row with both numbers; the second column may be NULL. */
bool subject_find(struct subject *subject, const char *column, uint64_t number,
		  const char *other_column, uint64_t other_number)
{
	for (subject->row = 0; subject->row < subject->section->nrows; subject->row++)
		if (subject_has_number(subject, column, number) &&
		    (!other_column || subject_has_number(subject, other_column, other_number)))
			return true;
	return false;
}

bool subject_find_text(struct subject *subject, const char *column, const char *text)
{
	for (subject->row = 0; subject->row < subject->section->nrows; subject->row++) {
		const char *cell = section_text(subject->section, subject->row, column);

		if (cell && !strcmp(cell, text))
			return true;
	}
	return false;
}

bool findings_probe_missing(const struct findings *findings, const char *name)
{
	const struct section *probes = findings->probes;

	struct subject probe = { .section = probes };
	const char *state;

	if (!probes || !subject_find_text(&probe, "name", name))
		return false;
	state = section_text(probes, probe.row, "state");
	return state && !strcmp(state, "missing");
}

/* A probe that the column lacks, NULL if it has all that it needs. */
static const char *finding_missing_probe(const struct findings *findings,
					 const struct finding *finding)
{
	for (size_t i = 0; i < ARRAY_SIZE(finding_needs); i++) {
		const char *columns = finding_needs[i].columns;

		if (!strcmp(finding_needs[i].file, finding->file) &&
		    !strncmp(columns, finding->column->name, strlen(columns)) &&
		    findings_probe_missing(findings, finding_needs[i].probe))
			return finding_needs[i].probe;
	}
	return NULL;
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
	const char *probe = finding_missing_probe(subject->findings, finding);
	size_t column;

	if (probe)
		finding_set(finding, FINDING_UNKNOWN, "%s: probe '%s' is missing", subject->name,
			    probe);
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
		finding_set(finding, FINDING_VERIFIED, "%s", "");
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

/* A number of any type, from low to high. */
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

void judge_number(const struct subject *subject, const char *column, uint64_t truth)
{
	judge_range(subject, column, truth, truth);
}

void judge_pid(const struct subject *subject, const char *column, uint64_t truth)
{
	struct findings *findings = subject->findings;

	if (findings->no_pids)
		findings_skip(findings, subject->section->view->file, column, findings->no_pids);
	else
		judge_number(subject, column, truth);
}

void judge_user(const struct subject *subject, const char *column, uint64_t truth)
{
	struct findings *findings = subject->findings;

	if (findings->no_users)
		findings_skip(findings, subject->section->view->file, column, findings->no_users);
	else
		judge_number(subject, column, truth);
}

void judge_text(const struct subject *subject, const char *column, const char *truth)
{
	const char *cell = subject_cell(subject, column);

	finding_settle(subject, subject_finding(subject, column), cell && !strcmp(cell, truth),
		       truth);
}

/* There is nothing to tell, and the file must not tell anything. */
void judge_unset(const struct subject *subject, const char *column)
{
	struct finding *finding = subject_finding(subject, column);
	size_t index;

	finding_settle(subject, finding,
		       !subject_cell(subject, column) &&
			       section_has_column(subject->section, column, &index),
		       "-");
}

/* Whatever else can be told of a cell; else_ says what should be there. */
void judge_true(const struct subject *subject, const char *column, bool holds, const char *else_)
{
	finding_settle(subject, subject_finding(subject, column), holds, else_);
}

/* An object has no row where it should have one. */
void findings_lack_row(struct findings *findings, const char *file, const char *name)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->list[i];
		const char *probe;

		if (strcmp(finding->file, file))
			continue;
		probe = finding_missing_probe(findings, finding);
		finding->cells++;
		if (probe)
			finding_set(finding, FINDING_UNKNOWN,
				    "there is no row of %s; probe '%s' is missing", name, probe);
		else
			finding_set(finding, FINDING_UNKNOWN, "there is no row of %s", name);
	}
}

/* Why a column could not be tried; of no account where something of it could. */
void findings_skip(struct findings *findings, const char *file, const char *column,
		   const char *reason)
{
	finding_set(finding_find(findings, file, column), FINDING_NOT_TRIED, "%s", reason);
}

void findings_skip_file(struct findings *findings, const char *file, const char *reason)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!strcmp(findings->list[i].file, file))
			finding_set(&findings->list[i], FINDING_NOT_TRIED, "%s", reason);
}

/* What a column was not tried with, if it is right as far as it was. */
void findings_remark(struct findings *findings, const char *file, const char *column,
		     const char *remark)
{
	struct finding *finding = finding_find(findings, file, column);

	if (finding->result == FINDING_VERIFIED)
		snprintf(finding->note, sizeof(finding->note), "%s", remark);
}
