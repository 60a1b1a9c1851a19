/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The number of elements of an array.
 */
#ifndef IPCLENS_ARRAY_H
#define IPCLENS_ARRAY_H

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif /* IPCLENS_ARRAY_H */
