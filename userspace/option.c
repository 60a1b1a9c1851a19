// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options, one a row. Knows neither the order of a command line nor what a command
 * makes of an option.
 */
#include "option.h"

#include <string.h>

#include "array.h"
#include "human.h"
#include "message.h"

#define WATCH_SECONDS 2
#define WATCH_SECONDS_MAX 86400

static bool text_take(const char **where, const char *option, const char *argument)
{
	*where = argument;
	if (!*argument)
		message_error("--%s needs an argument that is not empty", option);
	return *argument;
}

static bool from_take(struct options *options, const char *argument)
{
	return text_take(&options->from, "from", argument);
}

static bool form_take(struct options *options, enum out_form form)
{
	if (options->style.form != OUT_TABLE && options->style.form != form) {
		message_error("--json, --raw and --export exclude each other");
		return false;
	}
	options->style.form = form;
	return true;
}

static bool json_take(struct options *options, const char *argument)
{
	(void)argument;
	return form_take(options, OUT_JSON);
}

static bool raw_take(struct options *options, const char *argument)
{
	(void)argument;
	return form_take(options, OUT_RAW);
}

static bool export_take(struct options *options, const char *argument)
{
	(void)argument;
	return form_take(options, OUT_EXPORT);
}

static bool tree_take(struct options *options, const char *argument)
{
	(void)argument;
	options->tree = true;
	return true;
}

static bool color_take(struct options *options, const char *argument)
{
	if (colour_when_find(argument, &options->colour))
		return true;
	message_error("--color takes auto, always or never, not '%.64s'", argument);
	return false;
}

static bool noheadings_take(struct options *options, const char *argument)
{
	(void)argument;
	options->style.headings = false;
	return true;
}

static bool bytes_take(struct options *options, const char *argument)
{
	(void)argument;
	options->bytes = true;
	return true;
}

static bool time_format_take(struct options *options, const char *argument)
{
	if (cell_time_find(argument, &options->style.cells.time))
		return true;
	message_error("--time-format takes %s, not '%.64s'", cell_time_names(), argument);
	return false;
}

static bool output_take(struct options *options, const char *argument)
{
	return text_take(&options->columns, "output", argument);
}

static bool output_all_take(struct options *options, const char *argument)
{
	(void)argument;
	options->all_columns = true;
	return true;
}

static bool sort_take(struct options *options, const char *argument)
{
	return text_take(&options->sort, "sort", argument);
}

static bool filter_take(struct options *options, const char *argument)
{
	return text_take(&options->filter, "filter", argument);
}

static bool watch_take(struct options *options, const char *argument)
{
	if (!argument)
		options->watch = WATCH_SECONDS;
	else if (!column_cell_value(COLUMN_NUM, argument, &options->watch) ||
		 options->watch > WATCH_SECONDS_MAX)
		options->watch = 0;
	if (!options->watch)
		message_error("--watch takes a number of seconds, 1 to %d, not '%.64s'",
			      WATCH_SECONDS_MAX, argument);
	return options->watch;
}

static bool ipcns_take(struct options *options, const char *argument)
{
	options->has_ipcns = column_cell_value(COLUMN_NUM, argument, &options->ipcns);
	if (!options->has_ipcns)
		message_error(
			"--ipcns takes the number of an IPC namespace, as in \"ls -l /proc/self/ns/ipc\", not '%.64s'",
			argument);
	return options->has_ipcns;
}

static bool output_file_take(struct options *options, const char *argument)
{
	return text_take(&options->file, "output-file", argument);
}

static bool format_take(struct options *options, const char *argument)
{
	static const char *const formats[] = {
		[METRICS_PROMETHEUS] = "prometheus",
		[METRICS_OPENMETRICS] = "openmetrics",
	};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(argument, formats[i])) {
			options->format = i;
			return true;
		}
	message_error("--format takes prometheus or openmetrics, not '%.64s'", argument);
	return false;
}

static bool top_take(struct options *options, const char *argument)
{
	bool number = column_cell_value(COLUMN_NUM, argument, &options->top);

	if (!number)
		message_error("--top takes a number of namespaces and users, not '%.64s'",
			      argument);
	return number;
}

static bool size_take(uint64_t *bytes, const char *option, const char *argument)
{
	if (human_bytes_parse(argument, bytes))
		return true;
	message_error("--%s takes a number of bytes, as in 65536, 64K or 1G, not '%.64s'", option,
		      argument);
	return false;
}

static bool seconds_take(uint64_t *seconds, const char *option, const char *argument)
{
	if (human_duration_parse(argument, seconds))
		return true;
	message_error("--%s takes a time, as in 90, 90s, 5m, 2h or 1d, not '%.64s'", option,
		      argument);
	return false;
}

static bool pending_bytes_take(struct options *options, const char *argument)
{
	return size_take(&options->bounds.pending_bytes, "pending-bytes", argument);
}

static bool orphan_age_take(struct options *options, const char *argument)
{
	return seconds_take(&options->bounds.orphan_age, "orphan-age", argument);
}

static bool denials_within_take(struct options *options, const char *argument)
{
	return seconds_take(&options->bounds.denials_within, "denials-within", argument);
}

