// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module tells of itself: refusals it has seen, what it has lost, whether it
 * sees all that it should.
 */
#include <string.h>

#include "array.h"
#include "message.h"
#include "metrics_parts.h"

enum module_series {
	MODULE_DENIED_NOFILE,
	MODULE_DENIED_FILE_MAX,
	MODULE_DENIED_RLIMIT,
	MODULE_DENIED_USERNS,
	MODULE_DENIED_QUEUES_MAX,
	MODULE_DENIED_ATTR,
	MODULE_DENIED_OVERFLOW,
	MODULE_DENIED_NOMEM,
	MODULE_DENIED_PERM,
	MODULE_DENIED_OTHER,
	MODULE_DENIED, /* all of them, where the module does not count them one by one */
	MODULE_WITHHELD_SHM,
	MODULE_WITHHELD_HOLDERS,
	MODULE_WITHHELD_MQUEUE,
	MODULE_HISTORY,
	MODULE_HISTORY_LIMIT,
	MODULE_EVICTED,
	MODULE_PROBES_ACTIVE,
	MODULE_PROBES_FALLBACK,
	MODULE_PROBES_MISSING,
	MODULE_PROBES_UNUSED,
	MODULE_MISSED,
};

#define FAMILY(name_, type_, help_) .family = { .name = name_, .type = type_, .help = help_ }

static const struct metrics_series module_series[] = {
	[MODULE_DENIED_NOFILE] = { FAMILY("ipclens_mq_denials_total", METRICS_COUNTER,
					  "Refused mq_open calls since the module was loaded."),
				   .label = { "reason", "nofile" } },
	[MODULE_DENIED_FILE_MAX] = { .label = { "reason", "file-max" } },
	[MODULE_DENIED_RLIMIT] = { .label = { "reason", "rlimit" } },
	[MODULE_DENIED_USERNS] = { .label = { "reason", "userns" } },
	[MODULE_DENIED_QUEUES_MAX] = { .label = { "reason", "queues_max" } },
	[MODULE_DENIED_ATTR] = { .label = { "reason", "attr" } },
	[MODULE_DENIED_OVERFLOW] = { .label = { "reason", "overflow" } },
	[MODULE_DENIED_NOMEM] = { .label = { "reason", "nomem" } },
	[MODULE_DENIED_PERM] = { .label = { "reason", "perm" } },
	[MODULE_DENIED_OTHER] = { .label = { "reason", "other" } },
	[MODULE_DENIED] = { .label = { "reason", "any" } },
	[MODULE_WITHHELD_SHM] = { FAMILY("ipclens_module_withheld_rows_total", METRICS_COUNTER,
					 "Rows that the module did not show, as the kernel's memory was not laid out as it knows it."),
				  .label = { "layout", "shm" } },
	[MODULE_WITHHELD_HOLDERS] = { .label = { "layout", "holders" } },
	[MODULE_WITHHELD_MQUEUE] = { .label = { "layout", "mqueue" } },
	[MODULE_HISTORY] = { FAMILY("ipclens_module_history_entries", METRICS_GAUGE,
				    "Segments and queues that the module remembers the acts on.") },
	[MODULE_HISTORY_LIMIT] = { FAMILY(
		"ipclens_module_history_entries_limit", METRICS_GAUGE,
		"Most segments and queues that it can remember the acts on.") },
	[MODULE_EVICTED] = { FAMILY(
		"ipclens_module_history_evicted_total", METRICS_COUNTER,
		"Segments and queues that it has forgotten to have room for others.") },
	[MODULE_PROBES_ACTIVE] = { FAMILY("ipclens_module_probes", METRICS_GAUGE,
					  "Probes of the module; one that is missing costs features."),
				   .label = { "state", "active" } },
	[MODULE_PROBES_FALLBACK] = { .label = { "state", "fallback" } },
	[MODULE_PROBES_MISSING] = { .label = { "state", "missing" } },
	[MODULE_PROBES_UNUSED] = { .label = { "state", "unused" } },
	[MODULE_MISSED] = { FAMILY("ipclens_module_probe_missed_total", METRICS_COUNTER,
				   "Hits that the kernel could not run a probe's handler for.") },
};

