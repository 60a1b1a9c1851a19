// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues without a name that are still charged, and who has them open.
 */
#include <stdlib.h>

#include "finding.h"
#include "holding.h"
#include "human.h"
#include "namespace.h"

static void unlinked_take(struct holding *holding, const struct triage *triage)
{
	const struct section *mqueue = triage->mqueue;
	uint64_t linked;

	for (size_t row = 0; row < mqueue->nrows; row++) {
		struct held *held = &holding->held[holding->nheld];

		*held = (struct held){ .row = row };
		if (!triage_wants(triage, mqueue, row) ||
		    !section_number(mqueue, row, "linked", &linked) || linked ||
		    !section_number(mqueue, row, "ino", &held->number))
			continue;
		/* A queue can outlive its namespace. */
		section_number(mqueue, row, "ipcns", &held->space);
		if (!section_number(mqueue, row, "charged_uid", &held->class))
			held->class = FINDING_USER_UNKNOWN;
		/* Users of one number in two user namespaces have budgets of their own. */
		if (!section_number(mqueue, row, "charged_userns", &held->realm))
			held->realm = USERNS_INIT;
		held->nameless = !section_text(mqueue, row, "name");
		section_number(mqueue, row, "charge", &held->bytes);
		holding->nheld++;
	}
}

/* Since the first was made; the kernel does not tell when a name went. */
static void unlinked_say_age(struct triage *triage, struct finding *finding,
			     const struct holding_group *group)
{
	uint64_t first = 0, time;

	for (size_t i = group->first; i < group->end; i++)
		if (section_number(triage->mqueue, group->holding->held[i].row, "create_time",
				   &time) &&
		    (!first || time < first))
			first = time;
	if (!first)
		return;
	finding_number(finding, FINDING_SINCE, first);
	finding_say_age(triage, finding, ", created ", first, " ago");
}

static void unlinked_say(struct triage *triage, struct finding *finding,
			 const struct holding_group *group)
{
	const struct held *first = &group->holding->held[group->first];
	const char *name = section_text(triage->mqueue, first->row, "name");
	size_t count = group->end - group->first;
	char text[HUMAN_SIZE];

	if (count == 1)
		finding_say(triage, finding, "unlinked queue %s", name ? "" : "without a name");
	else
		finding_say(triage, finding, "%zu unlinked queues", count);
	if (count == 1 && name)
		finding_say_name(triage, finding, name);
	finding_say_place(triage, finding);
	finding_say(triage, finding, " (%s) still charged to ",
		    human_bytes(text, sizeof(text), group->bytes));
	finding_say_user(triage, finding, first->class);
	if (first->realm != USERNS_INIT)
		finding_say(triage, finding, " of user namespace %llu",
			    (unsigned long long)first->realm);
	unlinked_say_age(triage, finding, group);
	if (group->main) {
		finding_say(triage, finding, ", open in ");
		holding_say_holders(triage, finding, group, "descriptor");
	} else if (first->nameless) {
		finding_say(triage, finding,
			    ", open nowhere: kept by a rule of Landlock, or just going");
	} else if (triage->mqholders) {
		finding_say(triage, finding, ", open in no process: on its way, or in io_uring");
	} else {
		finding_say(triage, finding, ", holders unknown%s",
			    triage->live ? "" : " to a capture");
	}
}

static void unlinked_report(struct triage *triage, const struct holding_group *group)
{
	const struct held *first = &group->holding->held[group->first];
	struct finding *finding = finding_add(triage, FINDING_MEMORY, "unlinked");

	finding->weight = group->bytes;
	if (first->space)
		finding_number(finding, FINDING_IPCNS, first->space);
	if (first->class != FINDING_USER_UNKNOWN)
		finding_number(finding, FINDING_UID, first->class);
	finding_number(finding, FINDING_COUNT, group->end - group->first);
	finding_number(finding, FINDING_BYTES, group->bytes);
	unlinked_say(triage, finding, group);
	if (holding_advise(triage, finding, group))
		return;
	if (first->nameless)
		finding_advise(triage, finding, "ipclens explain queue %llu",
			       (unsigned long long)first->number);
	else
		finding_advise(triage, finding, "ipclens mqholders");
	if (first->space)
		finding_advise(triage, finding, " --ipcns %llu", (unsigned long long)first->space);
}

/** finding_unlinked() - one finding for each program that has such queues of a user */
void finding_unlinked(struct triage *triage)
{
	struct holding_group group = { 0 };
	struct holding holding;

	if (!triage->mqueue)
		return;
	if (!holding_init(&holding, triage, triage->mqueue, triage->mqholders, "ino")) {
		unlinked_take(&holding, triage);
		holding_settle(&holding);
		while (holding_next(&group, &holding))
			unlinked_report(triage, &group);
	}
	holding_exit(&holding);
}
