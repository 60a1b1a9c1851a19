// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who holds an object: mappings of a segment, descriptors of a queue. A process that has
 * several is told of once.
 */
#include "explain_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

/* Of one process. */
#define HOLDERS_DETAILS_MAX 8

/* Whom a sentence can name. */
#define HOLDERS_WHO_MAX 3

static bool cells_agree(const struct section *a, size_t row_a, const struct section *b,
			size_t row_b, const char *const *columns)
{
	for (; *columns; columns++) {
		const char *x = section_text(a, row_a, *columns);
		const char *y = section_text(b, row_b, *columns);

		if (!x != !y || (x && strcmp(x, y)))
			return false;
	}
	return true;
}

static int holder_compare(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return number_compare(x->pid, y->pid) ?: number_compare(x->first, y->first);
}

static void holders_merge(struct holders *holders)
{
	struct holder *all = holders->all;
	size_t kept = 0;

	if (holders->count)
		qsort(all, holders->count, sizeof(*all), holder_compare);
	for (size_t i = 0; i < holders->count; i++) {
		if (kept && all[kept - 1].pid == all[i].pid)
			all[kept - 1].count++;
		else
			all[kept++] = all[i];
	}
	holders->count = kept;
}

/**
 * holders_find() - who holds an object
 * @teller: whose facts
 * @holders: to be freed
 * @part: the section that has them
 * @objects: the section that has the object
 * @row: of the object
 * @columns: that both have, which make an object what it is; NULL is the last
 *
 * Return: -1 if memory runs out, which the story knows then.
 */
int holders_find(struct teller *teller, struct holders *holders, enum facts_part part,
		 const struct section *objects, size_t row, const char *const *columns)
{
	const struct section *section = teller->facts.sections[part];

	*holders = (struct holders){ .section = section, .columns = columns };
	if (!section)
		return 0;
	holders->all = calloc(section->nrows + 1, sizeof(*holders->all));
	if (!holders->all) {
		teller->story.failed = true;
		return -1;
	}
	for (size_t i = 0; i < section->nrows; i++) {
		struct holder *holder = &holders->all[holders->count];

		*holder = (struct holder){ .first = i, .count = 1 };
		if (!cells_agree(objects, row, section, i, columns) ||
		    !section_number(section, i, "pid", &holder->pid))
			continue;
		holder->comm = section_text(section, i, "comm");
		holders->count++;
	}
	holders->sum = holders->count;
	holders_merge(holders);
	return 0;
}

/** holders_free() - free what holders_find() has found */
void holders_free(struct holders *holders)
{
	free(holders->all);
	*holders = (struct holders){ 0 };
}

/* A process's rows follow one another; those of other objects can be between. */
static void holder_tell_details(struct teller *teller, const struct holders *holders,
				const struct holder *holder, const char *column)
{
	const struct section *section = holders->section;
	const char *between = " ";
	uint64_t pid;
	size_t told = 0;

	for (size_t row = holder->first; row < section->nrows && told < holder->count; row++) {
		const char *cell = section_text(section, row, column);

		if (!section_number(section, row, "pid", &pid) || pid != holder->pid)
			break;
		if (!cell || !cells_agree(section, holder->first, section, row, holders->columns))
			continue;
		if (told == HOLDERS_DETAILS_MAX) {
			story_add(&teller->story, " ...");
			break;
		}
		story_add(&teller->story, "%s%s", between, story_name(&teller->story, cell));
		between = ", ";
		told++;
	}
}

static void holder_tell(struct teller *teller, const struct holders *holders,
			const struct holder *holder, const char *what, const char *column)
{
	struct story *story = &teller->story;
	uint64_t ipcns, task_ipcns;
	const char *container;

	story_item(story);
	story_say(story, "%s: %s", tell_process(teller, holder->pid, holder->comm), what);
	holder_tell_details(teller, holders, holder, column);
	container = tell_container(teller, holder->pid);
	if (container)
		story_add(story, "; in %s", container);
	if (section_number(holders->section, holder->first, "ipcns", &ipcns) &&
	    section_number(holders->section, holder->first, "task_ipcns", &task_ipcns) &&
	    ipcns != task_ipcns)
		story_add(story, "; it is in %s now", tell_space(teller, task_ipcns));
}

/**
 * holders_list() - an item for each process
 * @teller: to whom the story belongs
 * @holders: the processes
 * @one: what a process has: "mapping"
 * @many: likewise
 * @column: with what is told of each of those
 */
void holders_list(struct teller *teller, const struct holders *holders, const char *one,
		  const char *many, const char *column)
{
	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *holder = &holders->all[i];

		if (i == EXPLAIN_LIST_MAX) {
			story_item(&teller->story);
			story_say(&teller->story, "and %s",
				  tell_count(teller, holders->count - i, "process more",
					     "processes more"));
			break;
		}
		holder_tell(teller, holders, holder, tell_count(teller, holder->count, one, many),
			    column);
	}
}

/** holders_who() - "process 941 (postgres)", "processes 941 and 943", "these 7 processes" */
const char *holders_who(struct teller *teller, const struct holders *holders)
{
	const struct holder *all = holders->all;

	if (holders->count == 1)
		return tell_process(teller, all[0].pid, all[0].comm);
	if (holders->count == 2)
		return story_keep(&teller->story, "processes %" PRIu64 " and %" PRIu64, all[0].pid,
				  all[1].pid);
	if (holders->count == HOLDERS_WHO_MAX)
		return story_keep(&teller->story, "processes %" PRIu64 ", %" PRIu64 " and %" PRIu64,
				  all[0].pid, all[1].pid, all[2].pid);
	return story_keep(&teller->story, "these %zu processes", holders->count);
}
