// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of a random caller that hardly any program asks of such a file. Kernels
 * differ in which of them they do; what has come then is right.
 */
#include "caller.h"

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

/* With an offset of -1, from the position on. */
void caller_read_flags(struct caller *caller)
{
	static const int flags[] = { 0, RWF_HIPRI, RWF_NOWAIT, RWF_HIPRI | RWF_NOWAIT };
	bool here = caller_random(caller, 2);
	off_t offset = here ? lseek(caller->fd, 0, SEEK_CUR) : caller_offset(caller);
	/* of nothing, kernels read without a look at the flags */
	struct iovec part = { caller->buffer, caller_size(caller) ?: 1 };
	int flag = flags[caller_random(caller, 4)];
	ssize_t got;

	MUST_FAIL(caller, preadv2(caller->fd, &part, 1, 0, 1 << 30), EOPNOTSUPP, EBADF);
	if (!caller_reads(caller)) {
		MUST_FAIL(caller, preadv2(caller->fd, &part, 1, here ? -1 : offset, flag), EBADF);
		return;
	}
	got = preadv2(caller->fd, &part, 1, here ? -1 : offset, flag);
	if (got >= 0)
		caller_compare(caller, caller->file, offset, part.iov_len, got);
	else if (!(flag & RWF_NOWAIT) || (errno != EOPNOTSUPP && errno != EAGAIN))
		caller_tell(caller, "preadv2()", flag);
}

/* As many bytes as the inode says there are: none, unless ftruncate() has said so. */
void caller_copy_range(struct caller *caller)
{
	off_t offset = caller_random(caller, caller->file->length), from = offset, to = 0;
	size_t size = 1 + caller_size(caller);
	int target = memfd_create("calls", MFD_CLOEXEC);
	ssize_t got;

	if (target < 0) {
		caller_tell(caller, "memfd_create()", target);
		return;
	}
	got = copy_file_range(caller->fd, &from, target, &to, size, 0);
	if (got > 0)
		caller_compare(caller, caller->file, offset, size,
			       pread(target, caller->buffer, got, 0));
	else if (got < 0 && errno != EXDEV && errno != EINVAL && errno != EBADF &&
		 errno != EOPNOTSUPP)
		caller_tell(caller, "copy_file_range()", got);
	if (from != offset + (got > 0 ? got : 0) || to != from - offset)
		caller_tell(caller, "positions of copy_file_range()", got);
	/* something to copy, or older kernels do not ask the file */
	ftruncate(target, 4096);
	MUST_FAIL(caller, copy_file_range(target, NULL, caller->fd, NULL, 1, 0), EBADF, EXDEV,
		  EINVAL, EOPNOTSUPP, EPERM);
	close(target);
}

/* Locks are of the process: no other thread's is in the way. */
void caller_lock(struct caller *caller)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

	lock.l_start = caller_random(caller, 4096);
	lock.l_len = caller_random(caller, 4096);
	if (!caller_reads(caller))
		MUST_FAIL(caller, fcntl(caller->fd, F_SETLK, &lock), EBADF);
	else if (fcntl(caller->fd, F_SETLK, &lock))
		caller_tell(caller, "a read lock", -1);
	if (caller->flags & O_PATH)
		return;
	lock.l_type = F_WRLCK;
	if ((caller->flags & O_ACCMODE) == O_RDONLY)
		MUST_FAIL(caller, fcntl(caller->fd, F_SETLK, &lock), EBADF);
	if (fcntl(caller->fd, F_GETLK, &lock) || lock.l_type != F_UNLCK)
		caller_tell(caller, "F_GETLK", lock.l_type);
	lock.l_type = F_UNLCK;
	if (fcntl(caller->fd, F_SETLK, &lock))
		caller_tell(caller, "to unlock", -1);
}

/* No signal ever comes: it would end the process. */
void caller_own(struct caller *caller)
{
	pid_t pid = getpid();

	if (caller->flags & O_PATH) {
		MUST_FAIL(caller, fcntl(caller->fd, F_SETFL, O_ASYNC), EBADF);
		MUST_FAIL(caller, fcntl(caller->fd, F_SETOWN, pid), EBADF);
		return;
	}
	if (fcntl(caller->fd, F_SETOWN, pid) || fcntl(caller->fd, F_GETOWN) != pid)
		caller_tell(caller, "F_SETOWN", pid);
	if (fcntl(caller->fd, F_SETFL, O_ASYNC))
		caller_tell(caller, "F_SETFL", O_ASYNC);
	caller_compare(caller, caller->file, 0, 0,
		       caller_reads(caller) ? read(caller->fd, caller->buffer, 0) : 0);
	if (caller_random(caller, 2) && fcntl(caller->fd, F_SETFL, 0))
		caller_tell(caller, "F_SETFL", 0);
}

