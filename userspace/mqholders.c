// SPDX-License-Identifier: GPL-2.0-only
/*
 * One pass over /proc/PID/fd. A descriptor is first judged by the name of its link,
 * which touches no file system; only what has the name of a queue is asked for device
 * and inode, so a file server that is gone cannot stop the scan.
 */
#define _GNU_SOURCE
#include "mqholders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../kmod/ipclens_abi.h"
#include "array.h"
#include "message.h"
#include "text.h"

#define MQHOLDERS_PROC "/proc"
#define MQHOLDERS_DELETED " (deleted)"
#define MQHOLDERS_COMM_MAX 64

struct queue {
	uint64_t dev, ino;
	const char *name;
	size_t row;
};

struct holder {
	size_t row; /* of the queue */
	uint64_t pid;
	uint64_t fd;
	char comm[MQHOLDERS_COMM_MAX];
};

struct scan {
	struct queue *queues; /* by device and inode */
	size_t nqueues;
	const char **names; /* in order */
	size_t nnames;
	struct holder *holders;
	size_t nholders, room;
	size_t unreadable; /* processes */
	size_t unsearchable; /* queues */
};

static int queue_compare(const void *a, const void *b)
{
	const struct queue *x = a, *y = b;

	return number_compare(x->dev, y->dev) ?: number_compare(x->ino, y->ino);
}

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int holder_compare(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return number_compare(x->row, y->row)	      ?:
		       number_compare(x->pid, y->pid) ?:
							number_compare(x->fd, y->fd);
}

static bool queue_fill(struct queue *queue, const struct section *section, size_t row)
{
	const char *dev = section_text(section, row, "dev");
	unsigned int major, minor;
	char rest;

	queue->row = row;
	queue->name = section_text(section, row, "name");
	if (!dev || !queue->name || sscanf(dev, "%u:%u%c", &major, &minor, &rest) != 2)
		return false;
	queue->dev = makedev(major, minor);
	return section_number(section, row, "ino", &queue->ino);
}

/* Unlinked and without a name: nobody has it open any more. */
static bool queue_is_nameless(const struct section *section, size_t row)
{
	uint64_t linked;

	return !section_text(section, row, "name") &&
	       section_number(section, row, "linked", &linked) && !linked;
}

/* ipcns is NULL if the queues of all namespaces are wanted. */
static bool queue_is_wanted(const struct section *section, size_t row, const uint64_t *ipcns)
{
	uint64_t number;

	return !ipcns || (section_number(section, row, "ipcns", &number) && number == *ipcns);
}

static int scan_init(struct scan *scan, const struct section *section, const uint64_t *ipcns)
{
	*scan = (struct scan){ 0 };
	scan->queues = calloc(section->nrows + 1, sizeof(*scan->queues));
	scan->names = calloc(section->nrows + 1, sizeof(*scan->names));
	if (!scan->queues || !scan->names)
		return -ENOMEM;
	for (size_t row = 0; row < section->nrows; row++) {
		struct queue *queue = &scan->queues[scan->nqueues];

		if (!queue_is_wanted(section, row, ipcns) || queue_is_nameless(section, row))
			continue;
		if (!queue_fill(queue, section, row)) {
			scan->unsearchable++;
			continue;
		}
		scan->names[scan->nnames++] = queue->name;
		scan->nqueues++;
	}
	qsort(scan->queues, scan->nqueues, sizeof(*scan->queues), queue_compare);
	qsort(scan->names, scan->nnames, sizeof(*scan->names), name_compare);
	return 0;
}

static void scan_exit(struct scan *scan)
{
	free(scan->queues);
	free(scan->names);
	free(scan->holders);
}

static bool scan_has_name(const struct scan *scan, const char *name)
{
	return bsearch(&name, scan->names, scan->nnames, sizeof(*scan->names), name_compare);
}

/* The link ends in the name of a queue, or in what becomes of it when that is unlinked. */
static bool scan_has_link(const struct scan *scan, char *link)
{
	char *name = strrchr(link, '/');
	size_t len, suffix = strlen(MQHOLDERS_DELETED);

	if (!name)
		return false;
	if (scan_has_name(scan, ++name))
		return true;
	len = strlen(name);
	if (len <= suffix || strcmp(name + len - suffix, MQHOLDERS_DELETED))
		return false;
	name[len - suffix] = '\0';
	return scan_has_name(scan, name);
}

