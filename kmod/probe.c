// SPDX-License-Identifier: GPL-2.0
/*
 * Places probes, falls back where a function is not there, and accounts for
 * hits and misses. Knows nothing about what is probed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <asm/sections.h>

#include "probe.h"

static char *probe_symbol;
module_param(probe_symbol, charp, 0400);
MODULE_PARM_DESC(probe_symbol, "ROW:SYMBOL[,ROW:SYMBOL...]: probe SYMBOL, which must get the same arguments, as first choice of ROW");

static unsigned int maxactive;
module_param(maxactive, uint, 0400);
MODULE_PARM_DESC(maxactive, "calls under way that a probe can follow to their return, 0 for 16 per CPU, at least 64 and at most 1024");

/* The parameter, cut into pieces that rows point to. */
static char *probe_override;

static const struct {
	struct probe *rows;
	const int *count;
} probe_sets[] = {
	{ probe_shm_rows, &probe_shm_count },
	{ probe_mq_rows, &probe_mq_count },
};

/* NULL behind the last row of the last set. */
static struct probe *probe_at(int index)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(probe_sets); index -= *probe_sets[i++].count)
		if (index < *probe_sets[i].count)
			return &probe_sets[i].rows[index];
	return NULL;
}

static struct probe *probe_find(const char *name)
{
	struct probe *probe;
	int i;

	for (i = 0; (probe = probe_at(i)); i++)
		if (!strcmp(probe->name, name))
			return probe;
	return NULL;
}

static int probe_apply(char *assignment)
{
	char *row = strsep(&assignment, ":");
	struct probe *probe = probe_find(row);

	if (!probe || !assignment || !*assignment) {
		pr_err("probe_symbol: '%s' is not ROW:SYMBOL with a row of the probes file\n", row);
		return -EINVAL;
	}
	probe->targets[0].symbol = assignment;
	probe->overridden = true;
	return 0;
}

static int probe_apply_all(void)
{
	char *rest, *assignment;
	int err = 0;

	if (!probe_symbol)
		return 0;
	probe_override = kstrdup(probe_symbol, GFP_KERNEL);
	if (!probe_override)
		return -ENOMEM;
	rest = probe_override;
	while (!err && (assignment = strsep(&rest, ",")))
		err = probe_apply(assignment);
	return err;
}

/*
 * Whether any probe would be the end of this kernel: a compiler that saves space may give
 * the function that ftrace calls probes by an odd address, see compat.h.
 */
static bool probe_would_crash(void)
{
	struct kprobe kp = { .symbol_name = "kprobe_ftrace_handler" };

	if (!COMPAT_ODD_IS_JUMPED_TO)
		return false;
	/* It cannot be probed, but where it is, is told on the way. */
	if (!register_kprobe(&kp))
		unregister_kprobe(&kp);
	return (unsigned long)kp.addr & 1;
}

/**
 * probe_init() - make the table ready, without placing a probe
 *
 * Return: 0, -ENOMEM, -EINVAL for a bad module parameter, or -EOPNOTSUPP where this kernel's
 * probes do not work. After an error probe_exit() must be called, too.
 *
 * Context: module init. No locks.
 */
int probe_init(void)
{
	struct probe *probe;
	int i;

	if (probe_would_crash()) {
		pr_err("the first probe would crash this kernel, whose kprobe_ftrace_handler is at an odd address: build it with CC_OPTIMIZE_FOR_PERFORMANCE\n");
		return -EOPNOTSUPP;
	}
	for (i = 0; (probe = probe_at(i)); i++) {
		probe->target = probe->unused ? PROBE_UNUSED : PROBE_MISSING;
		probe->hits = alloc_percpu(unsigned long);
		if (!probe->hits)
			return -ENOMEM;
	}
	return probe_apply_all();
}

/**
 * probe_exit() - undo probe_init()
 *
 * Context: module exit, after probe_unregister() and when nobody reads the
 * table any more. No locks.
 */
void probe_exit(void)
{
	struct probe *probe;
	int i;

	for (i = 0; (probe = probe_at(i)); i++)
		free_percpu(probe->hits);
	kfree(probe_override);
}

/* An instance for each call that may sleep inside; calls beyond that are counted as missed. */
static int probe_maxactive(void)
{
	if (maxactive)
		return min(maxactive, 65536U);
	return clamp_t(int, 16 * num_possible_cpus(), 64, 1024);
}

static int probe_place(struct probe *probe, int target)
{
	const struct probe_target *to = &probe->targets[target];

	/* A failed attempt leaves its traces in it. */
	memset(&probe->rp, 0, sizeof(probe->rp));
	probe->rp.kp.symbol_name = to->symbol;
	if (!to->ret) {
		probe->rp.kp.pre_handler = to->handler;
		return register_kprobe(&probe->rp.kp);
	}
	probe->rp.entry_handler = to->entry;
	probe->rp.handler = to->ret;
	probe->rp.data_size = probe->data_size;
	probe->rp.maxactive = probe_maxactive();
	return register_kretprobe(&probe->rp);
}