/* The result of one request, or -1 with errno if it has not been taken. */
static long caller_submit_one(struct caller *caller, aio_context_t context, struct iocb *request)
{
	struct io_event event = { .data = 0 };
	long got;

	request->aio_fildes = caller->fd;
	request->aio_data = 20061;
	got = syscall(SYS_io_submit, context, 1, &request);
	if (got < 0)
		return -1;
	if (got != 1 || syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1 ||
	    event.data != request->aio_data)
		caller_tell(caller, "io_getevents()", got);
	if (event.res >= 0)
		return event.res;
	errno = -event.res;
	return -1;
}

/* Raw asynchronous input; kernels need not have it. */
void caller_submit(struct caller *caller)
{
	off_t offset = caller_offset(caller);
	size_t size = caller_size(caller);
	struct iocb request = { .aio_lio_opcode = IOCB_CMD_PREAD };
	aio_context_t context = 0;
	long got;

	if (syscall(SYS_io_setup, 1, &context)) {
		if (errno != ENOSYS && errno != EAGAIN)
			caller_tell(caller, "io_setup()", -1);
		return;
	}
	request.aio_buf = (uintptr_t)caller->buffer;
	request.aio_nbytes = size;
	request.aio_offset = offset;
	got = caller_submit_one(caller, context, &request);
	if (got >= 0 && caller_reads(caller))
		caller_compare(caller, caller->file, offset, size, got);
	else if (got >= 0 || (errno != EINVAL && errno != EBADF))
		caller_tell(caller, "IOCB_CMD_PREAD", got);
	request.aio_lio_opcode = IOCB_CMD_PWRITE;
	MUST_FAIL(caller, caller_submit_one(caller, context, &request), EINVAL, EBADF, EPERM);
	/* what cannot be waited for is ready */
	request = (struct iocb){ .aio_lio_opcode = IOCB_CMD_POLL, .aio_buf = POLLIN };
	got = caller_submit_one(caller, context, &request);
	if (got < 0 ? errno != EINVAL && errno != EBADF : got != POLLIN)
		caller_tell(caller, "IOCB_CMD_POLL", got);
	if (syscall(SYS_io_destroy, context))
		caller_tell(caller, "io_destroy()", -1);
}

/* What the kernel says of the descriptor. */
void caller_describe(struct caller *caller)
{
	long long position = -1, now = lseek(caller->fd, 0, SEEK_CUR);
	unsigned int flags = 0;
	char path[64];
	FILE *info;
	int got;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", caller->fd);
	info = fopen(path, "re");
	if (!info) {
		caller_tell(caller, path, -1);
		return;
	}
	got = fscanf(info, "pos: %lld flags: %o", &position, &flags);
	fclose(info);
	if (got != 2 || position != (now < 0 ? 0 : now))
		caller_tell(caller, "position in fdinfo", position);
	if ((flags ^ caller->flags) & (O_ACCMODE | O_PATH | O_CLOEXEC))
		caller_tell(caller, "flags in fdinfo", flags);
}

/* There are none but what a security module may add. */
void caller_attributes(struct caller *caller)
{
	size_t size = caller_size(caller);
	ssize_t got;
	char *name;

	MUST_FAIL(caller, fgetxattr(caller->fd, "user.ipclens", caller->buffer, size), EOPNOTSUPP,
		  ENODATA, EBADF);
	MUST_FAIL(caller, fgetxattr(caller->fd, "ipclens", caller->buffer, size), EOPNOTSUPP, EBADF);
	if (caller->flags & O_PATH) {
		MUST_FAIL(caller, flistxattr(caller->fd, caller->buffer, size), EBADF);
		return;
	}
	got = flistxattr(caller->fd, caller->buffer, size);
	if (got < 0 && errno != EOPNOTSUPP && errno != ERANGE)
		caller_tell(caller, "flistxattr()", got);
	/* of no room it tells how much there should be */
	for (name = caller->buffer; size && name < caller->buffer + got; name += strlen(name) + 1)
		if (strncmp(name, "security.", 9))
			caller_tell(caller, name, got);
}
