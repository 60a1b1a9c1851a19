// SPDX-License-Identifier: GPL-2.0-only
/*
 * One section has to be there; what else is wanted is told in one line if it is not.
 */
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "message.h"
#include "mqholders.h"
#include "namespace.h"

static const char *const facts_files[FACTS_PARTS] = {
	[FACTS_DENIALS] = "mq_denials",	 [FACTS_HISTORY] = "history",
	[FACTS_HOLDERS] = "shm_holders", [FACTS_PROBES] = "probes",
	[FACTS_QUEUES] = "mqueue",	 [FACTS_SEGMENTS] = "shm",
	[FACTS_SPACES] = "namespaces",	 [FACTS_STATUS] = "status",
	[FACTS_USERS] = "mq_users",	 [FACTS_OPENERS] = "mqholders",
};

static void facts_read_others(struct facts *facts)
{
	for (size_t i = 0; i < FACTS_OPENERS; i++)
		if (facts->wanted & 1u << i && !facts->sections[i])
			facts->sections[i] =
				input_other(&facts->first, &facts->others[i], facts_files[i]);
}

/* Who has them open is not known if it cannot be found out. */
static void facts_find_openers(struct facts *facts)
{
	const struct section *queues = facts->sections[FACTS_QUEUES];
	struct input *input = &facts->others[FACTS_OPENERS];
	char *text = NULL;
	size_t size, count;

	if (facts->from || !queues)
		return;
	if (mqholders_write(queues, NULL, &text, &size)) {
		free(text);
		return;
	}
	if (!input_take(input, text, size, "/proc"))
		facts->sections[FACTS_OPENERS] =
			parse_section(&input->capture, view_find_file("mqholders"), &count);
}

static void facts_place(struct facts *facts)
{
	struct stat own;

	facts->has_now = facts_status_number(facts, "time", &facts->now);
	facts->space = IPCNS_INIT;
	if (!facts->from && !stat("/proc/self/ns/ipc", &own))
		facts->space = own.st_ino;
}

/**
 * facts_read() - read what is wanted
 * @facts: to be freed, if this has not failed
 * @from: the source, NULL for the running kernel
 * @first: what cannot be done without
 * @others: bits 1 << enum facts_part
 *
 * Return: -1 if there is nothing, of which the user has been told.
 */
int facts_read(struct facts *facts, const char *from, enum facts_part first, unsigned int others)
{
	*facts = (struct facts){ .from = from, .wanted = others | 1u << first };
	if (input_read(&facts->first, from, facts_files[first]))
		return -1;
	facts->sections[first] = input_section(&facts->first, view_find_file(facts_files[first]));
	facts->first_section = facts->sections[first];
	if (!facts->first_section) {
		facts_free(facts);
		return -1;
	}
	facts_read_others(facts);
	if (others & 1u << FACTS_OPENERS)
		facts_find_openers(facts);
	facts_place(facts);
	return 0;
}

void facts_free(struct facts *facts)
{
	for (size_t i = 0; i < FACTS_PARTS; i++)
		input_free(&facts->others[i]);
	input_free(&facts->first);
}

/* A text that was cut is told of once. */
static void facts_warn_of(const struct facts *facts, const struct section *section, size_t part)
{
	struct input same = facts->first;

	same.capture.cut &= section == facts->first_section;
	if (source_is_split(facts->from) && section != facts->first_section)
		input_warn(&facts->others[part], section);
	else
		input_warn(&same, section);
}

/** facts_warn() - tell the user what is missing of what was wanted */
void facts_warn(const struct facts *facts)
{
	char missing[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < FACTS_OPENERS; i++) {
		if (facts->sections[i])
			facts_warn_of(facts, facts->sections[i], i);
		else if (facts->wanted & 1u << i)
			used += snprintf(missing + used, sizeof(missing) - used, "%s'%s'",
					 used ? ", " : "", facts_files[i]);
	}
	if (used)
		message_warn("%s: no usable section %s, so what it tells is left out",
			     facts->from ?: "the module", missing);
}

/** facts_status() - what the module says of itself, NULL if unknown */
const char *facts_status(const struct facts *facts, const char *key)
{
	const struct section *status = facts->sections[FACTS_STATUS];

	for (size_t row = 0; status && row < status->nrows; row++) {
		const char *name = section_text(status, row, "key");

		if (name && !strcmp(name, key))
			return section_text(status, row, "value");
	}
	return NULL;
}

/** facts_status_number() - likewise, if it is a number */
bool facts_status_number(const struct facts *facts, const char *key, uint64_t *number)
{
	const char *value = facts_status(facts, key);

	return value && column_cell_value(COLUMN_NUM, value, number);
}
