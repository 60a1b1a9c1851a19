// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cuts the text of one debugfs file into named cells. Knows the two header
 * lines and the escapes; which columns a file must have is lens_check.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lens.h"

int lens_present(void)
{
	return !access(LENS_DIR "/shm", F_OK);
}

static int lens_fail(struct lens_table *table, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(table->error, sizeof(table->error), format, args);
	va_end(args);
	return -1;
}

/* The path of a file, until the same thread asks for another one's. */
const char *lens_path(const char *file)
{
	static __thread char path[64];

	snprintf(path, sizeof(path), LENS_DIR "/%s", file);
	return path;
}

int lens_open(const char *file)
{
	return open(lens_path(file), O_RDONLY | O_CLOEXEC);
}

/* The whole of @path, read by @chunk bytes at a time; NULL with errno on failure. */
char *lens_slurp(const char *path, size_t chunk, size_t *length)
{
	size_t size = chunk + 4096, used = 0;
	char *text = malloc(size);
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	while (fd >= 0 && text) {
		if (size - used < chunk + 1) {
			char *larger;

			size = size * 2 + chunk;
			larger = realloc(text, size);
			if (!larger)
				break;
			text = larger;
		}
		got = read(fd, text + used, chunk);
		if (got < 0)
			break;
		used += got;
		if (!got) {
			close(fd);
			text[used] = '\0';
			*length = used;
			return text;
		}
	}
	err = errno;
	if (fd >= 0)
		close(fd);
	free(text);
	errno = err;
	return NULL;
}

int lens_load(struct lens_table *table, const char *file)
{
	size_t length;
	char *text;
	int err, ret;

	text = lens_slurp(lens_path(file), 1 << 16, &length);
	err = errno;
	if (!text) {
		memset(table, 0, sizeof(*table));
		snprintf(table->file, sizeof(table->file), "%s", file);
		ret = lens_fail(table, "%s", strerror(err));
	} else {
		ret = lens_parse(table, file, text, length);
		free(text);
	}
	if (ret)
		fprintf(stderr, "# lens: %s: %s\n", file, table->error);
	return ret;
}

/* Cells of the line at @*at go to @cells (at most @room); the number found. */
static size_t lens_cut(char **at, char **cells, size_t room)
{
	char *p = *at;
	size_t n = 0;

	while (*p != '\n') {
		if (*p == ' ') {
			*p++ = '\0';
			continue;
		}
		if (n < room)
			cells[n] = p;
		n++;
		p += strcspn(p, " \n");
	}
	*p = '\0';
	*at = p + 1;
	return n;
}

