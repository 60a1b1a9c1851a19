/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "ipclens doctor": makes segments and queues, and holds every column of every file
 * against what the kernel says of them elsewhere. Prints nothing but messages.
 */
#ifndef IPCLENS_DOCTOR_H
#define IPCLENS_DOCTOR_H

#include "parse.h"

extern const struct view doctor_view;

int doctor_examine(struct section *verdict);
bool doctor_summarise(const struct section *verdict);
void doctor_free(struct section *verdict);

#endif /* IPCLENS_DOCTOR_H */
