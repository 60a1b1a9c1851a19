// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the parts of an event are, by the "format" files of tracefs; see trace.h.
 * Knows no buffer.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

#define TRACE_EVENTS TRACE_DIR "/events/ipclens"

/* A line of "format": field:TYPE NAME;	offset:N;	size:N;	signed:N; */
static void trace_field_add(struct trace_form *form, const char *line)
{
	struct trace_field field = { 0 };
	const char *end = strchr(line, ';'), *bracket, *name;

	if (!end || form->field_count == 16 ||
	    sscanf(end, ";\toffset:%u;\tsize:%u;\tsigned:%d", &field.offset, &field.size,
		   &field.is_signed) != 3)
		return;
	bracket = memchr(line, '[', end - line);
	field.is_dynamic = !strncmp(line, "__data_loc", 10);
	/* In "char name[16]" the name ends at the bracket, in "char[] name" it does not. */
	if (bracket && !field.is_dynamic)
		end = bracket;
	for (name = end; name > line && name[-1] != ' '; name--)
		;
	snprintf(field.name, sizeof(field.name), "%.*s", (int)(end - name), name);
	form->fields[form->field_count++] = field;
}

static int trace_fields_read(struct trace_form *form, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[512];

	memset(form, 0, sizeof(*form));
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "\tfield:", 7))
			trace_field_add(form, line + 7);
		else if (!strncmp(line, "ID: ", 4))
			form->id = atoi(line + 4);
	}
	fclose(file);
	return 0;
}

static int trace_form_read(struct trace_form *form, const char *event)
{
	char path[128];
	int ret;

	snprintf(path, sizeof(path), TRACE_EVENTS "/%s/format", event);
	ret = trace_fields_read(form, path);
	snprintf(form->name, sizeof(form->name), "%s", event);
	return ret || form->id ? ret : -EINVAL;
}

/* How long the kernel's words are, which need not be as long as ours. */
static int trace_page_form_read(struct trace *trace)
{
	struct trace_form form;
	int n, ret = trace_fields_read(&form, TRACE_DIR "/events/header_page");

	for (n = 0; n < form.field_count; n++) {
		if (!strcmp(form.fields[n].name, "commit"))
			trace->commit = form.fields[n];
		if (!strcmp(form.fields[n].name, "data"))
			trace->page_head = form.fields[n].offset;
	}
	return ret || trace->page_head ? ret : -EINVAL;
}

/* Of all events, and of the pages they come on. */
int trace_forms_read(struct trace *trace)
{
	int ret = trace_page_form_read(trace);
	struct dirent *entry;
	DIR *dir;

	if (ret)
		return ret;
	dir = opendir(TRACE_EVENTS);
	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir))) {
		if (strchr(entry->d_name, '.') || entry->d_type != DT_DIR)
			continue;
		ret = trace->form_count == 16 ?
			      -E2BIG :
			      trace_form_read(&trace->forms[trace->form_count++], entry->d_name);
	}
	closedir(dir);
	return ret;
}

/* The number by which programs ask for an event, or -errno. */
int trace_form_id(const char *event)
{
	struct trace_form form;
	int ret = trace_form_read(&form, event);

	return ret ? ret : form.id;
}
