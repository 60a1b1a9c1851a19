/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows as an aligned table, as raw cells or as JSON.
 */
#ifndef IPCLENS_OUT_TABLE_H
#define IPCLENS_OUT_TABLE_H

#include <stdio.h>

#include "cell.h"
#include "model.h"

enum out_form {
	OUT_TABLE,
	OUT_RAW,
	OUT_EXPORT,
	OUT_JSON,
};

struct out_style {
	enum out_form form;
	bool headings;
	bool colour;
	struct cell_style cells;
};

int out_table_print(FILE *out, const struct model *model, const struct out_style *style);

#endif /* IPCLENS_OUT_TABLE_H */
