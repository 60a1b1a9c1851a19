// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands that show a table: from the source to the rows that are asked for.
 * Every step is another file's.
 */
#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "doctor.h"
#include "filter.h"
#include "fix.h"
#include "input.h"
#include "message.h"
#include "model.h"
#include "mqholders.h"
#include "namespace.h"
#include "room.h"
#include "status.h"
#include "tree.h"

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
	model_report_ipcns(options->ipcns);
	return -1;
}

/* Why it is not known what a default queue costs in a namespace; NULL if it may be. */
static const char *charge_problem(const struct section *section, bool listed)
{
	size_t column;

	if (!section)
		return "no usable section 'namespaces'";
	if (!section_has_column(section, "mq_default_charge", &column))
		return "no column 'mq_default_charge' in section 'namespaces'";
	return listed ? NULL : "no such namespace in section 'namespaces'";
}

/* A text that was cut has one message for all that is missing. */
static int show_room(struct model *model, const struct input *input, const struct options *options)
{
	uint64_t ipcns = options->has_ipcns ? options->ipcns : IPCNS_INIT;
	struct input other;
	const struct section *section = input_other(input, &other, "namespaces");
	bool listed = section && model_section_lists(section, ipcns);
	const char *problem = charge_problem(section, listed);
	uint64_t charge = room_charge(section, ipcns);

	input_free(&other);
	if (options->has_ipcns && section && !listed) {
		model_report_ipcns(ipcns);
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
	if (options->filter || model_needs(model, "fix", options->sort))
		return show_fix(model, input, options);
	return 0;
}

static int show_select(struct model *model, const struct input *input,
		       const struct options *options)
{
	const char *sort = options->sort ?: options->view->sort;

	if (options->all_columns)
		model_select_all(model);
	else if (model_select_fields(model, options->columns))
		return -1;
	if (show_compute(model, input, options))
		return -1;
	if (options->has_ipcns && !options->view->weighs_ipcns &&
	    show_filter(model, input, options))
		return -1;
	if (options->filter && filter_rows(model, options->filter))
		return -1;
	return sort ? model_sort(model, sort) : 0;
}

/* When a source was the present: a capture says so in its "status". */
static uint64_t show_moment(const struct input *input)
{
	uint64_t moment = time(NULL);
	struct input other;

	if (!input->from)
		return moment;
	status_number(input_other(input, &other, "status"), "time", &moment);
	input_free(&other);
	return moment;
}

/* What is for the eye by default, and exact for programs. */
static struct out_style show_style(const struct options *options, const struct model *model,
				   const struct input *input)
{
	struct out_style style = options->style;
	bool table = style.form == OUT_TABLE;

	style.colour = table && colour_wanted(options->colour, STDOUT_FILENO);
	style.cells.human = table && !options->bytes;
	if (style.cells.time == CELL_TIME_UNSET)
		style.cells.time = table ? CELL_TIME_SHORT : CELL_TIME_RAW;
	if (style.cells.time == CELL_TIME_SHORT && model_has_type(model, COLUMN_TIME))
		style.cells.today = show_moment(input);
	return style;
}

/* nested: which rows belong to the one above, NULL if there are no such rows. */
static int show_rows(const struct section *section, const bool *nested, const struct input *input,
		     const struct options *options)
{
	struct out_style style;
	struct model model;
	int ret = STATUS_NOTHING;

	if (model_init(&model, section))
		return ret;
	if (nested)
		model_fold(&model, nested);
	if (show_select(&model, input, options))
		goto out;
	if (nested)
		model_unfold(&model);
	style = show_style(options, &model, input);
	if (!out_table_print(options->out, &model, &style)) {
		if (!nested)
			input_warn(input, section);
		ret = message_warned() ? STATUS_PARTIAL : STATUS_FINE;
	}
out:
	model_exit(&model);
	return ret;
}

static int show_section(const struct section *section, const struct input *input,
			const struct options *options)
{
	return show_rows(section, NULL, input, options);
}

/* The text of a view that this program finds itself. */
static int show_find(struct input *input, const struct options *options)
{
	const struct view *view = view_find_file("mqueue");
	const uint64_t *ipcns = options->has_ipcns ? &options->ipcns : NULL;
	const struct section *queues;
	struct input source;
	char *text = NULL;
	size_t size;
	int ret = -1, error;

	if (input_read(&source, NULL, view->file))
		return ret;
	queues = input_section(&source, view);
	error = queues ? mqholders_write(queues, ipcns, &text, &size) : 0;
	if (error) {
		mqholders_report(error, ipcns, message_error);
		free(text);
	} else if (queues) {
		ret = input_take(input, text, size, "/proc");
		if (!ret)
			input_warn(&source, queues);
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

static int show(const struct options *options, struct input *input)
{
	const struct section *section = input_section(input, options->view);
	int ret = section ? show_section(section, input, options) : STATUS_NOTHING;

	input_free(input);
	return ret;
}

/** show_table() - a file of the module, or of a capture. Return: exit status. */
int show_table(const struct options *options)
{
	struct input input = { 0 };

	if (input_read(&input, options->from, options->view->file))
		return STATUS_NOTHING;
	return show(options, &input);
}

static int show_joined(const struct section *segments, const struct section *holders,
		       const struct input *input, const struct options *options)
{
	struct tree tree;
	int ret = STATUS_NOTHING;

	if (!tree_make(&tree, segments, holders))
		ret = show_rows(&tree.section, tree.nested, input, options);
	tree_free(&tree);
	return ret;
}

/* The holders are in a file of their own, or in the same text. */
static int show_tree(const struct options *options, const struct input *input)
{
	const struct view *view = view_find_file("shm_holders");
	const struct section *segments = input_section(input, options->view), *holders;
	struct input other = { 0 };
	int ret = STATUS_NOTHING;

	if (!segments)
		return ret;
	if (source_is_split(options->from)) {
		if (input_read(&other, options->from, view->file))
			return ret;
		holders = input_section(&other, view);
	} else {
		holders = input_section(input, view);
	}
	if (holders)
		ret = show_joined(segments, holders, input, options);
	if (ret != STATUS_NOTHING) {
		input_warn(input, segments);
		if (source_is_split(options->from))
			input_warn(&other, holders);
		else
			input_warn_dropped(input, holders);
		ret = message_warned() ? STATUS_PARTIAL : STATUS_FINE;
	}
	input_free(&other);
	return ret;
}

/** show_segments() - segments, as a tree if that is asked for. Return: exit status. */
int show_segments(const struct options *options)
{
	struct input input = { 0 };
	int ret;

	if (!options->tree)
		return show_table(options);
	if (input_read(&input, options->from, options->view->file))
		return STATUS_NOTHING;
	ret = show_tree(options, &input);
	input_free(&input);
	return ret;
}

/** show_search() - what this program finds itself. Return: exit status. */
int show_search(const struct options *options)
{
	struct input input = { 0 };

	if (show_find(&input, options))
		return STATUS_NOTHING;
	return show(options, &input);
}

/** show_doctor() - whether the module is right here. Return: exit status. */
int show_doctor(const struct options *options)
{
	const struct input input = { 0 };
	struct section verdict;
	int ret = STATUS_NOTHING;

	if (!show_can(options))
		return ret;
	if (!doctor_examine(&verdict))
		ret = show_section(&verdict, &input, options);
	fflush(stdout);
	if (ret != STATUS_NOTHING && !doctor_summarise(&verdict))
		ret = STATUS_PARTIAL;
	doctor_free(&verdict);
	return ret;
}
