/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The probe engine. A probe is a row of a table; a row that cannot be placed
 * costs what the row says, not the module. What a hit means is known in
 * probe_*.c, which own the rows.
 */
#ifndef IPCLENS_PROBE_H
#define IPCLENS_PROBE_H

#include <linux/kprobes.h>
#include <linux/types.h>

/* A first choice and a fall-back. */
#define PROBE_TARGETS 2

#define PROBE_MISSING	(-1)
#define PROBE_UNUSED	(-2)

/**
 * struct probe_target - a function that tells what the probe wants to know
 * @symbol: its name, NULL if there is none
 * @handler: runs at its entry, with preemption off and possibly with the
 *	probed function's locks held: no allocation, no lock but a raw one that is
 *	ours, no printk; returns 0
 * @entry: the same where the return is wanted, too; what it writes to ri->data is
 *	found there by @ret
 * @ret: runs at its return, under the same rules
 */
struct probe_target {
	const char *symbol;
	kprobe_pre_handler_t handler;
	kretprobe_handler_t entry, ret;
};

/**
 * struct probe - a row of the table
 * @name: what is observed
 * @targets: where, best first
 * @lost_without: features that need it, by comma
 * @unused: there is nothing to observe on this kernel
 * @without: if not NULL, not wanted as long as that probe sits on its first choice
 * @data_size: bytes that @entry may write
 * @overridden: the first target is the user's choice
 * @rp: the placed probe; only @rp.kp if the return is not wanted
 * @target: index of the target that it sits on, or PROBE_MISSING, PROBE_UNUSED
 * @hits: how often its handler counted, per CPU
 */
struct probe {
	const char *name;
	struct probe_target targets[PROBE_TARGETS];
	const char *lost_without;
	bool unused;
	const struct probe *without;
	size_t data_size;
	bool overridden;
	struct kretprobe rp;
	int target;
	unsigned long __percpu *hits;
};

/* A row for people to read; members are named like the columns. */
struct lens_probe {
	const char *name, *symbol, *kind, *state;
	u64 hits, missed;
	const char *lost_without;
};

/* Rows of probe_shm.c and probe_mq.c */
extern struct probe probe_shm_rows[];
extern const int probe_shm_count;
extern struct probe *const probe_shm_close;
extern struct probe probe_mq_rows[];
extern const int probe_mq_count;

/**
 * probe_hit() - count a hit
 * @kp: what the handler was called with
 *
 * Context: a probe's handler, with preemption off.
 */
static __always_inline void probe_hit(struct kprobe *kp)
{
	this_cpu_inc(*container_of(kp, struct probe, rp.kp)->hits);
}

/**
 * probe_ret_hit() - count a hit of a probe that wants the return, too
 * @ri: what the handler at the entry was called with
 *
 * Context: a probe's handler, with preemption off.
 */
static __always_inline void probe_ret_hit(struct kretprobe_instance *ri)
{
	struct kretprobe *rp = get_kretprobe(ri);

	/* Gone while the probe is being removed, which waits for handlers only then. */
	if (rp)
		probe_hit(&rp->kp);
}

int probe_init(void);
void probe_exit(void);
void probe_register(void);
void probe_unregister(void);

bool probe_row(int index, struct lens_probe *row);
unsigned long probe_entry(const struct probe *probe);

#endif /* IPCLENS_PROBE_H */
