/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers by namespace or user: added up as they are found, and no more rows of them
 * than a time series database likes. Knows no section.
 */
#ifndef IPCLENS_METRICS_TABLE_H
#define IPCLENS_METRICS_TABLE_H

#include <stdbool.h>

#include "metrics_text.h"

#define METRICS_SERIES_MAX 16
#define METRICS_IDS_MAX 2

/* What of a number is told in the row that stands for many. */
enum metrics_rest {
	METRICS_REST_SUM,
	METRICS_REST_LEAST,
	METRICS_REST_NONE,
};

struct metrics_series {
	struct metrics_family family; /* without a name: of the family of the one before */
	struct metrics_label label; /* if it has a name, what tells it from others there */
	enum metrics_rest rest;
};

struct metrics_row {
	uint64_t id[METRICS_IDS_MAX];
	uint64_t values[METRICS_SERIES_MAX];
	uint32_t known; /* bits */
	uint64_t weight; /* of those that do not stay anyway, the heaviest do */
	bool stays;
};

struct metrics_table {
	const struct metrics_series *series;
	size_t nseries;
	const char *const *ids; /* labels */
	size_t nids;
	size_t weight; /* number of the series that says how much a row weighs */
	bool sparse; /* rows of zeros are left out, but for that of first */
	uint64_t first; /* id of the row that always stays, or first id of such rows */
	struct metrics_row *rows;
	size_t nrows;
	size_t room;
	struct metrics_row rest;
	bool has_rest;
};

struct metrics_row *metrics_table_row(struct metrics_table *table, uint64_t id, uint64_t other);
void metrics_row_add(struct metrics_row *row, size_t series, uint64_t amount);
void metrics_table_close(struct metrics_table *table, uint64_t top);
void metrics_table_print(const struct metrics_table *table, const struct metrics_text *text);
void metrics_table_free(struct metrics_table *table);

#endif /* IPCLENS_METRICS_TABLE_H */
