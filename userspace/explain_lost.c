// SPDX-License-Identifier: GPL-2.0-only
/*
 * The story of a segment that has mappings and no row: all that is known are those.
 */
#include <inttypes.h>

#include "explain_parts.h"

/* A holder that is in the namespace has been listed with it, as a rule. */
static bool lost_has_task(const struct holders *holders, uint64_t ipcns)
{
	uint64_t now;

	for (size_t i = 0; i < holders->count; i++)
		if (section_number(holders->section, holders->all[i].first, "task_ipcns", &now) &&
		    now == ipcns)
			return true;
	return false;
}

/* @row is of "shm_holders". */
static void lost_tell(struct teller *teller, size_t row)
{
	const struct section *section = teller->facts.sections[FACTS_HOLDERS];
	struct story *story = &teller->story;
	struct holders holders;
	uint64_t ipcns = 0, shmid = 0;
	bool shown;

	if (holders_find(teller, &holders, FACTS_HOLDERS, section, row, segment_columns))
		return;
	section_number(section, row, "ipcns", &ipcns);
	section_number(section, row, "shmid", &shmid);
	shown = lost_has_task(&holders, ipcns);
	story_say(story, "Segment %" PRIu64 " of %s could not be read, but has mappings. %s", shmid,
		  tell_space(teller, ipcns),
		  shown ? "The module has not shown it, or it came or went meanwhile." :
			  "Most likely no task is in its namespace any more, which the mappings "
			  "keep alive; else it came or went meanwhile.");
	story_say(story, "It has %s in %s:", tell_count(teller, holders.sum, "mapping", "mappings"),
		  tell_count(teller, holders.count, "process", "processes"));
	holders_list(teller, &holders, "mapping", "mappings", "prot");
	story_paragraph(story);
	story_say(story, "How much it takes is not known.");
	if (!shown)
		story_say(story, "Segment and namespace go when %s %s detached it or ended.",
			  holders_who(teller, &holders), holders.count == 1 ? "has" : "have");
	holders_free(&holders);
}

static bool lost_is_meant(const struct section *section, size_t row, uint64_t shmid,
			  uint64_t *ipcns)
{
	uint64_t number;

	return section_number(section, row, "shmid", &number) && number == shmid &&
	       section_number(section, row, "ipcns", ipcns);
}

/* Whether one of the rows before @end is about the same segment. */
static bool lost_is_told(const struct section *section, size_t end, uint64_t shmid, uint64_t ipcns)
{
	uint64_t before;

	for (size_t row = 0; row < end; row++)
		if (lost_is_meant(section, row, shmid, &before) && before == ipcns)
			return true;
	return false;
}

/**
 * explain_lost_segments() - the stories of segments that have no row, but mappings
 * @teller: who tells them
 * @shmid: their number, each of another namespace
 *
 * A segment of a namespace that no task is in is known by its mappings alone.
 *
 * Return: how many there are.
 */
size_t explain_lost_segments(struct teller *teller, uint64_t shmid)
{
	const struct section *segments = teller->facts.sections[FACTS_SEGMENTS];
	const struct section *holders = teller->facts.sections[FACTS_HOLDERS];
	uint64_t ipcns;
	size_t told = 0;

	for (size_t row = 0; holders && row < holders->nrows; row++) {
		if (!lost_is_meant(holders, row, shmid, &ipcns) ||
		    !teller_wants(teller, holders, row) ||
		    (segments && lost_is_told(segments, segments->nrows, shmid, ipcns)) ||
		    lost_is_told(holders, row, shmid, ipcns))
			continue;
		story_paragraph(&teller->story);
		lost_tell(teller, row);
		told++;
	}
	return told;
}
