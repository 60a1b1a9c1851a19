/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file "history" against the book of what was done to segments and queues.
 */
#ifndef IPCLENS_DOCTOR_HISTORY_H
#define IPCLENS_DOCTOR_HISTORY_H

#include "doctor_stage.h"

void history_judge(struct stage *stage, const struct section *section);

#endif /* IPCLENS_DOCTOR_HISTORY_H */
