/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several sections of one source together, and when they were read. Knows no column but
 * the one that says when.
 */
#ifndef IPCLENS_FACTS_H
#define IPCLENS_FACTS_H

#include "input.h"

enum facts_part {
	FACTS_DENIALS,
	FACTS_HISTORY,
	FACTS_HOLDERS,
	FACTS_PROBES,
	FACTS_QUEUES,
	FACTS_SEGMENTS,
	FACTS_SPACES,
	FACTS_STATUS,
	FACTS_USERS,
	FACTS_OPENERS, /* who has queues open; see facts_find_openers() */
	FACTS_PARTS,
};

#define FACTS_BIT(part) (1u << (part))

struct facts {
	const char *from; /* NULL for the running kernel */
	unsigned int wanted; /* FACTS_BIT(enum facts_part) */
	const struct section *sections[FACTS_PARTS]; /* NULL where there is none */
	bool found; /* at least one of them */
	bool has_now;
	uint64_t now; /* when they were read */
	struct input whole; /* unless each part is a file of its own */
	struct input inputs[FACTS_PARTS];
};

int facts_read(struct facts *facts, const char *from, unsigned int wanted);
void facts_find_openers(struct facts *facts, const uint64_t *ipcns);
void facts_report(struct facts *facts, enum facts_part part);
void facts_warn(const struct facts *facts, const char *loss);
void facts_free(struct facts *facts);

#endif /* IPCLENS_FACTS_H */
