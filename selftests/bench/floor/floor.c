// SPDX-License-Identifier: GPL-2.0
/*
 * Probes that do nothing, on the functions that it is told: below what they cost no
 * module can get that probes these. A test's, never to be installed.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

static char *probes;
module_param(probes, charp, 0400);
MODULE_PARM_DESC(probes, "KIND:FUNCTION[,KIND:FUNCTION...], KIND being kprobe or kretprobe");

#define FLOOR_MOST 32

static struct kretprobe floor_probes[FLOOR_MOST];
static char *floor_list;
static int floor_count;

static int floor_before(struct kprobe *kp, struct pt_regs *regs)
{
	return 0;
}

NOKPROBE_SYMBOL(floor_before);

static int floor_entry(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return 0;
}

NOKPROBE_SYMBOL(floor_entry);

static int floor_return(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	return 0;
}

NOKPROBE_SYMBOL(floor_return);

static bool floor_is_ret(const struct kretprobe *rp)
{
	return rp->handler;
}

static void floor_remove_all(void)
{
	while (floor_count) {
		struct kretprobe *rp = &floor_probes[--floor_count];

		if (floor_is_ret(rp))
			unregister_kretprobe(rp);
		else
			unregister_kprobe(&rp->kp);
	}
	kfree(floor_list);
}

static int floor_place(char *assignment)
{
	struct kretprobe *rp = &floor_probes[floor_count];
	char *kind = strsep(&assignment, ":");
	int err;

	if (!assignment || floor_count == FLOOR_MOST)
		return -EINVAL;
	rp->kp.symbol_name = assignment;
	if (!strcmp(kind, "kretprobe")) {
		rp->entry_handler = floor_entry;
		rp->handler = floor_return;
		rp->maxactive = 64;
		err = register_kretprobe(rp);
	} else {
		rp->kp.pre_handler = floor_before;
		err = register_kprobe(&rp->kp);
	}
	if (!err)
		floor_count++;
	return err;
}

static int __init floor_init(void)
{
	char *rest, *assignment;
	int err = 0;

	floor_list = kstrdup(probes ?: "", GFP_KERNEL);
	if (!floor_list)
		return -ENOMEM;
	rest = floor_list;
	while (!err && (assignment = strsep(&rest, ",")))
		err = floor_place(assignment);
	if (err)
		floor_remove_all();
	return err;
}

static void __exit floor_exit(void)
{
	floor_remove_all();
}

module_init(floor_init);
module_exit(floor_exit);
MODULE_DESCRIPTION("Empty probes, for measuring");
MODULE_LICENSE("GPL");
