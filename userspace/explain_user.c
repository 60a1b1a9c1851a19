// SPDX-License-Identifier: GPL-2.0-only
/*
 * The story of a user's message queue budget: how far it is used up, by which queues in
 * which namespaces, and what makes room.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "explain_parts.h"
#include "message.h"
#include "model.h"
#include "namespace.h"
#include "room.h"

#define USER_UNLIMITED UINT64_MAX
#define USER_CEILING_NONE INT64_MAX

/* A queue that the user pays for. */
struct payment {
	size_t row; /* of "mqueue" */
	uint64_t charge;
	uint64_t ipcns; /* 0 if unknown */
};

struct payments {
	struct payment *all; /* the largest first */
	size_t count;
};

/** user_find() - the row of a user in "mq_users" */
bool user_find(const struct teller *teller, uint64_t userns, uint64_t uid, size_t *row)
{
	const struct section *users = teller->facts.sections[FACTS_USERS];
	uint64_t a, b;

	for (*row = 0; users && *row < users->nrows; ++*row)
		if (section_number(users, *row, "userns", &a) && a == userns &&
		    section_number(users, *row, "uid", &b) && b == uid)
			return true;
	return false;
}

static const char *user_limit_text(struct teller *teller, uint64_t limit)
{
	return limit == USER_UNLIMITED ? "any number" :
					 story_keep(&teller->story, "%" PRIu64, limit);
}

/** user_tell_budget() - how much is used, and of how much, by a row of "mq_users" */
void user_tell_budget(struct teller *teller, size_t row)
{
	const struct section *users = teller->facts.sections[FACTS_USERS];
	struct story *story = &teller->story;
	uint64_t bytes, least, most, tasks;

	if (!section_number(users, row, "bytes", &bytes))
		return;
	story_say(story, "This user has %s in use", tell_count(teller, bytes, "byte", "bytes"));
	if (section_number(users, row, "limit_min", &least) &&
	    section_number(users, row, "limit_max", &most)) {
		if (least == most && least == USER_UNLIMITED)
			story_add(story, ", and no limit (RLIMIT_MSGQUEUE)");
		else if (least == most)
			story_add(story,
				  " of %" PRIu64 " that each process is allowed (RLIMIT_MSGQUEUE)",
				  least);
		else
			story_add(
				story,
				"; its processes are allowed from %s up to %s, each by its own limit (RLIMIT_MSGQUEUE)",
				user_limit_text(teller, least), user_limit_text(teller, most));
	} else if (section_number(users, row, "tasks", &tasks) && !tasks) {
		story_add(story, ", but no process that a limit could be told of");
	}
	story_add(story, ".");
}

/* How many more default queues fit, by the same rule as the column. */
static bool user_room(struct teller *teller, size_t row, uint64_t *room, uint64_t *charge)
{
	const struct section *users = teller->facts.sections[FACTS_USERS];
	struct model model;
	bool found = false;

	*charge = room_charge(teller->facts.sections[FACTS_SPACES],
			      teller->ipcns ? *teller->ipcns : IPCNS_INIT);
	if (!*charge)
		return false;
	if (model_init(&model, users)) {
		teller->story.failed = true;
		return false;
	}
	if (room_compute(&model, *charge))
		teller->story.failed = true;
	else
		for (size_t i = 0; i < model.nall && !found; i++)
			found = !strcmp(model.all[i].name, "room") && model.all[i].cells &&
				model.all[i].cells[row] &&
				column_cell_value(COLUMN_NUM, model.all[i].cells[row], room);
	model_exit(&model);
	return found;
}

static void user_tell_room(struct teller *teller, size_t row)
{
	uint64_t room, charge;

	if (!user_room(teller, row, &room, &charge))
		story_say(&teller->story, "How many more queues fit is not known, or not bounded.");
	else if (room)
		story_say(&teller->story, "%s without attributes, %s each, can still be opened.",
			  tell_count(teller, room, "queue", "queues"),
			  tell_count(teller, charge, "byte", "bytes"));
	else
		story_say(&teller->story,
			  "Not one more queue without attributes, which takes %s, can be opened.",
			  tell_count(teller, charge, "byte", "bytes"));
}

static bool user_is_parent(const struct section *users, size_t row)
{
	uint64_t userns, uid, a, b;

	if (!section_number(users, row, "userns", &userns) ||
	    !section_number(users, row, "uid", &uid))
		return false;
	for (size_t i = 0; i < users->nrows; i++)
		if (section_number(users, i, "parent_userns", &a) && a == userns &&
		    section_number(users, i, "parent_uid", &b) && b == uid)
			return true;
	return false;
}

