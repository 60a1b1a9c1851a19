// SPDX-License-Identifier: GPL-2.0-only
/*
 * The story of an mq_open() that was refused: by which limit, by how much, and what would
 * have let it pass.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "explain_parts.h"
#include "fix.h"
#include "model.h"

struct denial {
	struct teller *teller;
	const struct section *section;
	size_t row;
	uint64_t asked, charged, limit;
	bool has_asked, has_charged, has_limit;
};

static const char *denial_text(const struct denial *denial, const char *column)
{
	return section_text(denial->section, denial->row, column);
}

/* How far above the limit it would have gone, if that is known. */
static void denial_tell_excess(const struct denial *denial)
{
	uint64_t sum;

	if (denial->has_asked && denial->has_charged && denial->has_limit &&
	    !__builtin_add_overflow(denial->asked, denial->charged, &sum) && sum > denial->limit)
		story_say(&denial->teller->story, "Together that is %s too many.",
			  tell_count(denial->teller, sum - denial->limit, "byte", "bytes"));
}

static const char *denial_number(const struct denial *denial, bool known, uint64_t number)
{
	return known ? story_keep(&denial->teller->story, "%" PRIu64, number) :
		       "an unknown number of";
}

static void denial_tell_rlimit(const struct denial *denial)
{
	story_say(
		&denial->teller->story,
		"The queue takes %s bytes. Queues of its user took %s bytes already, and the limit of the process (RLIMIT_MSGQUEUE) is %s bytes for all of the user's queues.",
		denial_number(denial, denial->has_asked, denial->asked),
		denial_number(denial, denial->has_charged, denial->charged),
		denial_number(denial, denial->has_limit, denial->limit));
	denial_tell_excess(denial);
}

static void denial_tell_userns(const struct denial *denial)
{
	struct teller *teller = denial->teller;
	uint64_t userns, uid;
	const char *who = "the maker of a user namespace above";

	if (section_number(denial->section, denial->row, "limit_userns", &userns) &&
	    section_number(denial->section, denial->row, "limit_uid", &uid))
		who = tell_user(teller, uid, userns);
	story_say(
		&teller->story,
		"The queue takes %s bytes, which count for %s, too. That user had %s bytes in use already; the ceiling for charges from the user namespace below, set when it was made, is %s bytes.",
		denial_number(denial, denial->has_asked, denial->asked), who,
		denial_number(denial, denial->has_charged, denial->charged),
		denial_number(denial, denial->has_limit, denial->limit));
	denial_tell_excess(denial);
}

static void denial_tell_nofile(const struct denial *denial)
{
	story_say(
		&denial->teller->story,
		"No budget of queues was short: the process had %s descriptors open and was allowed %s (RLIMIT_NOFILE).",
		denial_number(denial, denial->has_charged, denial->charged),
		denial_number(denial, denial->has_limit, denial->limit));
}

static void denial_tell_file_max(const struct denial *denial)
{
	story_say(&denial->teller->story,
		  "The whole machine had no open file left: the limit (fs.file-max) is %s.",
		  denial_number(denial, denial->has_limit, denial->limit));
}

static void denial_tell_queues_max(const struct denial *denial)
{
	if (denial_text(denial, "ipcns"))
		story_say(
			&denial->teller->story,
			"Its IPC namespace had %s queues and was allowed %s (fs.mqueue.queues_max).",
			denial_number(denial, denial->has_charged, denial->charged),
			denial_number(denial, denial->has_limit, denial->limit));
	else
		story_say(
			&denial->teller->story,
			"The IPC namespace whose file system it is had as many queues as it was allowed (fs.mqueue.queues_max); which one that is, is not known.");
}

static void denial_tell_attr(const struct denial *denial)
{
	const char *knob = denial_text(denial, "knob");

	story_say(&denial->teller->story, "An attribute of the queue was refused: %s was asked for",
		  denial_number(denial, denial->has_asked, denial->asked));
	if (denial->has_asked && !denial->asked)
		story_add(&denial->teller->story, ", and 1 is the least");
	else if (denial->has_limit)
		story_add(&denial->teller->story, ", and %" PRIu64 " is the most%s%s%s",
			  denial->limit, knob ? " (" : "",
			  knob ? story_name(&denial->teller->story, knob) : "", knob ? ")" : "");
	story_add(&denial->teller->story, ".");
}

