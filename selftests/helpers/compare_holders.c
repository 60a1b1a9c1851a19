// SPDX-License-Identifier: GPL-2.0-only
/*
 * "shm_holders" against /proc/PID/maps (which mapping, whose, where) and against
 * nattch in "shm" (how many of which namespace). Neither alone would do: maps
 * cannot tell namespaces apart, sums cannot tell processes apart.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lens.h"
#include "truth.h"

static void compare_row_differ(struct compare_report *report, const struct lens_table *table,
			       size_t row, const char *what)
{
	report->differences++;
	fprintf(stderr, "# difference: shm_holders %s/%s pid %s at %s: %s\n",
		lens_cell(table, row, "ipcns"), lens_cell(table, row, "shmid"),
		lens_cell(table, row, "pid"), lens_cell(table, row, "start"), what);
}

static int compare_mapping_same(const struct truth_mapping *a, const struct truth_mapping *b)
{
	return a->pid == b->pid && a->start == b->start && a->end == b->end &&
	       a->inode == b->inode && !strcmp(a->prot, b->prot);
}

static int compare_mapping_find(const struct truth_mappings *all, const struct truth_mapping *one)
{
	size_t n;

	for (n = 0; n < all->count; n++)
		if (compare_mapping_same(&all->list[n], one))
			return 1;
	return 0;
}

static void compare_row_read(const struct lens_table *table, size_t row, struct truth_mapping *one)
{
	one->pid = lens_number(table, row, "pid");
	one->start = lens_number(table, row, "start");
	one->end = lens_number(table, row, "end");
	one->inode = lens_number(table, row, "shmid");
	snprintf(one->prot, sizeof(one->prot), "%s", lens_cell(table, row, "prot"));
}

static int compare_pid_wanted(const pid_t *pids, size_t count, pid_t pid)
{
	size_t n;

	for (n = 0; n < count; n++)
		if (pids[n] == pid)
			return 1;
	return !count;
}

/* Name and namespace of the process; both are the leader's while it has them. */
static void compare_row_process(const struct lens_table *table, size_t row,
				struct compare_report *report)
{
	pid_t pid = lens_number(table, row, "pid");
	unsigned long inum = truth_space_inum(pid);
	char path[64], comm[64] = "", cell[256];
	size_t length = 0;
	FILE *file;

	if (!inum)
		return;
	report->cells += 2;
	if (lens_number(table, row, "task_ipcns") != inum)
		compare_row_differ(report, table, row, "task_ipcns is wrong");
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (file) {
		length = fread(comm, 1, sizeof(comm) - 1, file);
		fclose(file);
	}
	comm[length ? length - 1 : 0] = '\0';
	lens_encode(comm, cell, sizeof(cell));
	if (strcmp(cell, lens_cell(table, row, "comm")))
		compare_row_differ(report, table, row, "comm is wrong");
}

/* A later row of the same process has the same name and namespace. */
static void compare_row_again(const struct lens_table *table, size_t row, size_t first,
			      struct compare_report *report)
{
	static const char *const names[] = { "comm", "task_ipcns" };
	int n;

	for (n = 0; n < 2; n++) {
		report->cells++;
		if (strcmp(lens_cell(table, row, names[n]), lens_cell(table, first, names[n])))
			compare_row_differ(report, table, row, "not as in the row before");
	}
}

/* The rows of @pids, as mappings, in order. */
static int compare_rows_read(struct truth_mappings *rows, const struct lens_table *table,
			     const pid_t *pids, size_t count, struct compare_report *report)
{
	size_t row, first = 0;

	rows->list = calloc(table->rows + 1, sizeof(*rows->list));
	if (!rows->list)
		return -1;
	for (row = 0; row < table->rows; row++) {
		struct truth_mapping *one = &rows->list[rows->count];

		compare_row_read(table, row, one);
		if (!compare_pid_wanted(pids, count, one->pid))
			continue;
		if (rows->count && one->pid == one[-1].pid) {
			compare_row_again(table, row, first, report);
		} else {
			compare_row_process(table, row, report);
			first = row;
		}
		rows->count++;
		report->rows++;
		report->cells += 5;
	}
	return 0;
}

static int compare_mappings_same(const struct truth_mappings *a, const struct truth_mappings *b)
{
	size_t n;

	for (n = 0; n < a->count && n < b->count; n++)
		if (!compare_mapping_same(&a->list[n], &b->list[n]))
			return 0;
	return a->count == b->count;
}

