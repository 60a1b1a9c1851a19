/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of the differential test: each makes a system call in some
 * process and tells the model. operations.c has those on segments, mappings
 * and processes, spaces.c those on namespaces.
 */
#ifndef STRESS_OPERATIONS_H
#define STRESS_OPERATIONS_H

#include <stdio.h>
#include <string.h>

#include "model.h"

/* What an operation returns: it did something, there was nothing to do, an error. */
enum operation_result {
	OPERATION_ERROR = -1,
	OPERATION_IDLE,
	OPERATION_DONE,
};

static inline int operation_result(const char *call, long ret)
{
	if (ret >= 0)
		return OPERATION_DONE;
	fprintf(stderr, "# %s: %s\n", call, strerror(-ret));
	return OPERATION_ERROR;
}

int operations_start(struct model *model, int processes);
int operations_stop(struct model *model);
int operations_step(struct model *model);

int space_unshare(struct model *model, struct model_process *process);
int space_join(struct model *model, struct model_process *process);
int space_retire(struct model *model, struct model_process *process);
int space_first(struct model *model);

#endif /* STRESS_OPERATIONS_H */
