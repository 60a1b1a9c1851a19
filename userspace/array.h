/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The number of elements of an array, and the order of those that are numbers.
 */
#ifndef IPCLENS_ARRAY_H
#define IPCLENS_ARRAY_H

#include <stdint.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/** number_compare() - ascending, as qsort() wants it */
static inline int number_compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

#endif /* IPCLENS_ARRAY_H */
