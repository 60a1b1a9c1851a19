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

#if !IS_ENABLED(CONFIG_DEBUG_FS)
#error "ipclens shows what it knows in debugfs, and needs a kernel with CONFIG_DEBUG_FS"
#endif

#if !IS_ENABLED(CONFIG_SYSVIPC) && !IS_ENABLED(CONFIG_POSIX_MQUEUE)
#error "ipclens has nothing to show without CONFIG_SYSVIPC and CONFIG_POSIX_MQUEUE"
#endif

/* A randomised layout cannot be mirrored: each row would fail its check. */
#if IS_ENABLED(CONFIG_RANDSTRUCT) || IS_ENABLED(CONFIG_GCC_PLUGIN_RANDSTRUCT)
#error "ipclens cannot read structures that CONFIG_RANDSTRUCT has shuffled"
#endif

/*
 * Before 89245600941e ("cfi: Switch to -fsanitize=kcfi", 6.1) the address of a function
 * was that of an entry in a jump table: no mapping would be found to be a segment's.
 */
#if IS_ENABLED(CONFIG_CFI_CLANG) && LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "ipclens cannot tell functions by address with CONFIG_CFI_CLANG before Linux 6.1"
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

/*
 * d64696905554 ("Reimplement RLIMIT_MSGQUEUE on top of ucounts", 5.14) replaced
 * user_struct.mq_bytes.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
#define COMPAT_MQ_UCOUNTS 1
#else
#define COMPAT_MQ_UCOUNTS 0
#endif

/*
 * 2c92ca849fcc ("tracing/treewide: Remove second parameter of __assign_str()",
 * 6.10).
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define compat_assign_str(dst, src) __assign_str(dst)
#else
#define compat_assign_str(dst, src) __assign_str(dst, src)
#endif

/*
 * 2e38eb04c95e ("kprobes: Do not increment probe miss count in the fault handler",
 * 5.14): before, what a handler could not read was counted as a hit missed.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 14, 0)
#define COMPAT_FAULT_IS_NO_MISS 1
#else
#define COMPAT_FAULT_IS_NO_MISS 0
#endif

/*
 * 0c3772a8db1f ("x86/ftrace: Implement DYNAMIC_FTRACE_WITH_JMP"): since then ftrace takes
 * an odd address of what it is to call for one that it is to jump to.
 */
#define COMPAT_ODD_IS_JUMPED_TO IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_JMP)

/*
 * a257cacc3871 ("asm-generic: Define CONFIG_HAVE_FUNCTION_DESCRIPTORS", 5.18): before,
 * <asm/sections.h> told whether a pointer to a function is one to what tells where it is,
 * and who uses this has to include it.
 */
#define COMPAT_FUNCTION_DESCRIPTORS \
	(IS_ENABLED(CONFIG_HAVE_FUNCTION_DESCRIPTORS) || \
	 __is_defined(HAVE_DEREFERENCE_FUNCTION_DESCRIPTOR))

/*
 * 08d0ce30e0e4 ("riscv: Implement syscall wrappers", 6.6): system calls have had the
 * architecture's name before theirs since then.
 */
#if IS_ENABLED(CONFIG_RISCV) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define COMPAT_RISCV_SYS_NAMES 1
#else
#define COMPAT_RISCV_SYS_NAMES 0
#endif

/* Without message queues, linux/ipc_namespace.h does not tell their limits. */
#if !IS_ENABLED(CONFIG_POSIX_MQUEUE)
#define HARD_MSGMAX 65536
#define HARD_MSGSIZEMAX (16 * 1024 * 1024)
#endif

/*
 * d741bf41d7c7 ("kprobes: Remove kretprobe hash", 5.11) hid the way from an
 * instance to its probe.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define get_kretprobe(ri) ((ri)->rp)
#endif

#endif /* IPCLENS_COMPAT_H */
