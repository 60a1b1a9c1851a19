// SPDX-License-Identifier: GPL-2.0-only
/*
 * The views, built from the lists that the module prints by. Knows what a cell
 * may look like, but neither where it comes from nor where it goes.
 */
#include "columns.h"

#include <string.h>

#include "../kmod/ipclens_abi.h"
#include "array.h"

#define COLUMN_ROW(name_, type_, width_, help_) { #name_, COLUMN_##type_, help_, false },
#define COLUMN_COMPUTED(name_, type_, help_) { #name_, COLUMN_##type_, help_, true },

/* Columns that this program adds to those of a file. */
#define COMPUTED_history(X)
#define COMPUTED_mq_denials(X) X(fix, TEXT, "what would let the queue be opened")
#define COMPUTED_mq_users(X) X(room, NUM, "queues without attributes that can still be opened")
#define COMPUTED_mqueue(X)
#define COMPUTED_namespaces(X)
#define COMPUTED_probes(X)
#define COMPUTED_shm(X)
#define COMPUTED_shm_holders(X)
#define COMPUTED_status(X)

#define COLUMN_LIST(file_, COLUMNS_)                                                               \
	static const struct column columns_##file_[] = { COLUMNS_(COLUMN_ROW) COMPUTED_##file_(    \
		COLUMN_COMPUTED) };

IPCLENS_FILES(COLUMN_LIST)

/* No file of the module, but what this program finds in /proc, in the module's form. */
static const struct column columns_mqholders[] = {
	{ "ipcns", COLUMN_NUM, "IPC namespace of the queue", false },
	{ "ino", COLUMN_NUM, "inode number of the queue", false },
	{ "name", COLUMN_TEXT, "name of the queue, without the leading slash", false },
	{ "linked", COLUMN_FLAG, "0 once mq_unlink has taken the name", false },
	{ "charge", COLUMN_BYTES, "bytes that it takes of the budget behind RLIMIT_MSGQUEUE",
	  false },
	{ "pid", COLUMN_NUM, "process that has it open, unknown if none has", false },
	{ "comm", COLUMN_TEXT, "its name", false },
	{ "fd", COLUMN_NUM, "its descriptor", false },
};

#define VIEW_ROW(command_, file_, summary_, defaults_, ...)                                        \
	{                                                                                          \
		.command = (command_), .file = #file_, .summary = (summary_),                      \
		.defaults = (defaults_), .columns = columns_##file_,                               \
		.ncolumns = ARRAY_SIZE(columns_##file_), ##__VA_ARGS__                             \
	}

static const struct view views[] = {
	VIEW_ROW("shm", shm, "shared memory segments of every IPC namespace",
		 "ipcns,shmid,orig_key,pending,nattch,size,uid,cpid,lpid", .tree = true),
	VIEW_ROW("holders", shm_holders, "mappings of shared memory segments, with their process",
		 "ipcns,shmid,pid,comm,start,prot,task_ipcns"),
	VIEW_ROW("mqueue", mqueue, "POSIX message queues of every IPC namespace",
		 "ipcns,ino,name,linked,maxmsg,msgs,charge,charged_uid", .key = "ino"),
	VIEW_ROW("mqholders", mqholders, "processes that have a message queue open",
		 "ipcns,ino,name,linked,charge,pid,comm,fd", .key = "ino", .live = true),
	VIEW_ROW("users", mq_users, "message queue budgets, what is left and what bounds them",
		 "userns,uid,bytes,limit_min,queues,unlinked,tasks,denials,room",
		 .weighs_ipcns = true),
	VIEW_ROW("denials", mq_denials, "message queues that could not be opened, and why",
		 "time,pid,comm,reason,asked,charged,limit,name"),
	VIEW_ROW("history", history, "history: who created, used and marked segments and queues",
		 "kind,ipcns,number,create_time,create_comm,rmid_time,rmid_comm", .key = "number",
		 .sort = "create_time"),
	VIEW_ROW("namespaces", namespaces, "IPC namespaces, their use and limits",
		 "ipcns,pid,comm,shm_count,shm_pages,rmid_forced,mq_count"),
	VIEW_ROW("probes", probes, "kernel functions that the module observes",
		 "name,symbol,kind,state,hits,missed"),
	VIEW_ROW("status", status, "the module's own account: version, checks, losses",
		 "key,value"),
};

/**
 * view_next() - the views of the module's files and of /proc, in turn
 * @view: the one before, NULL for the first
 *
 * Return: NULL after the last.
 */
const struct view *view_next(const struct view *view)
{
	if (!view)
		return views;
	return ++view < views + ARRAY_SIZE(views) ? view : NULL;
}

/** view_find_command() - the view that a command of that name shows, NULL if there is none */
const struct view *view_find_command(const char *command)
{
	for (const struct view *v = view_next(NULL); v; v = view_next(v))
		if (!strcmp(v->command, command))
			return v;
	return NULL;
}

/** view_find_file() - the view of that file of the module, NULL if there is none */
const struct view *view_find_file(const char *file)
{
	for (const struct view *v = view_next(NULL); v; v = view_next(v))
		if (!strcmp(v->file, file))
			return v;
	return NULL;
}

/** view_find_column() - the column of that name, computed or not, NULL if there is none */
const struct column *view_find_column(const struct view *view, const char *name)
{
	for (size_t i = 0; i < view->ncolumns; i++)
		if (!strcmp(view->columns[i].name, name))
			return &view->columns[i];
	return NULL;
}

/** view_shows_default() - whether a column is shown where none is asked for */
bool view_shows_default(const struct view *view, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = view->defaults; p; p = strchr(p, ',')) {
		p += *p == ',';
		if (!strncmp(p, name, len) && (p[len] == ',' || !p[len]))
			return true;
	}
	return false;
}