static size_t lens_lines(const char *text)
{
	size_t n = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

/* Every row has all columns; only a text that ends with a newline is whole. */
static int lens_cut_rows(struct lens_table *table, char *at)
{
	char *names[64];
	size_t row, n;

	n = lens_lines(at);
	if (!n)
		return lens_fail(table, "no line of column names");
	table->rows = n - 1;
	n = lens_cut(&at, names, 64);
	if (!n || n > 64)
		return lens_fail(table, "%zu columns", n);
	table->columns = n;
	table->cells = calloc((table->rows + 1) * n, sizeof(char *));
	if (!table->cells)
		return lens_fail(table, "no memory");
	memcpy(table->cells, names, n * sizeof(char *));
	for (row = 1; row <= table->rows; row++) {
		n = lens_cut(&at, table->cells + row * table->columns, table->columns);
		if (n != table->columns)
			return lens_fail(table, "row %zu has %zu cells, not %zu", row, n,
					 table->columns);
	}
	return 0;
}

int lens_parse(struct lens_table *table, const char *file, const char *text, size_t length)
{
	char first[64];
	size_t skip;

	memset(table, 0, sizeof(*table));
	snprintf(table->file, sizeof(table->file), "%s", file);
	skip = snprintf(first, sizeof(first), "# ipclens %s 1\n", file);
	if (memchr(text, '\0', length))
		return lens_fail(table, "a zero byte");
	if (length < skip || memcmp(text, first, skip))
		return lens_fail(table, "first line is not '# ipclens %s 1'", file);
	if (text[length - 1] != '\n')
		return lens_fail(table, "last line is cut");
	table->text = malloc(length + 1);
	if (!table->text)
		return lens_fail(table, "no memory");
	memcpy(table->text, text, length);
	table->text[length] = '\0';
	return lens_cut_rows(table, table->text + skip);
}

void lens_free(struct lens_table *table)
{
	free(table->cells);
	free(table->text);
	memset(table, 0, sizeof(*table));
}

int lens_column(const struct lens_table *table, const char *name)
{
	size_t n;

	for (n = 0; n < table->columns; n++)
		if (!strcmp(table->cells[n], name))
			return n;
	return -1;
}

/* The cell as printed; "(none)", which no cell can be, if there is no such cell. */
const char *lens_cell(const struct lens_table *table, size_t row, const char *name)
{
	int column = lens_column(table, name);

	if (column < 0 || row >= table->rows)
		return "(none)";
	return table->cells[(row + 1) * table->columns + column];
}

static int lens_base(const char *name, const char *cell)
{
	if (!strcmp(name, "perms"))
		return 8;
	return strncmp(cell, "0x", 2) ? 10 : 16;
}

unsigned long long lens_number(const struct lens_table *table, size_t row, const char *name)
{
	const char *cell = lens_cell(table, row, name);
	unsigned long long value;
	char *end;

	if (!strcmp(cell, "-"))
		return LENS_NONE;
	if (*cell < '0' || *cell > '9')
		return LENS_BAD;
	errno = 0;
	value = strtoull(cell, &end, lens_base(name, cell));
	return *end || errno ? LENS_BAD : value;
}

/* Undoes the octal escapes: the length, or -1 if @cell is not well-formed. */
int lens_decode(const char *cell, char *buffer, size_t size)
{
	size_t n = 0;
	int digit, byte;

	while (*cell) {
		byte = (unsigned char)*cell++;
		if (byte == '\\') {
			for (byte = 0, digit = 0; digit < 3; digit++, cell++) {
				if (*cell < '0' || *cell > '7')
					return -1;
				byte = byte * 8 + *cell - '0';
			}
			if (!byte || byte > 255)
				return -1;
		}
		if (n + 1 >= size)
			return -1;
		buffer[n++] = byte;
	}
	buffer[n] = '\0';
	return n;
}

int lens_text(const struct lens_table *table, size_t row, const char *name, char *buffer,
	      size_t size)
{
	return lens_decode(lens_cell(table, row, name), buffer, size);
}

/* The only form in which @text may be printed. */
void lens_encode(const char *text, char *buffer, size_t size)
{
	size_t n = 0;

	/* A lone hyphen means nothing; one that is meant is escaped. */
	if (!*text)
		n += snprintf(buffer, size, "-");
	if (!strcmp(text, "-")) {
		snprintf(buffer, size, "\\055");
		return;
	}
	for (; *text && n + 5 <= size; text++) {
		unsigned char byte = *text;

		if (byte <= ' ' || byte == '\\' || byte >= 0x7f)
			n += snprintf(buffer + n, size - n, "\\%03o", byte);
		else
			buffer[n++] = byte;
	}
	buffer[n] = '\0';
}

/* First row of a segment, -1 if none. */
int lens_find(const struct lens_table *table, unsigned long ipcns, int shmid)
{
	size_t row;

	for (row = 0; row < table->rows; row++)
		if (lens_number(table, row, "ipcns") == ipcns &&
		    (shmid < 0 || lens_number(table, row, "shmid") == (unsigned int)shmid))
			return row;
	return -1;
}

/* Rows of a segment, or of the whole namespace if @shmid is negative. */
size_t lens_count(const struct lens_table *table, unsigned long ipcns, int shmid)
{
	size_t row, n = 0;

	for (row = 0; row < table->rows; row++)
		n += lens_number(table, row, "ipcns") == ipcns &&
		     (shmid < 0 || lens_number(table, row, "shmid") == (unsigned int)shmid);
	return n;
}

/* Value of a key of "status", or of any table whose first column is unique. */
const char *lens_value(const struct lens_table *table, const char *key)
{
	size_t row;

	for (row = 0; row < table->rows; row++)
		if (!strcmp(table->cells[(row + 1) * table->columns], key))
			return table->cells[(row + 1) * table->columns + 1];
	return "(none)";
}

/*
 * One cell of a freshly read file: "(none)" if there is no such row, "(unreadable)"
 * if the file could not be read. The answer stays valid for the next seven calls.
 */
const char *lens_peek(const char *file, unsigned long ipcns, int shmid, const char *name)
{
	static char cells[8][256];
	static unsigned int next;
	char *cell = cells[next++ % 8];
	struct lens_table table;
	int row;

	if (lens_load(&table, file)) {
		snprintf(cell, sizeof(cells[0]), "(unreadable)");
	} else {
		row = lens_find(&table, ipcns, shmid);
		snprintf(cell, sizeof(cells[0]), "%s",
			 row < 0 ? "(none)" : lens_cell(&table, row, name));
	}
	lens_free(&table);
	return cell;
}

static int lens_row_is(const struct lens_table *table, size_t row, const char *const *keys)
{
	for (; keys[0]; keys += 2)
		if (strcmp(lens_cell(table, row, keys[0]), keys[1]))
			return 0;
	return 1;
}

/* Last row whose cells are those of @keys (column, cell, ..., NULL), -1 if none. */
int lens_row(const struct lens_table *table, const char *const *keys)
{
	size_t row = table->rows;

	while (row--)
		if (lens_row_is(table, row, keys))
			return row;
	return -1;
}

/* As lens_peek(), for the last row that lens_row() would find. */
const char *lens_select(const char *file, const char *const *keys, const char *name)
{
	static char cells[8][1100];
	static unsigned int next;
	char *cell = cells[next++ % 8];
	struct lens_table table;
	int row;

	if (lens_load(&table, file)) {
		snprintf(cell, sizeof(cells[0]), "(unreadable)");
	} else {
		row = lens_row(&table, keys);
		snprintf(cell, sizeof(cells[0]), "%s",
			 row < 0 ? "(none)" : lens_cell(&table, row, name));
	}
	lens_free(&table);
	return cell;
}

/* How many rows are like @keys in the file as it is now, -1 if it cannot be read. */
int lens_matches(const char *file, const char *const *keys)
{
	struct lens_table table;
	int n = -1;
	size_t row;

	if (!lens_load(&table, file))
		for (n = 0, row = 0; row < table.rows; row++)
			n += lens_row_is(&table, row, keys);
	lens_free(&table);
	return n;
}
