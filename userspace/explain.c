// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the user asks to have explained: which rows are meant, and what there is instead
 * if none is.
 */
#define _GNU_SOURCE
#include "explain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "explain_parts.h"
#include "message.h"
#include "model.h"
#include "namespace.h"

/* Objects that a message names instead of one that there is not. */
#define EXPLAIN_INSTEAD_MAX 8

#define PART(part) FACTS_BIT(FACTS_##part)

struct question {
	const struct subject *subject;
	const char *argument;
	uint64_t number; /* the argument, if it is one */
	bool has_number;
	bool is_key;
};

struct subject {
	const char *name;
	const char *noun; /* of what a message says that there is none */
	const char *column; /* that names rows */
	const char *command; /* that lists them */
	enum facts_part first;
	unsigned int others;
	bool (*understand)(struct question *question);
	bool (*matches)(const struct question *question, const struct section *section, size_t row);
	void (*tell)(struct teller *teller, size_t row);
};

static bool segment_understand(struct question *question)
{
	const char *argument = question->argument;

	question->is_key = column_cell_value(COLUMN_KEY, argument, &question->number);
	question->has_number =
		!question->is_key && column_cell_value(COLUMN_NUM, argument, &question->number);
	if (question->is_key && !question->number)
		message_error(
			"0 is the key of every private or removed segment; explain shm takes an id, or the key that a segment was created with");
	else if (!question->is_key && !question->has_number)
		message_error(
			"explain shm takes the id of a segment, as in ipclens shm, or its key, as in 0x0002000a, not '%.64s'",
			argument);
	return (question->is_key && question->number) || question->has_number;
}

static bool cell_is_key(const struct section *section, size_t row, const char *column, uint64_t key)
{
	const char *cell = section_text(section, row, column);
	uint64_t number;

	return cell && column_cell_value(COLUMN_KEY, cell, &number) && number == key;
}

static bool segment_matches(const struct question *question, const struct section *section,
			    size_t row)
{
	uint64_t number;

	if (question->is_key)
		return cell_is_key(section, row, "key", question->number) ||
		       cell_is_key(section, row, "orig_key", question->number);
	return section_number(section, row, "shmid", &number) && number == question->number;
}

/* A queue without a name that can be typed has its inode number. */
static bool queue_understand(struct question *question)
{
	if (*question->argument == '/')
		question->argument++;
	else
		question->has_number =
			column_cell_value(COLUMN_NUM, question->argument, &question->number);
	if (!*question->argument)
		message_error(
			"explain queue takes the name of a queue, as in ipclens mqueue, or its inode number");
	return *question->argument;
}

static bool queue_matches(const struct question *question, const struct section *section,
			  size_t row)
{
	const char *name = section_text(section, row, "name");
	uint64_t number;

	if (name && !strcmp(name, question->argument))
		return true;
	return question->has_number && section_number(section, row, "ino", &number) &&
	       number == question->number;
}

static bool user_understand(struct question *question)
{
	question->has_number = column_cell_value(COLUMN_NUM, question->argument, &question->number);
	if (!question->has_number)
		message_error(
			"explain user takes the number of a user, as in ipclens users, not '%.64s'",
			question->argument);
	return question->has_number;
}

static bool user_matches(const struct question *question, const struct section *section, size_t row)
{
	uint64_t number;

	return section_number(section, row, "uid", &number) && number == question->number;
}

static bool denial_understand(struct question *question)
{
	question->has_number =
		column_cell_value(COLUMN_NUM, question->argument, &question->number) &&
		question->number;
	if (!question->has_number)
		message_error(
			"explain denial takes 1 for the newest refusal, 2 for the one before, and so on, not '%.64s'",
			question->argument);
	return question->has_number;
}

/* The newest is the last. */
static bool denial_matches(const struct question *question, const struct section *section,
			   size_t row)
{
	return section->nrows - row == question->number;
}

static void denial_tell(struct teller *teller, size_t row)
{
	explain_denial(teller, row, teller->facts.sections[FACTS_DENIALS]->nrows - row);
}

