/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's events as a program gets them: a buffer of its own, whose pages
 * are taken apart by what the "format" files say of each event. Binary, since a
 * name may contain whatever would end a line of text.
 */
#ifndef HELPERS_TRACE_H
#define HELPERS_TRACE_H

#include <stddef.h>

#define TRACE_DIR "/sys/kernel/tracing"

struct trace_field {
	char name[24];
	unsigned int offset;
	unsigned int size;
	int is_signed;
	int is_dynamic; /* where and how long it is stands at its offset */
};

/* What an event looks like. */
struct trace_form {
	char name[24];
	int id;
	struct trace_field fields[16];
	int field_count;
};

struct trace_record {
	unsigned long long order; /* of all processors */
	const struct trace_form *form;
	unsigned char *data;
	size_t length;
};

struct trace {
	char dir[96];
	struct trace_form forms[16];
	int form_count;
	struct trace_field commit; /* of a page of the buffer */
	int page_head;
	struct trace_record *records;
	size_t count;
	size_t room;
	int lost; /* events were overwritten before they could be read */
};

/* All return 0 or -errno, if nothing else is said. */
int trace_start(struct trace *trace, const char *const *events);
int trace_switch(struct trace *trace, const char *event, int on);
int trace_read(struct trace *trace);
void trace_stop(struct trace *trace);
void trace_forget(struct trace *trace);

void trace_keep(struct trace *trace, const char *field, unsigned long long value);
long long trace_written(const struct trace *trace);
int trace_form_id(const char *event);
int trace_forms_read(struct trace *trace);

/* Of the record at @index; a name that does not exist gives TRACE_NO_FIELD, "(none)". */
#define TRACE_NO_FIELD (~0ULL - 2)

const char *trace_event(const struct trace *trace, size_t index);
unsigned long long trace_number(const struct trace *trace, size_t index, const char *field);
const char *trace_text(const struct trace *trace, size_t index, const char *field);
const char *trace_names(const struct trace *trace);
size_t trace_count(const struct trace *trace, const char *event);

#endif /* HELPERS_TRACE_H */
