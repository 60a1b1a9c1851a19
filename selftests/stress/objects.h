/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What stays, and what comes and goes, while files are read. Knows no test.
 */
#ifndef STRESS_OBJECTS_H
#define STRESS_OBJECTS_H

struct owner;

int objects_stay(struct owner *owner, int *ids, int count);
int objects_change(void);

#endif /* STRESS_OBJECTS_H */
