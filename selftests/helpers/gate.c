// SPDX-License-Identifier: GPL-2.0-only
/*
 * A gate before the creation of queues; see gate.h. Nobody can create a queue while
 * somebody is held in reading the directory, whose lock that takes, too; and it is held
 * where the kernel writes to a page that is not there until the gate is opened.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gate.h"
#include "queues.h"

#define GATE_PAGE 4096

static void *gate_read(void *arg)
{
	struct gate *gate = arg;

	syscall(SYS_getdents64, gate->dir, gate->page, GATE_PAGE);
	return NULL;
}

/*
 * Needs root. 0 or -errno; -ENOSYS if this kernel cannot hold anybody so. The caller is in
 * a mount namespace of its own afterwards.
 */
int gate_shut(struct gate *gate)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffd_msg message;
	int err;

	gate->fault = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (gate->fault < 0)
		return -errno;
	err = queues_mount("/tmp");
	if (err)
		return err;
	gate->dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (gate->dir < 0)
		return -errno;
	gate->page = mmap(NULL, GATE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (gate->page == MAP_FAILED)
		return -errno;
	range.range.start = (unsigned long)gate->page;
	range.range.len = GATE_PAGE;
	if (ioctl(gate->fault, UFFDIO_API, &api) || ioctl(gate->fault, UFFDIO_REGISTER, &range))
		return -errno;
	if (pthread_create(&gate->reader, NULL, gate_read, gate))
		return -EAGAIN;
	/* It has come to the page. */
	return read(gate->fault, &message, sizeof(message)) == sizeof(message) ? 0 : -EIO;
}

/* 0 or -errno. */
int gate_open(struct gate *gate)
{
	struct uffdio_zeropage zero = { .range = { (unsigned long)gate->page, GATE_PAGE } };
	int ret = ioctl(gate->fault, UFFDIO_ZEROPAGE, &zero) ? -errno : 0;

	pthread_join(gate->reader, NULL);
	munmap(gate->page, GATE_PAGE);
	close(gate->fault);
	close(gate->dir);
	umount("/tmp");
	return ret;
}
