// SPDX-License-Identifier: GPL-2.0-only
/*
 * What --help prints, made of the tables of commands, options and columns.
 */
#include "help.h"

#include <ctype.h>
#include <stdio.h>

#include "option.h"

/* Where what an option does begins. */
#define HELP_INDENT 25

static void help_print_option(const struct option_row *row)
{
	int used = printf(row->letter ? " -%c, " : "     ", row->letter);

	used += printf("--%s%s%s", row->name,
		       row->argument && !option_argument_optional(row) ? " " : "",
		       row->argument ?: "");
	if (used >= HELP_INDENT)
		putchar('\n');
	printf("%*s", used < HELP_INDENT ? HELP_INDENT - used : HELP_INDENT, "");
	for (const char *s = row->help; *s; s++) {
		putchar(*s);
		if (*s == '\n')
			printf("%*s", HELP_INDENT, "");
	}
	putchar('\n');
}

static void help_print_options(unsigned int kinds)
{
	printf("\nOptions:\n");
	for (const struct option_row *row = option_next(NULL); row; row = option_next(row))
		if (row->kinds & kinds)
			help_print_option(row);
}

static const char *help_summary(const struct command *command)
{
	return command->summary ?: command->view->summary;
}

/**
 * help_print() - all commands, and the options of those that show tables
 */
void help_print(void)
{
	printf("Usage: ipclens [COMMAND] [OPTION]...\n"
	       "Show System V shared memory and POSIX message queues in every IPC namespace, as the\n"
	       "ipclens module sees them. Without a command: what is wrong, and what to do.\n"
	       "\nTables:\n");
	for (const struct view *view = view_next(NULL); view; view = view_next(view))
		printf(" %-10s  %s\n", view->command, view->summary);
	printf("\nOther commands:\n");
	for (const struct command *c = command_next(NULL); c; c = command_next(c))
		printf(" %-10s  %s\n", c->name, help_summary(c));
	help_print_options(COMMAND_TABLE | COMMAND_SEGMENTS);
	printf("\n\"ipclens COMMAND --help\" lists the options and columns of a command. See also ipclens(8).\n");
}

static void help_print_column(const struct view *view, const struct column *column)
{
	char name[32];
	size_t len = 0;

	for (; column->name[len] && len < sizeof(name) - 1; len++)
		name[len] = toupper(column->name[len]);
	name[len] = '\0';
	printf(" %c%-14s  %-7s  %s\n", view_shows_default(view, column->name) ? '*' : ' ', name,
	       column_type_name(column->type), column->help);
}

/**
 * help_print_command() - the options and columns of one command
 * @options: which
 */
void help_print_command(const struct options *options)
{
	const struct command *command = options->command;
	const struct view *view = options->view;

	printf("Usage: ipclens %s%s%s [OPTION]...\nShow the %s.\n", options->name,
	       command->arguments ? " " : "", command->arguments ?: "",
	       command->summary ?: view->summary);
	help_print_options(command->kind);
	if (!view)
		return;
	printf("\nColumns (* shown by default):\n");
	for (size_t i = 0; i < view->ncolumns; i++)
		help_print_column(view, &view->columns[i]);
}
