// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules from a refusal to a command. It may be run as it stands, so nothing of the
 * input goes into it but numbers.
 */
#define _GNU_SOURCE
#include "fix.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "array.h"
#include "message.h"
#include "process.h"

/* What the kernel takes for the settings. */
#define FIX_MSG_MAX 65536
#define FIX_MSGSIZE_MAX 16777216

/* What fs.nr_open is unless it has been set, and the most that it can be, on 64 bits. */
#define FIX_NR_OPEN 1048576
#define FIX_NR_OPEN_MOST 2147483584

struct fix_namespace {
	uint64_t ipcns;
	size_t row;
};

struct fix {
	const struct section *section;
	const struct section *namespaces; /* NULL if unknown */
	struct fix_namespace *order; /* of their rows, by number */
	size_t norder;
	bool live; /* the processes are those of this machine */
};

struct fix_row {
	const struct fix *fix;
	size_t row;
	uint64_t pid, asked, charged, limit;
	bool has_pid, has_asked, has_charged, has_limit;
	uint64_t needed; /* the limit that would have let it pass */
};

static int fix_prlimit(const struct fix_row *row, const struct advice_limit *limit, char **cell)
{
	if (!row->has_pid)
		return 0;
	return advice_prlimit(cell, limit, row->pid, row->needed, row->fix->live);
}

static int fix_rlimit(const struct fix_row *row, char **cell)
{
	if (!row->has_charged)
		return 0;
	return fix_prlimit(row, &advice_msgqueue, cell);
}

/*
 * How many a process has is not told if they are many, but then the limit is what counts.
 * Above fs.nr_open nobody can have it.
 */
static int fix_nofile(const struct fix_row *row, char **cell)
{
	char *prlimit = NULL;
	uint64_t most;
	int ret;

	ret = fix_prlimit(row, &advice_nofile, &prlimit);
	if (ret < 0 || !prlimit)
		return ret;
	if (!row->fix->live || !process_nr_open(&most))
		most = FIX_NR_OPEN;
	if (row->needed > FIX_NR_OPEN_MOST)
		ret = 0;
	else if (row->needed <= most)
		ret = asprintf(cell, "%s", prlimit);
	else if (row->fix->live)
		ret = asprintf(cell, "sysctl -w fs.nr_open=%" PRIu64 " && %s", row->needed,
			       prlimit);
	else
		ret = asprintf(cell,
			       "set fs.nr_open to %" PRIu64
			       " or more, then run prlimit --pid %" PRIu64 " --nofile=%" PRIu64
			       ":%" PRIu64,
			       row->needed, row->pid, row->needed, row->needed);
	free(prlimit);
	return ret;
}

/*
 * Those who may exceed this limit do, so there can be many more files than it allows, and
 * the row does not tell how many there were.
 */
static int fix_file_max(const struct fix_row *row, char **cell)
{
	uint64_t used, max, needed = row->needed;

	if (needed > INT64_MAX)
		return 0;
	if (!row->fix->live)
		return asprintf(cell,
				"set fs.file-max to %" PRIu64
				" or more, and above the first number of fs.file-nr",
				needed);
	if (!process_file_max(&used, &max))
		return 0;
	if (used >= needed)
		needed = used + 1;
	if (needed > INT64_MAX || needed <= max)
		return 0;
	return asprintf(cell, "sysctl -w fs.file-max=%" PRIu64, needed);
}

static int fix_namespace_compare(const void *a, const void *b)
{
	const struct fix_namespace *x = a, *y = b;

	return number_compare(x->ipcns, y->ipcns);
}

static int fix_namespaces_init(struct fix *fix, const struct section *namespaces)
{
	fix->namespaces = namespaces;
	if (!namespaces)
		return 0;
	fix->order = calloc(namespaces->nrows + 1, sizeof(*fix->order));
	if (!fix->order)
		return -1;
	for (size_t row = 0; row < namespaces->nrows; row++) {
		struct fix_namespace *next = &fix->order[fix->norder];

		next->row = row;
		fix->norder += section_number(namespaces, row, "ipcns", &next->ipcns);
	}
	qsort(fix->order, fix->norder, sizeof(*fix->order), fix_namespace_compare);
	return 0;
}

/* Whether the namespace has the setting by now, so that the command could only lower it. */
static bool fix_is_set(const struct fix_row *row, const char *name, uint64_t value)
{
	const struct fix *fix = row->fix;
	struct fix_namespace wanted, *found;
	char column[32];
	uint64_t now;

	if (!fix->norder || !section_number(fix->section, row->row, "ipcns", &wanted.ipcns))
		return false;
	found = bsearch(&wanted, fix->order, fix->norder, sizeof(wanted), fix_namespace_compare);
	snprintf(column, sizeof(column), "mq_%s", name);
	return found && section_number(fix->namespaces, found->row, column, &now) && now >= value;
}

