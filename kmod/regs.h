/* SPDX-License-Identifier: GPL-2.0 */
/* Arguments of a probed function at its entry, per architecture. */
#ifndef IPCLENS_REGS_H
#define IPCLENS_REGS_H

#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <asm/syscall.h>

#if defined(CONFIG_HAVE_FUNCTION_ARG_ACCESS_API) || defined(CONFIG_ARM)
#define REGS_HAVE_ARGS 1
#else
#define REGS_HAVE_ARGS 0
#endif

/**
 * regs_arg() - argument of the function that a kprobe has stopped at
 * @regs: registers at the function's entry
 * @n: which, from 0, at most 3
 *
 * Only where REGS_HAVE_ARGS: probes that need arguments do without elsewhere.
 *
 * Context: any, at the very entry of the function. No lock.
 */
static __always_inline unsigned long regs_arg(struct pt_regs *regs, unsigned int n)
{
#if defined(CONFIG_HAVE_FUNCTION_ARG_ACCESS_API)
	return regs_get_kernel_argument(regs, n);
#elif defined(CONFIG_ARM)
	return regs->uregs[n];
#else
	return 0;
#endif
}

/* Names of the functions that system calls enter by, NULL where there is none. */
#if defined(CONFIG_X86_64)
#define REGS_SYS(call)	"__x64_sys_" #call
#define REGS_COMPAT_SYS(call) \
	(IS_ENABLED(CONFIG_COMPAT) ? "__ia32_compat_sys_" #call : NULL)
#elif defined(CONFIG_X86)
#define REGS_SYS(call)	"__ia32_sys_" #call
#define REGS_COMPAT_SYS(call) NULL
#elif defined(CONFIG_ARM64)
#define REGS_SYS(call)	"__arm64_sys_" #call
#define REGS_COMPAT_SYS(call) (IS_ENABLED(CONFIG_COMPAT) ? "__arm64_compat_sys_" #call : NULL)
#elif defined(CONFIG_S390)
#define REGS_SYS(call)	"__s390x_sys_" #call
#define REGS_COMPAT_SYS(call) \
	(IS_ENABLED(CONFIG_COMPAT) ? "__s390_compat_sys_" #call : NULL)
#elif COMPAT_RISCV_SYS_NAMES
#define REGS_SYS(call)	"__riscv_sys_" #call
#define REGS_COMPAT_SYS(call) (IS_ENABLED(CONFIG_COMPAT) ? "__riscv_compat_sys_" #call : NULL)
#else
#define REGS_SYS(call)	"sys_" #call
#define REGS_COMPAT_SYS(call) (IS_ENABLED(CONFIG_COMPAT) ? "compat_sys_" #call : NULL)
#endif

/**
 * regs_syscall_arg0() - first argument of the system call that the task is in
 *
 * Context: any in which current is in a system call. No lock.
 */
static __always_inline unsigned long regs_syscall_arg0(void)
{
	unsigned long args[6];

	syscall_get_arguments(current, task_pt_regs(current), args);
	return args[0];
}

#endif /* IPCLENS_REGS_H */
