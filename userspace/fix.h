/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What would let a refused queue be opened: the column "fix" of mq_denials.
 */
#ifndef IPCLENS_FIX_H
#define IPCLENS_FIX_H

#include "model.h"

int fix_compute(struct model *model, const struct section *namespaces, bool live);

#endif /* IPCLENS_FIX_H */