static bool near_take(struct options *options, const char *argument)
{
	if (column_cell_value(COLUMN_NUM, argument, &options->bounds.near) &&
	    options->bounds.near >= 1 && options->bounds.near <= 100)
		return true;
	message_error("--near takes a percentage, 1 to 100, not '%.64s'", argument);
	return false;
}

static bool losses_take(struct options *options, const char *argument)
{
	if (column_cell_value(COLUMN_NUM, argument, &options->bounds.losses))
		return true;
	message_error("--losses takes a number, not '%.64s'", argument);
	return false;
}

static const struct option_row rows[] = {
	{ "from", 0, "SOURCE", "read a capture: a file, a directory, or - for standard input",
	  COMMAND_TABLE | COMMAND_METRICS | COMMAND_TRIAGE | COMMAND_EXPLAIN, from_take },
	{ "json", 'J', NULL, "print JSON", COMMAND_ROWS | COMMAND_TRIAGE, json_take },
	{ "raw", 'r', NULL, "print cells unaligned", COMMAND_ROWS | COMMAND_TRIAGE, raw_take },
	{ "export", 'e', NULL, "print NAME=\"cell\" pairs, which a shell can take", COMMAND_ROWS,
	  export_take },
	{ "tree", 0, NULL, "of shm: print the holders below each segment", COMMAND_SEGMENTS,
	  tree_take },
	{ "noheadings", 'n', NULL, "print no headings", COMMAND_ROWS | COMMAND_TRIAGE,
	  noheadings_take },
	{ "color", 0, "[=WHEN]",
	  "colour what stands out: auto (on a terminal, the default),\n"
	  "always, or never",
	  COMMAND_ROWS, color_take },
	{ "bytes", 'b', NULL, "print sizes in bytes, as all forms but tables have them",
	  COMMAND_ROWS, bytes_take },
	{ "time-format", 0, "FORM",
	  "print times in this form: short, iso or raw; without it,\n"
	  "tables have them short, the other forms raw",
	  COMMAND_ROWS, time_format_take },
	{ "output", 'o', "COLUMNS", "print these columns, or with a leading + these as well",
	  COMMAND_ROWS, output_take },
	{ "output-all", 0, NULL, "print all columns", COMMAND_ROWS, output_all_take },
	{ "sort", 0, "COLUMN", "sort by this column, or with a leading - downwards", COMMAND_ROWS,
	  sort_take },
	{ "filter", 0, "EXPRESSION", "print the rows for which it is true, as 'nattch > 3'",
	  COMMAND_ROWS, filter_take },
	{ "watch", 'w', "[=SECONDS]", "print again every 2 seconds, or as many as are given",
	  COMMAND_TABLE | COMMAND_SEARCH, watch_take },
	{ "ipcns", 0, "NUMBER",
	  "print or explain what is in one IPC namespace only; for users,\n"
	  "count room by its default queues",
	  COMMAND_TABLE | COMMAND_SEARCH | COMMAND_TRIAGE | COMMAND_EXPLAIN, ipcns_take },
	{ "output-file", 0, "FILE", "replace this file, whole or not at all", COMMAND_METRICS,
	  output_file_take },
	{ "format", 0, "FORMAT", "prometheus, or openmetrics", COMMAND_METRICS, format_take },
	{ "top", 0, "NUMBER",
	  "tell so many namespaces and users one by one, the largest\n"
	  "(default 32), and the sum of all others",
	  COMMAND_METRICS, top_take },
	{ "pending-bytes", 0, "BYTES",
	  "least size of pending segments that is a finding, 0 by default", COMMAND_TRIAGE,
	  pending_bytes_take },
	{ "orphan-age", 0, "TIME", "least time that an orphan is unused, 0 by default",
	  COMMAND_TRIAGE, orphan_age_take },
	{ "near", 0, "PERCENT", "least part of a limit that is used, 80 by default", COMMAND_TRIAGE,
	  near_take },
	{ "denials-within", 0, "TIME", "longest time since a refusal, 1h by default",
	  COMMAND_TRIAGE, denials_within_take },
	{ "losses", 0, "COUNT", "most losses of the module that are none, 0 by default",
	  COMMAND_TRIAGE, losses_take },
	{ "help", 'h', NULL, "print this help, or that of the command", ~0u, NULL },
	{ "version", 'V', NULL, "print the version", ~0u, NULL },
};

/**
 * option_next() - the options in turn
 * @row: the one before, NULL for the first
 */
const struct option_row *option_next(const struct option_row *row)
{
	if (!row)
		return rows;
	return ++row < rows + ARRAY_SIZE(rows) ? row : NULL;
}

/**
 * option_find() - the option with that letter
 * @letter: not 0
 */
const struct option_row *option_find(char letter)
{
	for (const struct option_row *row = option_next(NULL); row; row = option_next(row))
		if (row->letter == letter)
			return row;
	return NULL;
}

/**
 * option_argument_optional() - whether it goes without its argument, too: NULL is taken then
 * @row: the option
 */
bool option_argument_optional(const struct option_row *row)
{
	return row->argument && *row->argument == '[';
}
