/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many more default queues a user can have: the column "room" of mq_users.
 * Knows the rules of the charge; what a queue costs the module says.
 */
#ifndef IPCLENS_ROOM_H
#define IPCLENS_ROOM_H

#include "model.h"

uint64_t room_charge(const struct section *namespaces, uint64_t ipcns);
int room_compute(struct model *model, uint64_t charge);

#endif /* IPCLENS_ROOM_H */
