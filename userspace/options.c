// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options before or after the command, one clear line for what cannot be meant.
 */
#include "options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../kmod/ipclens_abi.h"
#include "doctor.h"
#include "message.h"

enum {
	OPTION_FROM = 256,
	OPTION_ALL,
	OPTION_SORT,
	OPTION_IPCNS,
};

static const struct option long_options[] = {
	{ "from", required_argument, NULL, OPTION_FROM },
	{ "json", no_argument, NULL, 'J' },
	{ "raw", no_argument, NULL, 'r' },
	{ "noheadings", no_argument, NULL, 'n' },
	{ "output", required_argument, NULL, 'o' },
	{ "output-all", no_argument, NULL, OPTION_ALL },
	{ "sort", required_argument, NULL, OPTION_SORT },
	{ "ipcns", required_argument, NULL, OPTION_IPCNS },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
};

static const char options_help_from[] =
	"     --from SOURCE     read a capture: a file, a directory, or - for standard input\n";

static const char options_help[] =
	" -J, --json            print JSON\n"
	" -r, --raw             print cells unaligned\n"
	" -n, --noheadings      print no headings\n"
	" -o, --output COLUMNS  print these columns, or with a leading + these as well\n"
	"     --output-all      print all columns\n"
	"     --sort COLUMN     sort by this column, or with a leading - downwards\n"
	"     --ipcns NUMBER    print the rows of one IPC namespace only; for users,\n"
	"                       count room by its default queues\n"
	" -h, --help            print this help, or that of the command\n"
	" -V, --version         print the version\n";

static void options_print_usage(void)
{
	printf("Usage: ipclens COMMAND [OPTION]...\n"
	       "Show System V shared memory and POSIX message queues in every IPC namespace, as the\n"
	       "ipclens module sees them.\n"
	       "\nCommands:\n");
	for (const struct view *view = view_next(NULL); view; view = view_next(view))
		printf(" %-10s  %s\n", view->command, view->summary);
	printf("\nTo see whether the module is right on this machine:\n %-10s  %s\n",
	       doctor_view.command, doctor_view.summary);
	printf("\nOptions:\n%s%s\n"
	       "\"ipclens COMMAND --help\" lists the columns of a command. See also ipclens(8).\n",
	       options_help_from, options_help);
}

static void options_print_columns(const struct view *view)
{
	printf("Usage: ipclens %s [OPTION]...\nShow the %s.\n\nOptions:\n%s%s\n"
	       "Columns (* shown by default):\n",
	       view->command, view->summary, view->live ? "" : options_help_from, options_help);
	for (size_t i = 0; i < view->ncolumns; i++) {
		const struct column *column = &view->columns[i];
		char name[32];
		size_t len = 0;

		for (; column->name[len] && len < sizeof(name) - 1; len++)
			name[len] = toupper(column->name[len]);
		name[len] = '\0';
		printf(" %c%-14s  %-7s  %s\n", view_shows_default(view, column->name) ? '*' : ' ',
		       name, column_type_name(column->type), column->help);
	}
}

static bool options_take_form(struct options *options, enum out_form form)
{
	if (options->form != OUT_TABLE && options->form != form) {
		message_error("--json and --raw exclude each other");
		return false;
	}
	options->form = form;
	return true;
}

static bool options_take_ipcns(struct options *options, const char *argument)
{
	options->has_ipcns = column_cell_value(COLUMN_NUM, argument, &options->ipcns);
	if (!options->has_ipcns)
		message_error(
			"--ipcns takes the number of an IPC namespace, as in \"ls -l /proc/self/ns/ipc\", not '%.64s'",
			argument);
	return options->has_ipcns;
}

static bool options_take_text(const char **where, const char *option, const char *argument)
{
	*where = argument;
	if (!*argument)
		message_error("--%s needs an argument that is not empty", option);
	return *argument;
}

