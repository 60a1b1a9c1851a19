/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects and who holds them, put together so that what one program holds is one group.
 * Knows neither segments nor queues.
 */
#ifndef IPCLENS_HOLDING_H
#define IPCLENS_HOLDING_H

#include "finding.h"

struct holder {
	uint64_t space, number; /* the object */
	uint64_t pid;
	const char *comm; /* NULL if unknown */
	uint64_t count; /* mappings, descriptors */
};

struct held {
	uint64_t space, number;
	/* objects of different ones are never in one group */
	uint64_t class, realm;
	bool nameless;
	uint64_t bytes;
	size_t row; /* of the section that it comes from */
	const struct holder *holders;
	size_t nholders;
	const struct holder *main; /* who holds most of all objects; NULL if nobody is known */
};

struct holding {
	struct triage *triage;
	struct holder *holders;
	size_t nholders;
	struct held *held;
	size_t nheld;
};

/* Objects held[first] to held[end - 1], the largest first. */
struct holding_group {
	const struct holding *holding;
	size_t first, end;
	uint64_t bytes;
	uint64_t holds; /* mappings, descriptors */
	uint64_t *pids; /* of all holders, each once, in order */
	size_t npids;
	const struct holder *main;
};

int holding_init(struct holding *holding, struct triage *triage, const struct section *objects,
		 const struct section *holders, const char *number);
void holding_settle(struct holding *holding);
bool holding_next(struct holding_group *group, const struct holding *holding);
void holding_exit(struct holding *holding);

void holding_say_holders(struct triage *triage, struct finding *finding,
			 const struct holding_group *group, const char *what);
bool holding_advise(struct triage *triage, struct finding *finding,
		    const struct holding_group *group);

#endif /* IPCLENS_HOLDING_H */
