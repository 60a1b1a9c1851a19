/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file "namespaces" against what the kernel tells those inside one.
 */
#ifndef IPCLENS_DOCTOR_NAMESPACE_H
#define IPCLENS_DOCTOR_NAMESPACE_H

#include "doctor_stage.h"

void namespace_judge(struct stage *stage, const struct section *section);

#endif /* IPCLENS_DOCTOR_NAMESPACE_H */
