// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way from the command line to the exit status: 0 fine, 1 partial data was
 * shown, 2 usage or no data. Every step is another file's.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../kmod/ipclens_abi.h"
#include "message.h"
#include "model.h"
#include "options.h"
#include "out_table.h"
#include "parse.h"
#include "source.h"

enum {
	EXIT_FINE = 0,
	EXIT_PARTIAL = 1,
	EXIT_NOTHING = 2,
};

struct input {
	struct source_text text;
	struct capture capture;
};

static int input_read(struct input *input, const char *from, const char *file)
{
	if (source_read(&input->text, from, file))
		return -1;
	if (!parse_text(&input->capture, input->text.data, input->text.size))
		return 0;
	message_error("out of memory");
	source_free(&input->text);
	return -1;
}

static void input_free(struct input *input)
{
	parse_free(&input->capture);
	source_free(&input->text);
}

/* The section to show, if there is something to show of it. */
static const struct section *input_section(const struct input *input, const struct view *view)
{
	const char *name = input->text.name;
	size_t count;
	const struct section *section = parse_section(&input->capture, view, &count);

	if (!section) {
		message_error(
			"%s has no section '%s'; a capture is the output of cat /sys/kernel/debug/ipclens/*",
			name, view->file);
	} else if (section->format != IPCLENS_FORMAT) {
		message_error(
			"%s: section '%s' has format %llu, this program knows format %d; use module and program of the same version",
			name, view->file, (unsigned long long)section->format, IPCLENS_FORMAT);
	} else if (!section->columns || (!section->nrows && (section->dropped || section->cut))) {
		message_error(
			"%s: section '%s' in line %zu has no row that can be used; take the capture again",
			name, view->file, section->line);
	} else {
		if (count > 1)
			message_warn("%s has %zu sections '%s'; the one in line %zu is shown", name,
				     count, view->file, section->line);
		return section;
	}
	return NULL;
}

static void input_warn(const struct input *input, const struct section *section)
{
	if (section->dropped)
		message_warn("%s: %zu line%s of section '%s' dropped, not a row (first: line %zu)",
			     input->text.name, section->dropped, section->dropped == 1 ? "" : "s",
			     section->view->file, section->dropped_line);
	if (input->capture.cut && !input->text.partial)
		message_warn("%s ends too early, so rows may be missing; take the capture again",
			     input->text.name);
}

/*
 * A namespace without a row in this view may still be one. Says nothing of its own,
 * for the caller has one line for all reasons.
 */
static bool ipcns_listed(const struct input *input, const struct options *options)
{
	const struct view *view = view_find_file("namespaces");
	const struct section *section;
	struct input other = { 0 };
	bool found = false;
	size_t count;

	if (source_is_split(options->from)) {
		if (source_read_quietly(&other.text, options->from, view->file))
			return false;
		if (parse_text(&other.capture, other.text.data, other.text.size)) {
			source_free(&other.text);
			return false;
		}
		input = &other;
	}
	section = parse_section(&input->capture, view, &count);
	if (section && section->columns && section->format == IPCLENS_FORMAT)
		found = model_section_lists(section, options->ipcns);
	input_free(&other);
	return found;
}

static int show_filter(struct model *model, const struct input *input,
		       const struct options *options)
{
	int found = model_filter_ipcns(model, options->ipcns);

	if (found > 0)
		return 0;
	if (found < 0) {
		message_error(
			"%s: section '%s' has no column 'ipcns', which --ipcns needs; leave --ipcns out",
			input->text.name, options->view->file);
		return -1;
	}
	if (ipcns_listed(input, options))
		return 0;
	message_error("unknown namespace %llu; ipclens namespaces lists those that can be seen",
		      (unsigned long long)options->ipcns);
	return -1;
}

static int show_select(struct model *model, const struct input *input,
		       const struct options *options)
{
	if (options->all_columns ? model_select_all(model) :
				   model_select_fields(model, options->columns))
		return -1;
	if (options->has_ipcns && show_filter(model, input, options))
		return -1;
	return options->sort ? model_sort(model, options->sort) : 0;
}

static int show_section(const struct section *section, const struct input *input,
			const struct options *options)
{
	struct model model;
	int ret = EXIT_NOTHING;

	if (model_init(&model, section))
		return ret;
	if (!show_select(&model, input, options) &&
	    !out_table_print(stdout, &model, options->form, options->headings)) {
		input_warn(input, section);
		ret = message_warned() ? EXIT_PARTIAL : EXIT_FINE;
	}
	model_exit(&model);
	return ret;
}

static int show(const struct options *options)
{
	struct input input = { 0 };
	const struct section *section;
	int ret = EXIT_NOTHING;

	if (input_read(&input, options->from, options->view->file))
		return ret;
	section = input_section(&input, options->view);
	if (section)
		ret = show_section(section, &input, options);
	input_free(&input);
	return ret;
}

/* Whoever closed the pipe does not want to hear about it; a full disk matters. */
static int output_finish(int status)
{
	int error = 0;

	errno = 0;
	if (ferror(stdout))
		error = EIO;
	if (fflush(stdout))
		error = errno ?: EIO;
	if (fclose(stdout) && !error)
		error = errno ?: EIO;
	if (!error)
		return status;
	if (error != EPIPE)
		message_error("cannot write to standard output: %s", strerror(error));
	return EXIT_NOTHING;
}

int main(int argc, char **argv)
{
	struct options options;

	setlocale(LC_CTYPE, "");
	/* Else a file that is opened could take standard output's place. */
	if (fcntl(STDOUT_FILENO, F_GETFD) < 0) {
		message_error("standard output is closed");
		return EXIT_NOTHING;
	}
	switch (options_parse(&options, argc, argv)) {
	case OPTIONS_RUN:
		return output_finish(show(&options));
	case OPTIONS_ANSWERED:
		return output_finish(EXIT_FINE);
	case OPTIONS_WRONG:
		break;
	}
	return EXIT_NOTHING;
}