/* Charges go up the user namespaces, and come from those below. */
static void user_tell_levels(struct teller *teller, size_t row)
{
	const struct section *users = teller->facts.sections[FACTS_USERS];
	struct story *story = &teller->story;
	uint64_t bytes, own, userns, uid, ceiling;

	if (section_number(users, row, "bytes", &bytes) &&
	    section_number(users, row, "queue_bytes", &own) && bytes > own)
		story_say(story, "%s of them are charged by %s.",
			  tell_count(teller, bytes - own, "byte", "bytes"),
			  user_is_parent(users, row) ?
				  "user namespaces below, whose maker this user is" :
				  "queues that are not listed, or came or went meanwhile");
	if (!section_number(users, row, "parent_userns", &userns) ||
	    !section_number(users, row, "parent_uid", &uid))
		return;
	story_say(story, "Each charge counts for %s, too, who made that user namespace",
		  tell_user(teller, uid, userns));
	if (section_number(users, row, "ceiling", &ceiling) && ceiling < USER_CEILING_NONE)
		story_add(story, ", and is refused where it would take that user above %" PRIu64,
			  ceiling);
	story_add(story, ".");
}

static int payment_compare(const void *a, const void *b)
{
	const struct payment *x = a, *y = b;

	return number_compare(y->charge, x->charge) ?: number_compare(x->row, y->row);
}

static int payment_compare_space(const void *a, const void *b)
{
	const struct payment *x = a, *y = b;

	return number_compare(x->ipcns, y->ipcns) ?: payment_compare(a, b);
}

static bool payments_find(struct teller *teller, struct payments *payments, uint64_t userns,
			  uint64_t uid)
{
	const struct section *queues = teller->facts.sections[FACTS_QUEUES];
	uint64_t a, b;

	*payments = (struct payments){ 0 };
	payments->all = calloc(queues->nrows + 1, sizeof(*payments->all));
	teller->story.failed |= !payments->all;
	for (size_t row = 0; payments->all && row < queues->nrows; row++) {
		struct payment *payment = &payments->all[payments->count];

		if (!section_number(queues, row, "charged_userns", &a) || a != userns ||
		    !section_number(queues, row, "charged_uid", &b) || b != uid)
			continue;
		*payment = (struct payment){ .row = row };
		section_number(queues, row, "charge", &payment->charge);
		section_number(queues, row, "ipcns", &payment->ipcns);
		payments->count++;
	}
	return payments->count;
}

/* A namespace has no name, so a process in it and its container stand for it. */
static void payments_tell_space(struct teller *teller, const struct payment *first, size_t count)
{
	const struct section *spaces = teller->facts.sections[FACTS_SPACES];
	struct story *story = &teller->story;
	const char *container;
	uint64_t bytes = 0, pid;
	size_t space;

	for (size_t i = 0; i < count; i++)
		bytes += first[i].charge;
	story_item(story);
	story_say(story, "%s: %s, %s",
		  first->ipcns ? tell_space(teller, first->ipcns) :
				 "IPC namespaces that no task is in any more",
		  tell_count(teller, count, "queue", "queues"),
		  tell_count(teller, bytes, "byte", "bytes"));
	if (!first->ipcns || !teller_space_row(teller, first->ipcns, &space) ||
	    !section_number(spaces, space, "pid", &pid))
		return;
	story_add(story, "; %s is in it",
		  tell_process(teller, pid, section_text(spaces, space, "comm")));
	container = tell_container(teller, pid);
	if (container)
		story_add(story, ", in %s", container);
}

static void payments_tell_spaces(struct teller *teller, struct payments *payments)
{
	struct payment *all = payments->all;
	size_t spaces = 0, told = 0, end;

	qsort(all, payments->count, sizeof(*all), payment_compare_space);
	for (size_t i = 0; i < payments->count; i++)
		spaces += !i || all[i].ipcns != all[i - 1].ipcns;
	if (spaces == 1 && all->ipcns == IPCNS_INIT)
		return;
	story_paragraph(&teller->story);
	story_say(&teller->story, "%s",
		  spaces > 1 ? "They are in different IPC namespaces, which share this budget:" :
			       "By IPC namespace:");
	for (size_t i = 0; i < payments->count; i = end) {
		for (end = i + 1; end < payments->count && all[end].ipcns == all[i].ipcns; end++)
			;
		if (told++ < EXPLAIN_LIST_MAX)
			payments_tell_space(teller, &all[i], end - i);
	}
	if (told > EXPLAIN_LIST_MAX) {
		story_item(&teller->story);
		story_say(&teller->story, "and %zu more", told - EXPLAIN_LIST_MAX);
	}
}

static void payment_tell(struct teller *teller, const struct payment *payment)
{
	const struct section *queues = teller->facts.sections[FACTS_QUEUES];
	const char *linked = section_text(queues, payment->row, "linked");
	struct story *story = &teller->story;
	struct holders holders;
	uint64_t pid;

	story_item(story);
	story_say(story, "%s: %s", queue_title(teller, payment->row),
		  tell_count(teller, payment->charge, "byte", "bytes"));
	if (payment->ipcns && payment->ipcns != IPCNS_INIT)
		story_add(story, " in %s", tell_space(teller, payment->ipcns));
	if (linked && !strcmp(linked, "0"))
		story_add(story, "; unlinked");
	if (section_number(queues, payment->row, "create_pid", &pid))
		story_add(story, "; created by %s",
			  tell_process(teller, pid,
				       section_text(queues, payment->row, "create_comm")));
	if (queue_openers(teller, &holders, payment->row))
		return;
	if (holders.count)
		story_add(story, "; open in %s", holders_who(teller, &holders));
	else if (holders.section)
		story_add(story, "; no process was found that has it open");
	holders_free(&holders);
}

