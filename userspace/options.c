// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options before or after the command, one clear line for what cannot be meant.
 */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../kmod/ipclens_abi.h"
#include "help.h"
#include "message.h"
#include "metrics.h"
#include "option.h"

/* getopt's value for the long form of the option in a row, which is added to it. */
#define LONG_BASE 256

#define OPTIONS_MAX 48

/* The table as getopt wants it. */
struct options_forms {
	char letters[3 * OPTIONS_MAX + 2];
	struct option longs[OPTIONS_MAX + 1];
};

static void options_forms_make(struct options_forms *forms)
{
	const struct option_row *first = option_next(NULL);
	char *letter = forms->letters;
	size_t n = 0;

	*letter++ = ':';
	for (const struct option_row *row = first; row && n < OPTIONS_MAX; row = option_next(row)) {
		forms->longs[n++] = (struct option){
			.name = row->name,
			.has_arg = !row->argument		 ? no_argument :
				   option_argument_optional(row) ? optional_argument :
								   required_argument,
			.val = LONG_BASE + (row - first),
		};
		if (row->letter)
			*letter++ = row->letter;
		if (row->letter && row->argument)
			*letter++ = ':';
		if (row->letter && option_argument_optional(row))
			*letter++ = ':';
	}
	*letter = '\0';
	forms->longs[n] = (struct option){ 0 };
}

static const struct option_row *options_row(int value)
{
	return value < LONG_BASE ? option_find(value) : option_next(NULL) + (value - LONG_BASE);
}

/* What getopt refused: result is its return value, value what it has in optopt. */
static void options_report(int result, int value, const char *at)
{
	const char *problem = "is unknown or ambiguous";

	if (result == ':')
		problem = "needs an argument";
	else if (value && options_row(value))
		problem = "takes no argument";
	if (value > 0 && value < LONG_BASE)
		message_error("option '-%c' %s; see ipclens --help", value, problem);
	else
		message_error("option '%.64s' %s; see ipclens --help", at, problem);
}

static bool option_fits(const struct options *options, const struct option_row *row)
{
	if (row->kinds & options->command->kind)
		return true;
	message_error("'%s' does not go with --%s; leave --%s out, or see ipclens %s --help",
		      options->name, row->name, row->name, options->name);
	return false;
}

static bool options_fit_view(const struct options *options)
{
	const struct view *view = options->view;

	if (options->has_ipcns && !view->weighs_ipcns && !view_find_column(view, "ipcns")) {
		message_error("'%s' does not tell IPC namespaces apart; leave --ipcns out",
			      view->command);
		return false;
	}
	if (options->watch && options->from && !strcmp(options->from, "-")) {
		message_error("standard input cannot be read again; leave --watch out");
		return false;
	}
	if (options->all_columns && options->columns) {
		message_error("--output and --output-all exclude each other");
		return false;
	}
	return true;
}

static bool options_take_command(struct options *options, char **words, size_t count)
{
	options->name = count ? words[0] : COMMAND_DEFAULT;
	options->command = command_find(options->name, &options->view);
	options->arguments = words + !!count;
	options->narguments = count - !!count;
	if (!options->command) {
		message_error("unknown command '%.64s'; see ipclens --help", words[0]);
		return false;
	}
	if (options->narguments && !options->command->arguments) {
		message_error("'%s' takes no argument '%.64s'; see ipclens %s --help",
			      options->name, words[1], options->name);
		return false;
	}
	return true;
}

/* What cannot be an option, and help and version, which go before all else. */
static enum options_result options_survey(const struct options_forms *forms, int argc, char **argv,
					  bool *help)
{
	bool version = false;
	int value;

	opterr = 0;
	while ((value = getopt_long(argc, argv, forms->letters, forms->longs, NULL)) != -1) {
		if (value == '?' || value == ':') {
			options_report(value, optopt, argv[optind - 1]);
			return OPTIONS_WRONG;
		}
		*help |= options_row(value)->letter == 'h';
		version |= options_row(value)->letter == 'V';
	}
	if (!version && !(*help && optind == argc))
		return OPTIONS_RUN;
	if (version)
		printf("ipclens %s (format %d)\n", IPCLENS_VERSION, IPCLENS_FORMAT);
	else
		help_print();
	return OPTIONS_ANSWERED;
}

/* Once more from the start, since it depends on the command which options may be there. */
static bool options_take(struct options *options, const struct options_forms *forms, int argc,
			 char **argv)
{
	const struct option_row *row;
	int value;

	optind = 0;
	while ((value = getopt_long(argc, argv, forms->letters, forms->longs, NULL)) != -1) {
		row = options_row(value);
		if (row->take && (!option_fits(options, row) || !row->take(options, optarg)))
			return false;
	}
	return !options->view || options_fit_view(options);
}

/**
 * options_parse() - what the command line asks for
 * @options: filled; refers to the arguments
 * @argc: as main() has it
 * @argv: likewise; words are moved behind the options
 *
 * Return: see enum options_result.
 */
enum options_result options_parse(struct options *options, int argc, char **argv)
{
	enum options_result result;
	struct options_forms forms;
	bool help = false;

	*options = (struct options){
		.style.headings = true,
		.top = METRICS_TOP_DEFAULT,
		.out = stdout,
		.bounds = BOUNDS_DEFAULT,
	};
	options_forms_make(&forms);
	result = options_survey(&forms, argc, argv, &help);
	if (result != OPTIONS_RUN)
		return result;
	if (!options_take_command(options, argv + optind, argc - optind))
		return OPTIONS_WRONG;
	if (help) {
		help_print_command(options);
		return OPTIONS_ANSWERED;
	}
	return options_take(options, &forms, argc, argv) ? OPTIONS_RUN : OPTIONS_WRONG;
}
