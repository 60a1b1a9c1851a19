// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces that have nearly as many segments, pages or queues as they may.
 */
#include <stdint.h>
#include <stdlib.h>

#include "advice.h"
#include "array.h"
#include "finding.h"

static const struct limit {
	const char *used, *most; /* columns */
	const char *unit;
	const char *setting;
	uint64_t highest; /* that the kernel takes */
	const char *view; /* to look at what there is */
	const char *sort;
} limits[] = {
	{ "shm_count", "shmmni", "segments", "kernel.shmmni", 32768, "shm", "nattch" },
	{ "shm_pages", "shmall", "pages of segments", "kernel.shmall", UINT64_MAX, "shm", "-size" },
	{ "mq_count", "mq_queues_max", "queues", "fs.mqueue.queues_max", INT32_MAX, "mqueue",
	  "-charge" },
};

/* Twice as much, as far as the kernel allows it; else see what there is. */
static void limit_advise(struct triage *triage, struct finding *finding, const struct limit *limit,
			 size_t row)
{
	struct advice_place place = { 0 };
	uint64_t most = finding->numbers[FINDING_LIMIT];
	char *command = NULL;

	section_number(triage->namespaces, row, "ipcns", &place.ipcns);
	section_number(triage->namespaces, row, "owner_userns", &place.userns);
	if (!section_number(triage->namespaces, row, "pid", &place.pid) ||
	    !advice_pid_valid(place.pid))
		place.pid = 0;
	if (most && most <= limit->highest / 2 &&
	    advice_sysctl(&command, &place, limit->setting, 2 * most) < 0)
		triage->failed = true;
	if (command)
		finding_advise(triage, finding, "%s", command);
	else
		finding_advise(triage, finding, "ipclens %s --ipcns %llu --sort %s", limit->view,
			       (unsigned long long)place.ipcns, limit->sort);
	free(command);
}

static void limit_report(struct triage *triage, const struct limit *limit, size_t row,
			 uint64_t used, uint64_t most)
{
	struct finding *finding = finding_add(triage, FINDING_SOON, "limit");
	const struct section *namespaces = triage->namespaces;

	finding->weight = triage_percent(used, most);
	finding->comm = section_text(namespaces, row, "comm");
	finding_take(finding, FINDING_IPCNS, namespaces, row, "ipcns");
	finding_take(finding, FINDING_PID, namespaces, row, "pid");
	finding_number(finding, FINDING_COUNT, used);
	finding_number(finding, FINDING_LIMIT, most);
	finding_say(triage, finding, "namespace %llu",
		    (unsigned long long)finding->numbers[FINDING_IPCNS]);
	if (finding->known[FINDING_PID]) {
		finding_say(triage, finding, ", that of ");
		finding_say_process(triage, finding, finding->comm, finding->numbers[FINDING_PID]);
		finding_say(triage, finding, ",");
	}
	finding_say(triage, finding, " has %llu of %llu %s (%u%%)", (unsigned long long)used,
		    (unsigned long long)most, limit->unit, triage_percent(used, most));
	limit_advise(triage, finding, limit, row);
}

/** finding_limits() - one finding for each limit of a namespace */
void finding_limits(struct triage *triage)
{
	const struct section *namespaces = triage->namespaces;
	uint64_t used, most;

	for (size_t row = 0; namespaces && row < namespaces->nrows; row++) {
		if (!triage_wants(triage, namespaces, row))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
			if (section_number(namespaces, row, limits[i].used, &used) && used &&
			    section_number(namespaces, row, limits[i].most, &most) &&
			    triage_share_reaches(used, most, triage->bounds->near))
				limit_report(triage, &limits[i], row, used, most);
	}
}
