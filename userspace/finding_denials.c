// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of mq_open() that were refused lately, by who was refused and why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "finding.h"
#include "fix.h"
#include "human.h"
#include "model.h"

struct denial {
	const char *reason, *comm;
	uint64_t uid, ipcns, time;
	bool has_time;
	size_t row;
};

static int denial_compare_group(const struct denial *a, const struct denial *b)
{
	return strcmp(a->reason, b->reason)	      ?:
		       number_compare(a->uid, b->uid) ?:
		       strcmp(a->comm, b->comm)	      ?:
							number_compare(a->ipcns, b->ipcns);
}

/* The newest first. */
static int denial_compare(const void *a, const void *b)
{
	const struct denial *x = a, *y = b;

	return denial_compare_group(x, y)		?:
		       number_compare(y->time, x->time) ?:
							  number_compare(y->row, x->row);
}

static bool denial_fill(struct denial *denial, const struct triage *triage, size_t row)
{
	const struct section *denials = triage->denials;
	uint64_t age;

	*denial = (struct denial){ .row = row };
	denial->reason = section_text(denials, row, "reason") ?: "unknown";
	denial->comm = section_text(denials, row, "comm") ?: "";
	if (!section_number(denials, row, "uid", &denial->uid))
		denial->uid = FINDING_USER_UNKNOWN;
	section_number(denials, row, "ipcns", &denial->ipcns);
	denial->has_time = section_number(denials, row, "time", &denial->time);
	if (!triage_wants(triage, denials, row))
		return false;
	return !denial->has_time || !triage_age(triage, denial->time, &age) ||
	       age <= triage->bounds->denials_within;
}

static bool denial_is_of_bytes(const struct denial *denial, const char *knob)
{
	return !strcmp(denial->reason, "rlimit") || !strcmp(denial->reason, "userns") ||
	       (knob &&
		(!strcmp(knob, "fs.mqueue.msgsize_max") || !strcmp(knob, "HARD_MSGSIZEMAX")));
}

static const char *denial_number(char *text, uint64_t number, bool bytes)
{
	if (bytes)
		return human_bytes(text, HUMAN_SIZE, number);
	snprintf(text, HUMAN_SIZE, "%llu", (unsigned long long)number);
	return text;
}

/* What was in use, what was asked for on top, and the limit, as far as the row has them. */
static void denial_say_numbers(struct triage *triage, struct finding *finding,
			       const struct denial *denial)
{
	const struct section *denials = triage->denials;
	const char *knob = section_text(denials, denial->row, "knob");
	bool bytes = denial_is_of_bytes(denial, knob);
	uint64_t asked, charged = 0, limit, sum;
	char text[HUMAN_SIZE];

	finding_say(triage, finding, ": %s", denial->reason);
	if (!section_number(denials, denial->row, "asked", &asked))
		return;
	finding_say(triage, finding, ", ");
	if (section_number(denials, denial->row, "charged", &charged))
		finding_say(triage, finding, "%s + ", denial_number(text, charged, bytes));
	finding_say(triage, finding, "%s", denial_number(text, asked, bytes));
	if (!section_number(denials, denial->row, "limit", &limit))
		return;
	/* What was in use may not be known, and an attribute can be too small. */
	finding_say(triage, finding, "%s%s",
		    __builtin_add_overflow(charged, asked, &sum) || sum > limit ? " > " :
										  ", limit ",
		    denial_number(text, limit, bytes));
}

static void denials_say(struct triage *triage, struct finding *finding, const struct denial *newest,
			size_t count)
{
	uint64_t pid;

	finding_say(triage, finding, "mq_open refused");
	if (count > 1)
		finding_say(triage, finding, " %zu times", count);
	finding_say(triage, finding, " to ");
	finding_say_name(triage, finding, *newest->comm ? newest->comm : "process");
	if (section_number(triage->denials, newest->row, "pid", &pid))
		finding_say(triage, finding, " (%llu)", (unsigned long long)pid);
	finding_say(triage, finding, ", ");
	finding_say_user(triage, finding, newest->uid);
	if (newest->has_time)
		finding_say_age(triage, finding, count > 1 ? ", last " : ", ", newest->time,
				" ago");
	denial_say_numbers(triage, finding, newest);
}

/* The fix of the newest that has one. */
static void denials_advise(struct triage *triage, struct finding *finding,
			   const struct denial *denials, size_t count, const struct model *model)
{
	const char *fix = NULL;

	for (size_t i = 0; !fix && i < count; i++)
		fix = model_cell(model, denials[i].row, 0);
	if (fix)
		finding_advise(triage, finding, "%s", fix);
	else if (denials->ipcns)
		finding_advise(triage, finding, "ipclens denials --ipcns %llu --output-all",
			       (unsigned long long)denials->ipcns);
	else
		finding_advise(triage, finding, "ipclens denials --output-all");
}

static void denials_report(struct triage *triage, const struct denial *denials, size_t count,
			   const struct model *model)
{
	struct finding *finding = finding_add(triage, FINDING_FAILS, "denials");

	finding->weight = denials->time;
	finding->comm = *denials->comm ? denials->comm : NULL;
	if (denials->ipcns)
		finding_number(finding, FINDING_IPCNS, denials->ipcns);
	finding_take(finding, FINDING_UID, triage->denials, denials->row, "uid");
	finding_take(finding, FINDING_PID, triage->denials, denials->row, "pid");
	finding_take(finding, FINDING_LIMIT, triage->denials, denials->row, "limit");
	finding_take(finding, FINDING_SINCE, triage->denials, denials->row, "time");
	finding_number(finding, FINDING_COUNT, count);
	denials_say(triage, finding, denials, count);
	denials_advise(triage, finding, denials, count, model);
}

static void denials_group(struct triage *triage, const struct model *model)
{
	struct denial *list = triage_array(triage, model->nrows, sizeof(*list));
	size_t count = 0, end;

	if (!list)
		return;
	for (size_t row = 0; row < model->nrows; row++)
		count += denial_fill(&list[count], triage, row);
	qsort(list, count, sizeof(*list), denial_compare);
	for (size_t first = 0; first < count; first = end) {
		for (end = first; end < count; end++)
			if (denial_compare_group(&list[first], &list[end]))
				break;
		denials_report(triage, list + first, end - first, model);
	}
	free(list);
}

/** finding_denials() - one finding for each reason, user and program */
void finding_denials(struct triage *triage)
{
	struct model model;

	if (!triage->denials)
		return;
	if (model_init(&model, triage->denials)) {
		triage->failed = true;
		return;
	}
	if (model_select_fields(&model, "fix") ||
	    fix_compute(&model, triage->namespaces, triage->live))
		triage->failed = true;
	else
		denials_group(triage, &model);
	model_exit(&model);
}
