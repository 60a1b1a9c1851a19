/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts that the metrics come from, one per subject. Each makes its numbers of
 * sections and prints them; a section that is NULL is not there.
 */
#ifndef IPCLENS_METRICS_PARTS_H
#define IPCLENS_METRICS_PARTS_H

#include "metrics_table.h"
#include "parse.h"

int metrics_spaces_print(const struct metrics_text *text, const struct section *namespaces,
			 const struct section *shm, uint64_t top);
int metrics_users_print(const struct metrics_text *text, const struct section *users,
			const struct section *namespaces, uint64_t top);

void metrics_module_print(const struct metrics_text *text, const struct section *status,
			  const struct section *probes);

#endif /* IPCLENS_METRICS_PARTS_H */
