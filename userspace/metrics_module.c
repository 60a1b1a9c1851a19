// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module tells of itself: refusals it has seen, what it has lost, whether it
 * sees all that it should.
 */
#include <stdio.h>
#include <string.h>

#include "../kmod/ipclens_abi.h"
#include "array.h"
#include "message.h"
#include "metrics_parts.h"
#include "status.h"

struct module_value {
	const char *label; /* value of the family's label, if that has one */
	const char *key; /* in the file "status" */
};

struct module_family {
	struct metrics_family family;
	const char *label;
	const struct module_value *values;
	size_t nvalues;
};

#define DENIALS(name, reason) { reason, "denials_" #name },

static const struct module_value module_denials[] = { IPCLENS_DENIAL_REASONS(DENIALS) };

static const struct module_value module_withheld[] = {
	{ "shm", "shm_withheld" },
	{ "holders", "holders_withheld" },
	{ "mqueue", "mqueue_withheld" },
};

static const struct module_value module_history[] = { { .key = "history_used" } };
static const struct module_value module_history_limit[] = { { .key = "history_size" } };
static const struct module_value module_evictions[] = { { .key = "history_evicted" } };

#define FAMILY(name_, type_, help_) .family = { .name = name_, .type = type_, .help = help_ }
#define VALUES(table) .values = table, .nvalues = ARRAY_SIZE(table)

static const struct module_family module_families[] = {
	{ FAMILY("ipclens_mq_denials_total", METRICS_COUNTER,
		 "Refused mq_open calls since the module was loaded."),
	  .label = "reason", VALUES(module_denials) },
	{ FAMILY("ipclens_module_withheld_rows_total", METRICS_COUNTER,
		 "Rows that the module did not show, as the kernel's memory was not laid out as it knows it."),
	  .label = "layout", VALUES(module_withheld) },
	{ FAMILY("ipclens_module_history_entries", METRICS_GAUGE,
		 "Segments and queues that the module remembers the acts on."),
	  VALUES(module_history) },
	{ FAMILY("ipclens_module_history_entries_limit", METRICS_GAUGE,
		 "Most segments and queues that it can remember the acts on."),
	  VALUES(module_history_limit) },
	{ FAMILY("ipclens_module_history_evictions_total", METRICS_COUNTER,
		 "Segments and queues that it has forgotten to have room for others."),
	  VALUES(module_evictions) },
};

static void module_print_info(const struct metrics_text *text, const struct section *status)
{
	static const struct metrics_family family = {
		.name = "ipclens_module_info",
		.type = METRICS_INFO,
		.help = "The module and the kernel that it is loaded into.",
	};
	const struct metrics_label labels[] = {
		{ "version", status_text(status, "version") ?: "" },
		{ "kernel", status_text(status, "kernel") ?: "" },
		{ "arch", status_text(status, "arch") ?: "" },
	};

	metrics_text_family(text, &family);
	metrics_text_sample(text, &family, labels, ARRAY_SIZE(labels), 1);
}

/* Returns how many numbers of it are known. */
static size_t module_print_family(const struct metrics_text *text,
				  const struct module_family *family, const struct section *status)
{
	size_t known = 0;

	for (size_t i = 0; i < family->nvalues; i++) {
		const struct metrics_label label = { family->label, family->values[i].label };
		uint64_t number;

		if (!status_number(status, family->values[i].key, &number))
			continue;
		if (!known++)
			metrics_text_family(text, &family->family);
		metrics_text_sample(text, &family->family, &label, !!label.name, number);
	}
	return known;
}

/* A module that is older than this program does not tell all. */
static void module_print_status(const struct metrics_text *text, const struct section *status)
{
	char missing[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(module_families); i++)
		if (!module_print_family(text, &module_families[i], status))
			used += snprintf(missing + used, sizeof(missing) - used, "%s%s",
					 used ? ", " : "", module_families[i].family.name);
	if (used)
		message_warn("section 'status' does not tell %s", missing);
}

static void module_print_probes(const struct metrics_text *text, const struct section *probes)
{
	static const struct metrics_family by_state = {
		.name = "ipclens_module_probes",
		.help = "Probes of the module; one that is missing costs features.",
	};
	static const struct metrics_family misses = {
		.name = "ipclens_module_probe_misses_total",
		.type = METRICS_COUNTER,
		.help = "Hits that the kernel could not run a probe's handler for.",
	};
	static const char *const states[] = { "active", "fallback", "missing", "unused" };
	uint64_t counts[ARRAY_SIZE(states)] = { 0 }, missed = 0, number;

	for (size_t row = 0; row < probes->nrows; row++) {
		const char *state = section_text(probes, row, "state");

		for (size_t i = 0; state && i < ARRAY_SIZE(states); i++)
			counts[i] += !strcmp(state, states[i]);
		if (section_number(probes, row, "missed", &number))
			missed += number;
	}
	metrics_text_family(text, &by_state);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		const struct metrics_label label = { "state", states[i] };

		metrics_text_sample(text, &by_state, &label, 1, counts[i]);
	}
	metrics_text_family(text, &misses);
	metrics_text_sample(text, &misses, NULL, 0, missed);
}

/**
 * metrics_module_print() - what the module tells of itself
 * @text: where to
 * @status: the section of that name
 * @probes: likewise
 */
void metrics_module_print(const struct metrics_text *text, const struct section *status,
			  const struct section *probes)
{
	if (status) {
		module_print_info(text, status);
		module_print_status(text, status);
	}
	if (probes)
		module_print_probes(text, probes);
}
