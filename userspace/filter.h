/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows chosen by an expression.
 */
#ifndef IPCLENS_FILTER_H
#define IPCLENS_FILTER_H

#include "model.h"

int filter_rows(struct model *model, const char *expression);

#endif /* IPCLENS_FILTER_H */
