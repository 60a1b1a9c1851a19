/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Several sections of one source together, with what is known of the machine that they
 * are of. Knows no column but those that say when and where it is.
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
	FACTS_OPENERS, /* who has queues open, on the running kernel only */
	FACTS_PARTS,
};

struct facts {
	const char *from; /* NULL for the running kernel */
	const struct section *sections[FACTS_PARTS]; /* NULL if there is none */
	uint64_t now; /* when they were read */
	bool has_now;
	uint64_t space; /* IPC namespace in which commands will be run */
	unsigned int wanted; /* bits 1 << enum facts_part */
	const struct section *first_section;
	struct input first, others[FACTS_PARTS];
};

int facts_read(struct facts *facts, const char *from, enum facts_part first, unsigned int others);
void facts_warn(const struct facts *facts);
void facts_free(struct facts *facts);
const char *facts_status(const struct facts *facts, const char *key);
bool facts_status_number(const struct facts *facts, const char *key, uint64_t *number);

#endif /* IPCLENS_FACTS_H */