static const struct subject subjects[] = {
	{ "shm", "segment", "shmid", "shm", FACTS_SEGMENTS,
	  PART(HISTORY) | PART(HOLDERS) | PART(PROBES) | PART(SPACES) | PART(STATUS),
	  segment_understand, segment_matches, explain_segment },
	{ "queue", "queue", "name", "mqueue", FACTS_QUEUES,
	  PART(HISTORY) | PART(PROBES) | PART(SPACES) | PART(STATUS) | PART(USERS) | PART(OPENERS),
	  queue_understand, queue_matches, explain_queue },
	{ "user", "budget of user", "uid", "users", FACTS_USERS,
	  PART(DENIALS) | PART(QUEUES) | PART(SPACES) | PART(STATUS) | PART(OPENERS),
	  user_understand, user_matches, explain_user },
	{ "denial", "refusal", NULL, "denials", FACTS_DENIALS,
	  PART(SPACES) | PART(STATUS) | PART(USERS), denial_understand, denial_matches,
	  denial_tell },
};

static const struct subject *subject_find(const char *name)
{
	for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++)
		if (!strcmp(subjects[i].name, name))
			return &subjects[i];
	return NULL;
}

static bool question_take(struct question *question, const struct options *options)
{
	char **words = options->arguments;

	*question = (struct question){ 0 };
	if (!options->narguments) {
		message_error("explain what? It takes " EXPLAIN_ARGUMENTS
			      "; see ipclens explain --help");
		return false;
	}
	question->subject = subject_find(words[0]);
	question->argument = options->narguments > 1 ? words[1] : NULL;
	if (!question->subject) {
		message_error("cannot explain '%.64s'; explain takes " EXPLAIN_ARGUMENTS, words[0]);
	} else if (options->narguments > 2) {
		message_error("explain %s takes one argument, not '%.64s' as well",
			      question->subject->name, words[2]);
	} else {
		if (options->has_ipcns && !question->subject->column) {
			message_error(
				"explain denial counts the refusals of all IPC namespaces; leave --ipcns out");
			return false;
		}
		if (!question->argument)
			question->argument = question->subject->column ? "" : "1";
		return question->subject->understand(question);
	}
	return false;
}

static size_t rows_count(const struct teller *teller, const struct question *question, bool all)
{
	const struct section *section = teller->first;
	size_t count = 0;

	for (size_t row = 0; row < section->nrows; row++)
		count += question->subject->matches(question, section, row) &&
			 (all || teller_wants(teller, section, row));
	return count;
}

/* Whether a row before has the same name. */
static bool instead_is_known(const struct section *section, size_t row, const char *column,
			     const char *cell)
{
	for (size_t i = 0; i < row; i++) {
		const char *before = section_text(section, i, column);

		if (before && !strcmp(before, cell))
			return true;
	}
	return false;
}

/* Names of objects that there are, those that are like the one that is not first. */
static void instead_list(char *list, size_t size, const struct question *question,
			 const struct section *section)
{
	const char *column = question->subject->column;
	size_t used = 0, count = 0;

	*list = '\0';
	for (int like = 1; like >= 0; like--) {
		for (size_t row = 0; row < section->nrows && count < EXPLAIN_INSTEAD_MAX; row++) {
			const char *cell = section_text(section, row, column);

			if (!cell || !!strcasestr(cell, question->argument) != like ||
			    instead_is_known(section, row, column, cell))
				continue;
			used += snprintf(list + used, size - used, "%s%.40s", count++ ? ", " : "",
					 cell);
		}
	}
}

static void report_elsewhere(const struct teller *teller, const struct question *question)
{
	const struct section *section = teller->first;
	char list[512] = "";
	size_t used = 0, count = 0;
	uint64_t ipcns;

	for (size_t row = 0; row < section->nrows && count < EXPLAIN_INSTEAD_MAX; row++)
		if (question->subject->matches(question, section, row) &&
		    section_number(section, row, "ipcns", &ipcns))
			used += snprintf(list + used, sizeof(list) - used, "%s%" PRIu64,
					 count++ ? ", " : "", ipcns);
	message_error("no %s %.64s in IPC namespace %" PRIu64 "; one is in %s",
		      question->subject->noun, question->argument, *teller->ipcns,
		      count ? list : "a namespace without a task");
}

