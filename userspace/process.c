// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers out of files in /proc. A process may end at any time, and what it is called
 * is its own choice; what cannot be read is unknown.
 */
#include "process.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "columns.h"

/* What stands between the name of a process and its start time, fields 3 to 21. */
#define PROCESS_SKIP_3 " %*s %*s %*s"
#define PROCESS_SKIP_19                                                                            \
	PROCESS_SKIP_3 PROCESS_SKIP_3 PROCESS_SKIP_3 PROCESS_SKIP_3 PROCESS_SKIP_3 PROCESS_SKIP_3  \
		" %*s"

/* The kernel prints no sign, but tells "unlimited" by name. */
static bool process_number(const char *text, uint64_t *number)
{
	*number = UINT64_MAX;
	return !strcmp(text, "unlimited") || column_cell_value(COLUMN_NUM, text, number);
}

/**
 * process_boot_time() - when the machine was started, by the clock as it is set now
 * @time: in seconds since 1970
 *
 * Return: false if unknown.
 */
bool process_boot_time(uint64_t *time)
{
	FILE *stat = fopen("/proc/stat", "re");
	char line[256], text[32];
	bool found = false;

	if (!stat)
		return false;
	while (!found && fgets(line, sizeof(line), stat))
		found = sscanf(line, "btime %31s", text) == 1 && process_number(text, time);
	fclose(stat);
	return found;
}

/**
 * process_stat() - what the kernel says of a process behind its name
 * @pid: as /proc here numbers it
 * @line: what is read; the name in it can be anything, with brackets
 * @size: of that
 *
 * Return: the blank before its state, which comes first; NULL if unknown.
 */
const char *process_stat(uint64_t pid, char *line, size_t size)
{
	const char *name_end;
	char path[64];
	FILE *stat;
	size_t got;

	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/stat", pid);
	stat = fopen(path, "re");
	if (!stat)
		return NULL;
	got = fread(line, 1, size - 1, stat);
	fclose(stat);
	line[got] = '\0';
	name_end = strrchr(line, ')');
	return name_end ? name_end + 1 : NULL;
}

/**
 * process_start_time() - when a process was started; see process_boot_time()
 * @pid: as /proc here numbers it
 * @boot: when the machine was
 * @time: in seconds since 1970
 *
 * Return: false if unknown.
 */
bool process_start_time(uint64_t pid, uint64_t boot, uint64_t *time)
{
	long ticks = sysconf(_SC_CLK_TCK);
	char line[1024], text[32];
	const char *rest = process_stat(pid, line, sizeof(line));

	if (ticks <= 0 || !rest || sscanf(rest, PROCESS_SKIP_19 " %31s", text) != 1 ||
	    !process_number(text, time))
		return false;
	*time = boot + *time / ticks;
	return true;
}

/**
 * process_limits() - a limit of a process
 * @pid: as /proc here numbers it
 * @label: that the line of its limits begins with
 * @soft: UINT64_MAX if unlimited
 * @hard: likewise
 *
 * Return: false if unknown.
 */
bool process_limits(uint64_t pid, const char *label, uint64_t *soft, uint64_t *hard)
{
	char path[64], line[256], soft_text[32], hard_text[32];
	size_t len = strlen(label);
	bool found = false;
	FILE *limits;

	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/limits", pid);
	limits = fopen(path, "re");
	if (!limits)
		return false;
	while (!found && fgets(line, sizeof(line), limits))
		found = !strncmp(line, label, len) &&
			sscanf(line + len, " %31s %31s", soft_text, hard_text) == 2 &&
			process_number(soft_text, soft) && process_number(hard_text, hard);
	fclose(limits);
	return found;
}

/**
 * process_nr_open() - how high the limit of files of a process can be set
 * @most: fs.nr_open
 *
 * Return: false if unknown.
 */
bool process_nr_open(uint64_t *most)
{
	FILE *file = fopen("/proc/sys/fs/nr_open", "re");
	char text[32];
	bool found;

	if (!file)
		return false;
	found = fscanf(file, "%31s", text) == 1 && process_number(text, most);
	fclose(file);
	return found;
}

/**
 * process_file_max() - how many files the machine has open, and how many it may
 * @used: the former
 * @max: the latter
 *
 * Return: false if unknown.
 */
bool process_file_max(uint64_t *used, uint64_t *max)
{
	FILE *file = fopen("/proc/sys/fs/file-nr", "re");
	char used_text[32], max_text[32];
	bool found;

	if (!file)
		return false;
	found = fscanf(file, "%31s %*s %31s", used_text, max_text) == 2 &&
		process_number(used_text, used) && process_number(max_text, max);
	fclose(file);
	return found;
}
