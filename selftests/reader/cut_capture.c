// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cuts a capture at every byte, or every STEP bytes from its end, and runs the reader on what is
 * left. Knows from the text alone which rows must be shown, which must not, and when silence about
 * the cut is allowed.
 *
 * Usage: cut_capture READER CAPTURE COMMAND SECTION STEP
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX 65536
#define ROWS_MAX 64

struct cut {
	const char *text;
	size_t size;
	size_t section; /* offset of the line after the section's column names */
	char *rows[ROWS_MAX]; /* as the reader's raw form has them */
	size_t ends[ROWS_MAX]; /* offset behind the newline of each */
	char *columns; /* of the section, as -o takes them */
	size_t nrows;
};

struct result {
	char out[OUTPUT_MAX];
	char err[OUTPUT_MAX];
	int status;
};

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	exit(1);
}

static void *check(void *pointer)
{
	if (!pointer)
		die("out of memory, or no such file");
	return pointer;
}

/* Cells separated by one blank, \040 turned into \x20. */
static char *row_expect(const char *line, size_t len)
{
	char *row = check(calloc(len + 2, 1)), *to = row;

	for (size_t i = 0; i < len; i++) {
		if (line[i] == ' ' && (to == row || to[-1] == ' '))
			continue;
		if (line[i] == '\\') {
			to += sprintf(to, "\\x%02x",
				      (unsigned int)strtoul(
					      (char[]){ line[i + 1], line[i + 2], line[i + 3], 0 },
					      NULL, 8));
			i += 3;
			continue;
		}
		*to++ = line[i];
	}
	while (to > row && to[-1] == ' ')
		to--;
	strcpy(to, "\n");
	return row;
}

/* The names in a line, separated by commas. */
static char *columns_list(const char *line)
{
	char *names = check(strndup(line, strcspn(line, "\n")));
	char *list = check(calloc(1, strlen(names) + 1));
	char *rest = names, *name;

	while ((name = strtok_r(rest, " ", &rest)))
		sprintf(list + strlen(list), "%s%s", *list ? "," : "", name);
	free(names);
	return list;
}

static void cut_find_rows(struct cut *cut, const char *section)
{
	char *header, *line, *end;

	check(asprintf(&header, "# ipclens %s 1\n", section) < 0 ? NULL : header);
	line = check(strstr(cut->text, header));
	line += strlen(header);
	cut->columns = columns_list(line);
	line = strchr(line, '\n') + 1;
	cut->section = line - cut->text;
	for (; *line && *line != '#'; line = end) {
		end = strchr(line, '\n') + 1;
		if (!strncmp(line, "end ", 4))
			break;
		if (cut->nrows == ROWS_MAX)
			die("the capture has too many rows");
		cut->ends[cut->nrows] = end - cut->text;
		cut->rows[cut->nrows++] = row_expect(line, end - 1 - line);
	}
	free(header);
}

static void file_slurp(int fd, char *buffer)
{
	ssize_t len = pread(fd, buffer, OUTPUT_MAX - 1, 0);

	if (len < 0 || len == OUTPUT_MAX - 1)
		die("cannot read back the output");
	buffer[len] = '\0';
}

static void reader_run(struct result *result, const char *reader, const char *command,
		       const char *columns, int in, const int sinks[2])
{
	pid_t pid;

	if (ftruncate(sinks[0], 0) || ftruncate(sinks[1], 0) || lseek(sinks[0], 0, SEEK_SET) ||
	    lseek(sinks[1], 0, SEEK_SET) || lseek(in, 0, SEEK_SET))
		die("cannot rewind");
	pid = vfork();
	if (!pid) {
		dup2(in, STDIN_FILENO);
		dup2(sinks[0], STDOUT_FILENO);
		dup2(sinks[1], STDERR_FILENO);
		execl(reader, reader, command, "--from", "-", "-rn", "-o", columns, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &result->status, 0) != pid)
		die("cannot run %s", reader);
	file_slurp(sinks[0], result->out);
	file_slurp(sinks[1], result->err);
}

/* Rows that are whole in the first size bytes. */
static size_t cut_whole_rows(const struct cut *cut, size_t size)
{
	size_t whole = 0;

	while (whole < cut->nrows && cut->ends[whole] <= size)
		whole++;
	return whole;
}