static void report_nothing(const struct teller *teller, const struct question *question)
{
	const struct subject *subject = question->subject;
	const struct section *section = teller->first;
	char list[512];

	if (!section->nrows) {
		message_error("there is no %s; ipclens %s has no row", subject->noun,
			      subject->command);
	} else if (!subject->column) {
		message_error("there are %zu refusals on record; 1 is the newest", section->nrows);
	} else if (teller->ipcns && rows_count(teller, question, true)) {
		report_elsewhere(teller, question);
	} else {
		instead_list(list, sizeof(list), question, section);
		message_error("no %s %.64s; ipclens %s has %s%s", subject->noun, question->argument,
			      subject->command, list,
			      section->nrows > EXPLAIN_INSTEAD_MAX ? ", ..." : "");
	}
}

static void rows_tell(struct teller *teller, const struct question *question, size_t count)
{
	const struct subject *subject = question->subject;
	const struct section *section = teller->first;
	size_t number = 0;

	for (size_t row = 0; row < section->nrows; row++) {
		if (!subject->matches(question, section, row) ||
		    !teller_wants(teller, section, row))
			continue;
		story_paragraph(&teller->story);
		if (count > 1)
			story_say(&teller->story, "%zu of %zu:", ++number, count);
		teller->page = NULL;
		subject->tell(teller, row);
		if (!teller->page)
			continue;
		story_paragraph(&teller->story);
		story_say(&teller->story, "More on this: pitfalls/%s.md in the documentation.",
			  teller->page);
	}
}

static int explain(struct teller *teller, const struct question *question)
{
	size_t count = rows_count(teller, question, false);

	if (count)
		rows_tell(teller, question, count);
	if (question->subject->first == FACTS_SEGMENTS && !question->is_key)
		count += explain_lost_segments(teller, question->number);
	if (!count) {
		report_nothing(teller, question);
		story_close(&teller->story);
		return STATUS_NOTHING;
	}
	if (story_close(&teller->story))
		return STATUS_NOTHING;
	facts_warn(&teller->facts, "what it tells is left out");
	return message_warned() ? STATUS_PARTIAL : STATUS_FINE;
}

/* Returns -1 if what the user asks about is not there at all, which the user knows then. */
static int teller_read(struct teller *teller, const char *from, const struct subject *subject)
{
	struct facts *facts = &teller->facts;
	struct stat own;

	if (facts_read(facts, from, FACTS_BIT(subject->first) | subject->others))
		return -1;
	teller->first = facts->sections[subject->first];
	if (!teller->first) {
		facts_report(facts, subject->first);
		return -1;
	}
	if (teller->ipcns && subject->first == FACTS_USERS && facts->sections[FACTS_SPACES] &&
	    !model_section_lists(facts->sections[FACTS_SPACES], *teller->ipcns)) {
		model_report_ipcns(*teller->ipcns);
		return -1;
	}
	if (subject->others & PART(OPENERS))
		facts_find_openers(facts, NULL);
	teller->space = IPCNS_INIT;
	if (!from && !stat("/proc/self/ns/ipc", &own))
		teller->space = own.st_ino;
	return 0;
}

/** explain_run() - tell the story of what the user has asked for. Return: exit status. */
int explain_run(const struct options *options)
{
	struct question question;
	struct teller teller = { 0 };
	int ret = STATUS_NOTHING;

	if (!question_take(&question, options))
		return STATUS_NOTHING;
	if (options->has_ipcns)
		teller.ipcns = &options->ipcns;
	if (teller_read(&teller, options->from, question.subject))
		goto out;
	story_open(&teller.story, stdout, story_width(stdout));
	ret = explain(&teller, &question);
out:
	facts_free(&teller.facts);
	return ret;
}
