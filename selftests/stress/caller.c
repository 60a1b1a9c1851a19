// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of a random caller, each with the results it may have. Everything that
 * is read of a still file is compared with the text at that offset.
 */
#include "caller.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lens.h"

struct calls_file calls_files[CALLS_FILES] = {
	{ .name = "history", .still = true },	 { .name = "mq_denials", .still = true },
	{ .name = "mq_users" },			 { .name = "mqueue", .still = true },
	{ .name = "namespaces", .still = true }, { .name = "probes" },
	{ .name = "shm", .still = true },	 { .name = "shm_holders", .still = true },
	{ .name = "status" },
};

static const char *calls_path(const struct calls_file *file, char *path, size_t size)
{
	snprintf(path, size, LENS_DIR "/%s", file->name);
	return path;
}

int calls_init(void)
{
	char path[64];
	int n;

	for (n = 0; n < CALLS_FILES; n++) {
		struct calls_file *file = &calls_files[n];

		calls_path(file, path, sizeof(path));
		file->text = lens_slurp(path, 1 << 16, &file->length);
		file->shared = open(path, O_RDONLY | O_CLOEXEC);
		if (!file->text || file->shared < 0)
			return -1;
	}
	return 0;
}

void calls_exit(void)
{
	int n;

	for (n = 0; n < CALLS_FILES; n++) {
		free(calls_files[n].text);
		close(calls_files[n].shared);
	}
}

