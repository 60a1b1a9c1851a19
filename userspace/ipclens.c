// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way from the command line to the exit status: 0 fine, 1 partial data was
 * shown or the doctor has found something, 2 usage or no data. Every step is another
 * file's.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "fix.h"
#include "input.h"
#include "message.h"
#include "model.h"
#include "mqholders.h"
#include "namespace.h"
#include "options.h"
#include "out_table.h"
#include "room.h"

enum {
	EXIT_FINE = 0,
	EXIT_PARTIAL = 1,
	EXIT_NOTHING = 2,
};

static void ipcns_report(uint64_t ipcns)
{
	message_error("unknown namespace %llu; ipclens namespaces lists those that can be seen",
		      (unsigned long long)ipcns);
}

/*
 * A namespace without a row in this view may still be one. Says nothing of its own,
 * for the caller has one line for all reasons.
 */
static bool ipcns_listed(const struct input *input, uint64_t ipcns)
{
	struct input other;
	const struct section *section = input_other(input, &other, "namespaces");
	bool found = section && model_section_lists(section, ipcns);

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
	if (ipcns_listed(input, options->ipcns))
		return 0;
	ipcns_report(options->ipcns);
	return -1;
}

/* What a default queue costs in a namespace, 0 if unknown; problem is why it is. */
static uint64_t charge_find(const struct section *section, uint64_t ipcns, const char **problem)
{
	uint64_t charge = 0, number;
	size_t column;

	*problem = NULL;
	if (!section)
		*problem = "no usable section 'namespaces'";
	else if (!section_has_column(section, "mq_default_charge", &column))
		*problem = "no column 'mq_default_charge' in section 'namespaces'";
	else
		*problem = "no such namespace in section 'namespaces'";
	for (size_t row = 0; section && row < section->nrows; row++) {
		if (!section_number(section, row, "ipcns", &number) || number != ipcns)
			continue;
		if (section_has_column(section, "mq_default_charge", &column))
			*problem = NULL;
		section_number(section, row, "mq_default_charge", &charge);
		break;
	}
	return charge;
}

/* A text that was cut has one message for all that is missing. */
static int show_room(struct model *model, const struct input *input, const struct options *options)
{
	uint64_t ipcns = options->has_ipcns ? options->ipcns : IPCNS_INIT;
	struct input other;
	const struct section *section = input_other(input, &other, "namespaces");
	bool listed = section && model_section_lists(section, ipcns);
	const char *problem;
	uint64_t charge = charge_find(section, ipcns, &problem);

	input_free(&other);
	if (options->has_ipcns && section && !listed) {
		ipcns_report(ipcns);
		return -1;
	}
	if (problem && model_needs(model, "room", options->sort) && !input->capture.cut &&
	    !input->text.partial)
		message_warn("%s: %s, so the column 'room' is unknown", input->text.name, problem);
	return room_compute(model, charge);
}

static int show_fix(struct model *model, const struct input *input, const struct options *options)
{
	struct input other;
	const struct section *section = input_other(input, &other, "namespaces");
	int ret = fix_compute(model, section, !options->from);

	input_free(&other);
	return ret;
}

static int show_compute(struct model *model, const struct input *input,
			const struct options *options)
{
	if (options->view->weighs_ipcns)
		return show_room(model, input, options);
	if (model_needs(model, "fix", options->sort))
		return show_fix(model, input, options);
	return 0;
}

static int show_select(struct model *model, const struct input *input,
		       const struct options *options)
{
	const char *sort = options->sort ?: options->view->sort;

	if (options->all_columns ? model_select_all(model) :
				   model_select_fields(model, options->columns))
		return -1;
	if (show_compute(model, input, options))
		return -1;
	if (options->has_ipcns && !options->view->weighs_ipcns &&
	    show_filter(model, input, options))
		return -1;
	return sort ? model_sort(model, sort) : 0;
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

/* The text of a view that this program finds itself. */
static int show_search(struct input *input, const struct options *options)
{
	const struct view *view = view_find_file("mqueue");
	const uint64_t *ipcns = options->has_ipcns ? &options->ipcns : NULL;
	const struct section *queues;
	struct input source;
	char *text = NULL;
	size_t size;
	int ret = -1;

	if (input_read(&source, NULL, view->file))
		return ret;
	queues = input_section(&source, view);
	if (queues && !mqholders_write(queues, ipcns, &text, &size)) {
		ret = input_take(input, text, size, "/proc");
		if (!ret)
			input_warn(&source, queues);
	} else {
		free(text);
	}
	input_free(&source);
	return ret;
}

/* What is wrong with the options is said before anything is made. */
static bool show_can(const struct options *options)
{
	const struct section nothing = { .view = options->view };
	const struct input input = { 0 };
	struct model model;
	bool can;

	if (model_init(&model, &nothing))
		return false;
	can = !show_select(&model, &input, options);
	model_exit(&model);
	return can;
}

static int show_doctor(const struct options *options)
{
	const struct input input = { 0 };
	struct section verdict;
	int ret = EXIT_NOTHING;

	if (!show_can(options))
		return ret;
	if (!doctor_examine(&verdict))
		ret = show_section(&verdict, &input, options);
	fflush(stdout);
	if (ret != EXIT_NOTHING && !doctor_summarise(&verdict))
		ret = EXIT_PARTIAL;
	doctor_free(&verdict);
	return ret;
}

static int show(const struct options *options)
{
	struct input input = { 0 };
	const struct section *section;
	int ret = EXIT_NOTHING;

	if (options->view->live ? show_search(&input, options) :
				  input_read(&input, options->from, options->view->file))
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
		return output_finish(options.view == &doctor_view ? show_doctor(&options) :
								    show(&options));
	case OPTIONS_ANSWERED:
		return output_finish(EXIT_FINE);
	case OPTIONS_WRONG:
		break;
	}
	return EXIT_NOTHING;
}
