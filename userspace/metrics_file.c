// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file is written beside the one it is to replace, under a name that no collector
 * takes for one of its own (they end in .prom), and put in its place when it is on disk.
 */
#define _GNU_SOURCE
#include "metrics_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"

#define FILE_MODE 0644 /* who reads it is seldom who writes it */

static int file_fill(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t written = write(fd, data, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		size -= written;
	}
	return fchmod(fd, FILE_MODE) || fsync(fd) ? -errno : 0;
}

/* A device or a pipe would become a file, and a link be one. */
static bool file_is_replaceable(const char *path)
{
	struct stat stat_of;

	if (lstat(path, &stat_of) || S_ISREG(stat_of.st_mode))
		return true;
	message_error(
		"%s is no regular file, and would be replaced by one; leave --output-file out to write to standard output",
		path);
	return false;
}

/* Leaves nothing of its own behind if it fails. */
static int file_replace(const char *path, const char *data, size_t size)
{
	char *beside;
	int fd, ret;

	if (asprintf(&beside, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(beside, O_CLOEXEC);
	ret = fd < 0 ? -errno : file_fill(fd, data, size);
	if (fd >= 0 && close(fd) && !ret)
		ret = -errno;
	if (!ret && rename(beside, path))
		ret = -errno;
	if (fd >= 0 && ret)
		unlink(beside);
	free(beside);
	return ret;
}

/**
 * metrics_file_write() - replace a file
 * @path: the file; what was there stays until the new one is complete
 * @data: all of its content
 * @size: bytes
 *
 * Return: 0, or -1 if the user has been told why not.
 */
int metrics_file_write(const char *path, const char *data, size_t size)
{
	sigset_t all, before;
	int ret;

	if (!file_is_replaceable(path))
		return -1;
	/* Whoever ends it does so before or after: what is half written would stay. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	ret = file_replace(path, data, size);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (ret)
		message_error("cannot write %s: %s%s", path, strerror(-ret),
			      ret == -ENOENT ? "; make its directory first" :
			      ret == -EACCES ? "; run as root, or choose another directory" :
					       "");
	return ret ? -1 : 0;
}
