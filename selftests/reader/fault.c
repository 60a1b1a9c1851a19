// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into the reader to make the kernel refuse what it cannot be made to
 * refuse on a healthy machine. FAULT_PATH names the file, FAULT_OPEN is the errno
 * of its open(), FAULT_READ that of its read() after FAULT_AFTER bytes. FAULT_STATX is
 * the errno of every statx(), FAULT_STATX_ASKING of those that may ask a file server or
 * mount something, FAULT_READLINK of every readlinkat(), and FAULT_MEMSTREAM of
 * open_memstream(). FAULT_WRITE is that of write() once a file has FAULT_AFTER bytes,
 * FAULT_FSYNC of fsync(), FAULT_RENAME of rename(). FAULT_SIGNAL is the signal that comes
 * in the middle of fsync(). FAULT_TIME is no errno, but how many
 * seconds the clock is ahead, and FAULT_MALLOC which allocation of memory fails; how many
 * there were goes to FAULT_COUNT.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* What the C library has under malloc() and its like. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static int fault_fd = -1;
static size_t fault_left;

static int fault_number(const char *name)
{
	const char *value = getenv(name);

	return value ? atoi(value) : 0;
}

int open(const char *path, int flags, ...)
{
	int (*real)(const char *path, int flags, ...) = dlsym(RTLD_NEXT, "open");
	const char *faulty = getenv("FAULT_PATH");
	va_list args;
	int mode, fd;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, int) : 0;
	va_end(args);
	if (!faulty || strcmp(path, faulty))
		return real(path, flags, mode);
	if (fault_number("FAULT_OPEN")) {
		errno = fault_number("FAULT_OPEN");
		return -1;
	}
	fd = real(path, flags, mode);
	if (fault_number("FAULT_READ")) {
		fault_fd = fd;
		fault_left = fault_number("FAULT_AFTER");
	}
	return fd;
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

ssize_t read(int fd, void *buffer, size_t size)
{
	ssize_t (*real)(int fd, void *buffer, size_t size) = dlsym(RTLD_NEXT, "read");
	ssize_t got;

	if (fd < 0 || fd != fault_fd)
		return real(fd, buffer, size);
	if (!fault_left) {
		errno = fault_number("FAULT_READ");
		return -1;
	}
	got = real(fd, buffer, size < fault_left ? size : fault_left);
	fault_left -= got > 0 ? got : 0;
	return got;
}

int statx(int directory, const char *restrict path, int flags, unsigned int mask,
	  struct statx *restrict buffer)
{
	int (*real)(int directory, const char *path, int flags, unsigned int mask,
		    struct statx *buffer) = dlsym(RTLD_NEXT, "statx");

	errno = fault_number("FAULT_STATX");
	if (!errno && (!(flags & AT_STATX_DONT_SYNC) || !(flags & AT_NO_AUTOMOUNT)))
		errno = fault_number("FAULT_STATX_ASKING");
	return errno ? -1 : real(directory, path, flags, mask, buffer);
}

ssize_t readlinkat(int directory, const char *restrict path, char *restrict link, size_t size)
{
	ssize_t (*real)(int directory, const char *path, char *link, size_t size) =
		dlsym(RTLD_NEXT, "readlinkat");

	errno = fault_number("FAULT_READLINK");
	return errno ? -1 : real(directory, path, link, size);
}

FILE *open_memstream(char **text, size_t *size)
{
	FILE *(*real)(char **text, size_t *size) = dlsym(RTLD_NEXT, "open_memstream");

	errno = fault_number("FAULT_MEMSTREAM");
	return errno ? NULL : real(text, size);
}

ssize_t write(int fd, const void *buffer, size_t size)
{
	ssize_t (*real)(int fd, const void *buffer, size_t size) = dlsym(RTLD_NEXT, "write");
	off_t room = fault_number("FAULT_AFTER") - lseek(fd, 0, SEEK_CUR);

	if (!fault_number("FAULT_WRITE") || fd <= STDERR_FILENO)
		return real(fd, buffer, size);
	errno = fault_number("FAULT_WRITE");
	if (room <= 0)
		return -1;
	return real(fd, buffer, (off_t)size < room ? (off_t)size : room);
}

int fsync(int fd)
{
	int (*real)(int fd) = dlsym(RTLD_NEXT, "fsync");

	if (fault_number("FAULT_SIGNAL"))
		raise(fault_number("FAULT_SIGNAL"));
	errno = fault_number("FAULT_FSYNC");
	return errno ? -1 : real(fd);
}

int rename(const char *from, const char *to)
{
	int (*real)(const char *from, const char *to) = dlsym(RTLD_NEXT, "rename");

	errno = fault_number("FAULT_RENAME");
	return errno ? -1 : real(from, to);
}

time_t time(time_t *now)
{
	time_t (*real)(time_t *now) = dlsym(RTLD_NEXT, "time");
	time_t later = real(NULL) + fault_number("FAULT_TIME");

	if (now)
		*now = later;
	return later;
}

static int fault_allocations;

static int fault_memory(void)
{
	if (++fault_allocations != fault_number("FAULT_MALLOC"))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fault_memory() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fault_memory() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fault_memory() ? NULL : __libc_realloc(old, size);
}

static void __attribute__((destructor)) fault_count_tell(void)
{
	const char *path = getenv("FAULT_COUNT");
	int count = fault_allocations;
	FILE *file = path ? fopen(path, "w") : NULL;

	if (!file)
		return;
	fprintf(file, "%d\n", count);
	fclose(file);
}
