/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module tells of itself: the files "probes" and "status".
 */
#ifndef IPCLENS_DOCTOR_MODULE_H
#define IPCLENS_DOCTOR_MODULE_H

#include "doctor_stage.h"

/* Files as they were before anything was done, and after it. */
struct module_view {
	const struct section *probes_before, *probes, *status_before, *status;
	const struct section *history, *mq_denials;
	uint64_t earliest, latest; /* seconds, round the second reading of status */
	const char *path; /* of the file of the probes */
};

void module_judge_probes(struct stage *stage, const struct module_view *view);
void module_judge_status(struct stage *stage, const struct module_view *view);
const char *module_status(const struct section *status, const char *key);

#endif /* IPCLENS_DOCTOR_MODULE_H */