static void denial_tell_overflow(const struct denial *denial)
{
	story_say(&denial->teller->story, "Its attributes make it larger than can be counted.");
}

static void denial_tell_nomem(const struct denial *denial)
{
	story_say(&denial->teller->story, "The kernel had no memory for it.");
}

static void denial_tell_perm(const struct denial *denial)
{
	story_say(
		&denial->teller->story,
		"No limit was in the way, but permissions: those of the queue, or a security policy.");
}

static const struct {
	const char *reason;
	void (*tell)(const struct denial *denial);
} reasons[] = {
	{ "rlimit", denial_tell_rlimit },
	{ "userns", denial_tell_userns },
	{ "nofile", denial_tell_nofile },
	{ "file-max", denial_tell_file_max },
	{ "queues_max", denial_tell_queues_max },
	{ "attr", denial_tell_attr },
	{ "overflow", denial_tell_overflow },
	{ "nomem", denial_tell_nomem },
	{ "perm", denial_tell_perm },
};

static void denial_tell_reason(const struct denial *denial)
{
	const char *reason = denial_text(denial, "reason");

	for (size_t i = 0; reason && i < ARRAY_SIZE(reasons); i++) {
		if (strcmp(reason, reasons[i].reason))
			continue;
		reasons[i].tell(denial);
		return;
	}
	story_say(&denial->teller->story, "The module could not tell which limit that was.");
}

static const char *denial_page(const struct denial *denial)
{
	const char *reason = denial_text(denial, "reason");

	if (!reason)
		return NULL;
	if (!strcmp(reason, "nofile"))
		return "descriptors";
	return !strcmp(reason, "rlimit") || !strcmp(reason, "userns") ? "budget" : NULL;
}

static const char *denial_error(const struct denial *denial)
{
	static const struct {
		unsigned int number;
		const char *text;
	} errors[] = {
		{ EMFILE, "EMFILE (too many open files)" },
		{ ENFILE, "ENFILE (too many open files in the system)" },
		{ ENOSPC, "ENOSPC (no space left on device)" },
		{ EINVAL, "EINVAL (invalid argument)" },
		{ EOVERFLOW, "EOVERFLOW (value too large)" },
		{ ENOMEM, "ENOMEM (cannot allocate memory)" },
		{ EACCES, "EACCES (permission denied)" },
		{ EPERM, "EPERM (operation not permitted)" },
	};
	uint64_t number;

	if (!section_number(denial->section, denial->row, "errno", &number))
		return "an unknown error";
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].number == number)
			return errors[i].text;
	return story_keep(&denial->teller->story, "error %" PRIu64, number);
}

static void denial_tell_what(const struct denial *denial)
{
	struct teller *teller = denial->teller;
	struct story *story = &teller->story;
	const char *name = denial_text(denial, "name"), *container;
	uint64_t pid, uid, userns, ipcns, time;
	bool has_pid = section_number(denial->section, denial->row, "pid", &pid);

	story_say(story, "This is about %s",
		  has_pid ? tell_process(teller, pid, denial_text(denial, "comm")) :
			    "an unknown process");
	if (section_number(denial->section, denial->row, "uid", &uid) &&
	    section_number(denial->section, denial->row, "userns", &userns))
		story_add(story, " of %s", tell_user(teller, uid, userns));
	if (section_number(denial->section, denial->row, "ipcns", &ipcns))
		story_add(story, " in %s", tell_space(teller, ipcns));
	story_add(story, ". Its mq_open of ");
	if (name)
		story_add(story, "queue %s", story_name(story, story_keep(story, "/%s", name)));
	else
		story_add(story, "a queue whose name is not known");
	story_add(story, " was refused with %s", denial_error(denial));
	if (section_number(denial->section, denial->row, "time", &time))
		story_add(story, " %s", tell_when(teller, time));
	story_add(story, ".");
	container = has_pid ? tell_container(teller, pid) : NULL;
	if (container)
		story_say(story, "The process of that number is in %s now.", container);
}

