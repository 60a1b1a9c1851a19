/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a cell is shown: sizes and times exact, or as people read them. Knows no output.
 */
#ifndef IPCLENS_CELL_H
#define IPCLENS_CELL_H

#include "columns.h"
#include "human.h"

enum cell_time {
	CELL_TIME_UNSET,
	CELL_TIME_SHORT, /* the time of today, the date of other days */
	CELL_TIME_ISO,
	CELL_TIME_RAW, /* seconds, as they are */
};

struct cell_style {
	bool human; /* sizes are rounded */
	enum cell_time time;
	uint64_t today; /* a moment of the day that "short" takes for today */
};

bool cell_time_find(const char *name, enum cell_time *time);
const char *cell_time_names(void);
const char *cell_show(const struct cell_style *style, enum column_type type, const char *cell,
		      char room[HUMAN_SIZE]);

#endif /* IPCLENS_CELL_H */
