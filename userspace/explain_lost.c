// SPDX-License-Identifier: GPL-2.0-only
/*
 * The story of a segment that has mappings and no row: all that is known are those.
 */
#include <inttypes.h>

#include "explain_parts.h"

/**
 * explain_lost_segment() - the story of a segment whose namespace no task is in
 * @teller: who tells it
 * @row: of "shm_holders"
 */
void explain_lost_segment(struct teller *teller, size_t row)
{
	const struct section *section = teller->facts.sections[FACTS_HOLDERS];
	struct story *story = &teller->story;
	struct holders holders;
	uint64_t ipcns = 0, shmid = 0;

	if (holders_find(teller, &holders, FACTS_HOLDERS, section, row, segment_columns))
		return;
	section_number(section, row, "ipcns", &ipcns);
	section_number(section, row, "shmid", &shmid);
	story_say(
		story,
		"Segment %" PRIu64
		" of %s could not be read, but has mappings. Most likely no task is in its namespace any more, which the mappings keep alive; else it came or went meanwhile. It has %s in %s:",
		shmid, tell_space(teller, ipcns),
		tell_count(teller, holders.sum, "mapping", "mappings"),
		tell_count(teller, holders.count, "process", "processes"));
	holders_list(teller, &holders, "mapping", "mappings", "prot");
	story_paragraph(story);
	story_say(story,
		  "How much it takes is not known. Segment and namespace go when %s %s "
		  "detached it or ended.",
		  holders_who(teller, &holders), holders.count == 1 ? "has" : "have");
	holders_free(&holders);
}