/* All but these are commands, which must not be wrapped. */
static bool fix_is_sentence(const char *fix)
{
	return !strncmp(fix, "free ", 5) || !strncmp(fix, "set ", 4);
}

/**
 * denial_tell_fix() - what lets a refused queue be opened
 * @teller: who tells it
 * @row: of "mq_denials"
 *
 * Return: false if that is nothing.
 */
bool denial_tell_fix(struct teller *teller, size_t row)
{
	const struct section *denials = teller->facts.sections[FACTS_DENIALS];
	const char *fix = NULL;
	struct model model;

	if (model_init(&model, denials)) {
		teller->story.failed = true;
		return false;
	}
	if (fix_compute(&model, teller->facts.sections[FACTS_SPACES], !teller->facts.from))
		teller->story.failed = true;
	else
		for (size_t i = 0; i < model.nall; i++)
			if (!strcmp(model.all[i].name, "fix") && model.all[i].cells)
				fix = model.all[i].cells[row];
	if (fix && fix_is_sentence(fix)) {
		story_say(&teller->story, "What would have helped: %s.", fix);
	} else if (fix) {
		story_say(&teller->story,
			  "As things stood then, this would have let it be opened:");
		story_command(&teller->story, "%s", fix);
	}
	model_exit(&model);
	return fix;
}

static void denial_advise(const struct denial *denial)
{
	struct teller *teller = denial->teller;
	const char *reason = denial_text(denial, "reason"), *from;
	bool live = !teller->facts.from, limit;
	uint64_t uid, userns;
	size_t user;

	story_paragraph(&teller->story);
	limit = reason && (!strcmp(reason, "rlimit") || !strcmp(reason, "userns") ||
			   !strcmp(reason, "nofile") || !strcmp(reason, "queues_max") ||
			   !strcmp(reason, "file-max"));
	if (!denial_tell_fix(teller, denial->row) && limit)
		story_say(&teller->story, "There is no command that would help it: %s.",
			  !denial->has_limit ? "what it takes is not known" :
			  live ? "the process has ended, or the limit suffices by now" :
				 "the setting suffices by now, or what it takes is not known");
	if (!reason || (strcmp(reason, "rlimit") && strcmp(reason, "userns")))
		return;
	if (!section_number(denial->section, denial->row, "limit_uid", &uid) &&
	    !section_number(denial->section, denial->row, "uid", &uid))
		return;
	if (!section_number(denial->section, denial->row, "limit_userns", &userns) &&
	    !section_number(denial->section, denial->row, "userns", &userns))
		return;
	from = teller_from(teller);
	/* Whose last queue has gone since has no row any more. */
	if (!from || !user_find(teller, userns, uid, &user))
		return;
	story_say(&teller->story, "Which queues take that budget:");
	story_command(&teller->story, "ipclens explain user %" PRIu64 "%s", uid, from);
}

/**
 * explain_denial() - the story of a row of "mq_denials"
 * @teller: who tells it
 * @row: of that section
 * @number: of the refusal, counted from the newest
 */
void explain_denial(struct teller *teller, size_t row, size_t number)
{
	struct denial denial = {
		.teller = teller,
		.section = teller->facts.sections[FACTS_DENIALS],
		.row = row,
	};

	denial.has_asked = section_number(denial.section, row, "asked", &denial.asked);
	denial.has_charged = section_number(denial.section, row, "charged", &denial.charged);
	denial.has_limit = section_number(denial.section, row, "limit", &denial.limit);
	story_say(&teller->story, "Refusal %zu of %zu, counted from the newest.", number,
		  denial.section->nrows);
	denial_tell_what(&denial);
	denial_tell_reason(&denial);
	denial_advise(&denial);
	teller->page = denial_page(&denial);
}