/* Numbers that the file "status" has. */
static const struct {
	enum module_series series;
	const char *key;
} module_keys[] = {
	{ MODULE_DENIED_NOFILE, "denials_nofile" },
	{ MODULE_DENIED_FILE_MAX, "denials_file_max" },
	{ MODULE_DENIED_RLIMIT, "denials_rlimit" },
	{ MODULE_DENIED_USERNS, "denials_userns" },
	{ MODULE_DENIED_QUEUES_MAX, "denials_queues_max" },
	{ MODULE_DENIED_ATTR, "denials_attr" },
	{ MODULE_DENIED_OVERFLOW, "denials_overflow" },
	{ MODULE_DENIED_NOMEM, "denials_nomem" },
	{ MODULE_DENIED_PERM, "denials_perm" },
	{ MODULE_DENIED_OTHER, "denials_other" },
	{ MODULE_WITHHELD_SHM, "shm_withheld" },
	{ MODULE_WITHHELD_HOLDERS, "holders_withheld" },
	{ MODULE_WITHHELD_MQUEUE, "mqueue_withheld" },
	{ MODULE_HISTORY, "history_used" },
	{ MODULE_HISTORY_LIMIT, "history_size" },
	{ MODULE_EVICTED, "history_evicted" },
};

static const char *status_value(const struct section *status, const char *key)
{
	for (size_t row = 0; status && row < status->nrows; row++) {
		const char *name = section_text(status, row, "key");

		if (name && !strcmp(name, key))
			return section_text(status, row, "value");
	}
	return NULL;
}

/**
 * metrics_status_number() - a number that the module tells of itself
 * @status: the section of that name, or NULL
 * @key: what is wanted
 * @number: set if it is known
 *
 * Return: whether it is known.
 */
bool metrics_status_number(const struct section *status, const char *key, uint64_t *number)
{
	const char *value = status_value(status, key);

	return value && column_cell_value(COLUMN_NUM, value, number);
}

static void module_print_info(const struct metrics_text *text, const struct section *status)
{
	static const struct metrics_family family = {
		.name = "ipclens_module_info",
		.type = METRICS_INFO,
		.help = "The module and the kernel that it is loaded into.",
	};
	const struct metrics_label labels[] = {
		{ "version", status_value(status, "version") ?: "" },
		{ "kernel", status_value(status, "kernel") ?: "" },
		{ "arch", status_value(status, "arch") ?: "" },
	};

	metrics_text_family(text, &family);
	metrics_text_sample(text, &family, labels, ARRAY_SIZE(labels), 1);
}

static void module_add_status(struct metrics_row *module, const struct section *status)
{
	bool denials_told_apart = false;
	uint64_t number, dropped;

	for (size_t i = 0; i < ARRAY_SIZE(module_keys); i++) {
		if (!metrics_status_number(status, module_keys[i].key, &number))
			continue;
		metrics_row_add(module, module_keys[i].series, number);
		denials_told_apart |= module_keys[i].series < MODULE_DENIED;
	}
	if (denials_told_apart || !metrics_status_number(status, "denials", &number) ||
	    !metrics_status_number(status, "denials_dropped", &dropped))
		return;
	metrics_row_add(module, MODULE_DENIED, number);
	metrics_row_add(module, MODULE_DENIED, dropped);
}

static void module_add_probes(struct metrics_row *module, const struct section *probes)
{
	for (size_t i = MODULE_PROBES_ACTIVE; i <= MODULE_MISSED; i++)
		metrics_row_add(module, i, 0);
	for (size_t row = 0; row < probes->nrows; row++) {
		const char *state = section_text(probes, row, "state");
		uint64_t missed;

		for (size_t i = MODULE_PROBES_ACTIVE; state && i <= MODULE_PROBES_UNUSED; i++)
			if (!strcmp(state, module_series[i].label.value))
				metrics_row_add(module, i, 1);
		if (section_number(probes, row, "missed", &missed))
			metrics_row_add(module, MODULE_MISSED, missed);
	}
}

/**
 * metrics_module_print() - what the module tells of itself
 * @text: where to
 * @status: the section of that name
 * @probes: likewise
 */
int metrics_module_print(const struct metrics_text *text, const struct section *status,
			 const struct section *probes)
{
	struct metrics_table table = {
		.series = module_series,
		.nseries = ARRAY_SIZE(module_series),
	};
	struct metrics_row *module = metrics_table_row(&table, 0, 0);

	if (!module) {
		message_error("out of memory");
		return -1;
	}
	if (status)
		module_print_info(text, status);
	if (status)
		module_add_status(module, status);
	if (probes)
		module_add_probes(module, probes);
	metrics_table_close(&table, 1);
	metrics_table_print(&table, text);
	metrics_table_free(&table);
	return 0;
}
