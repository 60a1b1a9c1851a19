/* SPDX-License-Identifier: GPL-2.0 */
/* How locks are taken that handlers of probes take. */
#ifndef IPCLENS_HANDLERLOCK_H
#define IPCLENS_HANDLERLOCK_H

#include <linux/preempt.h>
#include <linux/spinlock.h>

/**
 * handler_lock() - take a raw lock of ours, perhaps in a probe's handler
 * @lock: the lock; nothing that is probed may be called with it held
 *
 * Where a probe is a breakpoint, some architectures run its handler as an NMI's. There
 * lockdep allows locks to be tried alone, for who has been interrupted may hold them. A
 * breakpoint interrupts nobody who holds one of these, so it is sure to be had.
 *
 * Return: flags for raw_spin_unlock_irqrestore().
 *
 * Context: any.
 */
static __always_inline unsigned long handler_lock(raw_spinlock_t *lock)
	__acquires(lock)
{
	unsigned long flags;

	if (IS_ENABLED(CONFIG_LOCKDEP) && in_nmi()) {
		while (!raw_spin_trylock_irqsave(lock, flags))
			cpu_relax();
	} else {
		raw_spin_lock_irqsave(lock, flags);
	}
	return flags;
}

#endif /* IPCLENS_HANDLERLOCK_H */
