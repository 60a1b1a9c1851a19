// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stories of whatever a capture has: nothing in them can harm a terminal, and nothing in
 * a command a shell.
 */
#include <string.h>

#include "../explain_parts.h"
#include "../status.h"
#include "fuzz.h"

#define STORIES_MAX 3

static const char *const files[FACTS_PARTS] = {
	[FACTS_DENIALS] = "mq_denials",	 [FACTS_HISTORY] = "history",
	[FACTS_HOLDERS] = "shm_holders", [FACTS_PROBES] = "probes",
	[FACTS_QUEUES] = "mqueue",	 [FACTS_SEGMENTS] = "shm",
	[FACTS_SPACES] = "namespaces",	 [FACTS_STATUS] = "status",
	[FACTS_USERS] = "mq_users",	 [FACTS_OPENERS] = "mqholders",
};

/* Lines that are indented, but for those of items, which begin with a hyphen. */
static void check_commands(const char *text)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:@+-=/|&' ";
	bool item = false;
	size_t len;

	for (; *text; text += len + 1) {
		len = strcspn(text, "\n");
		MUST(text[len]);
		item = !strncmp(text, "  - ", 4) || (item && !strncmp(text, "    ", 4));
		if (!item && *text == ' ')
			MUST(strspn(text, allowed) >= len);
	}
}

static void check_story(struct teller *teller, enum facts_part part, size_t row)
{
	const struct section *section = teller->facts.sections[part];
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	uint64_t shmid;
	bool told = true;

	MUST(out);
	story_open(&teller->story, out, row % 2 ? STORY_WIDTH_DEFAULT : 20);
	if (part == FACTS_SEGMENTS)
		explain_segment(teller, row);
	else if (part == FACTS_HOLDERS)
		told = section_number(section, row, "shmid", &shmid) &&
		       explain_lost_segments(teller, shmid);
	else if (part == FACTS_QUEUES)
		explain_queue(teller, row);
	else if (part == FACTS_USERS)
		explain_user(teller, row);
	else
		explain_denial(teller, row, row + 1);
	MUST(!story_close(&teller->story) && !fclose(out));
	MUST(!size == !told);
	check_bytes(text, size);
	check_commands(text);
	free(text);
}

/* choice: sections that are left out, and whether numbers of namespaces are known. */
void fuzz_story(const struct capture *capture, uint8_t choice)
{
	static const enum facts_part told[] = { FACTS_SEGMENTS, FACTS_HOLDERS, FACTS_QUEUES,
						FACTS_USERS, FACTS_DENIALS };
	struct teller teller = { .facts = { .from = "-" }, .space = choice };
	const struct section *section;
	size_t count;

	for (size_t i = 0; i < FACTS_PARTS; i++) {
		section = parse_section(capture, view_find_file(files[i]), &count);
		if (section && section->columns && choice % FACTS_PARTS != i)
			teller.facts.sections[i] = section;
	}
	teller.facts.has_now =
		status_number(teller.facts.sections[FACTS_STATUS], "time", &teller.facts.now);
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
		section = teller.facts.sections[told[i]];
		for (size_t row = 0; section && row < section->nrows && row < STORIES_MAX; row++)
			check_story(&teller, told[i], row);
	}
}
