// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a source to a text of metrics, whole or not at all. Where the module is not
 * loaded, that is a metric, too: a monitor has to notice it.
 */
#include "metrics.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "array.h"
#include "input.h"
#include "message.h"
#include "metrics_file.h"
#include "metrics_parts.h"

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
	const struct metrics_request *request;
	struct input whole; /* unless each part is a file of its own */
	struct input inputs[PARTS];
	const struct section *sections[PARTS]; /* NULL if there is none */
	size_t nsections;
	bool up; /* the module has been read, now or when the capture was taken */
};

static void metrics_take_parts(struct metrics *metrics)
{
	for (size_t i = 0; i < PARTS; i++) {
		metrics->sections[i] =
			input_other(&metrics->whole, &metrics->inputs[i], part_files[i]);
		metrics->nsections += !!metrics->sections[i];
	}
}

/* One line for all that is missing. */
static void metrics_warn_missing(const struct metrics *metrics)
{
	char missing[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < PARTS; i++)
		if (!metrics->sections[i])
			used += snprintf(missing + used, sizeof(missing) - used, "%s'%s'",
					 used ? ", " : "", part_files[i]);
	if (used)
		message_warn("%s: no usable section %s, so metrics are missing",
			     metrics->request->from ?: "the module", missing);
}

static void metrics_warn(const struct metrics *metrics)
{
	bool split = source_is_split(metrics->request->from);

	metrics_warn_missing(metrics);
	for (size_t i = 0; i < PARTS; i++)
		if (metrics->sections[i])
			input_warn(split ? &metrics->inputs[i] : &metrics->whole,
				   metrics->sections[i]);
}

/*
 * A root who finds no module gets metrics that say so; a capture without any section is
 * a mistake. Returns -1 if there is nothing to tell, which the user knows then.
 */
static int metrics_read(struct metrics *metrics)
{
	const char *from = metrics->request->from;
	struct input input;

	metrics->whole.from = from;
	if (!source_is_split(from) && input_read(&metrics->whole, from, part_files[PART_STATUS]))
		return -1;
	metrics_take_parts(metrics);
	metrics->up = metrics->nsections;
	if (metrics->up) {
		metrics_warn(metrics);
		return 0;
	}
	if (!source_is_split(from)) {
		input_section(&metrics->whole, view_find_file(part_files[PART_STATUS]));
		return -1;
	}
	/* Only for its message. */
	if (!input_read(&input, from, part_files[PART_STATUS])) {
		input_section(&input, view_find_file(part_files[PART_STATUS]));
		input_free(&input);
	}
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
	if (known || !metrics->request->from)
		metrics_print_gauge(text, &timestamp, when);
}

static int metrics_print(const struct metrics *metrics, FILE *out)
{
	const struct metrics_text text = { .out = out, .format = metrics->request->format };
	const struct section *const *sections = metrics->sections;
	size_t most = metrics->request->most;

	metrics_print_own(metrics, &text);
	if (metrics_spaces_print(&text, sections[PART_NAMESPACES], sections[PART_SHM], most) ||
	    metrics_users_print(&text, sections[PART_USERS], sections[PART_NAMESPACES], most) ||
	    metrics_module_print(&text, sections[PART_STATUS], sections[PART_PROBES]))
		return -1;
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
	if (!ret && metrics->request->file)
		ret = metrics_file_write(metrics->request->file, data, size);
	else if (!ret)
		fwrite(data, 1, size, stdout);
	free(data);
	return ret;
}

/**
 * metrics_run() - read, and write the metrics
 * @request: what the user wants
 *
 * Return: the exit status. The user has been told of whatever is wrong, unless it is
 * with standard output.
 */
int metrics_run(const struct metrics_request *request)
{
	struct metrics metrics = { .request = request };
	int ret = 2;

	if (!metrics_read(&metrics) && !metrics_write(&metrics))
		ret = !metrics.up || message_warned();
	metrics_free(&metrics);
	return ret;
}