static void compare_mapping_differ(struct compare_report *report, const struct truth_mapping *one,
				   const char *what)
{
	report->differences++;
	fprintf(stderr, "# difference: shm_holders: %d %lx-%lx %s of %lu %s\n", one->pid,
		one->start, one->end, one->prot, one->inode, what);
}

/* Rows that no maps file has, before or after, and mappings in both that have no row. */
static void compare_rows(const struct truth_mappings *rows, const struct truth_mappings *before,
			 const struct truth_mappings *after, struct compare_report *report)
{
	size_t n;

	for (n = 0; n < rows->count; n++) {
		const struct truth_mapping *one = &rows->list[n];

		if (!compare_mapping_find(before, one) && !compare_mapping_find(after, one))
			compare_mapping_differ(report, one, "is in no maps file");
	}
	for (n = 0; n < before->count; n++) {
		const struct truth_mapping *one = &before->list[n];

		if (!compare_mapping_find(after, one))
			report->unsettled++;
		else if (!compare_mapping_find(rows, one))
			compare_mapping_differ(report, one, "has no row");
	}
}

/* Rows of a segment add up to its nattch; every holder's segment has a row in "shm". */
static void compare_sums(const struct lens_table *holders, const struct lens_table *segments,
			 const struct lens_table *later, struct compare_report *report)
{
	size_t row;

	for (row = 0; row < segments->rows; row++) {
		unsigned long ipcns = lens_number(segments, row, "ipcns");
		int shmid = lens_number(segments, row, "shmid");
		int again = lens_find(later, ipcns, shmid);
		unsigned long long nattch = lens_number(segments, row, "nattch");
		size_t n = lens_count(holders, ipcns, shmid);

		if (again < 0 || lens_number(later, again, "nattch") != nattch) {
			report->unsettled++;
			continue;
		}
		report->cells++;
		if (n != nattch) {
			report->differences++;
			fprintf(stderr, "# difference: %lu/%d: %zu holders, nattch %llu\n", ipcns,
				shmid, n, nattch);
		}
	}
	for (row = 0; row < holders->rows; row++) {
		unsigned long ipcns = lens_number(holders, row, "ipcns");
		int shmid = lens_number(holders, row, "shmid");

		if (lens_find(segments, ipcns, shmid) < 0 && lens_find(later, ipcns, shmid) < 0)
			compare_row_differ(report, holders, row, "no such segment in shm");
	}
}

static int compare_maps_read(struct truth_mappings *all, const pid_t *pids, size_t count)
{
	return count ? truth_mappings_read(all, pids, count) : truth_mappings_read_all(all);
}

/* Rows of @pids (of all processes if @count is 0) against their maps files. */
void compare_mappings(const pid_t *pids, size_t count, struct compare_report *report)
{
	struct truth_mappings before = { 0 }, after = { 0 }, rows = { 0 };
	struct lens_table table = { 0 };

	if (compare_maps_read(&before, pids, count) || lens_load(&table, "shm_holders") ||
	    compare_rows_read(&rows, &table, pids, count, report)) {
		report->differences++;
		fprintf(stderr, "# difference: holders or maps cannot be read\n");
	} else {
		report->differences += lens_check(&table);
		if (!compare_mappings_same(&rows, &before)) {
			report->differences += !!compare_maps_read(&after, pids, count);
			compare_rows(&rows, &before, &after, report);
		}
	}
	truth_mappings_free(&before);
	truth_mappings_free(&after);
	truth_mappings_free(&rows);
	lens_free(&table);
}

/* All holders, against maps and against nattch. */
void compare_holders(struct compare_report *report)
{
	struct lens_table holders = { 0 }, segments = { 0 }, later = { 0 };
	int bad;

	compare_mappings(NULL, 0, report);
	bad = lens_load(&segments, "shm");
	bad |= lens_load(&holders, "shm_holders");
	bad |= lens_load(&later, "shm");
	if (bad) {
		report->differences++;
		fprintf(stderr, "# difference: shm or shm_holders cannot be read\n");
	} else {
		compare_sums(&holders, &segments, &later, report);
	}
	lens_free(&holders);
	lens_free(&segments);
	lens_free(&later);
}
