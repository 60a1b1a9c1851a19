/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of it a test is asked to do, by the environment. */
#ifndef HELPERS_ASKED_H
#define HELPERS_ASKED_H

/*
 * The number in the variable @name, or @standard if it is not set or empty. Ends the
 * process as a failed test if it is no number: less would be done than was meant.
 */
unsigned long long asked(const char *name, unsigned long long standard);

#endif /* HELPERS_ASKED_H */
