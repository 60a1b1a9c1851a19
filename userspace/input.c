// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a source to the section that is wanted. A second section comes from the same
 * text, or from the file beside it.
 */
#include "input.h"

#include <stdlib.h>
#include <string.h>

#include "../kmod/ipclens_abi.h"
#include "message.h"

static int input_parse(struct input *input)
{
	if (!parse_text(&input->capture, input->text.data, input->text.size))
		return 0;
	source_free(&input->text);
	return -1;
}

/**
 * input_read() - read and parse the text that has the section of a file
 * @input: for input_free()
 * @from: see source_read()
 * @file: of the module
 *
 * Return: -1 on failure, of which the user has been told.
 */
int input_read(struct input *input, const char *from, const char *file)
{
	*input = (struct input){ .from = from };
	if (source_read(&input->text, from, file))
		return -1;
	if (!input_parse(input))
		return 0;
	message_no_memory();
	return -1;
}

/**
 * input_take() - parse text that the program has written
 * @input: for input_free()
 * @data: from malloc(), with room for one byte more; taken over, also on failure
 * @size: bytes of the text
 * @name: what messages call it
 *
 * Return: -1 on failure, of which the user has been told.
 */
int input_take(struct input *input, char *data, size_t size, const char *name)
{
	*input = (struct input){ .text = { .data = data, .size = size, .name = strdup(name) } };
	if (size >= PARSE_TEXT_MAX) {
		message_error(
			"%s: %zu bytes are more than can be parsed; choose one IPC namespace by --ipcns",
			name, size);
		source_free(&input->text);
		return -1;
	}
	if (input->text.name && !input_parse(input))
		return 0;
	source_free(&input->text);
	message_no_memory();
	return -1;
}

/** input_free() - free the text and its sections; all zeros are left alone */
void input_free(struct input *input)
{
	parse_free(&input->capture);
	source_free(&input->text);
}

static bool section_is_usable(const struct section *section)
{
	return section->columns && section->format == IPCLENS_FORMAT;
}

/**
 * input_warn_twice() - say if there are several sections of the same name
 * @input: where the section comes from
 * @section: the one that is used
 */
void input_warn_twice(const struct input *input, const struct section *section)
{
	size_t count;

	parse_section(&input->capture, section->view, &count);
	if (count > 1)
		message_warn("%s has %zu sections '%s'; the one in line %zu is shown",
			     input->text.name, count, section->view->file, section->line);
}

/**
 * input_section() - the section to show
 * @input: that has been read
 * @view: whose section
 *
 * Return: NULL if there is nothing to show of it, of which the user has been told.
 */
const struct section *input_section(const struct input *input, const struct view *view)
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
		input_warn_twice(input, section);
		return section;
	}
	return NULL;
}

/**
 * input_other() - another section of the same source
 * @input: that has been read
 * @other: what the section may live in; for input_free() in any case
 * @file: of the module
 *
 * Says nothing, for the caller has one line for all reasons.
 *
 * Return: NULL if there is none that can be used.
 */
const struct section *input_other(const struct input *input, struct input *other, const char *file)
{
	const struct section *section;
	size_t count;

	*other = (struct input){ .from = input->from };
	if (source_is_split(input->from)) {
		if (source_read_quietly(&other->text, input->from, file) || input_parse(other))
			return NULL;
		input = other;
	}
	section = parse_section(&input->capture, view_find_file(file), &count);
	return section && section_is_usable(section) ? section : NULL;
}

/**
 * input_warn_dropped() - say if lines of a section could not be used
 * @input: where the section comes from
 * @section: the section
 */
void input_warn_dropped(const struct input *input, const struct section *section)
{
	if (section->dropped)
		message_warn("%s: %zu line%s of section '%s' dropped, not a row (first: line %zu)",
			     input->text.name, section->dropped, section->dropped == 1 ? "" : "s",
			     section->view->file, section->dropped_line);
}

/**
 * input_warn_cut() - say if the text ends before its end
 * @input: the text
 */
void input_warn_cut(const struct input *input)
{
	if (input->capture.cut && !input->text.partial)
		message_warn("%s ends too early, so rows may be missing; take the capture again",
			     input->text.name);
}

/** input_warn() - say if rows may be missing: input_warn_dropped(), input_warn_cut() */
void input_warn(const struct input *input, const struct section *section)
{
	input_warn_dropped(input, section);
	input_warn_cut(input);
}
