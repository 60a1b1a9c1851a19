// SPDX-License-Identifier: GPL-2.0-only
/*
 * The story of a segment: what it is, who did what to it, why it is still there, what it
 * costs and what frees it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "explain_parts.h"
#include "namespace.h"
#include "process.h"
#include "status.h"

#define PERMS_LOCKED 02000

/* All of a row that more than one sentence needs. */
struct segment {
	struct teller *teller;
	struct story *story;
	const struct section *section;
	size_t row;
	uint64_t ipcns, shmid, nattch;
	bool has_ipcns, has_nattch;
	const char *pending; /* NULL if unknown */
	const struct section *history; /* NULL if nothing was seen */
	size_t past; /* its row there */
	struct holders holders;
};

static bool segment_number(const struct segment *segment, const char *column, uint64_t *number)
{
	return section_number(segment->section, segment->row, column, number);
}

static const char *segment_text(const struct segment *segment, const char *column)
{
	return section_text(segment->section, segment->row, column);
}

static bool segment_past(const struct segment *segment, const char *column, uint64_t *number)
{
	return segment->history && section_number(segment->history, segment->past, column, number);
}

static bool segment_is(const struct segment *segment, const char *pending)
{
	return segment->pending && !strcmp(segment->pending, pending);
}

/* A segment and a queue have no number in common, as the kind says which is meant. */
static void segment_find_past(struct segment *segment)
{
	const struct section *history = segment->teller->facts.sections[FACTS_HISTORY];
	uint64_t ipcns, number;

	for (size_t row = 0; history && row < history->nrows; row++) {
		const char *kind = section_text(history, row, "kind");

		if (!kind || strcmp(kind, "shm") ||
		    !section_number(history, row, "ipcns", &ipcns) || ipcns != segment->ipcns ||
		    !section_number(history, row, "number", &number) || number != segment->shmid)
			continue;
		segment->history = history;
		segment->past = row;
		return;
	}
}

static void segment_tell_key(const struct segment *segment)
{
	const char *key = segment_text(segment, "key");
	const char *original = segment_text(segment, "orig_key");

	if (!original)
		story_say(segment->story, "The key that it was created with is unknown.");
	else if (!strtoull(original, NULL, 16))
		story_say(segment->story, "It is private: it has never had a key.");
	else if (!key)
		story_say(segment->story, "It was created with the key %s.", original);
	else if (!strcmp(key, original))
		story_say(segment->story, "Its key is %s.", key);
	else
		story_say(
			segment->story,
			"It was created with the key %s; its key is 0 since it was marked for removal.",
			original);
}

static void segment_tell_what(const struct segment *segment)
{
	uint64_t size, huge;
	const char *perms = segment_text(segment, "perms");
	uint32_t bits = perms ? strtoul(perms, NULL, 8) : 0;

	story_say(segment->story, "Segment %" PRIu64 " of %s", segment->shmid,
		  segment->has_ipcns ? tell_space(segment->teller, segment->ipcns) :
				       "an unknown IPC namespace");
	if (segment_number(segment, "size", &size))
		story_add(segment->story, " is %s",
			  tell_amount(segment->teller, size, "shared memory"));
	else
		story_add(segment->story, " is shared memory of unknown size");
	if (segment_number(segment, "huge", &huge) && huge)
		story_add(segment->story, " in pages of %s", tell_bytes(segment->teller, huge));
	story_add(segment->story, "%s.", bits & PERMS_LOCKED ? ", locked into memory" : "");
	segment_tell_key(segment);
}

/* The number of a process that has gone can be that of another one. */
static void segment_tell_creator(const struct segment *segment, uint64_t pid, uint64_t created,
				 bool has_created)
{
	const char *alive = segment_text(segment, "creator_alive");
	uint64_t boot, started;
	char line[1024];

	if (!alive)
		return;
	if (!strcmp(alive, "1")) {
		story_say(segment->story, "The thread that created it lives.");
	} else if (segment->teller->facts.from) {
		story_say(segment->story,
			  "The thread that created it has ended or left the namespace.");
	} else if (!process_stat(pid, line, sizeof(line))) {
		story_say(segment->story, "That process has ended.");
	} else if (has_created && process_boot_time(&boot) &&
		   process_start_time(pid, boot, &started) && started > created + 1) {
		story_say(segment->story,
			  "That process has ended; another one has its number now.");
	} else {
		story_say(
			segment->story,
			"The thread that created it has ended or left the namespace, though there is a process of that number.");
	}
}

