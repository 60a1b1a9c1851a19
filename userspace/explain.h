/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "ipclens explain": the story of one object, in sentences.
 */
#ifndef IPCLENS_EXPLAIN_H
#define IPCLENS_EXPLAIN_H

#include "options.h"

#define EXPLAIN_ARGUMENTS "shm ID | queue NAME | user UID | denial [N]"

int explain_run(const struct options *options);

#endif /* IPCLENS_EXPLAIN_H */