/* What getopt refused: result, short_option and at are its return value, optopt and argument. */
static void options_report(int result, int short_option, const char *at)
{
	bool known =
		short_option && (short_option >= OPTION_FROM || strchr("JrnohV", short_option));
	bool brief = short_option > 0 && short_option < OPTION_FROM;
	const char *problem = "is unknown or ambiguous";

	if (result == ':')
		problem = "needs an argument";
	else if (known)
		problem = "takes no argument";
	if (brief && !(known && !strncmp(at, "--", 2)))
		message_error("option '-%c' %s; see ipclens --help", short_option, problem);
	else
		message_error("option '%.64s' %s; see ipclens --help", at, problem);
}

static bool options_take(struct options *options, int opt, const char *argument)
{
	switch (opt) {
	case OPTION_FROM:
		return options_take_text(&options->from, "from", argument);
	case 'J':
		return options_take_form(options, OUT_JSON);
	case 'r':
		return options_take_form(options, OUT_RAW);
	case 'n':
		options->headings = false;
		return true;
	case 'o':
		return options_take_text(&options->columns, "output", argument);
	case OPTION_ALL:
		options->all_columns = true;
		return true;
	case OPTION_SORT:
		return options_take_text(&options->sort, "sort", argument);
	case OPTION_IPCNS:
		return options_take_ipcns(options, argument);
	}
	return false;
}

static void options_report_no_command(void)
{
	char known[256] = "";
	size_t used = 0;

	for (const struct view *view = view_next(NULL); view; view = view_next(view))
		used += snprintf(known + used, sizeof(known) - used, "%s, ", view->command);
	snprintf(known + used, sizeof(known) - used, "%s, ", doctor_view.command);
	message_error("no command given; try %sor ipclens --help", known);
}

static bool options_fit_view(const struct options *options)
{
	const struct view *view = options->view;

	if (options->has_ipcns && !view->weighs_ipcns && !view_find_column(view, "ipcns")) {
		message_error("'%s' does not tell IPC namespaces apart; leave --ipcns out",
			      view->command);
		return false;
	}
	if (options->from && view->live) {
		message_error(
			"'%s' looks into the %s, which a capture does not have; leave --from out",
			view->command, view == &doctor_view ? "running kernel" : "live /proc");
		return false;
	}
	return true;
}

static bool options_take_command(struct options *options, int argc, char **argv)
{
	if (optind == argc) {
		options_report_no_command();
		return false;
	}
	options->view = view_find_command(argv[optind]);
	if (!strcmp(argv[optind], doctor_view.command))
		options->view = &doctor_view;
	if (!options->view) {
		message_error("unknown command '%.64s'; see ipclens --help", argv[optind]);
		return false;
	}
	if (optind + 1 < argc) {
		message_error("'%s' takes no argument '%.64s'; see ipclens %s --help",
			      options->view->command, argv[optind + 1], options->view->command);
		return false;
	}
	if (options->all_columns && options->columns) {
		message_error("--output and --output-all exclude each other");
		return false;
	}
	return options_fit_view(options);
}

enum options_result options_parse(struct options *options, int argc, char **argv)
{
	bool help = false, version = false;
	int opt;

	*options = (struct options){ .headings = true };
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":Jrno:hV", long_options, NULL)) != -1) {
		if (opt == '?' || opt == ':') {
			options_report(opt, optopt, argv[optind - 1]);
			return OPTIONS_WRONG;
		}
		help |= opt == 'h';
		version |= opt == 'V';
		if (opt != 'h' && opt != 'V' && !options_take(options, opt, optarg))
			return OPTIONS_WRONG;
	}
	if (version) {
		printf("ipclens %s (format %d)\n", IPCLENS_VERSION, IPCLENS_FORMAT);
		return OPTIONS_ANSWERED;
	}
	if (help && optind == argc) {
		options_print_usage();
		return OPTIONS_ANSWERED;
	}
	if (!options_take_command(options, argc, argv))
		return OPTIONS_WRONG;
	if (help)
		options_print_columns(options->view);
	return help ? OPTIONS_ANSWERED : OPTIONS_RUN;
}
