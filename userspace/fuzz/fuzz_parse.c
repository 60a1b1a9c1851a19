// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: any bytes as a capture, through parser, model, all three output
 * forms, and metrics. Judges the results by rules of its own, not by the reader's code.
 */
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../selftests/reader/json.h"
#include "../columns.h"
#include "../fix.h"
#include "../metrics_parts.h"
#include "../model.h"
#include "../out_table.h"
#include "../parse.h"
#include "../room.h"
#include "../text.h"
#include "../tree.h"
#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	MUST(setlocale(LC_CTYPE, "C.UTF-8"));
	return 0;
}

/* Nothing but newlines below the blank, no DEL, and UTF-8 without the C1 controls. */
void check_bytes(const char *s, size_t size)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + size;

	while (p < end) {
		size_t more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;

		MUST(*p == '\n' || *p >= 0x20);
		MUST(*p != 0x7f);
		MUST(!more || (*p >= 0xc2 && *p <= 0xf4));
		MUST(!(p[0] == 0xc2 && p[1] < 0xa0));
		for (p++; more; more--, p++)
			MUST(p < end && (*p & 0xc0) == 0x80);
	}
}

/* Undoing \xHH must give back the cell: no two names may look the same. */
static void check_encoding(const char *cell)
{
	char *safe = malloc(TEXT_ENCODED_SIZE(strlen(cell)));
	size_t size;
	char *p = safe;

	MUST(safe);
	size = text_encode(safe, cell, true);
	MUST(size == strlen(safe) && size < TEXT_ENCODED_SIZE(strlen(cell)));
	check_bytes(safe, size);
	MUST(!memchr(safe, '\n', size));
	for (const char *c = cell; *c; c++) {
		unsigned int byte = (unsigned char)*p++;

		if (byte == '\\') {
			MUST(sscanf(p, "x%2x", &byte) == 1);
			p += 3;
		}
		MUST(byte == (unsigned char)*c);
	}
	MUST(!*p);
	free(safe);
}

static void check_number(const char *cell)
{
	MUST(strspn(cell, "0123456789") == strlen(cell));
	MUST(cell[0] != '0' || !cell[1]);
	MUST(strlen(cell) <= 20);
}

static void check_section(const struct section *section, size_t size)
{
	for (size_t row = 0; row < section->nrows; row++) {
		for (size_t i = 0; i < section->ncolumns; i++) {
			const struct column *known = section->columns[i].known;
			const char *cell = section_cell(section, row, i);

			if (!cell)
				continue;
			MUST(cell > section->text && cell < section->text + size);
			MUST(*cell && strlen(cell) <= PARSE_CELL_MAX);
			if (!known || known->type == COLUMN_TEXT)
				check_encoding(cell);
			else if (column_type_numeric(known->type))
				check_number(cell);
			else
				MUST(strspn(cell, "0123456789abcdefABCDEFx") == strlen(cell));
		}
	}
}

/* As many lines as rows and the heading, as many cells in each as columns. */
static void check_raw(const char *text, const struct model *model)
{
	size_t lines = 0;

	for (const char *line = text; *line; lines++) {
		size_t cells = 1;

		for (; *line != '\n'; line++) {
			MUST(*line && !(line[0] == ' ' && (line[1] == ' ' || line[1] == '\n')));
			cells += *line == ' ';
		}
		MUST(cells == model->nfields);
		line++;
	}
	MUST(lines == model->nrows + 1);
}

static void check_lines(const char *text, size_t expected)
{
	size_t lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	MUST(lines == expected);
}

/* NAME="cell" with nothing inside that a shell would make something of */
static void check_export(const char *text, const struct model *model)
{
	size_t quotes = 0;

	check_lines(text, model->nrows);
	for (const char *p = text; *p; p++) {
		quotes += *p == '"';
		MUST(!strchr("$`", *p) && (*p != '\\' || p[1] == 'x'));
	}
	MUST(quotes == 2 * model->nrows * model->nfields);
}

/* Colours are the only control bytes, and go; nothing else begins with an escape. */
static void strip_colours(char *text, size_t *size)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (*from != '\033') {
			*to++ = *from;
			continue;
		}
		MUST(from[1] == '[' && from[2] >= '0' && from[2] <= '9');
		from += strcspn(from, "m");
		MUST(*from);
	}
	*to = '\0';
	*size = to - text;
}

static void check_output(const struct model *model, enum out_form form, uint8_t choice)
{
	const struct out_style style = {
		.form = form,
		.headings = true,
		.colour = form == OUT_TABLE && choice & 64,
		.cells = { .human = form == OUT_TABLE && choice & 8,
			   .time = CELL_TIME_SHORT + choice / 16 % 3 },
	};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	MUST(out && !out_table_print(out, model, &style));
	MUST(!fclose(out));
	if (style.colour)
		strip_colours(text, &size);
	check_bytes(text, size);
	if (form == OUT_RAW)
		check_raw(text, model);
	else if (form == OUT_TABLE)
		check_lines(text, model->nrows + 1);
	else if (form == OUT_EXPORT)
		check_export(text, model);
	else if (!model->nested)
		MUST(json_count_members(text) == (long)(model->nrows * model->nfields + 1));
	free(text);
}

static void check_order(const struct model *model, bool down)
{
	for (size_t row = 1; row < model->nrows; row++) {
		const char *a = model_cell(model, row - 1, 0), *b = model_cell(model, row, 0);

		MUST(a || !b);
		if (a && b)
			MUST(down ? strtoull(a, NULL, 10) >= strtoull(b, NULL, 10) :
				    strtoull(a, NULL, 10) <= strtoull(b, NULL, 10));
	}
}

