// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a source to findings: which files are read, what is missing, and how it ends.
 */
#include "triage.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "array.h"
#include "input.h"
#include "message.h"
#include "mqholders.h"

enum part {
	PART_NAMESPACES,
	PART_SHM,
	PART_HOLDERS,
	PART_MQUEUE,
	PART_USERS,
	PART_DENIALS,
	PART_PROBES,
	PART_STATUS,
	PARTS,
};

static const char *const part_files[PARTS] = {
	[PART_NAMESPACES] = "namespaces", [PART_SHM] = "shm",	     [PART_HOLDERS] = "shm_holders",
	[PART_MQUEUE] = "mqueue",	  [PART_USERS] = "mq_users", [PART_DENIALS] = "mq_denials",
	[PART_PROBES] = "probes",	  [PART_STATUS] = "status",
};

struct triage_source {
	struct input whole; /* unless each part is a file of its own */
	struct input inputs[PARTS];
	const struct section *sections[PARTS];
	struct input mqholders;
};

/* One line for all that is missing. */
static void source_warn_missing(const struct triage_source *source)
{
	char missing[160] = "";
	size_t used = 0;

	for (size_t i = 0; i < PARTS; i++)
		if (!source->sections[i])
			used += snprintf(missing + used, sizeof(missing) - used, "%s'%s'",
					 used ? ", " : "", part_files[i]);
	if (used)
		message_warn("%s: no usable section %s, so findings may be missing",
			     source->whole.from ?: "the module", missing);
}

static void source_warn(const struct triage_source *source)
{
	bool split = source_is_split(source->whole.from);

	source_warn_missing(source);
	for (size_t i = 0; i < PARTS; i++)
		if (source->sections[i])
			input_warn(split ? &source->inputs[i] : &source->whole,
				   source->sections[i]);
}

/* Nothing is there: say why, by the file that is always there. */
static int source_fail(const struct triage_source *source)
{
	const char *file = part_files[PART_STATUS];
	struct input input;

	if (!source_is_split(source->whole.from)) {
		input_section(&source->whole, view_find_file(file));
		return -1;
	}
	if (!input_read(&input, source->whole.from, file)) {
		input_section(&input, view_find_file(file));
		input_free(&input);
	}
	return -1;
}

static int source_read_parts(struct triage_source *source, const char *from)
{
	size_t found = 0;

	source->whole.from = from;
	if (!source_is_split(from) && input_read(&source->whole, from, part_files[PART_STATUS]))
		return -1;
	for (size_t i = 0; i < PARTS; i++) {
		source->sections[i] =
			input_other(&source->whole, &source->inputs[i], part_files[i]);
		found += !!source->sections[i];
	}
	if (!found)
		return source_fail(source);
	source_warn(source);
	return 0;
}

static void source_close(struct triage_source *source)
{
	for (size_t i = 0; i < PARTS; i++)
		input_free(&source->inputs[i]);
	input_free(&source->mqholders);
	input_free(&source->whole);
}

static bool queues_have_unlinked(const struct section *mqueue)
{
	uint64_t linked;

	for (size_t row = 0; mqueue && row < mqueue->nrows; row++)
		if (section_number(mqueue, row, "linked", &linked) && !linked)
			return true;
	return false;
}

/* All of /proc is gone through only if there is somebody to be found. */
static const struct section *source_find_mqholders(struct triage_source *source,
						   const struct triage *triage)
{
	const struct view *view = view_find_file("mqholders");
	char *text = NULL;
	size_t size;

	if (!queues_have_unlinked(triage->mqueue))
		return NULL;
	if (mqholders_write(triage->mqueue, triage->ipcns, &text, &size)) {
		free(text);
		return NULL;
	}
	if (input_take(&source->mqholders, text, size, "/proc"))
		return NULL;
	return input_section(&source->mqholders, view);
}

static void triage_take_now(struct triage *triage)
{
	triage->now = time(NULL);
	triage->has_now = triage->live;
	for (size_t row = 0; triage->status && row < triage->status->nrows; row++) {
		const char *key = section_text(triage->status, row, "key");

		if (key && !strcmp(key, "time"))
			triage->has_now |=
				section_number(triage->status, row, "value", &triage->now);
	}
}

static void triage_take_sections(struct triage *triage, struct triage_source *source)
{
	triage->namespaces = source->sections[PART_NAMESPACES];
	triage->shm = source->sections[PART_SHM];
	triage->holders = source->sections[PART_HOLDERS];
	triage->mqueue = source->sections[PART_MQUEUE];
	triage->users = source->sections[PART_USERS];
	triage->denials = source->sections[PART_DENIALS];
	triage->probes = source->sections[PART_PROBES];
	triage->status = source->sections[PART_STATUS];
	if (triage->live)
		triage->mqholders = source_find_mqholders(source, triage);
	triage_take_now(triage);
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
	message_error("unknown namespace %llu; ipclens namespaces lists those that can be seen",
		      (unsigned long long)*triage->ipcns);
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
	struct triage_source source = { 0 };
	struct triage triage = {
		.bounds = &options->bounds,
		.live = !options->from,
		.ipcns = options->has_ipcns ? &options->ipcns : NULL,
	};
	int ret = STATUS_NOTHING;

	if (source_read_parts(&source, options->from))
		goto out;
	triage_take_sections(&triage, &source);
	if (!triage_knows_ipcns(&triage))
		goto out;
	if (triage_find(&triage))
		message_error("out of memory");
	else if (!triage_print(&triage, options->out, &options->style))
		ret = triage.nfindings || message_warned() ? STATUS_PARTIAL : STATUS_FINE;
	findings_free(&triage);
out:
	source_close(&source);
	return ret;
}
