/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of sentences that all stories have: who, when, where, how much. Each lives as
 * long as the story.
 */
#ifndef IPCLENS_TELL_H
#define IPCLENS_TELL_H

#include "facts.h"
#include "story.h"

/* Whose story it is. */
struct teller {
	struct story story;
	struct facts facts;
	const struct section *first; /* what cannot be done without */
	uint64_t space; /* IPC namespace in which commands will be run */
	const char *page; /* of the guide to pitfalls that the story is about, NULL if none */
	const uint64_t *ipcns; /* NULL for all */
};

const char *tell_count(struct teller *teller, uint64_t count, const char *one, const char *many);
const char *tell_times(struct teller *teller, uint64_t count);
const char *tell_bytes(struct teller *teller, uint64_t bytes);
const char *tell_amount(struct teller *teller, uint64_t bytes, const char *of);
const char *tell_when(struct teller *teller, uint64_t time);
const char *tell_process(struct teller *teller, uint64_t pid, const char *comm);
const char *tell_space(struct teller *teller, uint64_t ipcns);
const char *tell_user(struct teller *teller, uint64_t uid, uint64_t userns);
const char *tell_container(struct teller *teller, uint64_t pid);
bool tell_is_plain(const char *word, const char *others);

bool teller_wants(const struct teller *teller, const struct section *section, size_t row);
bool teller_space_row(const struct teller *teller, uint64_t ipcns, size_t *row);
bool teller_space_pid(const struct teller *teller, uint64_t ipcns, uint64_t *pid);
const char *teller_from(struct teller *teller);
const char *teller_enter(struct teller *teller, uint64_t ipcns);

#endif /* IPCLENS_TELL_H */
