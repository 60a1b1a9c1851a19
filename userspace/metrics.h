/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "ipclens metrics": what the module tells, as numbers for Prometheus.
 */
#ifndef IPCLENS_METRICS_H
#define IPCLENS_METRICS_H

struct options;

/* For how many namespaces, and users, unless the user says otherwise. */
#define METRICS_TOP_DEFAULT 32

int metrics_run(const struct options *options);

#endif /* IPCLENS_METRICS_H */
