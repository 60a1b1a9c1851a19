/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a cell can be wrong without the module's claiming that it is right.
 */
#ifndef IPCLENS_DOCTOR_EXCUSE_H
#define IPCLENS_DOCTOR_EXCUSE_H

#include "doctor_finding.h"

#define EXCUSE_MAX 64

uint64_t excuse_counter(const struct section *status, const char *key);
bool excuse_probe_missing(const struct findings *findings, const char *name);
bool excuse_mappings_lost(const struct findings *findings);
bool excuse_find(const struct findings *findings, const struct finding *finding, const char *cell,
		 char *text);

#endif /* IPCLENS_DOCTOR_EXCUSE_H */
