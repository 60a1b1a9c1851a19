// SPDX-License-Identifier: GPL-2.0-only
/*
 * One quiescent point: every row of "shm", "shm_holders" and "namespaces"
 * against the model, against shmctl() and /proc/sysvipc/shm inside each
 * namespace, and against /proc/PID/maps.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lens.h"
#include "model.h"
#include "truth.h"

static void verify_differ(struct verify_count *count, const char *format, ...)
{
	va_list args;

	count->differences++;
	fprintf(stderr, "# difference from the model: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
}

struct verify_row {
	const struct lens_table *table;
	int row;
	struct verify_count *count;
};

static void verify_number(const struct verify_row *at, const char *name, unsigned long long want)
{
	at->count->comparisons++;
	if (lens_number(at->table, at->row, name) != want)
		verify_differ(at->count, "%s %s/%s %s is %s, not %llu", at->table->file,
			      lens_cell(at->table, at->row, "ipcns"),
			      lens_cell(at->table, at->row, "shmid"), name,
			      lens_cell(at->table, at->row, name), want);
}

static void verify_segment(const struct verify_row *at, const struct model *model, int n)
{
	const struct model_segment *it = &model->segment[n];

	verify_number(at, "key", it->marked ? 0 : it->key);
	verify_number(at, "orig_key", it->key);
	verify_number(at, "dest", it->marked);
	verify_number(at, "nattch", model_segment_nattch(model, n));
	verify_number(at, "perms", it->perms | (it->marked ? 01000 : 0));
	verify_number(at, "size", it->size);
	verify_number(at, "uid", it->uid);
	verify_number(at, "gid", it->gid);
	verify_number(at, "cuid", 0);
	verify_number(at, "cgid", 0);
	verify_number(at, "cpid", it->cpid);
	verify_number(at, "lpid", it->lpid ? (unsigned long long)it->lpid : LENS_NONE);
	verify_number(at, "creator_alive", it->creator_alive);
	verify_number(at, "huge", 0);
	at->count->comparisons++;
	if (strcmp(lens_cell(at->table, at->row, "pending"), it->marked ? "marked" : "no"))
		verify_differ(at->count, "pending is %s", lens_cell(at->table, at->row, "pending"));
}

static bool verify_inum_ours(const struct model *model, unsigned long inum)
{
	int n;

	for (n = 0; n < model->spaces; n++)
		if (model->space[n].inum == inum)
			return true;
	return false;
}

/* Nothing invented: rows in namespaces of ours, ended ones too, are @want in all. */
static void verify_total(const struct model *model, const struct lens_table *table, size_t want,
			 struct verify_count *count)
{
	size_t row, all = 0;

	for (row = 0; row < table->rows; row++)
		all += verify_inum_ours(model, lens_number(table, row, "ipcns"));
	count->comparisons++;
	if (all != want)
		verify_differ(count, "%s has %zu rows of ours, not %zu", table->file, all, want);
}

/* Rows of live namespaces are the model's segments; those of ended ones have none. */
static void verify_segments(const struct model *model, struct verify_count *count)
{
	struct lens_table table;
	struct verify_row at = { &table, 0, count };
	size_t rows = 0;
	int n;

	if (lens_load(&table, "shm")) {
		verify_differ(count, "shm cannot be read");
		return;
	}
	for (n = 0; n < MODEL_SEGMENTS; n++) {
		const struct model_segment *it = &model->segment[n];

		if (!it->used || !model->space[it->space].live)
			continue;
		rows++;
		at.row = lens_find(&table, model->space[it->space].inum, it->id);
		if (at.row < 0)
			verify_differ(count, "%lu/%d has no row", model->space[it->space].inum,
				      it->id);
		else
			verify_segment(&at, model, n);
	}
	verify_total(model, &table, rows, count);
	lens_free(&table);
}

/* The rows of one process are its mappings in order. */
static void verify_process(const struct model *model, const struct model_process *process,
			   const struct lens_table *table, struct verify_count *count)
{
	struct verify_row at = { table, 0, count };
	int m = 0;

	for (at.row = 0; at.row < (int)table->rows; at.row++) {
		const struct model_mapping *one;
		const struct model_segment *it;

		if (lens_number(table, at.row, "pid") != (unsigned int)process->peer.pid)
			continue;
		if (m++ >= process->count)
			continue;
		one = &process->mapping[m - 1];
		it = &model->segment[one->segment];
		verify_number(&at, "ipcns", model->space[it->space].inum);
		verify_number(&at, "shmid", it->id);
		verify_number(&at, "start", one->start);
		verify_number(&at, "end", one->end);
		verify_number(&at, "task_ipcns", model->space[process->space].inum);
		count->comparisons++;
		if (strcmp(lens_cell(table, at.row, "prot"), one->prot))
			verify_differ(count, "pid %d at %lx: prot is %s, not %s", process->peer.pid,
				      one->start, lens_cell(table, at.row, "prot"), one->prot);
	}
	count->comparisons++;
	if (m != process->count)
		verify_differ(count, "pid %d has %d rows, not %d", process->peer.pid, m,
			      process->count);
}

/* Rows of each segment are as many as its mappings, whoever they are said to be of. */
static void verify_sums(const struct model *model, const struct lens_table *table,
			struct verify_count *count)
{
	size_t held, rows, mappings = 0;
	int n;

	for (n = 0; n < MODEL_SEGMENTS; n++) {
		const struct model_segment *it = &model->segment[n];

		if (!it->used)
			continue;
		held = model_segment_nattch(model, n);
		rows = lens_count(table, model->space[it->space].inum, it->id);
		mappings += held;
		count->comparisons++;
		if (rows != held)
			verify_differ(count, "%lu/%d has %zu holders, not %zu",
				      model->space[it->space].inum, it->id, rows, held);
	}
	verify_total(model, table, mappings, count);
}

static void verify_holders(const struct model *model, struct verify_count *count)
{
	struct lens_table table;
	int p;

	if (lens_load(&table, "shm_holders")) {
		verify_differ(count, "shm_holders cannot be read");
		return;
	}
	verify_sums(model, &table, count);
	for (p = 0; p < MODEL_PROCESSES; p++)
		if (model->process[p].live)
			verify_process(model, &model->process[p], &table, count);
	lens_free(&table);
}

/* The kernel's own word, which knows nothing of the model. */
static void verify_truth(const struct model *model, struct verify_count *count)
{
	struct compare_report report = { 0 };
	pid_t pids[MODEL_PROCESSES];
	int n, p = 0;

	for (n = 0; n < MODEL_PROCESSES; n++)
		if (model->process[n].live)
			pids[p++] = model->process[n].peer.pid;
	for (n = 0; n < model->spaces; n++) {
		if (!model->space[n].live)
			continue;
		compare_space(model->space[n].fd, &report);
		if (count->points % 10 == 0)
			compare_namespace(model->space[n].fd, &report);
	}
	compare_mappings(pids, p, &report);
	count->comparisons += report.cells;
	count->differences += report.differences;
	if (report.unsettled)
		verify_differ(count, "%zu rows changed while nothing ran", report.unsettled);
}

void verify_all(struct model *model, struct verify_count *count)
{
	verify_segments(model, count);
	verify_holders(model, count);
	verify_truth(model, count);
	count->points++;
}
