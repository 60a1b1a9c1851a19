// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module as a thing to load: from IPCLENS_KO, or where the guest has it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "module.h"

const char *module_path(void)
{
	const char *path = getenv("IPCLENS_KO");

	return path && *path ? path : "/lib/ipclens/ipclens.ko";
}

int module_loaded(void)
{
	return !access("/sys/module/ipclens", F_OK);
}

/* 0 or -errno. */
int module_load(const char *parameters)
{
	int fd = open(module_path(), O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return ret;
}

/* 0 or -errno; -EWOULDBLOCK or -EBUSY while it is in use. */
int module_unload(void)
{
	return syscall(SYS_delete_module, "ipclens", O_NONBLOCK) ? -errno : 0;
}

int module_reload(const char *parameters)
{
	int ret = module_loaded() ? module_unload() : 0;

	return ret ? ret : module_load(parameters);
}
