// SPDX-License-Identifier: GPL-2.0
/* Creates and removes the files of ipclens in debugfs; what they show is in snap_*.c. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kernel.h>

#include "debugfs.h"
#include "snap.h"

static struct dentry *lens_debugfs_dir;

#define DEBUGFS_FILE(name, columns) &snap_##name,

static const struct snap_file *const lens_debugfs_files[] = {
	IPCLENS_FILES(DEBUGFS_FILE)
};

/* debugfs gives its directories to everybody who gets past its own root. */
static void lens_debugfs_close(struct dentry *dir)
{
	struct inode *inode = d_inode(dir);

	inode_lock(inode);
	inode->i_mode &= ~0077;
	inode_unlock(inode);
}

/**
 * lens_debugfs_init() - create the directory and its files
 *
 * Return: 0, or the reason why there can be no directory.
 *
 * Context: module init. May sleep.
 */
int lens_debugfs_init(void)
{
	const char *name;
	struct dentry *file;
	int i;

	lens_debugfs_dir = debugfs_create_dir(IPCLENS_DIR, NULL);
	if (IS_ERR(lens_debugfs_dir)) {
		pr_err("no debugfs directory (error %ld): is debugfs built in and not switched off?\n",
		       PTR_ERR(lens_debugfs_dir));
		return PTR_ERR(lens_debugfs_dir);
	}
	lens_debugfs_close(lens_debugfs_dir);
	/* A file that could not be created is absent, and everything else works. */
	for (i = 0; i < ARRAY_SIZE(lens_debugfs_files); i++) {
		name = lens_debugfs_files[i]->name;
		file = debugfs_create_file(name, 0400, lens_debugfs_dir,
					   (void *)lens_debugfs_files[i], &snap_fops);
		if (IS_ERR(file))
			pr_warn("no debugfs file %s (error %ld)\n", name, PTR_ERR(file));
	}
	return 0;
}

/**
 * lens_debugfs_exit() - remove the files and the directory
 *
 * Context: module exit. May sleep.
 */
void lens_debugfs_exit(void)
{
	debugfs_remove_recursive(lens_debugfs_dir);
}
