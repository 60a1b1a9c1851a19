// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Prometheus text format 0.0.4 and OpenMetrics 1.0. They differ in how a counter's
 * and an info's family is named, in the type of the latter, and in what stands round it
 * all. Label values are made plain ASCII first, so neither quoting nor UTF-8 matters.
 */
#include "metrics_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Longer values say no more, and would be carried about by everybody who scrapes. */
#define LABEL_MAX 128

static const char *const type_suffixes[] = {
	[METRICS_GAUGE] = "",
	[METRICS_COUNTER] = "_total",
	[METRICS_INFO] = "_info",
};

static const char *type_name(enum metrics_type type, enum metrics_format format)
{
	if (type == METRICS_COUNTER)
		return "counter";
	return type == METRICS_INFO && format == METRICS_OPENMETRICS ? "info" : "gauge";
}

/**
 * metrics_text_family() - what comes before the samples of one name
 * @text: where to
 * @family: the name, and what it means
 *
 * All samples of a family must follow before the next family.
 */
void metrics_text_family(const struct metrics_text *text, const struct metrics_family *family)
{
	const char *type = type_name(family->type, text->format);
	int len = strlen(family->name);

	if (text->format == METRICS_PROMETHEUS) {
		fprintf(text->out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help,
			family->name, type);
		return;
	}
	len -= strlen(type_suffixes[family->type]);
	fprintf(text->out, "# TYPE %.*s %s\n", len, family->name, type);
	if (family->unit)
		fprintf(text->out, "# UNIT %.*s %s\n", len, family->name, family->unit);
	fprintf(text->out, "# HELP %.*s %s\n", len, family->name, family->help);
}

static void label_write(FILE *out, const struct metrics_label *label)
{
	char value[LABEL_MAX + 1], safe[TEXT_ENCODED_SIZE(LABEL_MAX)];

	snprintf(value, sizeof(value), "%s", label->value);
	text_encode(safe, value, false);
	fprintf(out, "%s=\"", label->name);
	for (const char *s = safe; *s; s++) {
		if (*s == '\\' || *s == '"')
			fputc('\\', out);
		fputc(*s, out);
	}
	fputc('"', out);
}

/**
 * metrics_text_sample() - one number
 * @text: where to
 * @family: what it belongs to
 * @labels: what tells it from others of the family; values may be untrusted
 * @nlabels: how many labels
 * @value: the number, or METRICS_INFINITE
 */
void metrics_text_sample(const struct metrics_text *text, const struct metrics_family *family,
			 const struct metrics_label *labels, size_t nlabels, uint64_t value)
{
	fputs(family->name, text->out);
	for (size_t i = 0; i < nlabels; i++) {
		fputc(i ? ',' : '{', text->out);
		label_write(text->out, &labels[i]);
	}
	if (nlabels)
		fputc('}', text->out);
	if (value == METRICS_INFINITE)
		fputs(" +Inf\n", text->out);
	else
		fprintf(text->out, " %" PRIu64 "\n", value);
}

/**
 * metrics_text_end() - what comes after the last sample
 * @text: where to
 */
void metrics_text_end(const struct metrics_text *text)
{
	if (text->format == METRICS_OPENMETRICS)
		fputs("# EOF\n", text->out);
}
