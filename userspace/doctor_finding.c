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

#define EXCUSE_MAX 64

/*
 * Columns, those whose names begin so, that cannot be right without a probe, or where a
 * counter of the file "status" has grown.
 */
static const struct {
	const char *file, *columns, *probe, *counter;
} finding_needs[] = {
	{ "shm", "attaches", "attach", NULL },
	{ "shm", "copies", "open", NULL },
	{ "shm", "detaches", "close", NULL },
	{ "shm", "attaches", "create", "history_evicted" },
	{ "shm", "copies", "create", "history_evicted" },
	{ "shm", "detaches", "create", "history_evicted" },
	{ "shm", "create_comm", "create", "history_evicted" },
	{ "shm", "last_comm", "attach", "history_evicted" },
	{ "shm", "last_comm", "open", NULL },
	{ "shm", "last_comm", "close", NULL },
	{ "shm", "rmid_", "mark", "history_evicted" },
	{ "shm_holders", "", "close", NULL },
	{ "history", "attach", "attach", NULL },
	{ "history", "cop", "open", NULL },
	{ "history", "detach", "close", NULL },
	{ "history", "rmid_", "mark", NULL },
	/* Some rows begin with the creation or not at all. */
	{ "history", "", "create", "history_evicted" },
	{ "history", "", "mq_create", NULL },
	{ "mqueue", "create_", "mq_create", "history_evicted" },
	{ "mq_denials", "", "mq_create", "denials_dropped" },
	{ "mq_denials", "", "mq_inode", NULL },
	{ "mq_denials", "", "mq_charge", NULL },
	{ "mq_denials", "", "mq_open", NULL },
	{ "mq_users", "denials", "mq_create", "denials_dropped" },
	{ "mq_users", "denials", "mq_open", NULL },
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

/* A number in the file "status", 0 if there is none. */
uint64_t findings_counter(const struct section *status, const char *key)
{
	struct subject subject = { .section = status };
	uint64_t number = 0;
	const char *value;

	if (!status || !subject_find_text(&subject, "key", key))
		return 0;
	value = section_text(status, subject.row, "value");
	return value && column_cell_value(COLUMN_NUM, value, &number) ? number : 0;
}

static bool status_counter_grows(const struct findings *findings, const char *key)
{
	return findings_counter(findings->status, key) >
	       findings_counter(findings->status_before, key);
}

/* Why the module itself does not claim that the column is right; false if it does. */
static bool finding_excuse(const struct findings *findings, const struct finding *finding,
			   char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(finding_needs); i++) {
		const char *columns = finding_needs[i].columns;
		const char *counter = finding_needs[i].counter;

		if (strcmp(finding_needs[i].file, finding->file) ||
		    strncmp(columns, finding->column->name, strlen(columns)))
			continue;
		if (findings_probe_missing(findings, finding_needs[i].probe)) {
			snprintf(text, EXCUSE_MAX, "probe '%s' is missing", finding_needs[i].probe);
			return true;
		}
		if (counter && status_counter_grows(findings, counter)) {
			snprintf(text, EXCUSE_MAX, "'%s' of status has grown", counter);
			return true;
		}
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

	if (finding_excuse(subject->findings, finding, excuse))
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
		char excuse[EXCUSE_MAX];

		if (strcmp(finding->file, file))
			continue;
		finding->cells++;
		if (finding_excuse(findings, finding, excuse))
			finding_set(finding, FINDING_UNKNOWN, "there is no row of %s; %s", name,
				    excuse);
		else
			finding_set(finding, FINDING_UNKNOWN, "there is no row of %s", name);
	}
}

/* Why a column could not be tried, or not everywhere. */
void findings_skip(struct findings *findings, const char *file, const char *column,
		   const char *reason)
{
	struct finding *finding = finding_find(findings, file, column);

	finding->partly = true;
	if (finding->result <= FINDING_VERIFIED)
		snprintf(finding->note, sizeof(finding->note), "%s", reason);
}

void findings_skip_file(struct findings *findings, const char *file, const char *reason)
{
	for (size_t i = 0; i < findings->count; i++)
		if (!strcmp(findings->list[i].file, file) &&
		    findings->list[i].result == FINDING_NOT_TRIED)
			snprintf(findings->list[i].note, FINDING_NOTE_MAX, "%s", reason);
}

/* What a column was not tried with, if it is right as far as it was. */
void findings_remark(struct findings *findings, const char *file, const char *column,
		     const char *remark)
{
	struct finding *finding = finding_find(findings, file, column);

	if (finding->result == FINDING_VERIFIED)
		snprintf(finding->note, sizeof(finding->note), "%s", remark);
}
