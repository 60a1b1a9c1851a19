// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds the debugfs text against the kernel's own word, field by field. What
 * changes while it is looked at is counted as unsettled, not as a difference.
 */
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lens.h"
#include "truth.h"

static void compare_differ(struct compare_report *report, const char *format, ...)
{
	va_list args;

	report->differences++;
	if (report->quiet)
		return;
	fprintf(stderr, "# difference: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
}

struct compare_row {
	const struct lens_table *table;
	size_t row;
	struct compare_report *report;
};

static void compare_number(const struct compare_row *at, const char *name, unsigned long long want)
{
	at->report->cells++;
	if (lens_number(at->table, at->row, name) != want)
		compare_differ(at->report, "%s %s/%s: %s is %s, should be %llu (0x%llx)",
			       at->table->file, lens_cell(at->table, at->row, "ipcns"),
			       lens_cell(at->table, at->row, "shmid"), name,
			       lens_cell(at->table, at->row, name), want, want);
}

static void compare_text(const struct compare_row *at, const char *name, const char *want)
{
	char cell[256];

	at->report->cells++;
	lens_encode(want, cell, sizeof(cell));
	if (strcmp(lens_cell(at->table, at->row, name), cell))
		compare_differ(at->report, "%s %s: %s is %s, should be %s", at->table->file,
			       lens_cell(at->table, at->row, "ipcns"), name,
			       lens_cell(at->table, at->row, name), cell);
}

static unsigned long long compare_unset(unsigned long long value)
{
	return value ? value : LENS_NONE;
}

static const char *compare_pending(const struct truth_space *space, const struct shmid_ds *stat)
{
	if (stat->shm_perm.mode & SHM_DEST)
		return "marked";
	return space->forced ? "forced" : "no";
}

/* Columns whose truth is the tests' model must at least not contradict the rest. */
static void compare_derived(const struct compare_row *at, const struct shmid_ds *stat)
{
	unsigned long long orig = lens_number(at->table, at->row, "orig_key");
	unsigned long long alive = lens_number(at->table, at->row, "creator_alive");
	unsigned long long huge = lens_number(at->table, at->row, "huge");

	if (stat->shm_perm.__key)
		compare_number(at, "orig_key", (unsigned int)stat->shm_perm.__key);
	else if (orig > UINT_MAX)
		compare_differ(at->report, "orig_key is %s",
			       lens_cell(at->table, at->row, "orig_key"));
	if (alive > 1 || (alive && kill(stat->shm_cpid, 0)))
		compare_differ(at->report, "creator_alive is %llu, creator %d", alive,
			       stat->shm_cpid);
	if (huge > ULONG_MAX / 2)
		compare_differ(at->report, "huge is %s", lens_cell(at->table, at->row, "huge"));
}

/*
 * What /proc/sysvipc/shm says of a segment of huge pages may be more than it has room
 * for: since 6.7 (a08c7193e4f1, "mm/filemap: remove hugetlb special casing in
 * filemap.c") they are counted by the base pages in them, and shm_add_rss_swap()
 * multiplies by these all the same.
 */
static unsigned long long compare_rss(const struct compare_row *at,
				      const struct truth_segment *segment)
{
	unsigned long long huge = lens_number(at->table, at->row, "huge");

	if (!huge || huge > ULONG_MAX / 2 || segment->rss < segment->stat.shm_segsz + huge)
		return segment->rss;
	return segment->rss / (huge / sysconf(_SC_PAGESIZE));
}

static void compare_segment(const struct compare_row *at, const struct truth_space *space,
			    const struct truth_segment *segment)
{
	const struct shmid_ds *stat = &segment->stat;

	at->report->rows++;
	compare_number(at, "ipcns", space->inum);
	compare_number(at, "shmid", segment->id);
	compare_number(at, "key", (unsigned int)stat->shm_perm.__key);
	compare_number(at, "nattch", stat->shm_nattch);
	compare_number(at, "dest", !!(stat->shm_perm.mode & SHM_DEST));
	compare_text(at, "pending", compare_pending(space, stat));
	compare_number(at, "perms", stat->shm_perm.mode);
	compare_number(at, "size", stat->shm_segsz);
	compare_number(at, "rss", compare_rss(at, segment));
	compare_number(at, "swap", segment->swap);
	compare_number(at, "uid", stat->shm_perm.uid);
	compare_number(at, "gid", stat->shm_perm.gid);
	compare_number(at, "cuid", stat->shm_perm.cuid);
	compare_number(at, "cgid", stat->shm_perm.cgid);
	compare_number(at, "cpid", compare_unset(stat->shm_cpid));
	compare_number(at, "lpid", compare_unset(stat->shm_lpid));
	compare_number(at, "atime", compare_unset(stat->shm_atime));
	compare_number(at, "dtime", compare_unset(stat->shm_dtime));
	compare_number(at, "ctime", compare_unset(stat->shm_ctime));
	compare_derived(at, stat);
}

static int compare_same(const struct truth_segment *a, const struct truth_segment *b)
{
	return b && a->rss == b->rss && a->swap == b->swap &&
	       !memcmp(&a->stat, &b->stat, sizeof(a->stat));
}

/* Every segment of @before that still is as it was must have its one true row. */
static void compare_segments(const struct lens_table *table, const struct truth_space *before,
			     const struct truth_space *after, struct compare_report *report)
{
	struct compare_row at = { table, 0, report };
	size_t n, row;

	for (n = 0, row = 0; n < before->count; n++) {
		const struct truth_segment *segment = &before->segments[n];

		if (!compare_same(segment, truth_segment_find(after, segment->id))) {
			report->unsettled++;
			continue;
		}
		/* Both are in order of index: the row cannot be before the last one. */
		for (at.row = row; at.row < table->rows; at.row++)
			if (lens_number(table, at.row, "ipcns") == before->inum &&
			    lens_number(table, at.row, "shmid") == (unsigned int)segment->id)
				break;
		if (at.row == table->rows) {
			compare_differ(report, "%lu/%d has no row", before->inum, segment->id);
			continue;
		}
		row = at.row + 1;
		compare_segment(&at, before, segment);
	}
	/* Nothing invented: no more rows than segments, if nothing was in motion. */
	n = lens_count(table, before->inum, -1);
	if (!report->unsettled && before->count == after->count && n != before->count)
		compare_differ(report, "%zu rows for %zu segments", n, before->count);
}

/*
 * "shm" of the namespace behind @nsfd against SHM_STAT and /proc/sysvipc/shm
 * inside it. Only if they differ is it asked whether something moved meanwhile.
 */
void compare_space(int nsfd, struct compare_report *report)
{
	struct compare_report first = { .quiet = 1 };
	struct truth_space before, after;
	struct lens_table table;

	if (truth_space_read(&before, nsfd)) {
		compare_differ(report, "truth cannot be read");
		return;
	}
	if (lens_load(&table, "shm")) {
		compare_differ(report, "shm cannot be read");
		goto out;
	}
	report->differences += lens_check(&table);
	compare_segments(&table, &before, &before, &first);
	if (!first.differences) {
		report->rows += first.rows;
		report->cells += first.cells;
	} else if (truth_space_read(&after, nsfd)) {
		compare_differ(report, "truth cannot be read");
	} else {
		compare_segments(&table, &before, &after, report);
		truth_space_free(&after);
	}
out:
	lens_free(&table);
	truth_space_free(&before);
}

static void compare_task(const struct compare_row *at, unsigned long inum)
{
	pid_t lowest = truth_space_lowest(inum);
	char path[64], comm[64] = "";
	FILE *file;
	size_t n;

	compare_number(at, "pid", lowest ? (unsigned long long)lowest : LENS_NONE);
	snprintf(path, sizeof(path), "/proc/%d/comm", lowest);
	file = fopen(path, "re");
	n = file ? fread(comm, 1, sizeof(comm) - 1, file) : 0;
	if (file)
		fclose(file);
	comm[n ? n - 1 : 0] = '\0';
	compare_text(at, "comm", comm);
}

static void compare_limits(const struct compare_row *at, const struct truth_space *space)
{
	at->report->rows++;
	if (space->owner)
		compare_number(at, "owner_userns", space->owner);
	compare_number(at, "shm_count", space->use.used_ids);
	compare_number(at, "shm_pages", space->use.shm_tot);
	compare_number(at, "shmmax", space->shmmax);
	compare_number(at, "shmall", space->shmall);
	compare_number(at, "shmmni", space->shmmni);
	compare_number(at, "rmid_forced", space->forced);
	compare_number(at, "mq_queues_max", space->queues_max);
	compare_number(at, "mq_msg_max", space->msg_max);
	compare_number(at, "mq_msgsize_max", space->msgsize_max);
}

/* Whether others created or removed in between. */
static int compare_moved(const struct truth_space *before, int nsfd)
{
	struct truth_space after;
	int moved;

	if (truth_space_read(&after, nsfd))
		return 0;
	moved = memcmp(&before->use, &after.use, sizeof(after.use)) != 0;
	truth_space_free(&after);
	return moved;
}

static void compare_namespace_row(int row, const struct lens_table *table,
				  const struct truth_space *space, struct compare_report *report)
{
	struct compare_row at = { table, row, report };

	if (row < 0) {
		compare_differ(report, "namespace %lu has no row", space->inum);
	} else {
		compare_task(&at, space->inum);
		compare_limits(&at, space);
	}
}

/* The row of "namespaces" against SHM_INFO, sysctls and tasks. */
void compare_namespace(int nsfd, struct compare_report *report)
{
	struct compare_report first = { .quiet = 1 };
	struct truth_space space;
	struct lens_table table;
	int row;

	if (truth_space_read(&space, nsfd) || lens_load(&table, "namespaces")) {
		compare_differ(report, "namespaces or truth cannot be read");
		return;
	}
	report->differences += lens_check(&table);
	row = lens_find(&table, space.inum, -1);
	compare_namespace_row(row, &table, &space, &first);
	if (!first.differences) {
		report->rows += first.rows;
		report->cells += first.cells;
	} else if (compare_moved(&space, nsfd)) {
		report->unsettled++;
	} else {
		compare_namespace_row(row, &table, &space, report);
	}
	lens_free(&table);
	truth_space_free(&space);
}

/* nattch as shmctl() tells it is the number of holders, of whatever process. */
static void compare_attaches(int nsfd, struct compare_report *report)
{
	struct truth_space space;
	struct lens_table table;
	size_t n, rows, sum = 0;

	if (truth_space_read(&space, nsfd) || lens_load(&table, "shm_holders")) {
		compare_differ(report, "holders or truth cannot be read");
		return;
	}
	for (n = 0; n < space.count; n++) {
		const struct truth_segment *segment = &space.segments[n];

		if (!segment->stat.shm_nattch)
			continue;
		rows = lens_count(&table, space.inum, segment->id);
		sum += rows;
		report->cells++;
		if (rows != segment->stat.shm_nattch)
			compare_differ(report, "%lu/%d: %zu holders, nattch %lu", space.inum,
				       segment->id, rows, (unsigned long)segment->stat.shm_nattch);
	}
	if (lens_count(&table, space.inum, -1) != sum)
		compare_differ(report, "%lu: %zu holders, %zu of them of segments there are",
			       space.inum, lens_count(&table, space.inum, -1), sum);
	lens_free(&table);
	truth_space_free(&space);
}

/* Others live in the initial namespace, too: there things may move. */
static int compare_own(int nsfd)
{
	struct stat st;

	return !fstat(nsfd, &st) && st.st_ino != LENS_INITIAL;
}

/*
 * The one call most tests make: everything about these namespaces, all holders.
 * A test's own namespaces must also hold still meanwhile.
 */
size_t truth_compare_all(const int *nsfds, size_t count)
{
	struct compare_report report = { 0 };
	size_t n, unsettled = 0;

	for (n = 0; n < count; n++) {
		compare_space(nsfds[n], &report);
		compare_namespace(nsfds[n], &report);
		if (compare_own(nsfds[n]))
			unsettled += report.unsettled;
		report.unsettled = 0;
	}
	for (n = 0; n < count; n++)
		if (compare_own(nsfds[n]))
			compare_attaches(nsfds[n], &report);
	compare_holders(&report);
	if (unsettled)
		compare_differ(&report, "%zu values moved under the comparison", unsettled);
	return report.differences;
}