static void probe_remove(struct probe *probe)
{
	if (probe->target < 0)
		return;
	if (probe->targets[probe->target].ret)
		unregister_kretprobe(&probe->rp);
	else
		unregister_kprobe(&probe->rp.kp);
}

/* A row that cannot be placed on some architecture may have no symbol there. */
static const char *probe_symbol_text(const struct probe *probe, int target)
{
	return probe->targets[target].symbol ?: "";
}

static void probe_register_one(struct probe *probe)
{
	int target, err = -ENOENT;

	if (probe->without && probe->without->target == 0)
		probe->target = PROBE_UNUSED;
	if (probe->target == PROBE_UNUSED)
		return;
	for (target = 0; target < PROBE_TARGETS && probe->targets[target].symbol; target++) {
		err = probe_place(probe, target);
		if (!err) {
			/* Pairs with probe_target(): rp is complete. */
			smp_store_release(&probe->target, target);
			return;
		}
	}
	pr_warn("no probe on %s (error %d): lost are %s\n", probe_symbol_text(probe, 0), err,
		probe->lost_without);
}

/**
 * probe_register() - place every probe that can be placed
 *
 * Handlers may run before it returns.
 *
 * Context: module init, last. May sleep.
 */
void probe_register(void)
{
	struct probe *probe;
	int i;

	for (i = 0; (probe = probe_at(i)); i++)
		probe_register_one(probe);
}

/**
 * probe_unregister() - remove every probe, the last one first
 *
 * So none is left whose handler takes one that is gone for seeing what comes before it.
 * No handler runs when it returns.
 *
 * Context: module exit, first. May sleep.
 */
void probe_unregister(void)
{
	int i;

	for (i = 0; probe_at(i); i++)
		;
	while (i--)
		probe_remove(probe_at(i));
}

/* The files can be read while probes are still being placed. */
static int probe_target(const struct probe *probe)
{
	/* Pairs with probe_register_one(). */
	return smp_load_acquire(&probe->target);
}

static u64 probe_hits(const struct probe *probe)
{
	u64 hits = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		/* it may be counting just then */
		hits += READ_ONCE(*per_cpu_ptr(probe->hits, cpu));
	return hits;
}

/* Not run because a probe was running, and because all instances were in use. */
static u64 probe_missed(const struct probe *probe)
{
	/* the latter is an int, which a user can make wrap */
	return READ_ONCE(probe->rp.kp.nmissed) + (unsigned int)READ_ONCE(probe->rp.nmissed);
}

/**
 * probe_row() - tell about a probe
 * @index: which, from 0
 * @row: filled
 *
 * Return: false behind the last probe.
 *
 * Context: any, between probe_init() and probe_exit().
 */
bool probe_row(int index, struct lens_probe *row)
{
	static const char *const none[] = {
		[-PROBE_MISSING] = "missing", [-PROBE_UNUSED] = "unused",
	};
	const struct probe *probe = probe_at(index);
	int target;

	if (!probe)
		return false;
	target = probe_target(probe);
	row->name = probe->name;
	row->symbol = probe_symbol_text(probe, max(target, 0));
	row->kind = probe->targets[max(target, 0)].ret ? "kretprobe" : "kprobe";
	row->state = target < 0 ? none[-target] : target ? "fallback" : "active";
	row->hits = probe_hits(probe);
	row->missed = target < 0 ? 0 : probe_missed(probe);
	row->lost_without = probe->lost_without;
	return true;
}

/**
 * probe_entry() - address of the function that a probe sits on
 * @probe: the probe
 *
 * The probe's own address may lie behind the entry, where the architecture
 * begins functions with a landing pad; the symbol table knows how far.
 *
 * Return: the address, 0 if the probe is missing, or sits on a function that
 * the user chose: nobody knows whether that is what others point to. Also 0 where
 * others do not point to functions themselves.
 *
 * Context: process, between probe_init() and probe_exit().
 */
unsigned long probe_entry(const struct probe *probe)
{
	char text[KSYM_SYMBOL_LEN], *offset;
	unsigned long addr, into = 0;

	if (probe_target(probe) < 0 || probe->overridden)
		return 0;
	/* Pointers to functions are then to what tells where they are. */
	if (COMPAT_FUNCTION_DESCRIPTORS)
		return 0;
	addr = (unsigned long)probe->rp.kp.addr;
	sprint_symbol(text, addr);
	offset = strchr(text, '+');
	if (offset && sscanf(offset, "+0x%lx/", &into) != 1)
		return 0;
	return addr - into;
}
