// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is wanted and not there is told in one line, for all sections together.
 */
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "message.h"
#include "mqholders.h"
#include "status.h"

static const char *const facts_files[FACTS_PARTS] = {
	[FACTS_DENIALS] = "mq_denials",	 [FACTS_HISTORY] = "history",
	[FACTS_HOLDERS] = "shm_holders", [FACTS_PROBES] = "probes",
	[FACTS_QUEUES] = "mqueue",	 [FACTS_SEGMENTS] = "shm",
	[FACTS_SPACES] = "namespaces",	 [FACTS_STATUS] = "status",
	[FACTS_USERS] = "mq_users",	 [FACTS_OPENERS] = "mqholders",
};

/**
 * facts_read() - read what is wanted
 * @facts: to be freed, whether this fails or not
 * @from: the source, NULL for the running kernel
 * @wanted: FACTS_BIT() of each part
 *
 * Return: -1 if the source cannot be read, of which the user has been told. Else there are
 * the sections that can be used, which may be none.
 */
int facts_read(struct facts *facts, const char *from, unsigned int wanted)
{
	*facts = (struct facts){ .from = from, .wanted = wanted, .whole = { .from = from } };
	if (!source_is_split(from) && input_read(&facts->whole, from, facts_files[FACTS_STATUS]))
		return -1;
	for (size_t i = 0; i < FACTS_OPENERS; i++) {
		if (!(wanted & FACTS_BIT(i)))
			continue;
		facts->sections[i] = input_other(&facts->whole, &facts->inputs[i], facts_files[i]);
		facts->found |= !!facts->sections[i];
	}
	facts->has_now = status_number(facts->sections[FACTS_STATUS], "time", &facts->now);
	if (!facts->has_now && !from) {
		facts->now = time(NULL);
		facts->has_now = true;
	}
	return 0;
}

/**
 * facts_find_openers() - find out who has queues open, in the running kernel
 * @facts: with the queues
 * @ipcns: only queues of this namespace, NULL for all
 *
 * The section stays NULL in a capture, and if it cannot be found out, which is warned of.
 */
void facts_find_openers(struct facts *facts, const uint64_t *ipcns)
{
	const struct section *queues = facts->sections[FACTS_QUEUES];
	struct input *input = &facts->inputs[FACTS_OPENERS];
	char *text = NULL;
	size_t size, count;
	int error;

	if (facts->from || !queues)
		return;
	error = mqholders_write(queues, ipcns, &text, &size);
	if (error) {
		mqholders_report(error, ipcns, message_warn);
		free(text);
	} else if (input_take(input, text, size, "/proc")) {
		message_warn("so who has queues open is not known");
	} else {
		facts->sections[FACTS_OPENERS] = parse_section(
			&input->capture, view_find_file(facts_files[FACTS_OPENERS]), &count);
	}
}

/**
 * facts_report() - tell the user why a part is not there
 * @facts: where it should be
 * @part: what cannot be done without
 */
void facts_report(struct facts *facts, enum facts_part part)
{
	const struct view *view = view_find_file(facts_files[part]);
	struct input *input = &facts->whole;

	if (source_is_split(facts->from)) {
		input = &facts->inputs[part];
		input_free(input);
		if (input_read(input, facts->from, view->file))
			return;
	}
	input_section(input, view);
}

/* A text that was cut has one line for all that is missing. */
static void facts_warn_missing(const struct facts *facts, const char *loss)
{
	char missing[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < FACTS_OPENERS; i++)
		if (facts->wanted & FACTS_BIT(i) && !facts->sections[i])
			used += snprintf(missing + used, sizeof(missing) - used, "%s'%s'",
					 used ? ", " : "", facts_files[i]);
	if (used && !facts->whole.capture.cut && !facts->whole.text.partial)
		message_warn("%s: no usable section %s, so %s", facts->from ?: "the module",
			     missing, loss);
}

/**
 * facts_warn() - tell the user what is missing of what was wanted
 * @facts: what there is
 * @loss: what that costs
 */
void facts_warn(const struct facts *facts, const char *loss)
{
	bool split = source_is_split(facts->from);

	facts_warn_missing(facts, loss);
	for (size_t i = 0; i < FACTS_OPENERS; i++) {
		const struct input *input = split ? &facts->inputs[i] : &facts->whole;

		if (!facts->sections[i])
			continue;
		input_warn_twice(input, facts->sections[i]);
		input_warn_dropped(input, facts->sections[i]);
		if (split)
			input_warn_cut(input);
		/* It was read quietly. */
		if (split && input->text.partial)
			message_warn("%s could not be read to its end; rows may be missing",
				     input->text.name);
	}
	if (!split)
		input_warn_cut(&facts->whole);
}

/**
 * facts_free() - give back what was read
 * @facts: not to be used any more
 */
void facts_free(struct facts *facts)
{
	for (size_t i = 0; i < FACTS_PARTS; i++)
		input_free(&facts->inputs[i]);
	input_free(&facts->whole);
}