static void segment_tell_creation(const struct segment *segment)
{
	struct teller *teller = segment->teller;
	const char *comm = segment_text(segment, "create_comm");
	uint64_t pid, uid, owner, created, changed;
	bool has_created = segment_past(segment, "create_time", &created);
	bool has_changed = segment_number(segment, "ctime", &changed);

	if (!segment_number(segment, "cpid", &pid)) {
		story_say(segment->story, "Who created it is unknown.");
		return;
	}
	story_say(segment->story, "It was created by %s", tell_process(teller, pid, comm));
	if (segment_number(segment, "cuid", &uid))
		story_add(segment->story, " of user %" PRIu64, uid);
	if (has_created)
		story_add(segment->story, " %s.", tell_when(teller, created));
	else if (has_changed)
		story_add(segment->story, "; that, or a later change of its owner or mode, was %s.",
			  tell_when(teller, changed));
	else
		story_add(segment->story, "; when is not known.");
	segment_tell_creator(segment, pid, has_created ? created : changed,
			     has_created || has_changed);
	if (segment_number(segment, "uid", &owner) && segment_number(segment, "cuid", &uid) &&
	    owner != uid)
		story_say(segment->story, "It belongs to user %" PRIu64 " now.", owner);
}

static void segment_tell_counts(const struct segment *segment)
{
	struct teller *teller = segment->teller;
	uint64_t attaches, copies, detaches, complete = 0;

	if (!segment->history) {
		story_say(segment->story, "What was done with it is not known: %s.",
			  explain_unseen(teller, "attach", false));
		return;
	}
	segment_past(segment, "complete", &complete);
	if (!segment_past(segment, "attaches", &attaches) ||
	    !segment_past(segment, "copies", &copies) ||
	    !segment_past(segment, "detaches", &detaches)) {
		story_say(
			segment->story,
			"How often it was attached is not known, as the module may have forgotten some of it.");
		return;
	}
	story_say(segment->story,
		  "%s, it was attached %s; %s copied by fork or split, and %s gone.",
		  complete ? "Since its creation" : "Since the module was loaded",
		  tell_times(teller, attaches),
		  tell_count(teller, copies, "mapping was", "mappings were"),
		  tell_count(teller, detaches, "mapping has", "mappings have"));
}

static void segment_tell_last(const struct segment *segment)
{
	struct teller *teller = segment->teller;
	uint64_t attached, detached, pid;
	bool has_attached = segment_number(segment, "atime", &attached);
	bool has_detached = segment_number(segment, "dtime", &detached);

	if (has_attached)
		story_say(segment->story, "It was last attached %s%s", tell_when(teller, attached),
			  has_detached ? "" : ".");
	if (has_detached && has_attached)
		story_add(segment->story, " and last detached %s.", tell_when(teller, detached));
	else if (has_detached)
		story_say(segment->story, "It was last detached %s.", tell_when(teller, detached));
	if (segment_number(segment, "lpid", &pid) && (has_attached || has_detached))
		story_say(segment->story, "The last to do either was %s.",
			  tell_process(teller, pid, segment_text(segment, "last_comm")));
	if (!segment_text(segment, "atime") && !segment_text(segment, "dtime") &&
	    segment->has_nattch && !segment->nattch)
		story_say(segment->story, "It has never been attached.");
}

static void segment_tell_mark(const struct segment *segment)
{
	struct teller *teller = segment->teller;
	uint64_t pid, uid, time, complete = 0;

	if (segment_is(segment, "forced"))
		story_say(
			segment->story,
			"Nobody has marked it for removal, but the setting kernel.shm_rmid_forced of its namespace makes it go with its last mapping all the same.");
	if (!segment_is(segment, "marked"))
		return;
	if (!segment_number(segment, "rmid_pid", &pid)) {
		segment_past(segment, "complete", &complete);
		story_say(
			segment->story,
			"It was marked for removal (IPC_RMID), but by whom and when is not known: %s.",
			explain_unseen(teller, "mark", complete));
		return;
	}
	story_say(segment->story, "It was marked for removal (IPC_RMID) by %s",
		  tell_process(teller, pid, segment_text(segment, "rmid_comm")));
	if (segment_number(segment, "rmid_uid", &uid))
		story_add(segment->story, " of user %" PRIu64, uid);
	if (segment_number(segment, "rmid_time", &time))
		story_add(segment->story, " %s", tell_when(teller, time));
	story_add(segment->story, ".");
}