/** column_type_name() - what the help calls a type */
const char *column_type_name(enum column_type type)
{
	static const char *const names[] = {
		[COLUMN_NUM] = "number",   [COLUMN_BYTES] = "bytes", [COLUMN_TIME] = "seconds",
		[COLUMN_FLAG] = "0/1",	   [COLUMN_KEY] = "key",     [COLUMN_PERM] = "octal",
		[COLUMN_ADDR] = "address", [COLUMN_TEXT] = "text",
	};

	return names[type];
}

/** column_type_numeric() - whether cells are numbers in JSON, too; keys and the like are not */
bool column_type_numeric(enum column_type type)
{
	return type == COLUMN_NUM || type == COLUMN_BYTES || type == COLUMN_TIME;
}

/* The digit's value, 16 or more if it is none. */
static unsigned int cell_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* strtoull would also take blanks, signs and a second 0x, and several times as long. */
static bool cell_digits_parse(const char *digits, unsigned int base, uint64_t max, uint64_t *value)
{
	uint64_t n = 0;

	if (!*digits)
		return false;
	for (; *digits; digits++) {
		unsigned int digit = cell_digit(*digits);

		if (digit >= base || __builtin_mul_overflow(n, base, &n) ||
		    __builtin_add_overflow(n, digit, &n))
			return false;
	}
	if (n > max)
		return false;
	*value = n;
	return true;
}

/**
 * column_cell_value() - the number in a cell
 * @type: the column's; says in what base the cell is written
 * @cell: not NULL
 * @value: the number, left alone if there is none
 *
 * Return: false for text, and for what is no number of that type.
 */
bool column_cell_value(enum column_type type, const char *cell, uint64_t *value)
{
	bool hex = cell[0] == '0' && cell[1] == 'x';

	switch (type) {
	case COLUMN_NUM:
	case COLUMN_BYTES:
	case COLUMN_TIME:
		return cell_digits_parse(cell, 10, UINT64_MAX, value);
	case COLUMN_FLAG:
		return !cell[1] && cell_digits_parse(cell, 10, 1, value);
	case COLUMN_KEY:
		return hex && cell_digits_parse(cell + 2, 16, UINT32_MAX, value);
	case COLUMN_PERM:
		return cell_digits_parse(cell, 8, UINT32_MAX, value);
	case COLUMN_ADDR:
		return hex && cell_digits_parse(cell + 2, 16, UINT64_MAX, value);
	case COLUMN_TEXT:
		break;
	}
	return false;
}

/** column_cell_valid() - whether a cell, not NULL, can be one of that type */
bool column_cell_valid(enum column_type type, const char *cell)
{
	uint64_t value;

	return type == COLUMN_TEXT || column_cell_value(type, cell, &value);
}
