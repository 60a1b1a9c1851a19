/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that differs between supported kernels, included before any other
 * file. The only place that may test a kernel version; core code is written
 * for the newest kernel.
 */
#ifndef IPCLENS_COMPAT_H
#define IPCLENS_COMPAT_H

#include <linux/version.h>
#include <linux/kconfig.h>

#if !IS_ENABLED(CONFIG_KPROBES)
#error "ipclens needs a kernel with CONFIG_KPROBES"
#endif

/* A randomised layout cannot be mirrored: each row would fail its check. */
#if IS_ENABLED(CONFIG_RANDSTRUCT) || IS_ENABLED(CONFIG_GCC_PLUGIN_RANDSTRUCT)
#error "ipclens cannot read structures that CONFIG_RANDSTRUCT has shuffled"
#endif

/*
 * 85b6d24646e4 ("shm: extend forced shm destroy to support objects from
 * several IPC nses"), in 5.10.83, 5.15.6 and 5.16, gave struct shmid_kernel
 * the namespace pointer that each row is checked by.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 83) || \
	(LINUX_VERSION_CODE >= KERNEL_VERSION(5, 11, 0) && \
	 LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 6))
#error "ipclens needs Linux 5.10.83, 5.15.6, 5.16 or later"
#endif

/*
 * A namespace whose last reference goes inside an RCU section must outlive the
 * section. da27f796a832 ("ipc,namespace: batch free ipc_namespace structures",
 * 6.3) waits for a grace period always; before it only the unmounting of the
 * namespace's message queues did.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0) || IS_ENABLED(CONFIG_POSIX_MQUEUE)
#define COMPAT_IPC_NS_OUTLIVES_RCU 1
#else
#define COMPAT_IPC_NS_OUTLIVES_RCU 0
#endif

#endif /* IPCLENS_COMPAT_H */
