// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of findings, and what those who add to it have in common. Memory that runs out
 * is noted once and told at the end.
 */
#define _GNU_SOURCE
#include "finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "array.h"
#include "human.h"
#include "namespace.h"
#include "text.h"

/* What is written to when memory has run out; nobody reads it. */
static struct finding finding_nowhere;

/**
 * finding_add() - begin a finding
 * @triage: the list
 * @severity: how bad it is
 * @kind: a word for what it is
 *
 * Return: the finding, valid until the next is begun.
 */
struct finding *finding_add(struct triage *triage, enum finding_severity severity, const char *kind)
{
	struct finding *more;

	if (triage->nfindings == triage->room) {
		size_t room = 2 * triage->room + 16;

		more = realloc(triage->findings, room * sizeof(*more));
		if (!more) {
			triage->failed = true;
			return &finding_nowhere;
		}
		triage->findings = more;
		triage->room = room;
	}
	more = &triage->findings[triage->nfindings];
	*more = (struct finding){
		.severity = severity,
		.kind = kind,
		.order = triage->nfindings++,
	};
	return more;
}

/** finding_number() - one of its numbers */
void finding_number(struct finding *finding, enum finding_number number, uint64_t value)
{
	finding->numbers[number] = value;
	finding->known[number] = true;
}

/** finding_take() - one of its numbers is in a cell, or is unknown */
void finding_take(struct finding *finding, enum finding_number number,
		  const struct section *section, size_t row, const char *column)
{
	uint64_t value;

	if (section_number(section, row, column, &value))
		finding_number(finding, number, value);
}

static void text_append(struct triage *triage, struct finding *finding, char **text,
			const char *format, va_list args)
{
	char *more, *joined;

	if (finding == &finding_nowhere || vasprintf(&more, format, args) < 0) {
		triage->failed = true;
		return;
	}
	if (asprintf(&joined, "%s%s", *text ?: "", more) < 0) {
		triage->failed = true;
	} else {
		free(*text);
		*text = joined;
	}
	free(more);
}

/** finding_say() - more of the line of what it is */
void finding_say(struct triage *triage, struct finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_append(triage, finding, &finding->what, format, args);
	va_end(args);
}

/** finding_advise() - more of the line of what to do; nothing of it may be untrusted text */
void finding_advise(struct triage *triage, struct finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_append(triage, finding, &finding->next, format, args);
	va_end(args);
}

static bool finding_is_elsewhere(const struct finding *finding)
{
	return finding->known[FINDING_IPCNS] && finding->numbers[FINDING_IPCNS] != IPCNS_INIT;
}

/** finding_say_place() - in which namespace, unless it is the first one */
void finding_say_place(struct triage *triage, struct finding *finding)
{
	if (finding_is_elsewhere(finding))
		finding_say(triage, finding, " of namespace %llu",
			    (unsigned long long)finding->numbers[FINDING_IPCNS]);
}

/**
 * finding_say_name() - a name that somebody else has chosen
 * @triage: for whom
 * @finding: what is to be told
 * @name: any bytes; in quotes unless it is plain, and then no quote of its own ends them
 */
void finding_say_name(struct triage *triage, struct finding *finding, const char *name)
{
	if (text_name_is_plain(name)) {
		finding_say(triage, finding, "%s", name);
		return;
	}
	finding_say(triage, finding, "\"");
	for (size_t len; *name; name += len) {
		len = strcspn(name, "\"");
		finding_say(triage, finding, "%.*s", (int)len, name);
		if (name[len]) {
			finding_say(triage, finding, "'");
			len++;
		}
	}
	finding_say(triage, finding, "\"");
}

/** finding_say_process() - its name, if that is known, and its number */
void finding_say_process(struct triage *triage, struct finding *finding, const char *comm,
			 uint64_t pid)
{
	finding_say_name(triage, finding, comm ?: "process");
	finding_say(triage, finding, " (%llu)", (unsigned long long)pid);
}

/** finding_say_user() - whose it is, or that this is unknown */
void finding_say_user(struct triage *triage, struct finding *finding, uint64_t uid)
{
	if (uid == FINDING_USER_UNKNOWN)
		finding_say(triage, finding, "an unknown user");
	else
		finding_say(triage, finding, "user %llu", (unsigned long long)uid);
}

