/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inode numbers of the namespaces that a kernel starts with, the same on each.
 */
#ifndef IPCLENS_NAMESPACE_H
#define IPCLENS_NAMESPACE_H

#define IPCNS_INIT 4026531839u
#define USERNS_INIT 4026531837u

#endif /* IPCLENS_NAMESPACE_H */
