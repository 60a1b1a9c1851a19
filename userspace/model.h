/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is shown of a section: which columns, which rows, in which order. Does no
 * output, except that it tells the user about a column or namespace that is not there.
 */
#ifndef IPCLENS_MODEL_H
#define IPCLENS_MODEL_H

#include "parse.h"

struct field {
	const char *name;
	enum column_type type;
	bool known; /* a column of the view, so its type can be relied upon */
	bool present; /* in the section, as its column number index */
	size_t index;
	bool computed; /* by this program; its cells are here once that is done */
	char **cells; /* by row of the section, NULL if unknown */
};

struct model {
	const struct section *section;
	struct field *all; /* the view's columns, then others that the section has */
	size_t nall;
	const struct field **fields;
	size_t nfields;
	size_t *rows;
	size_t nrows;
	const bool *nested; /* by row of the section: it belongs to the row above that is not */
};

/* See model_compute(). */
typedef int model_cell_fn(const void *context, size_t row, char **cell);

int model_init(struct model *model, const struct section *section);
void model_exit(struct model *model);
int model_select_fields(struct model *model, const char *list);
void model_select_all(struct model *model);
int model_filter_ipcns(struct model *model, uint64_t ipcns);
bool model_section_lists(const struct section *section, uint64_t ipcns);
void model_report_ipcns(uint64_t ipcns);
int model_sort(struct model *model, const char *order);
const struct field *model_find(const struct model *model, const char *name);
const char *model_field_cell(const struct model *model, const struct field *field, size_t row);
const char *model_cell(const struct model *model, size_t row, size_t field);
bool model_needs(const struct model *model, const char *name, const char *order);
bool model_has_type(const struct model *model, enum column_type type);
void model_fold(struct model *model, const bool *nested);
void model_unfold(struct model *model);
int model_compute(struct model *model, const char *name, model_cell_fn *cell, const void *context);

#endif /* IPCLENS_MODEL_H */
