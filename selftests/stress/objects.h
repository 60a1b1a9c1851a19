/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What comes and goes while files are read. Knows no test.
 */
#ifndef STRESS_OBJECTS_H
#define STRESS_OBJECTS_H

int objects_change(void);

#endif /* STRESS_OBJECTS_H */
