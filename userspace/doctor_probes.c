// SPDX-License-Identifier: GPL-2.0-only
/*
 * Probes by the kernel's own list of them, and by how often each must have fired at the
 * least: others on this machine make them fire, too.
 */
#include "doctor_module.h"

#include <stdio.h>
#include <string.h>

#include "array.h"

#define PROBE_SYMBOL_MAX 128

/* What each probe is, told a second time; a feature is one of those lost without it. */
static const struct {
	const char *name, *kind, *feature;
} probe_cast[] = {
	{ "attach", "kretprobe", "attaches" },
	{ "open", "kprobe", "copies" },
	{ "close", "kprobe", "shm_holders" },
	{ "rmid", "kretprobe", "shm_rmid_of_unattached" },
	{ "mark", "kprobe", "rmid_pid" },
	{ "exit", "kprobe", "shm_owner_exit" },
	{ "create", "kretprobe", "create_comm" },
	{ "destroy", "kprobe", "shm_destroy" },
	{ "mq_create", "kretprobe", "create_pid" },
	{ "mq_inode", "kprobe", "denials_attr" },
	{ "mq_charge", "kprobe", "denials_rlimit_or_userns_for_sure" },
	{ "mq_evict", "kprobe", "mq_destroy" },
	{ "mq_unlink", "kprobe", "mq_unlink" },
	{ "mq_open", "kretprobe", "denials_nofile" },
	{ "mq_open_compat", "kretprobe", "denials_of_32_bit_processes" },
};

static uint64_t acts_of_segments(const struct stage *stage, enum stage_act act)
{
	uint64_t count = 0;

	for (int i = 0; i < SEGMENTS; i++)
		count += stage->segments[i].acts[act].count;
	return count;
}

static uint64_t queues_made(const struct stage *stage)
{
	uint64_t count = 0;

	for (int i = 0; i < QUEUES; i++)
		count += stage->queues[i].acts[ACT_CREATE].count;
	return count;
}

/* How often the doctor has made a probe fire, at the least. */
static uint64_t probe_hits_least(const struct stage *stage, const char *name)
{
	uint64_t queues = queues_made(stage), refused = 0;

	for (int i = 0; i < REFUSALS; i++)
		refused += stage->refusals[i].count;
	if (!strcmp(name, "attach"))
		return acts_of_segments(stage, ACT_ATTACH);
	if (!strcmp(name, "open"))
		return acts_of_segments(stage, ACT_COPY);
	if (!strcmp(name, "close"))
		return acts_of_segments(stage, ACT_DETACH);
	if (!strcmp(name, "mark"))
		return acts_of_segments(stage, ACT_MARK);
	if (!strcmp(name, "rmid"))
		return acts_of_segments(stage, ACT_MARK) + stage->flashes;
	if (!strcmp(name, "create"))
		return acts_of_segments(stage, ACT_CREATE) + stage->flashes;
	if (!strcmp(name, "destroy") || !strcmp(name, "exit"))
		return stage->flashes;
	if (!strcmp(name, "mq_unlink"))
		return stage->queues[QUEUE_UNLINKED].unlinked;
	if (!strcmp(name, "mq_evict"))
		return !!stage->prices.given + !!stage->prices.preset;
	if (!strcmp(name, "mq_create") || !strcmp(name, "mq_inode") || !strcmp(name, "mq_open"))
		return queues + refused;
	return 0;
}

/* How a function is listed among the kernel's probes: k or r, 0 if it is not. */
static char probe_listed(FILE *list, const char *symbol)
{
	char line[512], kind[8], place[PROBE_SYMBOL_MAX];
	size_t len = strlen(symbol);

	rewind(list);
	while (fgets(line, sizeof(line), list))
		if (sscanf(line, "%*s %7s %127s", kind, place) == 2 &&
		    !strncmp(place, symbol, len) && place[len] == '+')
			return *kind;
	return 0;
}

static bool text_is(const char *cell, const char *text)
{
	return cell && !strcmp(cell, text);
}

