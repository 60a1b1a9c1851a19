/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows as an aligned table without branches.
 */
#ifndef IPCLENS_OUT_FLAT_H
#define IPCLENS_OUT_FLAT_H

#include <stdio.h>

#include "out_table.h"

int out_flat_print(FILE *out, const struct model *model, const struct out_style *style);

#endif /* IPCLENS_OUT_FLAT_H */