/* What is computed has the form of its column, and nothing is a command but by numbers. */
static void check_computed(struct model *model, const struct section *namespaces, uint8_t choice)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_.,-=|: ";
	const char *cell;

	MUST(!room_compute(model, choice));
	MUST(!fix_compute(model, namespaces, false));
	for (size_t i = 0; i < model->nfields; i++) {
		for (size_t row = 0; row < model->nrows && model->fields[i]->computed; row++) {
			cell = model_cell(model, row, i);
			if (cell && column_type_numeric(model->fields[i]->type))
				check_number(cell);
			else if (cell)
				MUST(*cell && strspn(cell, allowed) == strlen(cell));
		}
	}
}

static void check_view(const struct capture *capture, const struct view *view, uint8_t choice)
{
	const struct section *section, *namespaces;
	struct model model;
	size_t count;

	section = parse_section(capture, view, &count);
	MUST(!section == !count);
	if (!section || !section->columns)
		return;
	MUST(!model_init(&model, section));
	if (choice & 1)
		MUST(!model_select_fields(&model, NULL));
	else
		model_select_all(&model);
	namespaces = parse_section(capture, view_find_file("namespaces"), &count);
	check_computed(&model, namespaces && namespaces->columns ? namespaces : NULL, choice);
	if (choice & 2 && !strcmp(model.fields[0]->name, "ipcns")) {
		MUST(!model_sort(&model, choice & 4 ? "-ipcns" : "ipcns"));
		check_order(&model, choice & 4);
	}
	for (enum out_form form = OUT_TABLE; form <= OUT_JSON; form++)
		check_output(&model, form, choice);
	model_exit(&model);
}

/* A name, labels in braces with quotes and backslashes escaped, one blank, a number. */
static void check_sample(const char *line, const char *end)
{
	const char *p = line + strspn(line, "abcdefghijklmnopqrstuvwxyz_");
	bool quoted = false;

	MUST(p > line);
	for (; *p != ' ' || quoted; p++) {
		MUST(p < end);
		if (*p == '\\')
			p++;
		else if (*p == '"')
			quoted = !quoted;
	}
	MUST(p[-1] == '}' || !memchr(line, '{', p - line));
	p++;
	MUST(end > p && (strspn(p, "0123456789") == (size_t)(end - p) || !strncmp(p, "+Inf\n", 5)));
}

static void check_metrics_text(const char *text, size_t size)
{
	const char *end;

	check_bytes(text, size);
	for (const char *line = text; *line; line = end + 1) {
		end = strchr(line, '\n');
		MUST(end);
		if (*line == '#')
			MUST(line[1] == ' ' && strspn(line + 2, "HELPTYUNIOF"));
		else
			check_sample(line, end);
	}
}

static const struct section *section_of(const struct capture *capture, const char *file)
{
	size_t count;
	const struct section *section = parse_section(capture, view_find_file(file), &count);

	return section && section->columns ? section : NULL;
}

static void check_metrics(const struct capture *capture, uint8_t choice)
{
	const struct section *namespaces = section_of(capture, "namespaces");
	const struct section *users = section_of(capture, "mq_users");
	struct metrics_text text = { .format = choice & 1 };
	char *data = NULL;
	size_t size;

	text.out = open_memstream(&data, &size);
	MUST(text.out);
	MUST(!metrics_spaces_print(&text, namespaces, section_of(capture, "shm"), choice & 3));
	MUST(!metrics_users_print(&text, users, namespaces, choice & 3));
	metrics_module_print(&text, section_of(capture, "status"), section_of(capture, "probes"));
	metrics_text_end(&text);
	MUST(!fclose(text.out));
	check_metrics_text(data, size);
	free(data);
}

/* Each segment and each holder has its row. */
static void check_tree(const struct capture *capture, uint8_t choice)
{
	const struct section *segments, *holders;
	struct model model;
	struct tree tree;
	size_t nested = 0;

	segments = section_of(capture, "shm");
	holders = section_of(capture, "shm_holders");
	if (!segments || !holders)
		return;
	MUST(!tree_make(&tree, segments, holders));
	for (size_t row = 0; row < tree.section.nrows; row++)
		nested += tree.nested[row];
	MUST(nested == holders->nrows);
	MUST(tree.section.nrows - nested >= segments->nrows);
	MUST(!model_init(&model, &tree.section));
	model_fold(&model, tree.nested);
	if (choice & 1)
		MUST(!model_select_fields(&model, NULL));
	else
		model_select_all(&model);
	if (choice & 2)
		MUST(!model_sort(&model, choice & 4 ? "-ipcns" : "size"));
	model_unfold(&model);
	MUST(model.nrows == tree.section.nrows);
	for (enum out_form form = OUT_TABLE; form <= OUT_JSON; form++)
		check_output(&model, form, choice);
	model_exit(&model);
	tree_free(&tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture capture;
	char *text = malloc(size + 1);

	MUST(text);
	memcpy(text, data, size);
	MUST(!parse_text(&capture, text, size));
	for (size_t i = 0; i < capture.nsections; i++)
		check_section(&capture.sections[i], size);
	for (const struct view *view = view_next(NULL); view; view = view_next(view))
		check_view(&capture, view, size);
	check_metrics(&capture, size);
	check_tree(&capture, size);
	fuzz_triage(&capture, size);
	fuzz_story(&capture, size);
	parse_free(&capture);
	free(text);
	return 0;
}