static int fix_mqueue_sysctl(const struct fix_row *row, const char *name, uint64_t value,
			     uint64_t max, char **cell)
{
	const struct section *section = row->fix->section;
	struct advice_place place = { .pid = row->has_pid ? row->pid : 0 };
	char setting[32];

	if (!value || value > max || fix_is_set(row, name, value))
		return 0;
	section_number(section, row->row, "ipcns", &place.ipcns);
	section_number(section, row->row, "userns", &place.userns);
	snprintf(setting, sizeof(setting), "fs.mqueue.%s", name);
	return advice_sysctl(cell, &place, setting, value);
}

static int fix_queues_max(const struct fix_row *row, char **cell)
{
	return fix_mqueue_sysctl(row, "queues_max", row->needed, INT32_MAX, cell);
}

/* Here the limit is on a value and not on a sum, and beyond the settings there is a hard one. */
static int fix_attr(const struct fix_row *row, char **cell)
{
	const char *knob = section_text(row->fix->section, row->row, "knob");

	/* Refused for another reason, for example as not positive. */
	if (row->has_limit && row->asked <= row->limit)
		return 0;
	if (knob && !strcmp(knob, "fs.mqueue.msg_max"))
		return fix_mqueue_sysctl(row, "msg_max", row->asked, FIX_MSG_MAX, cell);
	if (knob && !strcmp(knob, "fs.mqueue.msgsize_max"))
		return fix_mqueue_sysctl(row, "msgsize_max", row->asked, FIX_MSGSIZE_MAX, cell);
	return 0;
}

/* The ceiling was set when the namespace below the full row was made, and stays. */
static int fix_userns(const struct fix_row *row, char **cell)
{
	const struct section *section = row->fix->section;
	uint64_t userns, uid;
	char text[32];
	const char *limit = advice_limit_text(text, row->needed);

	if (!row->has_charged || !row->has_limit ||
	    !section_number(section, row->row, "limit_userns", &userns) ||
	    !section_number(section, row->row, "limit_uid", &uid))
		return 0;
	return asprintf(cell,
			"free %" PRIu64 " bytes of user %" PRIu64 " in user namespace %" PRIu64
			", or recreate the one below it under prlimit --msgqueue=%s:%s",
			row->needed - row->limit, uid, userns, limit, limit);
}

static const struct {
	const char *reason;
	int (*make)(const struct fix_row *row, char **cell);
} fixes[] = {
	{ "rlimit", fix_rlimit }, { "nofile", fix_nofile },	    { "file-max", fix_file_max },
	{ "userns", fix_userns }, { "queues_max", fix_queues_max }, { "attr", fix_attr },
};

/* A process that was started after the refusal has only the number of the one refused. */
static bool fix_pid_is_of_row(const struct fix *fix, size_t i, uint64_t pid)
{
	uint64_t time;

	if (!advice_pid_valid(pid))
		return false;
	return !fix->live ||
	       (section_number(fix->section, i, "time", &time) && advice_pid_older(pid, time));
}

/* What is asked for on top of what there is, but at least one step over the limit. */
static bool fix_row_fill(struct fix_row *row, const struct fix *fix, size_t i)
{
	const struct section *section = fix->section;
	uint64_t used;

	*row = (struct fix_row){ .fix = fix, .row = i };
	row->has_pid =
		section_number(section, i, "pid", &row->pid) && fix_pid_is_of_row(fix, i, row->pid);
	row->has_asked = section_number(section, i, "asked", &row->asked);
	row->has_charged = section_number(section, i, "charged", &row->charged);
	row->has_limit = section_number(section, i, "limit", &row->limit);
	if (!row->has_asked || (!row->has_charged && !row->has_limit))
		return false;
	used = row->has_charged ? row->charged : row->limit;
	if (__builtin_add_overflow(used, row->asked, &row->needed))
		return false;
	if (row->has_limit && row->needed <= row->limit)
		row->needed = row->limit + (row->limit != UINT64_MAX);
	return true;
}

static int fix_cell(const void *context, size_t i, char **cell)
{
	const struct fix *fix = context;
	const char *reason = section_text(fix->section, i, "reason");
	struct fix_row row;

	if (!reason || !fix_row_fill(&row, fix, i))
		return 0;
	for (size_t n = 0; n < ARRAY_SIZE(fixes); n++)
		if (!strcmp(reason, fixes[n].reason))
			return fixes[n].make(&row, cell) < 0 ? -1 : 0;
	return 0;
}

/**
 * fix_compute() - fill the column "fix"
 * @model: of "mq_denials"
 * @namespaces: what their settings are now, NULL if unknown
 * @live: the rows are of the running kernel, so that processes can be asked
 *
 * Return: -1 if memory runs out, of which the user has been told.
 */
int fix_compute(struct model *model, const struct section *namespaces, bool live)
{
	struct fix fix = { .section = model->section, .live = live };
	int ret;

	if (fix_namespaces_init(&fix, namespaces)) {
		message_no_memory();
		return -1;
	}
	ret = model_compute(model, "fix", fix_cell, &fix);
	free(fix.order);
	return ret;
}