/** finding_say_age() - how long something has been so, if that is known */
void finding_say_age(struct triage *triage, struct finding *finding, const char *before,
		     uint64_t since, const char *behind)
{
	char text[HUMAN_SIZE];
	uint64_t age;

	if (triage_age(triage, since, &age))
		finding_say(triage, finding, "%s%s%s", before,
			    human_duration(text, sizeof(text), age), behind);
}

/* A task in the namespace, for nsenter. */
static bool namespace_pid(const struct section *namespaces, uint64_t ipcns, uint64_t *pid)
{
	uint64_t number;

	for (size_t row = 0; namespaces && row < namespaces->nrows; row++)
		if (section_number(namespaces, row, "ipcns", &number) && number == ipcns)
			return section_number(namespaces, row, "pid", pid) &&
			       advice_pid_valid(*pid);
	return false;
}

/** finding_reaches() - whether a command can be told how to run in the finding's namespace */
bool finding_reaches(const struct triage *triage, const struct finding *finding)
{
	uint64_t pid;

	return !finding_is_elsewhere(finding) ||
	       namespace_pid(triage->namespaces, finding->numbers[FINDING_IPCNS], &pid);
}

/** finding_enter() - the command that follows has to run in the finding's namespace */
void finding_enter(struct triage *triage, struct finding *finding)
{
	uint64_t ipcns = finding->numbers[FINDING_IPCNS], pid;

	if (!finding_is_elsewhere(finding))
		return;
	if (namespace_pid(triage->namespaces, ipcns, &pid))
		finding_advise(triage, finding, "nsenter --target %llu --ipc ",
			       (unsigned long long)pid);
	else
		finding_advise(triage, finding, "in namespace %llu: ", (unsigned long long)ipcns);
}

static int finding_compare(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	return number_compare(x->severity, y->severity)	    ?:
		       number_compare(y->weight, x->weight) ?:
							      number_compare(x->order, y->order);
}

/* Worst first. */
static void findings_order(struct triage *triage)
{
	if (triage->nfindings)
		qsort(triage->findings, triage->nfindings, sizeof(*triage->findings),
		      finding_compare);
}

/** findings_free() - the list is empty then */
void findings_free(struct triage *triage)
{
	for (size_t i = 0; i < triage->nfindings; i++) {
		free(triage->findings[i].what);
		free(triage->findings[i].next);
	}
	free(triage->findings);
	triage->findings = NULL;
	triage->nfindings = triage->room = 0;
}

/** triage_wants() - whether a row is of the namespace that is asked for */
bool triage_wants(const struct triage *triage, const struct section *section, size_t row)
{
	uint64_t ipcns;

	return !triage->ipcns ||
	       (section_number(section, row, "ipcns", &ipcns) && ipcns == *triage->ipcns);
}

/** triage_age() - seconds since a moment, 0 if it is still to come; false if unknown */
bool triage_age(const struct triage *triage, uint64_t since, uint64_t *age)
{
	*age = triage->now > since ? triage->now - since : 0;
	return triage->has_now && since;
}

/** triage_array() - calloc(), room for at least one; the triage has failed if it is NULL */
void *triage_array(struct triage *triage, size_t count, size_t size)
{
	void *array = calloc(count + 1, size);

	if (!array)
		triage->failed = true;
	return array;
}

/** triage_share_reaches() - whether so many percent of a limit are in use */
bool triage_share_reaches(uint64_t used, uint64_t limit, uint64_t percent)
{
	return used >= limit / 100 * percent + (limit % 100 * percent + 99) / 100;
}

/** triage_percent() - of a limit that is in use, rounded down; no more than 999 */
unsigned int triage_percent(uint64_t used, uint64_t limit)
{
	double percent = limit ? 100.0 * used / limit : 100;

	return percent < 999 ? percent : 999;
}

/**
 * triage_find() - all findings, worst first
 * @triage: with the sections, and without findings
 *
 * Return: -1 if memory runs out.
 */
int triage_find(struct triage *triage)
{
	finding_module(triage);
	finding_denials(triage);
	finding_limits(triage);
	finding_users(triage);
	finding_pending(triage);
	finding_orphans(triage);
	finding_unlinked(triage);
	findings_order(triage);
	return triage->failed ? -1 : 0;
}
