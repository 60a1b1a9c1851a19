/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Message queues: making and using them, what they cost by the kernel's own verdict,
 * and judging the files that tell of them.
 */
#ifndef IPCLENS_DOCTOR_MQ_H
#define IPCLENS_DOCTOR_MQ_H

#include <mqueue.h>

#include "doctor_stage.h"

void mq_make(struct stage *stage);
void mq_use(struct stage *stage);
bool mq_attributes(const struct queue *queue, struct mq_attr *attr);

#define MQ_REFUSED_SIZE 24 /* of the messages that are too many */

/* Attributes of the queues that are given some. */
extern const struct mq_attr mq_given;

long mq_act_open(const long *args);
long mq_act_unlink(const long *args);

void mq_refuse(struct stage *stage);
void mq_price(struct stage *stage, uint64_t preset, uint64_t given, uint64_t charged);

void mq_judge(struct stage *stage, const struct section *section);
void mq_judge_users(struct stage *stage, const struct section *section);
void mq_judge_denials(struct stage *stage, const struct section *section);

#endif /* IPCLENS_DOCTOR_MQ_H */
