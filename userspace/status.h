/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module says of itself, by key.
 */
#ifndef IPCLENS_STATUS_H
#define IPCLENS_STATUS_H

#include "parse.h"

const char *status_text(const struct section *status, const char *key);
bool status_number(const struct section *status, const char *key, uint64_t *number);

#endif /* IPCLENS_STATUS_H */
