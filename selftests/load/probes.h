/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looking at the file "probes" from tests that load the module themselves.
 */
#ifndef LOAD_PROBES_H
#define LOAD_PROBES_H

#include "fixture.h"
#include "module.h"

/* The rows of "probes", and the state of each if its first symbol is not there. */
static const struct {
	const char *name;
	const char *kind;
	const char *without;
} probe_rows[] = {
	{ "attach", "kretprobe", "missing" },
	{ "open", "kprobe", "missing" },
	{ "close", "kprobe", "missing" },
	{ "rmid", "kretprobe", "fallback" },
	{ "mark", "kprobe", "missing" },
	{ "exit", "kprobe", "missing" },
	{ "create", "kretprobe", "missing" },
	{ "destroy", "kprobe", "missing" },
	{ "mq_create", "kretprobe", "missing" },
	{ "mq_inode", "kprobe", "missing" },
	{ "mq_charge", "kprobe", "missing" },
	{ "mq_evict", "kprobe", "missing" },
	{ "mq_unlink", "kprobe", "missing" },
	{ "mq_open", "kretprobe", "fallback" },
	/* needed only where mq_open has fallen back */
	{ "mq_open_compat", "kretprobe", "unused" },
};

#define PROBES ((int)ARRAY_SIZE(probe_rows))

/* Functions that not every kernel has, by the end of their names, which one reading tells. */
struct kernel_function {
	const char *tail;
	bool there;
};

static inline void kernel_functions_find(struct kernel_function *functions, size_t count)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char line[640];
	size_t n;

	while (file && fgets(line, sizeof(line), file)) {
		/* after the address and a letter, up to the module's name */
		char *name = strchr(line, ' ');
		size_t length = name && strlen(name) > 3 ? strcspn(name += 3, "\t\n") : 0;

		for (n = 0; n < count; n++) {
			size_t tail = strlen(functions[n].tail);

			if (length >= tail && !memcmp(name + length - tail, functions[n].tail, tail))
				functions[n].there = true;
		}
	}
	if (file)
		fclose(file);
}

/* Whether the kernel has a function whose name ends in @tail, one of those below. */
static inline bool kernel_has(const char *tail)
{
	static struct kernel_function functions[] = {
		{ "compat_ptrace_request", false }, { "compat_sys_mq_open", false },
		{ "dec_rlimit_ucounts", false }, { "do_mq_open", false }, { "shmctl_down", false },
	};
	static bool known;
	size_t n;

	if (!known)
		kernel_functions_find(functions, ARRAY_SIZE(functions));
	known = true;
	for (n = 0; n < ARRAY_SIZE(functions); n++)
		if (!strcmp(functions[n].tail, tail))
			return functions[n].there;
	abort();
}

/*
 * The state of the row of 32-bit programs where mq_open is not on its first choice.
 * Where there are no such programs, there may be a name for what does nothing: another
 * function tells, which all kernels have that run them.
 */
static inline const char *probe_compat(void)
{
	return kernel_has("compat_sys_mq_open") && kernel_has("compat_ptrace_request") ? "active" :
											 "unused";
}

/* The state of a row without parameters, by what functions this kernel has. */
static inline const char *probe_usual(const char *name)
{
	if (!strcmp(name, "mq_open_compat"))
		return kernel_has("do_mq_open") ? "unused" : probe_compat();
	/* Since 5.14 a charge is one to several. */
	if (!strcmp(name, "mq_charge"))
		return kernel_has("dec_rlimit_ucounts") ? "active" : "unused";
	/* Compilers may inline these. */
	if (!strcmp(name, "rmid"))
		return kernel_has("shmctl_down") ? "active" : "fallback";
	if (!strcmp(name, "mq_open"))
		return kernel_has("do_mq_open") ? "active" : "fallback";
	return "active";
}

/* How many rows this kernel has no use for, without parameters. */
static inline int probes_unused(void)
{
	int n, unused = 0;

	for (n = 0; n < PROBES; n++)
		unused += !strcmp(probe_usual(probe_rows[n].name), "unused");
	return unused;
}

/* A cell of a probe's row; "(none)" if there is no such row. */
static inline const char *probe_cell(const char *name, const char *column)
{
	static char cells[8][256];
	static unsigned int next;
	char *cell = cells[next++ % 8];
	struct lens_table table;
	size_t row;

	snprintf(cell, sizeof(cells[0]), "(none)");
	if (!lens_load(&table, "probes")) {
		for (row = 0; row < table.rows; row++)
			if (!strcmp(lens_cell(&table, row, "name"), name))
				snprintf(cell, sizeof(cells[0]), "%s",
					 lens_cell(&table, row, column));
	}
	lens_free(&table);
	return cell;
}

/* Rows of "probes" in @state; all of them if it is NULL. */
static inline int probe_count(const char *state)
{
	struct lens_table table;
	size_t row;
	int n = -1;

	if (!lens_load(&table, "probes"))
		for (n = 0, row = 0; row < table.rows; row++)
			n += !state || !strcmp(lens_cell(&table, row, "state"), state);
	lens_free(&table);
	return n;
}

#endif /* LOAD_PROBES_H */
