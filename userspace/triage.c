// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a source to findings: which files are read, what is missing, and how it ends.
 */
#include "triage.h"

#include "array.h"
#include "facts.h"
#include "message.h"

static bool queues_have_unlinked(const struct section *mqueue)
{
	uint64_t linked;

	for (size_t row = 0; mqueue && row < mqueue->nrows; row++)
		if (section_number(mqueue, row, "linked", &linked) && !linked)
			return true;
	return false;
}

static void triage_take(struct triage *triage, struct facts *facts)
{
	const struct section *const *sections = facts->sections;

	triage->namespaces = sections[FACTS_SPACES];
	triage->shm = sections[FACTS_SEGMENTS];
	triage->holders = sections[FACTS_HOLDERS];
	triage->mqueue = sections[FACTS_QUEUES];
	triage->users = sections[FACTS_USERS];
	triage->denials = sections[FACTS_DENIALS];
	triage->probes = sections[FACTS_PROBES];
	triage->status = sections[FACTS_STATUS];
	triage->now = facts->now;
	triage->has_now = facts->has_now;
	/* All of /proc is gone through only if there is somebody to be found. */
	if (queues_have_unlinked(triage->mqueue))
		facts_find_openers(facts, triage->ipcns);
	triage->mqholders = sections[FACTS_OPENERS];
}

/* Returns -1 if there is nothing to look at, of which the user has been told. */
static int triage_read(struct facts *facts, const char *from)
{
	if (facts_read(facts, from, FACTS_BIT(FACTS_OPENERS) - 1 - FACTS_BIT(FACTS_HISTORY)))
		return -1;
	if (facts->found) {
		facts_warn(facts, "findings may be missing");
		return 0;
	}
	facts_report(facts, FACTS_STATUS);
	return -1;
}

/* A namespace that no section knows is a mistake. */
static bool triage_knows_ipcns(const struct triage *triage)
{
	const struct section *const sections[] = { triage->namespaces, triage->shm, triage->holders,
						   triage->mqueue, triage->denials };

	if (!triage->ipcns)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (sections[i] && model_section_lists(sections[i], *triage->ipcns))
			return true;
	model_report_ipcns(*triage->ipcns);
	return false;
}

/**
 * triage_run() - the command
 * @options: what the user wants
 *
 * Return: the exit status: whether there was nothing to find, something, or no data.
 */
int triage_run(const struct options *options)
{
	struct facts facts;
	struct triage triage = {
		.bounds = &options->bounds,
		.live = !options->from,
		.ipcns = options->has_ipcns ? &options->ipcns : NULL,
	};
	int ret = STATUS_NOTHING;

	if (triage_read(&facts, options->from))
		goto out;
	triage_take(&triage, &facts);
	if (!triage_knows_ipcns(&triage))
		goto out;
	if (triage_find(&triage))
		message_no_memory();
	else if (!triage_print(&triage, options->out, &options->style))
		ret = triage.nfindings || message_warned() ? STATUS_PARTIAL : STATUS_FINE;
	findings_free(&triage);
out:
	facts_free(&facts);
	return ret;
}
