/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many more default queues a user can have: the column "room" of mq_users.
 * Knows the rules of the charge, but not what a queue costs.
 */
#ifndef IPCLENS_ROOM_H
#define IPCLENS_ROOM_H

#include "model.h"

int room_compute(struct model *model, uint64_t charge);

#endif /* IPCLENS_ROOM_H */
