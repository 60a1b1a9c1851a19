/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "ipclens metrics": what the module tells, as numbers for Prometheus.
 */
#ifndef IPCLENS_METRICS_H
#define IPCLENS_METRICS_H

#include "metrics_text.h"

/* Namespaces, and users, that have series of their own unless the user says otherwise. */
#define METRICS_ROWS_DEFAULT 32

struct metrics_request {
	const char *from; /* NULL for the running kernel */
	const char *file; /* NULL for standard output */
	enum metrics_format format;
	size_t most; /* namespaces, and users, that have series of their own */
};

/* Exit status: 0 fine, 1 something is missing, 2 nothing was written. */
int metrics_run(const struct metrics_request *request);

#endif /* IPCLENS_METRICS_H */
