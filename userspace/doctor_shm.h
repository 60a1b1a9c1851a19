/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segments: making and using them step by step, and judging the files that tell of them.
 */
#ifndef IPCLENS_DOCTOR_SHM_H
#define IPCLENS_DOCTOR_SHM_H

#include "doctor_stage.h"

void shm_make(struct stage *stage);
void shm_attach(struct stage *stage);
void shm_copy(struct stage *stage);
void shm_change(struct stage *stage);
bool shm_look(struct stage *stage);

void shm_judge(struct stage *stage, const struct section *section, bool settled);
void shm_judge_holders(struct stage *stage, const struct section *section);

#endif /* IPCLENS_DOCTOR_SHM_H */
