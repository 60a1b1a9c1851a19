// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why the module does not know what was done: it was not there, or was and has forgotten,
 * or could not see it.
 */
#include "explain_parts.h"
#include "status.h"

#include <inttypes.h>
#include <string.h>

static bool probe_row(const struct section *probes, const char *name, size_t *row)
{
	for (*row = 0; probes && *row < probes->nrows; ++*row) {
		const char *found = section_text(probes, *row, "name");

		if (found && !strcmp(found, name))
			return true;
	}
	return false;
}

static bool probe_is_missing(const struct section *probes, size_t row)
{
	const char *state = section_text(probes, row, "state");

	return state && !strcmp(state, "missing");
}

static const char *unseen_forgotten(struct teller *teller)
{
	uint64_t evicted;

	if (!status_number(teller->facts.sections[FACTS_STATUS], "history_evicted", &evicted))
		return ", or the module has forgotten it";
	if (!evicted)
		return "";
	return story_keep(&teller->story, ", or is among the %s that the module has forgotten",
			  tell_count(teller, evicted, "row", "rows"));
}

/**
 * explain_unseen() - why something is not in the history
 * @teller: whose facts
 * @probe: that would have seen it
 * @created_seen: the module was there when the object was created
 *
 * Return: what can stand behind a colon.
 */
const char *explain_unseen(struct teller *teller, const char *probe, bool created_seen)
{
	const struct section *probes = teller->facts.sections[FACTS_PROBES];
	const char *forgotten, *missed = "";
	uint64_t count = 0;
	size_t row;
	bool found = probe_row(probes, probe, &row);

	if (!teller->facts.sections[FACTS_HISTORY])
		return "there is no history here";
	if (found && probe_is_missing(probes, row))
		return story_keep(&teller->story, "the module's probe \"%s\" is missing here",
				  probe);
	if (created_seen)
		return "the module has missed it";
	forgotten = unseen_forgotten(teller);
	if (found && section_number(probes, row, "missed", &count) && count)
		missed = story_keep(&teller->story, ", or among the %s that its probe has missed",
				    tell_count(teller, count, "call", "calls"));
	return story_keep(&teller->story, "it was before the module was loaded%s%s", forgotten,
			  missed);
}
