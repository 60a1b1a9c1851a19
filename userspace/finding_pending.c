// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments that go at their last detach, and who keeps them from it.
 */
#include <stdlib.h>
#include <string.h>

#include "finding.h"
#include "holding.h"
#include "human.h"

/* Segments that are named, of many. */
#define PENDING_NAMED 3

enum pending_class {
	PENDING_MARKED,
	PENDING_FORCED,
};

/* Who marked the segments of a group, and when the first. */
struct pending_mark {
	uint64_t first;
	bool known, same;
	uint64_t pid;
	const char *comm;
	size_t unseen; /* marked by nobody knows whom, and when */
};

/*
 * Where every segment is forced, one whose creator lives is just in use. One without a
 * mapping is not waiting for a detach.
 */
static bool row_is_pending(const struct section *shm, size_t row, uint64_t *class)
{
	const char *pending = section_text(shm, row, "pending");
	uint64_t number;

	if (!pending || !section_number(shm, row, "nattch", &number) || !number)
		return false;
	*class = PENDING_MARKED;
	if (!strcmp(pending, "marked"))
		return true;
	*class = PENDING_FORCED;
	return !strcmp(pending, "forced") && section_number(shm, row, "creator_alive", &number) &&
	       !number;
}

static void pending_take(struct holding *holding, const struct triage *triage)
{
	for (size_t row = 0; row < triage->shm->nrows; row++) {
		struct held *held = &holding->held[holding->nheld];

		*held = (struct held){ .row = row };
		if (!triage_wants(triage, triage->shm, row) ||
		    !row_is_pending(triage->shm, row, &held->class) ||
		    !section_number(triage->shm, row, "ipcns", &held->space) ||
		    !section_number(triage->shm, row, "shmid", &held->number))
			continue;
		section_number(triage->shm, row, "size", &held->bytes);
		holding->nheld++;
	}
}

static void mark_take(struct pending_mark *mark, const struct section *shm, size_t row)
{
	const char *comm = section_text(shm, row, "rmid_comm");
	uint64_t time, pid;

	if (!section_number(shm, row, "rmid_time", &time) ||
	    !section_number(shm, row, "rmid_pid", &pid)) {
		mark->unseen++;
		return;
	}
	if (!mark->known || time < mark->first)
		mark->first = time;
	if (!mark->known) {
		mark->known = mark->same = true;
		mark->pid = pid;
		mark->comm = comm;
	} else if (pid != mark->pid) {
		mark->same = false;
	}
}

/* Who marked them and when, which the kernel does not keep; the holders come next. */
static void pending_say_mark(struct triage *triage, struct finding *finding,
			     const struct holding_group *group)
{
	const char *ago = group->end - group->first == 1 ? " " : " up to ";
	struct pending_mark mark = { 0 };

	for (size_t i = group->first; i < group->end; i++)
		mark_take(&mark, triage->shm, group->holding->held[i].row);
	if (!mark.known) {
		finding_say(triage, finding, " removed when nobody saw it, held by ");
		return;
	}
	finding_number(finding, FINDING_SINCE, mark.first);
	if (mark.same && !mark.unseen && group->npids == 1 && mark.pid == group->main->pid) {
		finding_say(triage, finding, " removed");
		finding_say_age(triage, finding, ago, mark.first, " ago");
		finding_say(triage, finding, " by its holder ");
		return;
	}
	finding_say(triage, finding, " removed by ");
	if (mark.same)
		finding_say_process(triage, finding, mark.comm, mark.pid);
	else
		finding_say(triage, finding, "several");
	finding_say_age(triage, finding, ago, mark.first, " ago");
	if (mark.unseen)
		finding_say(triage, finding, ", %zu of them when nobody saw it", mark.unseen);
	finding_say(triage, finding, ", held by ");
}

static void pending_say_biggest(struct triage *triage, struct finding *finding,
				const struct holding_group *group)
{
	const struct held *held = group->holding->held;
	char text[HUMAN_SIZE];

	if (group->end - group->first == 1)
		return;
	human_bytes(text, sizeof(text), held[group->first].bytes);
	if (held[group->first].bytes == held[group->end - 1].bytes) {
		finding_say(triage, finding, "; %s each", text);
		return;
	}
	for (size_t i = group->first; i < group->end && i < group->first + PENDING_NAMED; i++)
		finding_say(triage, finding, "%s%llu (%s)",
			    i == group->first ? "; biggest: " : ", ",
			    (unsigned long long)held[i].number,
			    human_bytes(text, sizeof(text), held[i].bytes));
}

static void pending_say(struct triage *triage, struct finding *finding,
			const struct holding_group *group)
{
	const struct held *first = &group->holding->held[group->first];
	size_t count = group->end - group->first;
	char text[HUMAN_SIZE];

	if (count == 1)
		finding_say(triage, finding, "segment %llu", (unsigned long long)first->number);
	else
		finding_say(triage, finding, "%zu segments", count);
	finding_say_place(triage, finding);
	finding_say(triage, finding, " (%s)", human_bytes(text, sizeof(text), group->bytes));
	if (first->class == PENDING_MARKED)
		pending_say_mark(triage, finding, group);
	else
		finding_say(triage, finding, " whose creator is gone (shm_rmid_forced), held by ");
	if (group->main)
		holding_say_holders(triage, finding, group, "mapping");
	else
		finding_say(triage, finding, triage->holders ? "nobody seen" : "somebody");
	pending_say_biggest(triage, finding, group);
}

static void pending_report(struct triage *triage, const struct holding_group *group)
{
	uint64_t ipcns = group->holding->held[group->first].space;
	struct finding *finding = finding_add(triage, FINDING_MEMORY, "pending");

	finding->weight = group->bytes;
	finding_number(finding, FINDING_IPCNS, ipcns);
	finding_number(finding, FINDING_COUNT, group->end - group->first);
	finding_number(finding, FINDING_BYTES, group->bytes);
	pending_say(triage, finding, group);
	if (!holding_advise(triage, finding, group))
		finding_advise(triage, finding, "ipclens holders --ipcns %llu --sort shmid",
			       (unsigned long long)ipcns);
}

/** finding_pending() - one finding for each program that holds such segments */
void finding_pending(struct triage *triage)
{
	struct holding_group group = { 0 };
	struct holding holding;

	if (!triage->shm)
		return;
	if (!holding_init(&holding, triage, triage->shm, triage->holders, "shmid")) {
		pending_take(&holding, triage);
		holding_settle(&holding);
		while (holding_next(&group, &holding))
			if (group.bytes >= triage->bounds->pending_bytes)
				pending_report(triage, &group);
	}
	holding_exit(&holding);
}
