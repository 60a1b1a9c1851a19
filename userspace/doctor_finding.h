/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is found out about each column, and the comparing of a cell with the truth.
 * Knows no object and no system call.
 */
#ifndef IPCLENS_DOCTOR_FINDING_H
#define IPCLENS_DOCTOR_FINDING_H

#include "parse.h"

#define FINDING_NOTE_MAX 192

/* In ascending order: the worst of all cells counts for the column. */
enum finding_result {
	FINDING_NOT_TRIED,
	FINDING_VERIFIED,
	FINDING_UNKNOWN, /* the file has no value where there is one */
	FINDING_DIFFERS,
};

struct finding {
	const char *file;
	const struct column *column;
	enum finding_result result;
	size_t cells; /* compared */
	bool partly; /* some of it could not be tried, and the note says why */
	char note[FINDING_NOTE_MAX];
};

struct findings {
	struct finding *list; /* a row for each column of each of the module's files */
	size_t count;
	/* What may be wrong for a reason that the module itself tells; NULL until it is read. */
	const struct section *probes_before, *probes, *status_before, *status;
	const char *no_pids; /* why process numbers cannot be compared, NULL if they can */
	const char *no_users; /* the same of users and user namespaces */
};

/* A row that is looked at, and what it is called in notes. */
struct subject {
	struct findings *findings;
	const struct section *section;
	size_t row;
	const char *name;
};

int findings_init(struct findings *findings);
void findings_exit(struct findings *findings);

bool subject_find(struct subject *subject, const char *column, uint64_t number,
		  const char *other_column, uint64_t other_number);
bool subject_find_text(struct subject *subject, const char *column, const char *text);

void judge_number(const struct subject *subject, const char *column, uint64_t truth);
void judge_range(const struct subject *subject, const char *column, uint64_t low, uint64_t high);
void judge_pid(const struct subject *subject, const char *column, uint64_t truth);
void judge_user(const struct subject *subject, const char *column, uint64_t truth);
void judge_text(const struct subject *subject, const char *column, const char *truth);
void judge_unset(const struct subject *subject, const char *column);
void judge_true(const struct subject *subject, const char *column, bool holds, const char *else_);

void findings_lack_row(struct findings *findings, const char *file, const char *name);
void findings_doubt(struct findings *findings, const char *file, const char *reason);
void findings_skip(struct findings *findings, const char *file, const char *column,
		   const char *reason);
void findings_skip_file(struct findings *findings, const char *file, const char *reason);
void findings_remark(struct findings *findings, const char *file, const char *column,
		     const char *remark);

#endif /* IPCLENS_DOCTOR_FINDING_H */
