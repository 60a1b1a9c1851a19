// SPDX-License-Identifier: GPL-2.0-only
/*
 * The story of a message queue: what it is, what it takes of whose budget, who has it
 * open, and what gives that back.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "explain_parts.h"
#include "namespace.h"

/** queue_title() - "Queue /jobs (inode 21001)" of a row of "mqueue" */
const char *queue_title(struct teller *teller, size_t row)
{
	const struct section *queues = teller->facts.sections[FACTS_QUEUES];
	const char *name = section_text(queues, row, "name");
	uint64_t ino = 0;

	section_number(queues, row, "ino", &ino);
	if (!name)
		return story_keep(&teller->story, "the queue with inode %" PRIu64, ino);
	return story_keep(&teller->story, "queue %s (inode %" PRIu64 ")",
			  story_name(&teller->story, story_keep(&teller->story, "/%s", name)), ino);
}

static bool queue_is_linked(const struct section *queues, size_t row)
{
	const char *linked = section_text(queues, row, "linked");

	return !linked || strcmp(linked, "0");
}

/* Nobody has it open: who has, keeps the name. */
static bool queue_is_nameless(const struct section *queues, size_t row)
{
	return !queue_is_linked(queues, row) && !section_text(queues, row, "name");
}

static void queue_tell_what(struct teller *teller, size_t row)
{
	const struct section *queues = teller->facts.sections[FACTS_QUEUES];
	struct story *story = &teller->story;
	uint64_t ipcns, maxmsg, msgsize, msgs, qsize;

	story_say(story, "This is %s", queue_title(teller, row));
	if (section_number(queues, row, "ipcns", &ipcns))
		story_add(story, " of %s.", tell_space(teller, ipcns));
	else
		story_add(story, "; no task is in its IPC namespace any more.");
	if (queue_is_nameless(queues, row))
		story_say(story, "mq_unlink has taken its name, and nobody has it open any more.");
	else if (!queue_is_linked(queues, row))
		story_say(
			story,
			"mq_unlink has taken its name, so nobody can open it any more; it goes when the last descriptor of it is closed.");
	if (section_number(queues, row, "maxmsg", &maxmsg) &&
	    section_number(queues, row, "msgsize", &msgsize))
		story_say(story, "It has room for %s of up to %s.",
			  tell_count(teller, maxmsg, "message", "messages"),
			  tell_count(teller, msgsize, "byte", "bytes"));
	if (section_number(queues, row, "msgs", &msgs) && !msgs)
		story_say(story, "It is empty.");
	else if (section_number(queues, row, "msgs", &msgs) &&
		 section_number(queues, row, "qsize", &qsize))
		story_say(story, "It holds %s with %s in all.",
			  tell_count(teller, msgs, "message", "messages"),
			  tell_count(teller, qsize, "byte", "bytes"));
}

static void queue_tell_creation(struct teller *teller, size_t row)
{
	const struct section *queues = teller->facts.sections[FACTS_QUEUES];
	struct story *story = &teller->story;
	uint64_t pid, time;

	if (!section_number(queues, row, "create_pid", &pid)) {
		story_say(story, "Who created it and when is not known: %s.",
			  explain_unseen(teller, "mq_create", false));
		return;
	}
	story_say(story, "It was created by %s",
		  tell_process(teller, pid, section_text(queues, row, "create_comm")));
	if (section_number(queues, row, "create_time", &time))
		story_add(story, " %s", tell_when(teller, time));
	story_add(story, ".");
}

/* The module counts so many, and says that there are more by not telling a number. */
static void queue_tell_blocked(struct teller *teller, size_t row, const char *column,
			       const char *where)
{
	const struct section *queues = teller->facts.sections[FACTS_QUEUES];
	struct story *story = &teller->story;
	uint64_t number;
	size_t index;

	if (section_has_column(queues, column, &index) && !section_cell(queues, row, index))
		story_say(story, "More than 1024 threads are blocked in %s.", where);
	else if (section_number(queues, row, column, &number) && number)
		story_say(story, "%s in %s.",
			  tell_count(teller, number, "thread is blocked", "threads are blocked"),
			  where);
}

static void queue_tell_waiters(struct teller *teller, size_t row)
{
	const struct section *queues = teller->facts.sections[FACTS_QUEUES];
	struct story *story = &teller->story;
	uint64_t number;

	queue_tell_blocked(teller, row, "send_waiters", "sending, as it is full");
	queue_tell_blocked(teller, row, "recv_waiters", "receiving");
	if (section_number(queues, row, "notify_pid", &number))
		story_say(story, "Process %" PRIu64 " has asked to be notified of a message.",
			  number);
}

static void queue_tell_cost(struct teller *teller, size_t row)
{
	const struct section *queues = teller->facts.sections[FACTS_QUEUES];
	struct story *story = &teller->story;
	uint64_t charge, userns, uid;
	size_t user;

	story_paragraph(story);
	if (!section_number(queues, row, "charge", &charge)) {
		story_say(story, "What it is charged is not known.");
		return;
	}
	story_say(story, "It takes %s of the message queue budget",
		  tell_count(teller, charge, "byte", "bytes"));
	if (!section_number(queues, row, "charged_userns", &userns) ||
	    !section_number(queues, row, "charged_uid", &uid)) {
		story_add(story, " of an unknown user, messages or none.");
		return;
	}
	story_add(story, " of %s, messages or none.", tell_user(teller, uid, userns));
	if (user_find(teller, userns, uid, &user))
		user_tell_budget(teller, user);
}