int caller_init(struct caller *caller, unsigned int seed)
{
	int page = getpagesize();

	memset(caller, 0, sizeof(*caller));
	caller->seed = seed;
	caller->fd = -1;
	caller->buffer = mmap(NULL, CALLS_BUFFER + page, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (caller->buffer == MAP_FAILED)
		return -1;
	return mprotect(caller->buffer + CALLS_BUFFER, page, PROT_NONE);
}

void caller_exit(struct caller *caller)
{
	if (caller->fd >= 0)
		close(caller->fd);
	munmap(caller->buffer, CALLS_BUFFER + getpagesize());
}

unsigned int caller_random(struct caller *caller, unsigned int below)
{
	return ((unsigned int)rand_r(&caller->seed) << 8 ^ rand_r(&caller->seed)) % below;
}

bool caller_reads(const struct caller *caller)
{
	return !(caller->flags & O_PATH) && (caller->flags & O_ACCMODE) != O_WRONLY;
}

void caller_tell(struct caller *caller, const char *what, long result)
{
	if (caller->wrong++ < 10)
		fprintf(stderr, "# %s: %s, flags %o: %ld, errno %d\n", caller->file->name, what,
			caller->flags, result, errno);
}

/* Random sizes of every magnitude, more often small ones. */
size_t caller_size(struct caller *caller)
{
	return caller_random(caller, 1U << caller_random(caller, 18));
}

off_t caller_offset(struct caller *caller)
{
	switch (caller_random(caller, 20)) {
	case 0:
		return (off_t)1 << (20 + caller_random(caller, 43));
	case 1:
		return caller->file->length;
	default:
		return caller_random(caller, 2 * caller->file->length);
	}
}

void caller_compare(struct caller *caller, const struct calls_file *file, off_t offset,
		    size_t size, ssize_t got)
{
	size_t rest = offset < file->length ? file->length - offset : 0;

	if (got < 0 || got > size)
		caller_tell(caller, "a read", got);
	else if (!file->still)
		return;
	else if (got > rest || (!got && size && rest))
		caller_tell(caller, "length of a read", got);
	else if (got && memcmp(file->text + offset, caller->buffer, got))
		caller_tell(caller, "text of a read", got);
	else
		caller->compared += got;
}

/* Opens another file, with flags that it may mind; at last it has one that can be read. */
static void caller_open(struct caller *caller)
{
	static const int flags[] = { 0, O_NONBLOCK, O_APPEND, O_NOATIME, O_PATH, O_SYNC, O_TRUNC,
				     O_DIRECTORY, O_DIRECT, O_CREAT, O_CREAT | O_EXCL, O_WRONLY,
				     O_RDWR, O_RDWR | O_TRUNC, O_TMPFILE | O_RDWR, O_ASYNC };
	char path[64];

	if (caller->fd >= 0)
		close(caller->fd);
	caller->file = &calls_files[caller_random(caller, CALLS_FILES)];
	calls_path(caller->file, path, sizeof(path));
	caller->flags = flags[caller_random(caller, sizeof(flags) / sizeof(flags[0]))] | O_CLOEXEC;
	caller->fd = open(path, caller->flags, 0400);
	if (caller->fd >= 0)
		return;
	if (errno != EINVAL && errno != ENOTDIR && errno != EEXIST && errno != EPERM)
		caller_tell(caller, "open()", -1);
	caller->flags = O_RDONLY | O_CLOEXEC;
	caller->fd = open(path, caller->flags);
}

static void caller_read(struct caller *caller)
{
	off_t offset = lseek(caller->fd, 0, SEEK_CUR);
	size_t size = caller_size(caller);

	if (!caller_reads(caller))
		MUST_FAIL(caller, read(caller->fd, caller->buffer, size), EBADF);
	else
		caller_compare(caller, caller->file, offset, size,
			       read(caller->fd, caller->buffer, size));
}

static void caller_pread(struct caller *caller)
{
	off_t offset = caller_offset(caller);
	size_t size = caller_size(caller);

	if (!caller_reads(caller))
		MUST_FAIL(caller, pread(caller->fd, caller->buffer, size, offset), EBADF);
	else
		caller_compare(caller, caller->file, offset, size,
			       pread(caller->fd, caller->buffer, size, offset));
	MUST_FAIL(caller, pread(caller->fd, caller->buffer, size, -1 - offset), EINVAL, EBADF);
}

/* A descriptor that other threads use at the same time. */
static void caller_pread_shared(struct caller *caller)
{
	struct calls_file *file = &calls_files[caller_random(caller, CALLS_FILES)];
	off_t offset = caller_random(caller, 2 * file->length);
	size_t size = caller_size(caller);

	caller_compare(caller, file, offset, size,
		       pread(file->shared, caller->buffer, size, offset));
}

static void caller_readv(struct caller *caller)
{
	off_t offset = lseek(caller->fd, 0, SEEK_CUR);
	size_t first = caller_size(caller) / 4, second = caller_size(caller) / 4;
	struct iovec parts[] = {
		{ caller->buffer, first },
		{ caller->buffer + first, 0 },
		{ caller->buffer + first, second },
	};

	if (!caller_reads(caller))
		MUST_FAIL(caller, readv(caller->fd, parts, 3), EBADF);
	else
		caller_compare(caller, caller->file, offset, first + second,
			       readv(caller->fd, parts, 3));
}

/* The end of the buffer faults: what comes is right, and nothing is lost by it. */
static void caller_read_faulting(struct caller *caller)
{
	off_t offset = lseek(caller->fd, 0, SEEK_CUR);
	size_t room = caller_random(caller, 40);
	ssize_t got;

	if (!caller_reads(caller))
		return;
	MUST_FAIL(caller, read(caller->fd, (void *)(unsigned long)(LONG_MAX - 4096), 4096), EFAULT);
	got = read(caller->fd, caller->buffer + CALLS_BUFFER - room, room + 100);
	if (got < 0 && errno == EFAULT)
		got = 0;
	if (got < 0 || got > room)
		caller_tell(caller, "a read that faults", got);
	memmove(caller->buffer, caller->buffer + CALLS_BUFFER - room, room);
	caller_compare(caller, caller->file, offset, got, got);
	if (lseek(caller->fd, 0, SEEK_CUR) != offset + got)
		caller_tell(caller, "position after a fault", got);
}

static void caller_seek(struct caller *caller)
{
	off_t offset = caller_offset(caller), now;

	if (caller->flags & O_PATH)
		return;
	now = lseek(caller->fd, offset, SEEK_SET);
	/* too far is refused, and begins anew */
	if (now != offset && (offset <= caller->file->length || now != -1))
		caller_tell(caller, "lseek()", now);
	MUST_FAIL(caller, lseek(caller->fd, -1 - offset, SEEK_SET), EINVAL);
	MUST_FAIL(caller, lseek(caller->fd, -offset, SEEK_END), EINVAL);
	MUST_FAIL(caller, lseek(caller->fd, offset, SEEK_DATA), EINVAL);
	MUST_FAIL(caller, lseek(caller->fd, offset, SEEK_HOLE), EINVAL);
	MUST_FAIL(caller, lseek(caller->fd, offset, 99), EINVAL);
	offset = caller_random(caller, caller->file->length);
	if (lseek(caller->fd, offset, SEEK_SET) != offset)
		caller_tell(caller, "lseek() to within", offset);
}

static void caller_write(struct caller *caller)
{
	/* of nothing, newer kernels write without asking the file */
	struct iovec part = { caller->buffer, caller_size(caller) ?: 1 };

	MUST_FAIL(caller, write(caller->fd, part.iov_base, part.iov_len), EBADF, EINVAL, EPERM);
	MUST_FAIL(caller, writev(caller->fd, &part, 1), EBADF, EINVAL, EPERM);
	MUST_FAIL(caller, pwrite(caller->fd, part.iov_base, part.iov_len, 0), EBADF, EINVAL, EPERM,
		  ESPIPE);
	MUST_FAIL(caller, fallocate(caller->fd, 0, 0, 4096), EBADF, EOPNOTSUPP, ENODEV, EPERM);
}

static void caller_map(struct caller *caller)
{
	int shared = caller_random(caller, 2) ? MAP_SHARED : MAP_PRIVATE;
	int prot = caller_random(caller, 8);
	void *at = mmap(NULL, 1 + caller_size(caller), prot, shared, caller->fd, 0);

	if (at != MAP_FAILED)
		caller_tell(caller, "mmap()", prot);
	else if (errno != ENODEV && errno != EACCES && errno != EBADF && errno != EPERM)
		caller_tell(caller, "mmap()", -1);
}

static void caller_control(struct caller *caller)
{
	int number;

	MUST_FAIL(caller, ioctl(caller->fd, TCGETS, caller->buffer), ENOTTY, EBADF);
	MUST_FAIL(caller, ioctl(caller->fd, 0xabad1dea, caller->buffer), ENOTTY, EBADF);
	ioctl(caller->fd, FIONREAD, &number);
	MUST_FAIL(caller, syscall(SYS_getdents64, caller->fd, caller->buffer, 4096), ENOTDIR, EBADF);
	fcntl(caller->fd, F_SETFL, caller_random(caller, 2) ? O_NONBLOCK : 0);
	fcntl(caller->fd, F_SETLEASE, F_RDLCK);
	fcntl(caller->fd, F_SETLEASE, F_UNLCK);
	flock(caller->fd, LOCK_SH | LOCK_NB);
	flock(caller->fd, LOCK_UN);
	fsync(caller->fd);
	posix_fadvise(caller->fd, 0, 4096, POSIX_FADV_WILLNEED);
	readahead(caller->fd, 0, 4096);
	/* a size is noted, and means nothing */
	if (ftruncate(caller->fd, caller_size(caller)) < 0 && errno != EINVAL && errno != EBADF)
		caller_tell(caller, "ftruncate()", -1);
}

static void caller_poll(struct caller *caller)
{
	struct pollfd ask = { caller->fd, POLLIN | POLLOUT | POLLPRI, 0 };
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int ret = epoll_ctl(epoll, EPOLL_CTL_ADD, caller->fd, &event);

	if (ret && errno != EPERM && errno != EBADF)
		caller_tell(caller, "epoll_ctl()", ret);
	/* Newer debugfs says of files that cannot be waited for that they are ready. */
	if (!ret && epoll_wait(epoll, &event, 1, 0) != 1)
		caller_tell(caller, "epoll_wait()", event.events);
	if (poll(&ask, 1, 0) != 1)
		caller_tell(caller, "poll()", ask.revents);
	close(epoll);
}

/* Some kernels can, by reading; what has come then is right. */
static void caller_splice(struct caller *caller)
{
	off_t offset = caller_random(caller, caller->file->length), from = offset;
	size_t size = 1 + caller_size(caller) % 4096;
	ssize_t got;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return;
	if (caller_random(caller, 2))
		got = splice(caller->fd, &from, ends[1], NULL, size, SPLICE_F_NONBLOCK);
	else
		got = sendfile(ends[1], caller->fd, &from, size);
	if (got > 0)
		caller_compare(caller, caller->file, offset, size,
			       read(ends[0], caller->buffer, size));
	else if (got < 0 && errno != EINVAL && errno != EBADF && errno != EAGAIN)
		caller_tell(caller, "splice()", got);
	close(ends[0]);
	close(ends[1]);
}

/* Two descriptors with one position. */
static void caller_copy(struct caller *caller)
{
	int copy = fcntl(caller->fd, F_DUPFD_CLOEXEC, 0);

	if (copy < 0) {
		caller_tell(caller, "dup()", copy);
		return;
	}
	caller_read(caller);
	close(caller->fd);
	caller->fd = copy;
	caller_read(caller);
}

void caller_step(struct caller *caller)
{
	static void (*const operations[])(struct caller *caller) = {
		caller_read,   caller_read,	    caller_read,	 caller_read,
		caller_pread,  caller_pread,	    caller_pread_shared, caller_pread_shared,
		caller_readv,  caller_read_faulting, caller_seek,	 caller_seek,
		caller_write,  caller_map,	    caller_control,	 caller_poll,
		caller_splice, caller_copy,	    caller_open,	 caller_read_flags,
		caller_lock,   caller_copy_range,   caller_own,		 caller_submit,
		caller_describe, caller_attributes,
	};

	if (caller->fd < 0)
		caller_open(caller);
	operations[caller_random(caller, sizeof(operations) / sizeof(operations[0]))](caller);
	caller->done++;
}