static void process_read_comm(uint64_t pid, char *comm)
{
	char path[64];
	ssize_t got;
	int fd;

	*comm = '\0';
	snprintf(path, sizeof(path), MQHOLDERS_PROC "/%" PRIu64 "/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	got = read(fd, comm, MQHOLDERS_COMM_MAX - 1);
	close(fd);
	if (got > 0 && comm[got - 1] == '\n')
		got--;
	comm[got > 0 ? got : 0] = '\0';
}

static int scan_add(struct scan *scan, const struct queue *queue, uint64_t pid, uint64_t fd)
{
	struct holder *holder;

	if (scan->nholders == scan->room) {
		size_t room = 2 * scan->room + 64;

		if (room > PARSE_TEXT_MAX / sizeof(*holder))
			return -EFBIG;
		holder = realloc(scan->holders, room * sizeof(*holder));
		if (!holder)
			return -ENOMEM;
		scan->holders = holder;
		scan->room = room;
	}
	holder = &scan->holders[scan->nholders++];
	*holder = (struct holder){ .row = queue->row, .pid = pid, .fd = fd };
	process_read_comm(pid, holder->comm);
	return 0;
}

/* Returns a negative errno; a descriptor that is none of a queue is none. */
static int scan_descriptor(struct scan *scan, int directory, const char *name, uint64_t pid,
			   uint64_t fd)
{
	struct queue wanted = { 0 };
	const struct queue *queue;
	char link[PATH_MAX + 1];
	struct statx file;
	ssize_t len = readlinkat(directory, name, link, sizeof(link) - 1);

	if (len < 0)
		return errno == ENAMETOOLONG ? 0 : -errno;
	link[len] = '\0';
	if (!scan_has_link(scan, link))
		return 0;
	if (statx(directory, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO, &file))
		return -errno;
	wanted.dev = makedev(file.stx_dev_major, file.stx_dev_minor);
	wanted.ino = file.stx_ino;
	queue = bsearch(&wanted, scan->queues, scan->nqueues, sizeof(*queue), queue_compare);
	return queue ? scan_add(scan, queue, pid, fd) : 0;
}

static bool error_is_absence(int error)
{
	return error == -ENOENT || error == -ESRCH;
}

/* There is no room for more, so it would be no use to go on. */
static bool error_is_final(int error)
{
	return error == -ENOMEM || error == -EFBIG;
}

static int scan_process(struct scan *scan, uint64_t pid)
{
	char path[64];
	struct dirent *entry;
	DIR *directory;
	int error = 0, ret;

	snprintf(path, sizeof(path), MQHOLDERS_PROC "/%" PRIu64 "/fd", pid);
	directory = opendir(path);
	if (!directory)
		return -errno;
	while ((entry = readdir(directory))) {
		uint64_t fd;

		if (!column_cell_value(COLUMN_NUM, entry->d_name, &fd))
			continue;
		ret = scan_descriptor(scan, dirfd(directory), entry->d_name, pid, fd);
		if (ret && !error_is_absence(ret))
			error = ret;
		if (error_is_final(ret))
			break;
	}
	closedir(directory);
	return error;
}

/* Returns a negative errno if the search had to end before all were seen. */
static int scan_proc(struct scan *scan)
{
	DIR *proc = opendir(MQHOLDERS_PROC);
	struct dirent *entry;
	int ret = 0;

	if (!proc || access(MQHOLDERS_PROC "/self/fd", F_OK)) {
		if (proc)
			closedir(proc);
		return -ENOENT;
	}
	while (!error_is_final(ret) && (entry = readdir(proc))) {
		uint64_t pid;

		if (!column_cell_value(COLUMN_NUM, entry->d_name, &pid))
			continue;
		ret = scan_process(scan, pid);
		scan->unreadable += ret && !error_is_absence(ret);
	}
	closedir(proc);
	if (error_is_final(ret))
		return ret;
	if (scan->nholders)
		qsort(scan->holders, scan->nholders, sizeof(*scan->holders), holder_compare);
	return 0;
}

static void scan_warn(const struct scan *scan)
{
	if (scan->unreadable)
		message_warn(
			"descriptors of %zu process%s could not be read, so rows may be missing; %s",
			scan->unreadable, scan->unreadable == 1 ? "" : "es",
			geteuid() ? "run as root" :
				    "it takes CAP_SYS_PTRACE and a security policy that allows it");
	if (scan->unsearchable)
		message_warn(
			"%zu queue%s could not be searched for, as 'mqueue' has no name or device of %s; rows may be missing",
			scan->unsearchable, scan->unsearchable == 1 ? "" : "s",
			scan->unsearchable == 1 ? "it" : "them");
}

static void write_row(FILE *out, const struct section *queues, size_t row,
		      const struct holder *holder)
{
	static const char *const columns[] = { "ipcns", "ino", "name", "linked", "charge" };

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		text_escape(out, section_text(queues, row, columns[i]));
		fputc(' ', out);
	}
	if (!holder) {
		fputs("- - -\n", out);
		return;
	}
	fprintf(out, "%" PRIu64 " ", holder->pid);
	text_escape(out, *holder->comm ? holder->comm : NULL);
	fprintf(out, " %" PRIu64 "\n", holder->fd);
}

