/* SPDX-License-Identifier: GPL-2.0 */
/* The directory of ipclens in debugfs. */
#ifndef IPCLENS_DEBUGFS_H
#define IPCLENS_DEBUGFS_H

int lens_debugfs_init(void);
void lens_debugfs_exit(void);

#endif /* IPCLENS_DEBUGFS_H */
