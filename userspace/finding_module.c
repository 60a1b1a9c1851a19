// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module says of itself that makes its answers wrong or incomplete.
 */
#include <string.h>

#include "../kmod/ipclens_abi.h"
#include "array.h"
#include "finding.h"
#include "status.h"

static void module_layout(struct triage *triage)
{
	static const struct {
		const char *layout, *withheld, *rows;
	} layouts[] = {
		{ "shm_layout", "shm_withheld", "segments" },
		{ "holders_layout", "holders_withheld", "mappings" },
		{ "mqueue_layout", "mqueue_withheld", "queues" },
	};
	struct finding *finding;
	uint64_t withheld;

	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		const char *layout = status_text(triage->status, layouts[i].layout);
		bool wrong = layout && !strcmp(layout, "mismatch");

		if (!status_number(triage->status, layouts[i].withheld, &withheld))
			withheld = 0;
		if (!wrong && withheld <= triage->bounds->losses)
			continue;
		finding = finding_add(triage, wrong ? FINDING_WRONG : FINDING_MODULE, "layout");
		finding->weight = withheld;
		finding_number(finding, FINDING_COUNT, withheld);
		finding_say(triage, finding, "%llu rows of %s withheld",
			    (unsigned long long)withheld, layouts[i].rows);
		if (wrong)
			finding_say(triage, finding,
				    ": this kernel's structures are not what the module knows");
		finding_advise(triage, finding, "ipclens doctor");
	}
}

/* Names of features, each once; lists of them are separated by commas. */
static bool feature_is_new(const struct section *probes, size_t row, const char *feature,
			   size_t len)
{
	for (size_t before = 0; before < row; before++) {
		const char *state = section_text(probes, before, "state");
		const char *lost = section_text(probes, before, "lost_without");

		if (state && lost && !strcmp(state, "missing") && strlen(lost) == len &&
		    !strncmp(lost, feature, len))
			return false;
	}
	return true;
}

static void module_missing(struct triage *triage)
{
	const struct section *probes = triage->probes;
	struct finding *finding = NULL;
	size_t count = 0;

	for (size_t row = 0; probes && row < probes->nrows; row++) {
		const char *state = section_text(probes, row, "state");
		const char *name = section_text(probes, row, "name");

		if (!state || strcmp(state, "missing"))
			continue;
		if (!finding)
			finding = finding_add(triage, FINDING_MODULE, "probes");
		finding_say(triage, finding, "%s %s",
			    count++ ? "," : "missing probes:", name ?: "?");
	}
	if (!finding)
		return;
	for (size_t row = 0, lost = 0; row < probes->nrows; row++) {
		const char *state = section_text(probes, row, "state");
		const char *without = section_text(probes, row, "lost_without");

		if (state && without && !strcmp(state, "missing") &&
		    feature_is_new(probes, row, without, strlen(without)))
			finding_say(triage, finding, "%s%s",
				    lost++ ? "," : "; lost without: ", without);
	}
	finding_number(finding, FINDING_COUNT, count);
	finding_advise(triage, finding, "ipclens probes -o name,symbol,state,lost_without");
}

static void module_missed(struct triage *triage)
{
	const struct section *probes = triage->probes;
	uint64_t missed, sum = 0, most = 0;
	const char *name = NULL;
	struct finding *finding;

	for (size_t row = 0; probes && row < probes->nrows; row++) {
		if (!section_number(probes, row, "missed", &missed))
			continue;
		sum += missed;
		if (missed > most)
			name = section_text(probes, row, "name");
		if (missed > most)
			most = missed;
	}
	if (sum <= triage->bounds->losses)
		return;
	finding = finding_add(triage, FINDING_MODULE, "missed");
	finding->weight = sum;
	finding_number(finding, FINDING_COUNT, sum);
	finding_say(triage, finding, "%llu hits missed by probes, most by %s: history has gaps",
		    (unsigned long long)sum, name ?: "one of them");
	finding_advise(triage, finding, "ipclens probes -o name,symbol,hits,missed --sort -missed");
}

/*
 * Counters of what gave way for want of room, and the parameter that makes room from the
 * next load on: to load it anew now would forget all the rest as well.
 */
static void module_losses(struct triage *triage)
{
	static const struct {
		const char *kind, *key, *what, *parameter, *size;
		uint64_t most; /* with more the module is not loaded */
	} losses[] = {
		{ "history", "history_evicted", "segments and queues forgotten: no room in history",
		  "history", "history_size", IPCLENS_HISTORY_MOST },
		{ "refusals", "denials_dropped", "refusals gave way to newer ones", "denials",
		  "denials_size", IPCLENS_DENIALS_MOST },
		{ "unpaired", "denials_unpaired", "refusals whose cause could not be told", NULL,
		  NULL, 0 },
	};
	uint64_t count, size;

	for (size_t i = 0; i < ARRAY_SIZE(losses); i++) {
		struct finding *finding;

		if (!status_number(triage->status, losses[i].key, &count) ||
		    count <= triage->bounds->losses)
			continue;
		finding = finding_add(triage, FINDING_MODULE, losses[i].kind);
		finding->weight = count;
		finding_number(finding, FINDING_COUNT, count);
		finding_say(triage, finding, "%llu %s", (unsigned long long)count, losses[i].what);
		if (losses[i].size && status_number(triage->status, losses[i].size, &size) &&
		    size < losses[i].most)
			finding_advise(
				triage, finding,
				"echo 'options ipclens %s=%llu' >>/etc/modprobe.d/ipclens.conf # from the next load on",
				losses[i].parameter,
				(unsigned long long)(size < losses[i].most / 2 ? 2 * size :
										 losses[i].most));
		else
			finding_advise(triage, finding, "ipclens status");
	}
}

/** finding_module() - one finding for each thing that the module has lost or has wrong */
void finding_module(struct triage *triage)
{
	module_layout(triage);
	module_missing(triage);
	module_missed(triage);
	module_losses(triage);
}
