// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading, and saying in one line what is wrong and what helps when it fails.
 * Text is read to its end into one buffer, which the parser then works in.
 */
#define _GNU_SOURCE
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../kmod/ipclens_abi.h"
#include "message.h"
#include "parse.h"

#define SOURCE_DEBUGFS "/sys/kernel/debug"
#define SOURCE_LOCKDOWN "/sys/kernel/security/lockdown"
#define SOURCE_CHUNK ((size_t)64 << 10)

enum source_mount {
	MOUNT_FOUND,
	MOUNT_ABSENT,
	MOUNT_UNKNOWN, /* no /proc to look it up in */
};

/* The place where debugfs is usually mounted wins over others. */
static enum source_mount source_find_debugfs(char *path, size_t size)
{
	FILE *mounts = setmntent("/proc/mounts", "re");
	enum source_mount found = MOUNT_ABSENT;
	struct mntent *mount;

	snprintf(path, size, "%s", SOURCE_DEBUGFS);
	if (!mounts)
		return MOUNT_UNKNOWN;
	while ((mount = getmntent(mounts))) {
		if (strcmp(mount->mnt_type, "debugfs"))
			continue;
		if (found == MOUNT_ABSENT || !strcmp(mount->mnt_dir, SOURCE_DEBUGFS))
			snprintf(path, size, "%s", mount->mnt_dir);
		found = MOUNT_FOUND;
	}
	endmntent(mounts);
	return found;
}

static void source_explain_live(const char *path, enum source_mount mount, int error)
{
	char directory[4096];

	snprintf(directory, sizeof(directory), "%.*s", (int)(strrchr(path, '/') - path), path);
	if (error == EACCES && geteuid())
		message_error("%s: permission denied; run as root", path);
	else if (error == EPERM)
		message_error(
			"%s: refused with EPERM; a lockdown or security policy forbids it (see %s and the kernel log)",
			path, SOURCE_LOCKDOWN);
	else if (error == ENOENT && mount == MOUNT_ABSENT)
		message_error("debugfs is not mounted; mount -t debugfs none %s", SOURCE_DEBUGFS);
	else if (error == ENOENT && access(directory, F_OK))
		message_error(
			"%s does not exist; load the module: insmod ipclens.ko or modprobe ipclens%s",
			directory, mount == MOUNT_UNKNOWN ? " (or mount debugfs and /proc)" : "");
	else if (error == ENOENT)
		message_error("%s does not exist; the module is older than this program (%s)", path,
			      IPCLENS_VERSION);
	else
		message_error("cannot read %s: %s", path, strerror(error));
}

static void source_explain(const char *from, const char *path, int error)
{
	if (error == ENOENT)
		message_error(
			"%s does not exist; --from takes a capture, a directory with the files of debugfs, or -",
			path);
	else if (!strcmp(from, "-"))
		message_error("cannot read standard input: %s", strerror(error));
	else
		message_error("cannot read %s: %s", path, strerror(error));
}

static bool source_is_directory(const char *from)
{
	struct stat stat_of;

	return !stat(from, &stat_of) && S_ISDIR(stat_of.st_mode);
}

/**
 * source_is_split() - whether each section has a file of its own, or all are in one text
 * @from: see source_read()
 */
bool source_is_split(const char *from)
{
	return !from || (strcmp(from, "-") && source_is_directory(from));
}

static char *source_path(const char *from, const char *file, enum source_mount *mount)
{
	char debugfs[4096];
	char *path = NULL;
	int len;

	*mount = MOUNT_FOUND;
	if (!from) {
		*mount = source_find_debugfs(debugfs, sizeof(debugfs));
		len = asprintf(&path, "%s/%s/%s", debugfs, IPCLENS_DIR, file);
	} else if (!strcmp(from, "-")) {
		len = asprintf(&path, "standard input");
	} else if (source_is_directory(from)) {
		len = asprintf(&path, "%s/%s", from, file);
	} else {
		len = asprintf(&path, "%s", from);
	}
	return len < 0 ? NULL : path;
}

static int source_grow(struct source_text *text, size_t *room)
{
	size_t more = *room ? 2 * *room : SOURCE_CHUNK;
	char *data = realloc(text->data, more + 1);

	if (!data)
		return -ENOMEM;
	text->data = data;
	*room = more;
	return 0;
}

/* Read to the end of fd. Returns 0 or a negative errno; what came before stays. */
static int source_drain(struct source_text *text, int fd)
{
	size_t room = 0;

	for (;;) {
		ssize_t got;

		if (text->size == room && source_grow(text, &room))
			return -ENOMEM;
		got = read(fd, text->data + text->size, room - text->size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return 0;
		text->size += got;
		if (text->size >= PARSE_TEXT_MAX)
			return -EFBIG;
	}
}

static int source_open_drain(struct source_text *text, const char *from)
{
	int fd = STDIN_FILENO;
	int ret;

	if (!from || strcmp(from, "-"))
		fd = open(text->name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = source_drain(text, fd);
	if (fd != STDIN_FILENO)
		close(fd);
	return ret;
}

static void source_report(const struct source_text *text, const char *from, enum source_mount mount,
			  int error)
{
	if (!text->name || error == ENOMEM)
		message_no_memory();
	else if (error == EFBIG)
		message_error("%s is too large for a capture (%zu bytes and more)", text->name,
			      text->size);
	else if (text->partial)
		message_warn("%s: %s after %zu bytes; rows may be missing", text->name,
			     strerror(error), text->size);
	else if (from)
		source_explain(from, text->name, error);
	else
		source_explain_live(text->name, mount, error);
}

static int source_read_reporting(struct source_text *text, const char *from, const char *file,
				 bool quiet)
{
	enum source_mount mount;
	int ret = -ENOMEM;

	*text = (struct source_text){ 0 };
	text->name = source_path(from, file, &mount);
	if (text->name)
		ret = source_open_drain(text, from);
	if (!ret)
		return 0;
	text->partial = text->size && ret != -EFBIG && ret != -ENOMEM;
	if (!quiet)
		source_report(text, from, mount, -ret);
	if (text->partial)
		return 0;
	source_free(text);
	return -1;
}

/**
 * source_read() - read the text that has the section of a file
 * @text: for source_free()
 * @from: NULL for the running kernel, else a capture, a directory of files, or "-"
 * @file: of the module
 *
 * What could be read in part is read; the user is warned, and partial is set.
 *
 * Return: -1 on failure, of which the user has been told.
 */
int source_read(struct source_text *text, const char *from, const char *file)
{
	return source_read_reporting(text, from, file, false);
}

/** source_read_quietly() - as source_read(), but the user is told nothing */
int source_read_quietly(struct source_text *text, const char *from, const char *file)
{
	return source_read_reporting(text, from, file, true);
}

/** source_free() - free the text; all zeros are left alone */
void source_free(struct source_text *text)
{
	free(text->data);
	free(text->name);
	*text = (struct source_text){ 0 };
}
