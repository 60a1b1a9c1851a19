// SPDX-License-Identifier: GPL-2.0-only
/*
 * A buffer of tracefs for one test, and what was written there; see trace.h. Knows
 * what is on the pages of a buffer, not which events there are.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace.h"

/* A page: when, how long, then entries; each begins with kind and time since the last. */
#define PAGE_LENGTH(commit) ((commit) & 0xfffff)
#define PAGE_LOST(commit) ((commit) & 1ULL << 31)
#define ENTRY_KIND(head) ((head) & 31)
#define ENTRY_DELTA(head) ((head) >> 5)
#define ENTRY_PADDING 29
#define ENTRY_EXTEND 30
#define ENTRY_STAMP 31

static int trace_put(const char *dir, const char *file, const char *text)
{
	char path[256];
	int fd, ret;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

int trace_switch(struct trace *trace, const char *event, int on)
{
	char file[64];

	snprintf(file, sizeof(file), "events/ipclens/%s%senable", event ? event : "",
		 event ? "/" : "");
	return trace_put(trace->dir, file, on ? "1" : "0");
}

/* Has @events (a list that ends with NULL; NULL for all) recorded from here on. */
int trace_start(struct trace *trace, const char *const *events)
{
	static int next;
	int ret;

	memset(trace, 0, sizeof(*trace));
	if (access(TRACE_DIR "/instances", F_OK) && mount("trace", TRACE_DIR, "tracefs", 0, NULL))
		return -errno;
	ret = trace_forms_read(trace);
	if (ret)
		return ret;
	snprintf(trace->dir, sizeof(trace->dir), TRACE_DIR "/instances/lens-%d-%d", getpid(),
		 next++);
	if (mkdir(trace->dir, 0700))
		return -errno;
	/* One number after the other, whichever processor writes. */
	ret = trace_put(trace->dir, "trace_clock", "counter");
	if (!ret && !events)
		ret = trace_switch(trace, NULL, 1);
	while (!ret && events && *events)
		ret = trace_switch(trace, *events++, 1);
	return ret;
}

void trace_forget(struct trace *trace)
{
	while (trace->count)
		free(trace->records[--trace->count].data);
}

void trace_stop(struct trace *trace)
{
	if (*trace->dir) {
		/* Refused while events are on. */
		trace_put(trace->dir, "events/enable", "0");
		if (rmdir(trace->dir))
			fprintf(stderr, "# trace: %s: %s\n", trace->dir, strerror(errno));
	}
	*trace->dir = '\0';
	trace_forget(trace);
	free(trace->records);
	trace->records = NULL;
	trace->room = 0;
}

static int trace_record_add(struct trace *trace, unsigned long long order,
			    const unsigned char *data, size_t length)
{
	struct trace_record record = { .order = order, .length = length };
	unsigned short id;
	int n;

	memcpy(&id, data, sizeof(id));
	for (n = 0; n < trace->form_count; n++)
		if (trace->forms[n].id == id)
			record.form = &trace->forms[n];
	if (!record.form)
		return -EBADMSG;
	if (trace->count == trace->room) {
		size_t room = trace->room ? trace->room * 2 : 64;
		void *larger = realloc(trace->records, room * sizeof(record));

		if (!larger)
			return -ENOMEM;
		trace->records = larger;
		trace->room = room;
	}
	record.data = malloc(length + 1);
	if (!record.data)
		return -ENOMEM;
	memcpy(record.data, data, length);
	record.data[length] = '\0';
	trace->records[trace->count++] = record;
	return 0;
}

static int trace_page_read(struct trace *trace, const unsigned char *page)
{
	unsigned long long order, commit = 0;
	size_t at = trace->page_head, length;
	unsigned int head, first;
	int ret = 0;

	memcpy(&order, page, sizeof(order));
	memcpy(&commit, page + trace->commit.offset, trace->commit.size);
	trace->lost |= !!PAGE_LOST(commit);
	for (; !ret && at < trace->page_head + PAGE_LENGTH(commit); at += length) {
		memcpy(&head, page + at, sizeof(head));
		memcpy(&first, page + at + 4, sizeof(first));
		if (ENTRY_KIND(head) == ENTRY_PADDING && !ENTRY_DELTA(head))
			break;
		length = ENTRY_KIND(head) ? 4 + 4 * ENTRY_KIND(head) : 4 + first;
		order += ENTRY_DELTA(head);
		if (ENTRY_KIND(head) == ENTRY_PADDING) {
			length = 4 + first;
		} else if (ENTRY_KIND(head) == ENTRY_EXTEND) {
			length = 8;
			order += (unsigned long long)first << 27;
		} else if (ENTRY_KIND(head) == ENTRY_STAMP) {
			length = 8;
			order = ((unsigned long long)first << 27) + ENTRY_DELTA(head);
		} else if (ENTRY_KIND(head)) {
			ret = trace_record_add(trace, order, page + at + 4, length - 4);
		} else {
			ret = trace_record_add(trace, order, page + at + 8, length - 8);
		}
	}
	return ret;
}

static int trace_cpu_read(struct trace *trace, int cpu)
{
	unsigned char page[65536];
	char path[160];
	int fd, ret = 0;
	ssize_t got;

	snprintf(path, sizeof(path), "%s/per_cpu/cpu%d/trace_pipe_raw", trace->dir, cpu);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (!ret) {
		got = read(fd, page, sysconf(_SC_PAGESIZE));
		if (got <= trace->page_head)
			break;
		ret = trace_page_read(trace, page);
	}
	close(fd);
	return ret;
}

static int trace_order(const void *a, const void *b)
{
	const struct trace_record *x = a, *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

/* Takes all that was recorded since the last time, behind what was read before. */
int trace_read(struct trace *trace)
{
	int cpu, cpus = sysconf(_SC_NPROCESSORS_CONF), ret = 0;
	size_t before = trace->count;

	for (cpu = 0; !ret && cpu < cpus; cpu++)
		ret = trace_cpu_read(trace, cpu);
	if (trace->count > before)
		qsort(trace->records + before, trace->count - before, sizeof(*trace->records),
		      trace_order);
	return ret;
}

/* How many events were written so far, also those that are lost by now, or -errno. */
long long trace_written(const struct trace *trace)
{
	int cpu, cpus = sysconf(_SC_NPROCESSORS_CONF);
	char path[160], line[80];
	long long n, all = 0;
	FILE *file;

	for (cpu = 0; cpu < cpus; cpu++) {
		snprintf(path, sizeof(path), "%s/per_cpu/cpu%d/stats", trace->dir, cpu);
		file = fopen(path, "re");
		if (!file)
			return -errno;
		while (fgets(line, sizeof(line), file))
			if (sscanf(line, "entries: %lld", &n) == 1 ||
			    sscanf(line, "overrun: %lld", &n) == 1 ||
			    sscanf(line, "commit overrun: %lld", &n) == 1 ||
			    sscanf(line, "dropped events: %lld", &n) == 1 ||
			    sscanf(line, "read events: %lld", &n) == 1)
				all += n;
		fclose(file);
	}
	return all;
}

static const struct trace_field *trace_field_find(const struct trace *trace, size_t index,
						  const char *name)
{
	const struct trace_form *form;
	int n;

	if (index >= trace->count)
		return NULL;
	form = trace->records[index].form;
	for (n = 0; n < form->field_count; n++)
		if (!strcmp(form->fields[n].name, name))
			return &form->fields[n];
	return NULL;
}

const char *trace_event(const struct trace *trace, size_t index)
{
	return index < trace->count ? trace->records[index].form->name : "(none)";
}

unsigned long long trace_number(const struct trace *trace, size_t index, const char *name)
{
	const struct trace_field *field = trace_field_find(trace, index, name);
	unsigned long long value = 0;

	if (!field || field->size > sizeof(value) ||
	    field->offset + field->size > trace->records[index].length)
		return TRACE_NO_FIELD;
	/* Little-endian, as are all machines that guests are. */
	memcpy(&value, trace->records[index].data + field->offset, field->size);
	if (field->is_signed && field->size < sizeof(value) &&
	    value >> (8 * field->size - 1) & 1)
		value |= ~0ULL << 8 * field->size;
	return value;
}

const char *trace_text(const struct trace *trace, size_t index, const char *name)
{
	const struct trace_field *field = trace_field_find(trace, index, name);
	const struct trace_record *record = &trace->records[index];
	unsigned int place;

	if (!field)
		return "(none)";
	place = field->offset;
	if (field->is_dynamic) {
		memcpy(&place, record->data + field->offset, sizeof(place));
		place &= 0xffff;
	}
	return place < record->length ? (const char *)record->data + place : "(none)";
}

/* Drops all records but those whose @field is @value; what has no such field stays. */
void trace_keep(struct trace *trace, const char *field, unsigned long long value)
{
	size_t n, kept = 0;

	for (n = 0; n < trace->count; n++) {
		unsigned long long is = trace_number(trace, n, field);

		if (is == value || is == TRACE_NO_FIELD)
			trace->records[kept++] = trace->records[n];
		else
			free(trace->records[n].data);
	}
	trace->count = kept;
}

/* The events in order, with a blank between. */
const char *trace_names(const struct trace *trace)
{
	static char text[4096];
	size_t n, used = 0;

	*text = '\0';
	for (n = 0; n < trace->count && used < sizeof(text) - 32; n++)
		used += snprintf(text + used, sizeof(text) - used, "%s%s", n ? " " : "",
				 trace_event(trace, n));
	return text;
}

size_t trace_count(const struct trace *trace, const char *event)
{
	size_t n, count = 0;

	for (n = 0; n < trace->count; n++)
		count += !strcmp(trace_event(trace, n), event);
	return count;
}
