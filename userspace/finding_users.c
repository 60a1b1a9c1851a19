// SPDX-License-Identifier: GPL-2.0-only
/*
 * Users whose message queues have nearly used up what they may cost, and with what.
 */
#include <stdlib.h>

#include "advice.h"
#include "finding.h"
#include "human.h"
#include "model.h"
#include "namespace.h"
#include "room.h"

/* What a user has, as the list of queues tells. */
struct user_queues {
	uint64_t count, spaces, biggest;
	size_t biggest_row;
};

static bool queue_is_of(const struct section *mqueue, size_t row, uint64_t userns, uint64_t uid)
{
	uint64_t number;

	return section_number(mqueue, row, "charged_uid", &number) && number == uid &&
	       section_number(mqueue, row, "charged_userns", &number) && number == userns;
}

/* Rows come by file system, so those of a namespace are together. */
static void user_queues_count(struct user_queues *queues, const struct section *mqueue,
			      uint64_t userns, uint64_t uid)
{
	uint64_t last = UINT64_MAX, space, charge;

	*queues = (struct user_queues){ 0 };
	for (size_t row = 0; mqueue && row < mqueue->nrows; row++) {
		if (!queue_is_of(mqueue, row, userns, uid))
			continue;
		queues->count++;
		space = 0;
		section_number(mqueue, row, "ipcns", &space);
		queues->spaces += space != last;
		last = space;
		if (section_number(mqueue, row, "charge", &charge) && charge > queues->biggest) {
			queues->biggest = charge;
			queues->biggest_row = row;
		}
	}
}

/* What a default queue costs where it counts, 0 if unknown. */
static uint64_t users_charge(const struct triage *triage)
{
	return room_charge(triage->namespaces, triage->ipcns ? *triage->ipcns : IPCNS_INIT);
}

/* The process that made the biggest of the queues, if it is still the same. */
static bool user_creator(const struct triage *triage, const struct user_queues *queues,
			 uint64_t *pid)
{
	uint64_t time;

	if (!queues->biggest ||
	    !section_number(triage->mqueue, queues->biggest_row, "create_pid", pid) ||
	    !advice_pid_valid(*pid))
		return false;
	return !triage->live ||
	       (section_number(triage->mqueue, queues->biggest_row, "create_time", &time) &&
		advice_pid_older(*pid, time));
}

/*
 * Twice the limit, or twice what is in use if others were allowed more than that. A process
 * that cannot be asked may be one of them, and must not get less.
 */
static bool user_needed(const struct triage *triage, const struct finding *finding, size_t row,
			uint64_t *needed)
{
	uint64_t bytes = finding->numbers[FINDING_BYTES], limit = finding->numbers[FINDING_LIMIT];
	uint64_t most;

	if (__builtin_mul_overflow(bytes > limit ? bytes : limit, 2, needed))
		return false;
	return triage->live || !section_number(triage->users, row, "limit_max", &most) ||
	       most <= *needed;
}

/* More for a process that uses it; else see what it went to. */
static void user_advise(struct triage *triage, struct finding *finding, size_t row,
			const struct user_queues *queues, bool limited)
{
	uint64_t pid, needed;
	char *command = NULL;

	if (limited && user_creator(triage, queues, &pid) &&
	    user_needed(triage, finding, row, &needed) &&
	    advice_prlimit(&command, &advice_msgqueue, pid, needed, triage->live) < 0)
		triage->failed = true;
	if (command)
		finding_advise(triage, finding, "%s", command);
	else
		finding_advise(
			triage, finding,
			"ipclens mqueue --sort -charge -o ipcns,name,linked,charge,charged_uid,create_comm");
	free(command);
}

static void user_say(struct triage *triage, struct finding *finding, size_t row,
		     const struct user_queues *queues, const char *room)
{
	uint64_t bytes = finding->numbers[FINDING_BYTES], limit = finding->numbers[FINDING_LIMIT];
	char used[HUMAN_SIZE], most[HUMAN_SIZE];
	uint64_t userns;

	finding_say(triage, finding, "user %llu",
		    (unsigned long long)finding->numbers[FINDING_UID]);
	if (section_number(triage->users, row, "userns", &userns) && userns != USERNS_INIT)
		finding_say(triage, finding, " of user namespace %llu", (unsigned long long)userns);
	finding_say(triage, finding, " has %s", human_bytes(used, sizeof(used), bytes));
	if (finding->known[FINDING_LIMIT] && limit != UINT64_MAX)
		finding_say(triage, finding, " of %s (%u%%)",
			    human_bytes(most, sizeof(most), limit), triage_percent(bytes, limit));
	finding_say(triage, finding, " in");
	if (queues->count)
		finding_say(triage, finding, " %llu", (unsigned long long)queues->count);
	finding_say(triage, finding, " queue%s", queues->count == 1 ? "" : "s");
	if (queues->spaces > 1)
		finding_say(triage, finding, " of %llu IPC namespaces",
			    (unsigned long long)queues->spaces);
	if (room)
		finding_say(triage, finding, ", room for %s more", room);
}

static void user_report(struct triage *triage, size_t row, const char *room, bool limited)
{
	struct finding *finding = finding_add(triage, FINDING_SOON, "budget");
	const struct section *users = triage->users;
	struct user_queues queues;
	uint64_t userns = 0;

	finding_take(finding, FINDING_UID, users, row, "uid");
	finding_take(finding, FINDING_COUNT, users, row, "queues");
	finding_take(finding, FINDING_BYTES, users, row, "bytes");
	finding_take(finding, FINDING_LIMIT, users, row, "limit_min");
	section_number(users, row, "userns", &userns);
	user_queues_count(&queues, triage->mqueue, userns, finding->numbers[FINDING_UID]);
	finding->weight =
		triage_percent(finding->numbers[FINDING_BYTES], finding->numbers[FINDING_LIMIT]);
	user_say(triage, finding, row, &queues, room);
	user_advise(triage, finding, row, &queues, limited);
}

/* room is NULL if it is unknown or without bound. */
static void user_judge(struct triage *triage, size_t row, const char *room)
{
	uint64_t bytes, limit, left;
	bool limited, full;

	if (!section_number(triage->users, row, "bytes", &bytes) || !bytes)
		return;
	limited = section_number(triage->users, row, "limit_min", &limit) && limit != UINT64_MAX &&
		  triage_share_reaches(bytes, limit, triage->bounds->near);
	full = room && column_cell_value(COLUMN_NUM, room, &left) && !left;
	if (limited || full)
		user_report(triage, row, room, limited);
}

/** finding_users() - one finding for each user who is near the limit */
void finding_users(struct triage *triage)
{
	struct model model;

	if (!triage->users)
		return;
	if (model_init(&model, triage->users)) {
		triage->failed = true;
		return;
	}
	if (model_select_fields(&model, "room") || room_compute(&model, users_charge(triage)))
		triage->failed = true;
	for (size_t row = 0; !triage->failed && row < model.nrows; row++)
		user_judge(triage, row, model_cell(&model, row, 0));
	model_exit(&model);
}