/* What is written will be parsed, so there is no use in more than that takes. */
static int write_wanted(FILE *out, const struct scan *scan, const struct section *queues,
			const uint64_t *ipcns)
{
	size_t next = 0;

	fprintf(out, "# ipclens mqholders %d\nipcns ino name linked charge pid comm fd\n",
		IPCLENS_FORMAT);
	for (size_t row = 0; row < queues->nrows; row++) {
		size_t first = next;

		if (!queue_is_wanted(queues, row, ipcns))
			continue;
		for (; next < scan->nholders && scan->holders[next].row == row; next++) {
			write_row(out, queues, row, &scan->holders[next]);
			if (ftello(out) >= (off_t)PARSE_TEXT_MAX)
				return -EFBIG;
		}
		if (next == first)
			write_row(out, queues, row, NULL);
	}
	return ferror(out) ? -ENOMEM : 0;
}

static int write_rows(const struct scan *scan, const struct section *queues, const uint64_t *ipcns,
		      char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);
	int ret;

	if (!out)
		return -ENOMEM;
	ret = write_wanted(out, scan, queues, ipcns);
	if (text_stream_close(out, text) && !ret)
		ret = -ENOMEM;
	return ret;
}

/**
 * mqholders_report() - why the search has failed
 * @error: what mqholders_write() has returned
 * @one_namespace: it was for the queues of one
 * @say: message_error(), or message_warn() where the rest can do without
 */
void mqholders_report(int error, bool one_namespace, void (*say)(const char *format, ...))
{
	if (error == -ENOENT)
		say("cannot see the processes; mount -t proc none " MQHOLDERS_PROC);
	else if (error == -EFBIG)
		say("these queues have more holders than fit into %zu bytes; %s", PARSE_TEXT_MAX,
		    one_namespace ? "see ls -l " MQHOLDERS_PROC "/*/fd" :
				    "choose one IPC namespace by --ipcns");
	else
		say("out of memory");
}

/**
 * mqholders_write() - search /proc for the holders of queues
 * @queues: the section "mqueue"
 * @ipcns: of the queues that are meant, NULL for all
 * @text: in the form of the module's files; to be freed either way
 * @size: of it
 *
 * Return: 0, or a negative errno for mqholders_report(), which the user does not know yet.
 */
int mqholders_write(const struct section *queues, const uint64_t *ipcns, char **text, size_t *size)
{
	struct scan scan;
	int ret;

	*text = NULL;
	ret = scan_init(&scan, queues, ipcns);
	if (!ret)
		ret = scan_proc(&scan);
	if (!ret)
		ret = write_rows(&scan, queues, ipcns, text, size);
	if (!ret)
		scan_warn(&scan);
	scan_exit(&scan);
	return ret;
}
