// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments that nobody has attached and whose creator is gone: nothing will free them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "finding.h"
#include "human.h"

/* More than a command line should name; then the command looks for them. */
#define ORPHANS_LISTED 16

#define ORPHANS_NAMED 3

struct orphan {
	uint64_t ipcns, shmid, uid, size;
	uint64_t since; /* last use, 0 if unknown */
	bool costs; /* memory */
	size_t row;
};

static int orphan_compare_group(const struct orphan *a, const struct orphan *b)
{
	return number_compare(a->ipcns, b->ipcns)	  ?:
		       number_compare(b->costs, a->costs) ?:
							    number_compare(a->uid, b->uid);
}

static int orphan_compare(const void *a, const void *b)
{
	const struct orphan *x = a, *y = b;

	return orphan_compare_group(x, y)		  ?:
		       number_compare(y->size, x->size)	  ?:
		       number_compare(x->shmid, y->shmid) ?:
							    number_compare(x->row, y->row);
}

/* The last that anybody did with it. */
static uint64_t orphan_since(const struct section *shm, size_t row)
{
	static const char *const columns[] = { "atime", "dtime", "ctime" };
	uint64_t last = 0, time;

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		if (section_number(shm, row, columns[i], &time) && time > last)
			last = time;
	return last;
}

/* It may be all in swap; what is not known counts as if it cost something. */
static bool orphan_costs(const struct section *shm, size_t row)
{
	uint64_t rss = 1, swap = 0;

	section_number(shm, row, "rss", &rss);
	section_number(shm, row, "swap", &swap);
	return rss || swap;
}

static bool orphan_fill(struct orphan *orphan, const struct triage *triage, size_t row)
{
	const struct section *shm = triage->shm;
	uint64_t number, age;

	*orphan = (struct orphan){ .row = row };
	if (!triage_wants(triage, shm, row) || !section_number(shm, row, "nattch", &number) ||
	    number || !section_number(shm, row, "creator_alive", &number) || number ||
	    !section_number(shm, row, "ipcns", &orphan->ipcns) ||
	    !section_number(shm, row, "shmid", &orphan->shmid))
		return false;
	if (!section_number(shm, row, "uid", &orphan->uid))
		orphan->uid = FINDING_USER_UNKNOWN;
	section_number(shm, row, "size", &orphan->size);
	orphan->since = orphan_since(shm, row);
	orphan->costs = orphan_costs(shm, row);
	return !triage_age(triage, orphan->since, &age) || age >= triage->bounds->orphan_age;
}

static void orphans_say(struct triage *triage, struct finding *finding,
			const struct orphan *orphans, size_t count)
{
	const char *comm = section_text(triage->shm, orphans->row, "create_comm");
	uint64_t pid, size = finding->numbers[FINDING_BYTES];
	char text[HUMAN_SIZE];

	if (count == 1)
		finding_say(triage, finding, "orphan %llu", (unsigned long long)orphans->shmid);
	else
		finding_say(triage, finding, "%zu orphans", count);
	finding_say_place(triage, finding);
	finding_say(triage, finding, " (%s) of ", human_bytes(text, sizeof(text), size));
	finding_say_user(triage, finding, orphans->uid);
	if (count == 1 && section_number(triage->shm, orphans->row, "cpid", &pid)) {
		finding_say(triage, finding, ", left by ");
		finding_say_process(triage, finding, comm, pid);
	}
	finding_say_age(triage, finding, count == 1 ? ", unused for " : ", unused for up to ",
			finding->numbers[FINDING_SINCE], "");
	for (size_t i = 0; count > 1 && i < count && i < ORPHANS_NAMED; i++)
		finding_say(triage, finding, "%s%llu (%s)",
			    i ? ", " : "; biggest: ", (unsigned long long)orphans[i].shmid,
			    human_bytes(text, sizeof(text), orphans[i].size));
}

/* Looks for the same ones, by the same conditions, where they are too many to be listed. */
static void orphans_advise_search(struct triage *triage, struct finding *finding,
				  const struct orphan *orphan)
{
	uint64_t before = triage->now;
	char uid[24] = "\"-\"";

	if (orphan->uid != FINDING_USER_UNKNOWN)
		snprintf(uid, sizeof(uid), "%llu", (unsigned long long)orphan->uid);
	before -= triage->bounds->orphan_age < before ? triage->bounds->orphan_age : 0;
	finding_advise(
		triage, finding,
		"ipclens shm --ipcns %llu -rn -o shmid,uid,nattch,creator_alive,rss,swap,ctime,dtime | awk '$2 == %s && $3 == \"0\" && $4 == \"0\" && %s",
		(unsigned long long)orphan->ipcns, uid,
		orphan->costs ? "($5 == \"-\" || $5 + $6 > 0)" : "$5 != \"-\" && $5 + $6 == 0");
	if (triage->has_now)
		finding_advise(triage, finding, " && $7 + 0 <= %llu && $8 + 0 <= %llu",
			       (unsigned long long)before, (unsigned long long)before);
	finding_advise(triage, finding, " { print \"-m\", $1 }' | xargs ");
}

/* Where the namespace cannot be entered, all of it is to be run there. */
static void orphans_advise(struct triage *triage, struct finding *finding,
			   const struct orphan *orphans, size_t count)
{
	bool search = count > ORPHANS_LISTED, reaches = finding_reaches(triage, finding);

	if (search && reaches)
		orphans_advise_search(triage, finding, orphans);
	finding_enter(triage, finding);
	if (search && !reaches)
		orphans_advise_search(triage, finding, orphans);
	finding_advise(triage, finding, "ipcrm");
	for (size_t i = 0; !search && i < count; i++)
		finding_advise(triage, finding, " -m %llu", (unsigned long long)orphans[i].shmid);
}

static void orphans_report(struct triage *triage, const struct orphan *orphans, size_t count)
{
	struct finding *finding =
		finding_add(triage, orphans->costs ? FINDING_MEMORY : FINDING_TIDY, "orphans");
	uint64_t bytes = 0, since = orphans->since;

	for (size_t i = 0; i < count; i++) {
		bytes += orphans[i].size;
		if (orphans[i].since < since)
			since = orphans[i].since;
	}
	finding->weight = bytes;
	finding->comm = section_text(triage->shm, orphans->row, "create_comm");
	finding_number(finding, FINDING_IPCNS, orphans->ipcns);
	finding_take(finding, FINDING_UID, triage->shm, orphans->row, "uid");
	finding_take(finding, FINDING_PID, triage->shm, orphans->row, "cpid");
	finding_number(finding, FINDING_COUNT, count);
	finding_number(finding, FINDING_BYTES, bytes);
	if (since)
		finding_number(finding, FINDING_SINCE, since);
	orphans_say(triage, finding, orphans, count);
	orphans_advise(triage, finding, orphans, count);
}

/** finding_orphans() - one finding for each owner of such segments */
void finding_orphans(struct triage *triage)
{
	struct orphan *orphans;
	size_t count = 0, end;

	if (!triage->shm)
		return;
	orphans = triage_array(triage, triage->shm->nrows, sizeof(*orphans));
	if (!orphans)
		return;
	for (size_t row = 0; row < triage->shm->nrows; row++)
		count += orphan_fill(&orphans[count], triage, row);
	qsort(orphans, count, sizeof(*orphans), orphan_compare);
	for (size_t first = 0; first < count; first = end) {
		for (end = first; end < count; end++)
			if (orphan_compare_group(&orphans[first], &orphans[end]))
				break;
		orphans_report(triage, orphans + first, end - first);
	}
	free(orphans);
}
