// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a source to a text of metrics, whole or not at all. Where the module is not
 * loaded, that is a metric, too: a monitor has to notice it.
 */
#include "metrics.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "array.h"
#include "input.h"
#include "message.h"
#include "metrics_file.h"
#include "metrics_parts.h"
#include "options.h"

enum metrics_part {
	PART_NAMESPACES,
	PART_SHM,
	PART_USERS,
	PART_PROBES,
	PART_STATUS,
	PARTS,
};

static const char *const part_files[PARTS] = {
	[PART_NAMESPACES] = "namespaces", [PART_SHM] = "shm",	    [PART_USERS] = "mq_users",
	[PART_PROBES] = "probes",	  [PART_STATUS] = "status",
};

struct metrics {
	const struct options *options;
	struct input whole; /* unless each part is a file of its own */
	struct input inputs[PARTS];
	const struct section *sections[PARTS]; /* NULL if there is none */
	bool up; /* the module has been read, now or when the capture was taken */
};

static void metrics_take_parts(struct metrics *metrics)
{
	for (size_t i = 0; i < PARTS; i++) {
		metrics->sections[i] =
			input_other(&metrics->whole, &metrics->inputs[i], part_files[i]);
		metrics->up |= !!metrics->sections[i];
	}
}

/* One line for all that is missing; a text that was cut has one of its own. */
static void metrics_warn_missing(const struct metrics *metrics)
{
	char missing[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < PARTS; i++)
		if (!metrics->sections[i])
			used += snprintf(missing + used, sizeof(missing) - used, "%s'%s'",
					 used ? ", " : "", part_files[i]);
	if (used && !metrics->whole.capture.cut && !metrics->whole.text.partial)
		message_warn("%s: no usable section %s, so metrics are missing",
			     metrics->options->from ?: "the module", missing);
}

static void metrics_warn(const struct metrics *metrics)
{
	bool split = source_is_split(metrics->options->from);

	metrics_warn_missing(metrics);
	for (size_t i = 0; i < PARTS; i++) {
		const struct input *input = split ? &metrics->inputs[i] : &metrics->whole;

		if (!metrics->sections[i])
			continue;
		input_warn_twice(input, metrics->sections[i]);
		input_warn_dropped(input, metrics->sections[i]);
		if (split)
			input_warn_cut(input);
	}
	if (!split)
		input_warn_cut(&metrics->whole);
}

/* Why there is nothing to read. */
static void metrics_explain(struct metrics *metrics)
{
	const struct view *view = view_find_file(part_files[PART_STATUS]);
	struct input *input = &metrics->whole;

	if (source_is_split(metrics->options->from)) {
		input = &metrics->inputs[PART_STATUS];
		input_free(input);
		if (input_read(input, metrics->options->from, view->file))
			return;
	}
	input_section(input, view);
}

/*
 * Where the module is not loaded, there are metrics that say so; a capture without any
 * section is a mistake. Returns -1 if there is nothing to tell, which the user knows then.
 */
static int metrics_read(struct metrics *metrics)
{
	const char *from = metrics->options->from;

	metrics->whole.from = from;
	if (!source_is_split(from) && input_read(&metrics->whole, from, part_files[PART_STATUS]))
		return -1;
	metrics_take_parts(metrics);
	if (metrics->up) {
		metrics_warn(metrics);
		return 0;
	}
	metrics_explain(metrics);
	/* Only root can tell. */
	return from || geteuid() ? -1 : 0;
}

static void metrics_free(struct metrics *metrics)
{
	for (size_t i = 0; i < PARTS; i++)
		input_free(&metrics->inputs[i]);
	input_free(&metrics->whole);
}

static void metrics_print_gauge(const struct metrics_text *text,
				const struct metrics_family *family, uint64_t value)
{
	metrics_text_family(text, family);
	metrics_text_sample(text, family, NULL, 0, value);
}

static void metrics_print_own(const struct metrics *metrics, const struct metrics_text *text)
{
	static const struct metrics_family up = {
		.name = "ipclens_up",
		.help = "1 if the module could be read.",
	};
	static const struct metrics_family complete = {
		.name = "ipclens_data_complete",
		.help = "1 if nothing that it should tell was missing.",
	};
	static const struct metrics_family timestamp = {
		.name = "ipclens_collect_timestamp_seconds",
		.unit = "seconds",
		.help = "When it was read, in seconds since 1970.",
	};
	uint64_t when = time(NULL);
	bool known = metrics_status_number(metrics->sections[PART_STATUS], "time", &when);

	metrics_print_gauge(text, &up, metrics->up);
	metrics_print_gauge(text, &complete, metrics->up && !message_warned());
	if (known || !metrics->options->from)
		metrics_print_gauge(text, &timestamp, when);
}

static int metrics_print(const struct metrics *metrics, FILE *out)
{
	const struct metrics_text text = { .out = out, .format = metrics->options->format };
	const struct section *const *sections = metrics->sections;
	uint64_t top = metrics->options->top;

	if (metrics_spaces_print(&text, sections[PART_NAMESPACES], sections[PART_SHM], top) ||
	    metrics_users_print(&text, sections[PART_USERS], sections[PART_NAMESPACES], top))
		return -1;
	metrics_module_print(&text, sections[PART_STATUS], sections[PART_PROBES]);
	/* Now it is known whether anything was missing. */
	metrics_print_own(metrics, &text);
	metrics_text_end(&text);
	return 0;
}

/* All of it in memory, for half a text would be wrong numbers. */
static int metrics_write(const struct metrics *metrics)
{
	char *data = NULL;
	size_t size;
	FILE *out = open_memstream(&data, &size);
	int ret = -1;

	if (!out) {
		message_error("out of memory");
		return -1;
	}
	ret = metrics_print(metrics, out);
	if (fclose(out) && !ret) {
		message_error("out of memory");
		ret = -1;
	}
	if (!ret && metrics->options->file)
		ret = metrics_file_write(metrics->options->file, data, size);
	else if (!ret)
		fwrite(data, 1, size, stdout);
	free(data);
	return ret;
}

/**
 * metrics_run() - read, and write the metrics
 * @options: what the user wants
 *
 * Return: the exit status. The user has been told of whatever is wrong, unless it is
 * with standard output.
 */
int metrics_run(const struct options *options)
{
	struct metrics metrics = { .options = options };
	int ret = STATUS_NOTHING;

	if (!metrics_read(&metrics) && !metrics_write(&metrics))
		ret = !metrics.up || message_warned() ? STATUS_PARTIAL : STATUS_FINE;
	metrics_free(&metrics);
	return ret;
}
