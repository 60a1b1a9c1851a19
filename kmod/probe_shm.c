// SPDX-License-Identifier: GPL-2.0
/* The probes on ipc/shm.c, and what a hit of each means. */
#include <linux/kernel.h>

#include "kview.h"
#include "probe.h"
#include "regs.h"

/* Handlers. Context: atomic, within the probed function's locks. */

static int probe_shm_any(struct kprobe *kp, struct pt_regs *regs)
{
	probe_hit(kp);
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_any);

/* ipcctl_obtain_check() serves semaphores and message queues, too. */
static int probe_shm_obtain(struct kprobe *kp, struct pt_regs *regs)
{
	if (kview_ns_has_shm_ids((void *)regs_arg(regs, 0), (void *)regs_arg(regs, 1)))
		probe_hit(kp);
	return 0;
}

NOKPROBE_SYMBOL(probe_shm_obtain);

enum { ATTACH, OPEN, CLOSE, RMID, MARK, EXIT, CREATE, DESTROY };

struct probe probe_shm_rows[] = {
	[ATTACH] = {
		.name = "attach",
		.targets = { { "do_shmat", probe_shm_any } },
		.lost_without = "attach_hits",
	},
	[OPEN] = {
		.name = "open",
		.targets = { { "shm_open", probe_shm_any } },
		.lost_without = "fork_hits",
	},
	[CLOSE] = {
		.name = "close",
		.targets = { { "shm_close", probe_shm_any } },
		.lost_without = "shm_holders,detach_hits",
	},
	[RMID] = {
		/* IPC_RMID and IPC_SET, allowed or not */
		.name = "rmid",
		.targets = {
			{ "shmctl_down", probe_shm_any },
			{ REGS_HAVE_ARGS ? "ipcctl_obtain_check" : NULL, probe_shm_obtain },
		},
		.lost_without = "rmid_hits",
	},
	[MARK] = {
		/* Not do_shm_rmid: compilers inline it where it matters. */
		.name = "mark",
		.targets = { { "ipc_set_key_private", probe_shm_any } },
		.lost_without = "mark_hits",
	},
	[EXIT] = {
		.name = "exit",
		.targets = { { "exit_shm", probe_shm_any } },
		.lost_without = "exit_hits",
	},
	[CREATE] = {
		.name = "create",
		.targets = { { "newseg", probe_shm_any } },
		.lost_without = "create_hits",
	},
	[DESTROY] = {
		.name = "destroy",
		.targets = { { "shm_destroy", probe_shm_any } },
		.lost_without = "destroy_hits",
	},
};

const int probe_shm_count = ARRAY_SIZE(probe_shm_rows);
struct probe *const probe_shm_close = &probe_shm_rows[CLOSE];
