/* SPDX-License-Identifier: GPL-2.0 */
/* Turns what the probes know of a refused attempt into a record of denials.h. */
#ifndef IPCLENS_REFUSAL_H
#define IPCLENS_REFUSAL_H

#include <linux/types.h>

struct dentry;
struct mqcall;

bool refusal_is_one(int err);
void refusal_of_open(int err, struct mqcall *call, bool sure);
void refusal_of_create(int err, struct mqcall *call, const struct dentry *dentry);

#endif /* IPCLENS_REFUSAL_H */