/* The kernel's number against what could be found of it. */
static void segment_tell_holders(const struct segment *segment)
{
	struct teller *teller = segment->teller;
	const struct holders *holders = &segment->holders;
	const char *lost = status_text(teller->facts.sections[FACTS_STATUS], "lost");

	story_paragraph(segment->story);
	if (!holders->sum) {
		story_say(segment->story, "It has %s, but %s.",
			  tell_count(teller, segment->nattch, "mapping", "mappings"),
			  !holders->section ? "it is not known in which processes" :
			  lost && strstr(lost, "shm_holders") ?
					      "the module cannot see here in which processes" :
					      "no process with one was found");
		return;
	}
	story_say(segment->story, "It has %s in %s",
		  tell_count(teller, holders->sum, "mapping", "mappings"),
		  tell_count(teller, holders->count, "process", "processes"));
	if (segment->has_nattch && segment->nattch != holders->sum)
		story_add(segment->story,
			  "; the kernel counted %" PRIu64
			  ", so some came or went meanwhile, or could not be found",
			  segment->nattch);
	story_add(segment->story, ":");
	holders_list(teller, holders, "mapping", "mappings", "prot");
	story_paragraph(segment->story);
}

static void segment_tell_cost(const struct segment *segment)
{
	struct teller *teller = segment->teller;
	uint64_t rss, swap;
	bool has_rss = segment_number(segment, "rss", &rss);

	story_paragraph(segment->story);
	if (has_rss && segment_number(segment, "swap", &swap))
		story_say(segment->story, "It takes %s and %s.", tell_amount(teller, rss, "memory"),
			  tell_amount(teller, swap, "swap"));
	else if (has_rss)
		story_say(segment->story, "It takes %s.", tell_amount(teller, rss, "memory"));
	else
		story_say(segment->story, "How much memory it takes is not known.");
}

static void segment_advise_ipcrm(const struct segment *segment)
{
	const char *enter =
		segment->has_ipcns ? teller_enter(segment->teller, segment->ipcns) : NULL;

	if (enter)
		story_command(segment->story, "%sipcrm -m %" PRIu64, enter, segment->shmid);
	else
		story_say(segment->story,
			  "That takes ipcrm -m %" PRIu64
			  " inside its namespace, but no task is known that is in it.",
			  segment->shmid);
}

static void segment_advise_end(const struct segment *segment)
{
	if (segment->holders.count)
		story_add(segment->story, " when %s %s detached it or ended.",
			  holders_who(segment->teller, &segment->holders),
			  segment->holders.count == 1 ? "has" : "have");
	else
		story_add(segment->story, " with its last mapping.");
}

static void segment_advise(const struct segment *segment)
{
	struct story *story = segment->story;
	bool pending = segment_is(segment, "marked") || segment_is(segment, "forced");

	if (!segment->has_nattch || !segment->pending) {
		story_say(story, "Whether it goes by itself is not known.");
	} else if (segment->nattch && pending) {
		story_say(story, "Its memory is freed");
		segment_advise_end(segment);
	} else if (segment->nattch) {
		story_say(
			story,
			"It is in use, and stays when it is not any more, for nobody has removed it. Once it is marked for removal, it goes");
		segment_advise_end(segment);
		segment_advise_ipcrm(segment);
	} else if (pending) {
		story_say(
			story, "%s",
			segment_is(segment, "forced") ?
				"Nobody has it attached; it goes with the next detach, or with its creator." :
				"Nobody has it attached any more, so it is about to go.");
	} else {
		story_say(
			story,
			"Nobody has it attached and nobody has removed it, so it stays until somebody does%s, with all that is in it. If that is of no use to anybody:",
			segment->ipcns == IPCNS_INIT ? "" : " or its namespace ends");
		segment_advise_ipcrm(segment);
	}
}

const char *const segment_columns[] = { "ipcns", "shmid", NULL };

static const char *segment_page(const struct segment *segment)
{
	if (segment_is(segment, "marked") || segment_is(segment, "forced"))
		return "removed";
	return segment->has_nattch && !segment->nattch ? "left" : NULL;
}

/**
 * explain_segment() - the story of a row of "shm"
 * @teller: who tells it
 * @row: of that section
 */
void explain_segment(struct teller *teller, size_t row)
{
	const struct section *section = teller->facts.sections[FACTS_SEGMENTS];
	struct segment segment = {
		.teller = teller,
		.story = &teller->story,
		.section = section,
		.row = row,
		.pending = section_text(section, row, "pending"),
	};

	segment.has_ipcns = segment_number(&segment, "ipcns", &segment.ipcns);
	segment.has_nattch = segment_number(&segment, "nattch", &segment.nattch);
	segment_number(&segment, "shmid", &segment.shmid);
	segment_find_past(&segment);
	if (holders_find(teller, &segment.holders, FACTS_HOLDERS, section, row, segment_columns))
		return;
	segment_tell_what(&segment);
	segment_tell_creation(&segment);
	story_paragraph(segment.story);
	segment_tell_counts(&segment);
	segment_tell_last(&segment);
	segment_tell_mark(&segment);
	if (segment.holders.sum || segment.nattch)
		segment_tell_holders(&segment);
	segment_tell_cost(&segment);
	segment_advise(&segment);
	teller->page = segment_page(&segment);
	holders_free(&segment.holders);
}
