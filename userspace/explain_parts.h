/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stories, one per subject, and what some of them share.
 */
#ifndef IPCLENS_EXPLAIN_PARTS_H
#define IPCLENS_EXPLAIN_PARTS_H

#include "tell.h"

/* More rows or processes than this are counted and not listed. */
#define EXPLAIN_LIST_MAX 16

/* What somebody has of an object. */
struct holder {
	uint64_t pid;
	const char *comm; /* NULL if unknown */
	size_t first; /* row of the section */
	size_t count; /* rows */
};

/* What tells a segment from others. */
extern const char *const segment_columns[];

struct holders {
	const struct section *section; /* NULL if it is not known who they are */
	const char *const *columns; /* that tell one object from another there */
	struct holder *all; /* by number */
	size_t count;
	size_t sum; /* rows of all */
};

/*
 * Each tells of the row of an object, and does not ask whether it can be told. What the
 * user has asked for, and what there is instead, is explain.c's.
 */
void explain_segment(struct teller *teller, size_t row);
size_t explain_lost_segments(struct teller *teller, uint64_t shmid);
void explain_queue(struct teller *teller, size_t row);
void explain_user(struct teller *teller, size_t row);
void explain_denial(struct teller *teller, size_t row, size_t number);

int holders_find(struct teller *teller, struct holders *holders, enum facts_part part,
		 const struct section *objects, size_t row, const char *const *columns);
void holders_free(struct holders *holders);
void holders_list(struct teller *teller, const struct holders *holders, const char *one,
		  const char *many, const char *column);
const char *holders_who(struct teller *teller, const struct holders *holders);

const char *explain_unseen(struct teller *teller, const char *probe, bool created_seen);

const char *queue_title(struct teller *teller, size_t row);
void queue_advise_unlink(struct teller *teller, size_t row);
int queue_openers(struct teller *teller, struct holders *holders, size_t row);
bool user_find(const struct teller *teller, uint64_t userns, uint64_t uid, size_t *row);
void user_tell_budget(struct teller *teller, size_t row);
bool denial_tell_fix(struct teller *teller, size_t row);

#endif /* IPCLENS_EXPLAIN_PARTS_H */
