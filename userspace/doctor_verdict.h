/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the doctor has to say, in the form of a section. Knows no check.
 */
#ifndef IPCLENS_DOCTOR_VERDICT_H
#define IPCLENS_DOCTOR_VERDICT_H

#include "doctor.h"
#include "doctor_finding.h"

int verdict_make(struct section *verdict, const struct findings *findings);

#endif /* IPCLENS_DOCTOR_VERDICT_H */
