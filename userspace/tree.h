/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segments, each with its holders below it.
 */
#ifndef IPCLENS_TREE_H
#define IPCLENS_TREE_H

#include "model.h"

struct tree {
	struct section section; /* each segment's row is followed by those of its holders */
	bool *nested; /* by row: it is a holder's */
};

int tree_make(struct tree *tree, const struct section *segments, const struct section *holders);
void tree_free(struct tree *tree);

#endif /* IPCLENS_TREE_H */