static void payments_tell(struct teller *teller, struct payments *payments)
{
	struct story *story = &teller->story;

	qsort(payments->all, payments->count, sizeof(*payments->all), payment_compare);
	story_paragraph(story);
	story_say(story, "Bytes are taken by %s%s:",
		  tell_count(teller, payments->count, "queue", "queues"),
		  payments->count > 1 ? ", the largest first" : "");
	for (size_t i = 0; i < payments->count && i < EXPLAIN_LIST_MAX; i++)
		payment_tell(teller, &payments->all[i]);
	if (payments->count > EXPLAIN_LIST_MAX) {
		story_item(story);
		story_say(story, "and %zu more; ipclens" STORY_BLANK "mqueue lists all",
			  payments->count - EXPLAIN_LIST_MAX);
	}
	payments_tell_spaces(teller, payments);
}

/* Also those of users below, whose charges count here. */
static void user_tell_denials(struct teller *teller, uint64_t userns, uint64_t uid)
{
	const struct section *denials = teller->facts.sections[FACTS_DENIALS];
	struct story *story = &teller->story;
	uint64_t a, b;
	size_t count = 0, newest = 0;
	const char *from = teller_from(teller);

	for (size_t row = 0; denials && row < denials->nrows; row++) {
		if (!section_number(denials, row, "limit_userns", &a) || a != userns ||
		    !section_number(denials, row, "limit_uid", &b) || b != uid)
			continue;
		count++;
		newest = row;
	}
	if (!count)
		return;
	story_paragraph(story);
	story_say(story, "For want of this budget %s%s",
		  tell_count(teller, count, "queue was refused", "queues were refused"),
		  from ? "; this tells of the newest:" : ".");
	if (from)
		story_command(story, "ipclens explain denial %zu%s", denials->nrows - newest, from);
	denial_tell_fix(teller, newest);
}

/* Queues that nobody has open, as far as is known, can go. */
static void user_advise_unlink(struct teller *teller, const struct payments *payments)
{
	const struct section *queues = teller->facts.sections[FACTS_QUEUES];
	size_t told = 0;

	/* What has told of the openers has warned of those that it could not see. */
	for (size_t i = 0; !message_warned() && i < payments->count && i < EXPLAIN_LIST_MAX; i++) {
		const struct payment *payment = &payments->all[i];
		const char *linked = section_text(queues, payment->row, "linked");
		struct holders holders;
		bool idle;

		if (!linked || strcmp(linked, "1") || queue_openers(teller, &holders, payment->row))
			continue;
		idle = holders.section && !holders.count;
		holders_free(&holders);
		if (!idle)
			continue;
		if (!told++)
			story_say(
				&teller->story,
				"No process was found that has these open. If what is in them is of no use to anybody:");
		queue_advise_unlink(teller, payment->row);
	}
}

static void user_advise(struct teller *teller, const struct payments *payments)
{
	struct story *story = &teller->story;

	story_paragraph(story);
	if (payments->count)
		story_say(
			story,
			"Room is made by taking the names of queues and closing them; ipclens" STORY_BLANK
			"explain" STORY_BLANK "queue tells of each what frees it.");
	user_advise_unlink(teller, payments);
	story_say(
		story,
		"More is allowed by a higher RLIMIT_MSGQUEUE: ulimit -q or a unit's LimitMSGQUEUE= where a process is started, prlimit --msgqueue for one that runs.");
}

/**
 * explain_user() - the story of a row of "mq_users"
 * @teller: who tells it
 * @row: of that section
 */
void explain_user(struct teller *teller, size_t row)
{
	const struct section *users = teller->facts.sections[FACTS_USERS];
	struct payments payments = { 0 };
	uint64_t userns = 0, uid = 0, tasks;

	section_number(users, row, "userns", &userns);
	section_number(users, row, "uid", &uid);
	story_say(&teller->story, "This is the message queue budget of %s.",
		  tell_user(teller, uid, userns));
	user_tell_budget(teller, row);
	user_tell_levels(teller, row);
	user_tell_room(teller, row);
	if (section_number(users, row, "tasks", &tasks) && !tasks)
		story_say(&teller->story, "No thread runs as this user; what is charged stays.");
	if (!teller->facts.sections[FACTS_QUEUES])
		story_say(&teller->story, "Which queues take it is not known.");
	else if (payments_find(teller, &payments, userns, uid))
		payments_tell(teller, &payments);
	user_tell_denials(teller, userns, uid);
	user_advise(teller, &payments);
	teller->page = "budget";
	free(payments.all);
}
