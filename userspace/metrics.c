// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a source to a text of metrics, whole or not at all. Where the module is not
 * loaded, that is a metric, too: a monitor has to notice it.
 */
#include "metrics.h"

#include <stdlib.h>
#include <unistd.h>

#include "facts.h"
#include "message.h"
#include "metrics_file.h"
#include "metrics_parts.h"
#include "options.h"
#include "text.h"

struct metrics {
	const struct options *options;
	struct facts facts;
};

/*
 * Where the module is not loaded, there are metrics that say so; a capture without any
 * section is a mistake. Returns -1 if there is nothing to tell, which the user knows then.
 */
static int metrics_read(struct metrics *metrics)
{
	const char *from = metrics->options->from;

	if (facts_read(&metrics->facts, from,
		       FACTS_BIT(FACTS_SPACES) | FACTS_BIT(FACTS_SEGMENTS) |
			       FACTS_BIT(FACTS_USERS) | FACTS_BIT(FACTS_PROBES) |
			       FACTS_BIT(FACTS_STATUS)))
		return -1;
	if (metrics->facts.found) {
		facts_warn(&metrics->facts, "metrics are missing");
		return 0;
	}
	facts_report(&metrics->facts, FACTS_STATUS);
	/* Only root can tell. */
	return from || geteuid() ? -1 : 0;
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
	const struct facts *facts = &metrics->facts;

	metrics_print_gauge(text, &up, facts->found);
	metrics_print_gauge(text, &complete, facts->found && !message_warned());
	if (facts->has_now)
		metrics_print_gauge(text, &timestamp, facts->now);
}

static int metrics_print(const struct metrics *metrics, FILE *out)
{
	const struct metrics_text text = { .out = out, .format = metrics->options->format };
	const struct section *const *sections = metrics->facts.sections;
	uint64_t top = metrics->options->top;

	if (metrics_spaces_print(&text, sections[FACTS_SPACES], sections[FACTS_SEGMENTS], top) ||
	    metrics_users_print(&text, sections[FACTS_USERS], sections[FACTS_SPACES], top))
		return -1;
	metrics_module_print(&text, sections[FACTS_STATUS], sections[FACTS_PROBES]);
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
		message_no_memory();
		return -1;
	}
	ret = metrics_print(metrics, out);
	if (text_stream_close(out, &data) && !ret) {
		message_no_memory();
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
		ret = !metrics.facts.found || message_warned() ? STATUS_PARTIAL : STATUS_FINE;
	facts_free(&metrics.facts);
	return ret;
}