/** queue_openers() - who has it open, likewise; see holders_find() */
int queue_openers(struct teller *teller, struct holders *holders, size_t row)
{
	static const char *const columns[] = { "ipcns", "ino", "name", NULL };

	return holders_find(teller, holders, FACTS_OPENERS, teller->facts.sections[FACTS_QUEUES],
			    row, columns);
}

static void queue_tell_openers(struct teller *teller, const struct holders *holders, bool nameless)
{
	struct story *story = &teller->story;

	if (nameless)
		return;
	story_paragraph(story);
	if (!holders->section && !teller->facts.from) {
		story_say(story, "Who has it open could not be found out.");
	} else if (!holders->section) {
		story_say(
			story,
			"Who has it open is in /proc of the running system alone: ipclens" STORY_BLANK
			"mqholders tells it there.");
	} else if (!holders->count) {
		story_say(story, "No process was found that has it open.");
	} else {
		story_say(story, "There %s %s of it in %s:", holders->sum == 1 ? "is" : "are",
			  tell_count(teller, holders->sum, "descriptor", "descriptors"),
			  tell_count(teller, holders->count, "process", "processes"));
		holders_list(teller, holders, "descriptor", "descriptors", "fd");
	}
}

/* Whether the name is there, and not that of a queue of another namespace, as in containers. */
static bool queue_is_mounted(const struct teller *teller, size_t row)
{
	const char *dev = section_text(teller->facts.sections[FACTS_QUEUES], row, "dev");
	unsigned int major, minor;
	struct stat mounted;

	return teller->facts.from ||
	       (dev && sscanf(dev, "%u:%u", &major, &minor) == 2 &&
		!stat("/dev/mqueue", &mounted) && mounted.st_dev == makedev(major, minor));
}

/**
 * queue_advise_unlink() - the command that takes the name of a queue
 * @teller: who tells it
 * @row: of "mqueue"
 */
void queue_advise_unlink(struct teller *teller, size_t row)
{
	const struct section *queues = teller->facts.sections[FACTS_QUEUES];
	const char *name = section_text(queues, row, "name");
	const char *enter = NULL;
	struct story *story = &teller->story;
	uint64_t ipcns;

	if (section_number(queues, row, "ipcns", &ipcns))
		enter = teller_enter(teller, ipcns);
	if (!name || !tell_is_plain(name, "")) {
		story_say(
			story,
			"Its name takes care to type: mq_unlink has to be called with it in its IPC namespace.");
	} else if (enter && !*enter && queue_is_mounted(teller, row)) {
		story_command(story, "rm /dev/mqueue/%s", name);
	} else if (enter) {
		/* What a task there has mounted can be that of any other namespace. */
		story_command(story, "%sunshare -m sh -c 'mount -t mqueue none /tmp && rm /tmp/%s'",
			      enter, name);
	} else {
		story_say(story, "No task is known in its namespace that could do it.");
	}
}

static void queue_advise(struct teller *teller, size_t row, const struct holders *holders)
{
	const struct section *queues = teller->facts.sections[FACTS_QUEUES];
	struct story *story = &teller->story;
	bool linked = queue_is_linked(queues, row);
	uint64_t ipcns;

	story_paragraph(story);
	if (queue_is_nameless(queues, row))
		story_say(
			story,
			"What keeps it is a rule of Landlock that was made for it, and that goes with the last process that has it; or it is just going.");
	else if (!linked && holders->count)
		story_say(story, "The budget gets its bytes back when %s %s closed it or ended.",
			  holders_who(teller, holders), holders->count == 1 ? "has" : "have");
	else if (!linked && holders->section)
		story_say(
			story,
			"Something keeps it: a descriptor on its way through a Unix socket or in an io_uring, or a process that could not be looked into.");
	else if (!linked)
		story_say(story, "The budget gets its bytes back when those who have it open have "
				 "closed it or ended.");
	if (!linked)
		return;
	story_say(story, "It stays until its name is taken%s",
		  section_number(queues, row, "ipcns", &ipcns) && ipcns == IPCNS_INIT ?
			  "" :
			  ", by somebody or as its namespace ends");
	if (holders->count)
		story_add(story, ", and %s %s closed it or ended", holders_who(teller, holders),
			  holders->count == 1 ? "has" : "have");
	else if (!holders->section)
		story_add(story, ", and those who have it open have closed it or ended");
	story_add(story, ". What is in it is lost then. Its name is taken by:");
	queue_advise_unlink(teller, row);
}

/**
 * explain_queue() - the story of a row of "mqueue"
 * @teller: who tells it
 * @row: of that section
 */
void explain_queue(struct teller *teller, size_t row)
{
	struct holders holders;

	if (queue_openers(teller, &holders, row))
		return;
	queue_tell_what(teller, row);
	queue_tell_creation(teller, row);
	queue_tell_waiters(teller, row);
	queue_tell_cost(teller, row);
	queue_tell_openers(teller, &holders,
			   queue_is_nameless(teller->facts.sections[FACTS_QUEUES], row));
	queue_advise(teller, row, &holders);
	teller->page = "budget";
	holders_free(&holders);
}