/* The newline behind the last row of a full capture, which is a "-", says nothing. */
static bool cut_is_whole(const struct cut *cut, size_t size)
{
	return size == cut->size || (size + 1 == cut->size && strstr(cut->text, "\nend "));
}

/*
 * A capture cut at the end of a line of its first section, or within the two bytes
 * behind, which could be a prompt, looks like a whole capture of one file.
 */
static bool cut_may_be_silent(const struct cut *cut, size_t size)
{
	const char *second = strstr(cut->text, "\n# ipclens ");
	size_t line_end = size;

	if (cut_is_whole(cut, size))
		return true;
	while (line_end && size - line_end < 2 && cut->text[line_end - 1] != '\n')
		line_end--;
	if (!line_end || cut->text[line_end - 1] != '\n')
		return false;
	if (second && size > (size_t)(second - cut->text) + 3)
		return false;
	return size == line_end || cut->text[line_end] == '#';
}

/* The row that the cut went through may be there but for its last cell. */
static bool row_is_cut(const char *shown, const char *row)
{
	const char *last = strrchr(row, ' ');

	return last && !strncmp(shown, row, last + 1 - row) &&
	       !strcmp(shown + (last + 1 - row), "-\n");
}

static void cut_judge_rows(const struct cut *cut, size_t size, char *out)
{
	size_t whole = cut_whole_rows(cut, size);

	for (size_t i = 0; i < whole; i++) {
		size_t len = strlen(cut->rows[i]);

		if (strncmp(out, cut->rows[i], len))
			die("cut at %zu: row %zu is missing or wrong", size, i);
		out += len;
	}
	if (!*out || (whole < cut->nrows && !strcmp(out, cut->rows[whole])) ||
	    (whole < cut->nrows && row_is_cut(out, cut->rows[whole])))
		return;
	die("cut at %zu: unexpected row %s", size, out);
}

static void cut_judge(const struct cut *cut, size_t size, struct result *result)
{
	bool silent = cut_may_be_silent(cut, size);
	size_t whole = cut_whole_rows(cut, size);
	int status = WEXITSTATUS(result->status);
	const char *newline = strchr(result->err, '\n');

	if (!WIFEXITED(result->status) || status > 2)
		die("cut at %zu: wait status %#x: %s", size, result->status, result->err);
	if (status == 0 && (!silent || *result->err))
		die("cut at %zu: status 0, message '%s'", size, result->err);
	if (status != 0 && (!newline || newline[1]))
		die("cut at %zu: not exactly one message: '%s'", size, result->err);
	if (status == 2 && (whole || *result->out))
		die("cut at %zu: status 2, yet there is data: '%s'", size, result->out);
	if (status == 1 && cut_is_whole(cut, size))
		die("cut at %zu: nothing is missing, yet %s", size, result->err);
	if (status != 2 && size < cut->section)
		die("cut at %zu: status %d before the section", size, status);
	cut_judge_rows(cut, size, result->out);
}

int main(int argc, char **argv)
{
	int sinks[2] = { memfd_create("out", 0), memfd_create("err", 0) };
	int in = memfd_create("in", 0);
	struct result *result = check(malloc(sizeof(*result)));
	struct cut cut = { 0 };
	struct stat stat_of;
	size_t counts[3] = { 0 };
	size_t size, step;
	int fd;

	if (argc != 6 || atoi(argv[5]) < 1)
		die("usage: cut_capture READER CAPTURE COMMAND SECTION STEP");
	fd = open(argv[2], O_RDONLY);
	if (fd < 0 || fstat(fd, &stat_of))
		die("cannot open %s", argv[2]);
	cut.size = stat_of.st_size;
	cut.text = check(calloc(cut.size + 1, 1));
	if (read(fd, (char *)cut.text, cut.size) != stat_of.st_size ||
	    write(in, cut.text, cut.size) != stat_of.st_size)
		die("cannot copy %s", argv[2]);
	cut_find_rows(&cut, argv[4]);

	step = atoi(argv[5]);
	for (size = cut.size; size <= cut.size; size -= step) {
		if (ftruncate(in, size))
			die("cannot cut");
		reader_run(result, argv[1], argv[3], cut.columns, in, sinks);
		cut_judge(&cut, size, result);
		counts[WEXITSTATUS(result->status)]++;
	}
	printf("%s: %zu cuts: status 0 %zu, 1 %zu, 2 %zu\n", argv[3],
	       counts[0] + counts[1] + counts[2], counts[0], counts[1], counts[2]);
	return 0;
}
