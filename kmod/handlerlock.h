/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How handlers of probes take locks, and the time, which the kernel guards by something that
 * lockdep takes for a lock.
 */
#ifndef IPCLENS_HANDLERLOCK_H
#define IPCLENS_HANDLERLOCK_H

#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>

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

/**
 * handler_seconds() - the time as the kernel stamps it, perhaps in a probe's handler
 *
 * The kernel's seconds are one word. Where that is more than a long they are read under a
 * seqcount, which lockdep does not allow where handler_lock() tries; the clock that may be
 * read there is up to a tick ahead of the stamps.
 *
 * Return: seconds since the epoch.
 *
 * Context: any.
 */
static __always_inline u64 handler_seconds(void)
{
	if (IS_ENABLED(CONFIG_LOCKDEP) && !IS_ENABLED(CONFIG_64BIT) && in_nmi())
		return div_u64(ktime_get_real_fast_ns(), NSEC_PER_SEC);
	return ktime_get_real_seconds();
}

#endif /* IPCLENS_HANDLERLOCK_H */
