/* SPDX-License-Identifier: GPL-2.0 */
/* The directory of ipclens in debugfs. */
#ifndef IPCLENS_DEBUGFS_H
#define IPCLENS_DEBUGFS_H

int debugfs_setup(void);
void debugfs_teardown(void);

#endif /* IPCLENS_DEBUGFS_H */
