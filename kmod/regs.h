/* SPDX-License-Identifier: GPL-2.0 */
/* Arguments of a probed function at its entry, per architecture. */
#ifndef IPCLENS_REGS_H
#define IPCLENS_REGS_H

#include <linux/ptrace.h>

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

#endif /* IPCLENS_REGS_H */
