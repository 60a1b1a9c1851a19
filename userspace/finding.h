/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the triage looks at, and what it finds: each a line of what, who, how much and how
 * long, a line of what to do next, and the same as numbers. Does no input or output.
 */
#ifndef IPCLENS_FINDING_H
#define IPCLENS_FINDING_H

#include "bounds.h"
#include "parse.h"

/* Worst first. */
enum finding_severity {
	FINDING_WRONG, /* the module is not to be believed */
	FINDING_FAILS, /* something is refused now */
	FINDING_SOON, /* something will be */
	FINDING_MEMORY, /* something costs memory */
	FINDING_TIDY, /* something is left over that costs next to nothing */
	FINDING_MODULE, /* the module has not seen everything */
};

/* Numbers of a finding, as far as they are known. */
enum finding_number {
	FINDING_IPCNS,
	FINDING_UID,
	FINDING_PID,
	FINDING_COUNT,
	FINDING_BYTES,
	FINDING_LIMIT,
	FINDING_SINCE,
	FINDING_NUMBERS,
};

/* Whose it is, where that is not known; no user has this number. */
#define FINDING_USER_UNKNOWN UINT64_MAX

struct finding {
	enum finding_severity severity;
	const char *kind;
	uint64_t weight; /* orders findings of a kind, largest first */
	uint64_t numbers[FINDING_NUMBERS];
	bool known[FINDING_NUMBERS];
	const char *comm; /* NULL if unknown */
	char *what;
	char *next;
	size_t order;
};

/* Sections are NULL where there is none. */
struct triage {
	const struct bounds *bounds;
	const struct section *namespaces, *shm, *holders, *mqueue, *mqholders, *users, *denials,
		*probes, *status;
	bool live; /* processes can be asked */
	bool has_now;
	uint64_t now; /* when the sections were read */
	const uint64_t *ipcns; /* NULL for all */
	struct finding *findings;
	size_t nfindings, room;
	bool failed; /* out of memory */
};

struct finding *finding_add(struct triage *triage, enum finding_severity severity,
			    const char *kind);
void finding_number(struct finding *finding, enum finding_number number, uint64_t value);
void finding_take(struct finding *finding, enum finding_number number,
		  const struct section *section, size_t row, const char *column);
__attribute__((format(printf, 3, 4))) void finding_say(struct triage *triage,
						       struct finding *finding, const char *format,
						       ...);
__attribute__((format(printf, 3, 4))) void finding_advise(struct triage *triage,
							  struct finding *finding,
							  const char *format, ...);
void finding_say_place(struct triage *triage, struct finding *finding);
void finding_say_name(struct triage *triage, struct finding *finding, const char *name);
void finding_say_process(struct triage *triage, struct finding *finding, const char *comm,
			 uint64_t pid);
void finding_say_user(struct triage *triage, struct finding *finding, uint64_t uid);
void finding_say_age(struct triage *triage, struct finding *finding, const char *before,
		     uint64_t since, const char *behind);
bool finding_reaches(const struct triage *triage, const struct finding *finding);
void finding_enter(struct triage *triage, struct finding *finding);
void findings_free(struct triage *triage);

bool triage_wants(const struct triage *triage, const struct section *section, size_t row);
bool triage_age(const struct triage *triage, uint64_t since, uint64_t *age);
void *triage_array(struct triage *triage, size_t count, size_t size);
bool triage_share_reaches(uint64_t used, uint64_t limit, uint64_t percent);
unsigned int triage_percent(uint64_t used, uint64_t limit);

int triage_find(struct triage *triage);

/* Each looks for one kind of thing. */
void finding_pending(struct triage *triage);
void finding_orphans(struct triage *triage);
void finding_unlinked(struct triage *triage);
void finding_users(struct triage *triage);
void finding_denials(struct triage *triage);
void finding_limits(struct triage *triage);
void finding_module(struct triage *triage);

#endif /* IPCLENS_FINDING_H */
