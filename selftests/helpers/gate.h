/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A gate before the creation of queues: while it is shut, whoever makes a queue in the
 * caller's IPC namespace waits in the middle of the system call.
 */
#ifndef HELPERS_GATE_H
#define HELPERS_GATE_H

#include <pthread.h>

struct gate {
	int dir;
	int fault; /* a userfaultfd */
	void *page;
	pthread_t reader;
};

int gate_shut(struct gate *gate);
int gate_open(struct gate *gate);

#endif /* HELPERS_GATE_H */
