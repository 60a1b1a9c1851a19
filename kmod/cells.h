/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of values -> lines of text. A column is one entry of one table, made
 * from the column lists of ipclens_abi.h; what the columns mean is not known
 * here.
 */
#ifndef IPCLENS_CELLS_H
#define IPCLENS_CELLS_H

#include <linux/stddef.h>
#include <linux/types.h>

enum cell_type {
	CELL_NUM,	/* u64 */
	CELL_KEY,	/* u64 */
	CELL_PERM,	/* u64 */
	CELL_ADDR,	/* u64 */
	CELL_STRING,	/* const char * */
	CELL_CHARS,	/* char [], with a terminating NUL */
};

/* The types of ipclens_abi.h that look alike in text. */
#define CELL_BYTES	CELL_NUM
#define CELL_TIME	CELL_NUM
#define CELL_FLAG	CELL_NUM

/**
 * struct cell - a column
 * @name: heading
 * @type: how the value is stored and printed
 * @width: least width; numbers stand on the right of it, text on the left
 * @offset: where the value is in its row
 */
struct cell {
	const char *name;
	enum cell_type type;
	unsigned short width;
	unsigned short offset;
};

/* Text members are pointers or arrays; the row's type says which. */
#define CELL_TYPE_TEXT(row, member) \
	(__builtin_types_compatible_p(typeof(((row *)0)->member), const char *) ? \
	 CELL_STRING : CELL_CHARS)
#define CELL_TYPE_NUM(row, member)	CELL_NUM
#define CELL_TYPE_BYTES(row, member)	CELL_BYTES
#define CELL_TYPE_TIME(row, member)	CELL_TIME
#define CELL_TYPE_FLAG(row, member)	CELL_FLAG
#define CELL_TYPE_KEY(row, member)	CELL_KEY
#define CELL_TYPE_PERM(row, member)	CELL_PERM
#define CELL_TYPE_ADDR(row, member)	CELL_ADDR

/* One column of ipclens_abi.h as an entry for rows of type @row. */
#define CELL(row, col, coltype, colwidth) { \
	.name = #col, \
	.type = CELL_TYPE_##coltype(row, col), \
	.width = (colwidth), \
	.offset = offsetof(row, col), \
},

char *cells_put_head(char *p, const char *end, const struct cell *cells, int count);
char *cells_put_row(char *p, const char *end, const struct cell *cells, int count,
		    const void *row);

#endif /* IPCLENS_CELLS_H */
