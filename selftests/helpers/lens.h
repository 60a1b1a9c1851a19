/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests know of the debugfs text: reading a file whole, cutting it
 * into cells, finding cells by column name, checking the form of every cell.
 * Written apart from the reader, so that the two can disagree.
 */
#ifndef HELPERS_LENS_H
#define HELPERS_LENS_H

#include <stddef.h>

#define LENS_DIR "/sys/kernel/debug/ipclens"

/* Inode number of the initial IPC namespace, on every kernel. */
#define LENS_INITIAL 4026531839

/* What lens_number() gives for a lone "-" and for a cell that is no number. */
#define LENS_NONE (~0ULL)
#define LENS_BAD (~0ULL - 1)

struct lens_table {
	char *text;
	char **cells; /* the column names, then row by row */
	size_t columns;
	size_t rows;
	char file[16];
	char error[200];
};

/* The files, from 0 on; NULL behind the last. */
#define LENS_FILES 9
const char *lens_file(size_t n);

int lens_present(void);
const char *lens_path(const char *file);
int lens_open(const char *file);
char *lens_slurp(const char *path, size_t chunk, size_t *length);
int lens_load(struct lens_table *table, const char *file);
int lens_parse(struct lens_table *table, const char *file, const char *text, size_t length);
void lens_free(struct lens_table *table);

int lens_column(const struct lens_table *table, const char *name);
const char *lens_cell(const struct lens_table *table, size_t row, const char *name);
unsigned long long lens_number(const struct lens_table *table, size_t row, const char *name);
int lens_text(const struct lens_table *table, size_t row, const char *name, char *buffer,
	      size_t size);
int lens_decode(const char *cell, char *buffer, size_t size);
void lens_encode(const char *text, char *buffer, size_t size);
int lens_find(const struct lens_table *table, unsigned long ipcns, int shmid);
size_t lens_count(const struct lens_table *table, unsigned long ipcns, int shmid);
const char *lens_value(const struct lens_table *table, const char *key);
int lens_row(const struct lens_table *table, const char *const *keys);
const char *lens_select(const char *file, const char *const *keys, const char *name);
int lens_matches(const char *file, const char *const *keys);
const char *lens_peek(const char *file, unsigned long ipcns, int shmid, const char *name);

/* Form of a whole table: columns as documented, cells as their type asks, order. */
int lens_check(struct lens_table *table);

#endif /* HELPERS_LENS_H */