static bool state_is_placed(const char *state)
{
	return text_is(state, "active") || text_is(state, "fallback");
}

/* Whether a list with commas between its words has this one. */
static bool list_has(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; list && *list; list += strcspn(list, ","), list += *list == ',')
		if (!strncmp(list, word, len) && (list[len] == ',' || !list[len]))
			return true;
	return false;
}

/* A probe that the module says it has is in the kernel's list, one it has not is not. */
static void probe_judge_place(const struct subject *subject, FILE *list)
{
	const char *state = section_text(subject->section, subject->row, "state");
	const char *kind = section_text(subject->section, subject->row, "kind");
	const char *symbol = section_text(subject->section, subject->row, "symbol");
	char listed = symbol ? probe_listed(list, symbol) : 0;

	if (!state_is_placed(state)) {
		judge_true(subject, "state", text_is(state, "missing") || text_is(state, "unused"),
			   "active, fallback, missing or unused");
		return;
	}
	judge_true(subject, "symbol", listed, "what the kernel's list of probes has");
	judge_true(subject, "state", listed, "missing, as the kernel's list of probes says");
	judge_true(subject, "kind", !listed || listed == (text_is(kind, "kprobe") ? 'k' : 'r'),
		   listed == 'k' ? "kprobe" : "kretprobe");
}

static void probe_judge_count(const struct subject *subject, const struct stage *stage,
			      const struct module_view *view, const char *name)
{
	const char *state = section_text(subject->section, subject->row, "state");
	struct subject before = { .section = view->probes_before };
	uint64_t hits = 0, missed = 0, most = 0;

	if (subject_find_text(&before, "name", name) && state_is_placed(state)) {
		section_number(before.section, before.row, "hits", &hits);
		section_number(before.section, before.row, "missed", &missed);
		hits += probe_hits_least(stage, name);
		most = UINT64_MAX;
	}
	judge_range(subject, "hits", hits, most);
	/* What had no room is no fault, but what was missed once is not taken back. */
	judge_range(subject, "missed", missed, most);
}

static void probe_judge(const struct subject *subject, const struct stage *stage,
			const struct module_view *view, FILE *list, size_t n)
{
	const char *lost = section_text(subject->section, subject->row, "lost_without");

	judge_text(subject, "name", probe_cast[n].name);
	judge_text(subject, "kind", probe_cast[n].kind);
	judge_true(subject, "lost_without", list_has(lost, probe_cast[n].feature),
		   probe_cast[n].feature);
	probe_judge_count(subject, stage, view, probe_cast[n].name);
	if (list)
		probe_judge_place(subject, list);
}

/* The kernel's list lies beside the module's directory, wherever debugfs is mounted. */
static FILE *probe_open_list(const char *path)
{
	char list[4096];
	int len = strlen(path);

	for (int parts = 0; len && parts < 2; parts += path[len] == '/')
		len--;
	snprintf(list, sizeof(list), "%.*s/kprobes/list", len, path);
	return fopen(list, "re");
}

/** module_judge_probes() - judge "probes", also by the kernel's own list if debugfs has it */
void module_judge_probes(struct stage *stage, const struct module_view *view)
{
	struct subject subject = { .findings = &stage->findings, .section = view->probes };
	FILE *list = probe_open_list(view->path);

	if (!list) {
		findings_skip(&stage->findings, "probes", "symbol", "no kprobes/list in debugfs");
		findings_skip(&stage->findings, "probes", "state", "no kprobes/list in debugfs");
	}
	for (size_t n = 0; n < ARRAY_SIZE(probe_cast); n++) {
		subject.name = probe_cast[n].name;
		if (subject_find_text(&subject, "name", subject.name))
			probe_judge(&subject, stage, view, list, n);
		else
			findings_lack_row(&stage->findings, "probes", subject.name);
	}
	if (list)
		fclose(list);
	findings_remark(&stage->findings, "probes", "missed", "only that it does not go down");
}
