/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How numbers are written for Prometheus, in the two forms that its world reads.
 * Knows no metric.
 */
#ifndef IPCLENS_METRICS_TEXT_H
#define IPCLENS_METRICS_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Without bound, as limits are: written as +Inf. */
#define METRICS_INFINITE UINT64_MAX

enum metrics_format {
	METRICS_PROMETHEUS, /* the only one that node_exporter's textfile collector takes */
	METRICS_OPENMETRICS,
};

enum metrics_type {
	METRICS_GAUGE,
	METRICS_COUNTER, /* its name ends in _total */
	METRICS_INFO, /* its name ends in _info */
};

struct metrics_family {
	const char *name;
	enum metrics_type type;
	const char *unit; /* which the name ends in, NULL for plain counts */
	const char *help; /* one line without backslashes and quotes */
};

struct metrics_label {
	const char *name;
	const char *value; /* any text */
};

struct metrics_text {
	FILE *out;
	enum metrics_format format;
};

void metrics_text_family(const struct metrics_text *text, const struct metrics_family *family);
void metrics_text_sample(const struct metrics_text *text, const struct metrics_family *family,
			 const struct metrics_label *labels, size_t nlabels, uint64_t value);
void metrics_text_end(const struct metrics_text *text);

#endif /* IPCLENS_METRICS_TEXT_H */
