// SPDX-License-Identifier: GPL-2.0
/* Loads and unloads ipclens: the order of things, and nothing else. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "debugfs.h"
#include "denials.h"
#include "history.h"
#include "ipclens_abi.h"
#include "probe.h"

static int __init ipclens_init(void)
{
	int err;

	err = probe_init();
	if (err)
		goto err_probe;
	err = denials_init();
	if (err)
		goto err_probe;
	err = history_init();
	if (err)
		goto err_denials;
	err = lens_debugfs_init();
	if (err)
		goto err_history;
	/* Last: from here on handlers run, and what they need is there. */
	probe_register();
	pr_info("version %s loaded\n", IPCLENS_VERSION);
	return 0;

err_history:
	history_exit();
err_denials:
	denials_exit();
err_probe:
	probe_exit();
	return err;
}

static void __exit ipclens_exit(void)
{
	probe_unregister();
	lens_debugfs_exit();
	history_exit();
	denials_exit();
	probe_exit();
}

module_init(ipclens_init);
module_exit(ipclens_exit);

MODULE_DESCRIPTION("Shows what procfs hides about System V shared memory and POSIX message queues");
MODULE_LICENSE("GPL");
MODULE_VERSION(IPCLENS_VERSION);
