// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of commands. One that shows a view has that view's name.
 */
#include "command.h"

#include <string.h>

#include "array.h"
#include "doctor.h"
#include "explain.h"
#include "metrics.h"
#include "show.h"
#include "triage.h"

static const struct command command_table = { .kind = COMMAND_TABLE, .run = show_table };
static const struct command command_segments = { .kind = COMMAND_TABLE | COMMAND_SEGMENTS,
						 .run = show_segments };
static const struct command command_search = { .kind = COMMAND_SEARCH, .run = show_search };

static const struct command commands[] = {
	{ .name = COMMAND_DEFAULT,
	  .view = &triage_view,
	  .kind = COMMAND_TRIAGE,
	  .run = triage_run },
	{ .name = "explain",
	  .summary = "story of a segment, a queue, a user's queue budget or a refused mq_open",
	  .arguments = EXPLAIN_ARGUMENTS,
	  .kind = COMMAND_EXPLAIN,
	  .run = explain_run },
	{ .name = "doctor", .view = &doctor_view, .kind = COMMAND_DOCTOR, .run = show_doctor },
	{ .name = "metrics",
	  .summary = "numbers by IPC namespace and user, as metrics for Prometheus",
	  .kind = COMMAND_METRICS,
	  .run = metrics_run },
};

/**
 * command_next() - the commands beside those that show a view each, in turn
 * @command: the one before, NULL for the first
 */
const struct command *command_next(const struct command *command)
{
	if (!command)
		return commands;
	return ++command < commands + ARRAY_SIZE(commands) ? command : NULL;
}

/**
 * command_find() - the command of that name
 * @name: what the user calls it
 * @view: what it shows, NULL if that is no table
 *
 * Return: NULL if there is none.
 */
const struct command *command_find(const char *name, const struct view **view)
{
	for (const struct command *c = command_next(NULL); c; c = command_next(c))
		if (!strcmp(c->name, name)) {
			*view = c->view;
			return c;
		}
	*view = view_find_command(name);
	if (!*view)
		return NULL;
	if ((*view)->live)
		return &command_search;
	return (*view)->tree ? &command_segments : &command_table;
}
