// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of the file "status" one by one. Counters that others move, too, are held against
 * what they were before the doctor did anything.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "../kmod/ipclens_abi.h"
#include "array.h"
#include "doctor_excuse.h"
#include "doctor_module.h"

#define STATUS_MODULE "/sys/module/ipclens/"
#define STATUS_DENIALS(name, reason) "denials_" #name,

/* Users are counted by user namespace since Linux 5.14. */
#define STATUS_UCOUNTS(major, minor) ((major) > 5 || ((major) == 5 && (minor) >= 14))

/**
 * module_status() - the value of a key
 * @status: the file "status", not NULL
 * @key: the key
 *
 * Return: NULL if there is none.
 */
const char *module_status(const struct section *status, const char *key)
{
	struct subject subject = { .section = status };

	return subject_find_text(&subject, "key", key) ?
		       section_text(status, subject.row, "value") :
		       NULL;
}

/* Go to a key, whose name is what notes call it by. */
static bool status_find(struct subject *subject, const char *key)
{
	subject->name = key;
	if (!subject_find_text(subject, "key", key)) {
		findings_lack_row(subject->findings, "status", key);
		return false;
	}
	judge_text(subject, "key", key);
	return true;
}

static void status_judge_text(struct subject *subject, const char *key, const char *truth)
{
	if (status_find(subject, key))
		judge_text(subject, "value", truth);
}

static void status_judge_range(struct subject *subject, const char *key, uint64_t low,
			       uint64_t high)
{
	char truth[64];
	uint64_t number;
	const char *value;

	if (!status_find(subject, key))
		return;
	value = section_text(subject->section, subject->row, "value");
	snprintf(truth, sizeof(truth), "%" PRIu64 " to %" PRIu64, low, high);
	judge_true(subject, "value",
		   value && column_cell_value(COLUMN_NUM, value, &number) && number >= low &&
			   number <= high,
		   truth);
}

static void status_judge_machine(struct subject *subject, const struct module_view *view)
{
	char version[64], format[16];
	unsigned int major, minor;
	struct utsname machine;
	FILE *file = fopen(STATUS_MODULE "version", "re");

	if (file) {
		if (fscanf(file, "%63s", version) == 1)
			status_judge_text(subject, "version", version);
		fclose(file);
	}
	snprintf(format, sizeof(format), "%d", IPCLENS_FORMAT);
	status_judge_text(subject, "format", format);
	status_judge_range(subject, "time", view->earliest, view->latest);
	if (uname(&machine))
		return;
	status_judge_text(subject, "kernel", machine.release);
	status_judge_text(subject, "arch", machine.machine);
	if (sscanf(machine.release, "%u.%u", &major, &minor) == 2)
		status_judge_text(subject, "user_accounting",
				  STATUS_UCOUNTS(major, minor) ? "ucounts" : "user");
}

/* Objects of each kind have been read at least once since; none may have been withheld. */
static void status_judge_layout(struct subject *subject, const struct module_view *view,
				const char *kind, uint64_t rows)
{
	char key[32];

	snprintf(key, sizeof(key), "%s_checked", kind);
	status_judge_range(subject, key, excuse_counter(view->status_before, key) + rows,
			   UINT64_MAX);
	snprintf(key, sizeof(key), "%s_withheld", kind);
	status_judge_range(subject, key, 0, 0);
	snprintf(key, sizeof(key), "%s_layout", kind);
	if (rows)
		status_judge_text(subject, key, "verified");
}

static void status_judge_layouts(struct subject *subject, const struct stage *stage,
				 const struct module_view *view)
{
	uint64_t segments = 0, queues = 0, mappings = 0;

	for (int i = 0; i < SEGMENTS && !*stage->shm_problem; i++) {
		segments += stage->segments[i].id >= 0;
		mappings += stage->segments[i].stat.shm_nattch;
	}
	for (int i = 0; i < QUEUES && !*stage->mq_problem; i++)
		queues += stage->queues[i].fd >= 0;
	status_judge_layout(subject, view, "shm", segments);
	status_judge_layout(subject, view, "mqueue", queues);
	if (excuse_mappings_lost(&stage->findings))
		mappings = 0;
	status_judge_layout(subject, view, "holders", mappings);
}

static void status_judge_probes(struct subject *subject, const struct section *probes)
{
	char lost[1024] = "";
	size_t used = 0;
	uint64_t active = 0, missing = 0;
	bool close = false; /* is there; it may yet not know by what to tell mappings */

	for (size_t row = 0; row < probes->nrows; row++) {
		const char *state = section_text(probes, row, "state");
		const char *name = section_text(probes, row, "name");
		const char *without = section_text(probes, row, "lost_without");

		if (!state)
			continue;
		if (!strcmp(state, "active") || !strcmp(state, "fallback")) {
			active++;
			close |= name && !strcmp(name, "close");
		}
		if (strcmp(state, "missing"))
			continue;
		missing++;
		if (without && used < sizeof(lost))
			used += snprintf(lost + used, sizeof(lost) - used, "%s%s", used ? "," : "",
					 without);
	}
	status_judge_range(subject, "probes_active", active, active);
	status_judge_range(subject, "probes_missing", missing, missing);
	if (close && excuse_mappings_lost(subject->findings) && used < sizeof(lost))
		snprintf(lost + used, sizeof(lost) - used, "%sshm_holders", used ? "," : "");
	if (*lost)
		status_judge_text(subject, "lost", lost);
	else if (status_find(subject, "lost"))
		judge_unset(subject, "value");
}

/* A module parameter, if it can be read. */
static bool status_parameter(const char *name, uint64_t *value)
{
	char path[64];

	snprintf(path, sizeof(path), STATUS_MODULE "parameters/%s", name);
	return stage_proc_number(path, value);
}

static void status_judge_stores(struct subject *subject, const struct module_view *view)
{
	uint64_t denials = UINT64_MAX, history = UINT64_MAX, size = 8;

	if (status_parameter("denials", &denials))
		status_judge_range(subject, "denials_size", denials, denials);
	status_judge_range(subject, "denials", view->mq_denials->nrows, denials);
	if (status_parameter("history", &history)) {
		while (size < history)
			size *= 2;
		status_judge_range(subject, "history_size", size, size);
		history = size;
	}
	status_judge_range(subject, "history_used", !!view->history->nrows, history);
}

static void status_judge_counters(struct subject *subject, const struct module_view *view)
{
	static const char *const counters[] = { "denials_dropped",
						"denials_unpaired",
						"namespaces_gone",
						"history_evicted",
						"history_late",
						"rmid_unpaired",
						IPCLENS_DENIAL_REASONS(STATUS_DENIALS) };

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		status_judge_range(subject, counters[i],
				   excuse_counter(view->status_before, counters[i]), UINT64_MAX);
}

/** module_judge_status() - judge "status", key by key */
void module_judge_status(struct stage *stage, const struct module_view *view)
{
	struct subject subject = { .findings = &stage->findings, .section = view->status };

	status_judge_machine(&subject, view);
	status_judge_layouts(&subject, stage, view);
	status_judge_probes(&subject, view->probes);
	status_judge_stores(&subject, view);
	status_judge_counters(&subject, view);
	if (stage->own_ipcns)
		status_judge_text(&subject, "namespaces", "those_with_tasks");
}
