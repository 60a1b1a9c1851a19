/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is wrong here, worst first: the command without a name.
 */
#ifndef IPCLENS_TRIAGE_H
#define IPCLENS_TRIAGE_H

#include "finding.h"
#include "options.h"

extern const struct view triage_view;

int triage_run(const struct options *options);
int triage_print(const struct triage *triage, FILE *out, const struct out_style *style);

#endif /* IPCLENS_TRIAGE_H */
