// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module says of itself: probes that are missing or have missed calls, and
 * stores that had to let go of something while the doctor was at work.
 */
#include "doctor_excuse.h"

#include <stdio.h>
#include <string.h>

#include "array.h"
#include "doctor_module.h"

/* What can have let go of rows to make room for others. */
enum excuse_store {
	STORE_NONE,
	STORE_HISTORY,
	STORE_DENIALS,
};

/* Columns, those whose names begin so, and what they cannot be right without. */
static const struct {
	const char *file, *columns, *probe;
	enum excuse_store store;
} excuse_needs[] = {
	{ "shm", "attaches", "attach", STORE_NONE },
	{ "shm", "copies", "open", STORE_NONE },
	{ "shm", "detaches", "close", STORE_NONE },
	{ "shm", "attaches", "create", STORE_HISTORY },
	{ "shm", "copies", "create", STORE_HISTORY },
	{ "shm", "detaches", "create", STORE_HISTORY },
	{ "shm", "create_comm", "create", STORE_HISTORY },
	{ "shm", "last_comm", "attach", STORE_HISTORY },
	{ "shm", "last_comm", "open", STORE_NONE },
	{ "shm", "last_comm", "close", STORE_NONE },
	{ "shm", "rmid_", "mark", STORE_HISTORY },
	{ "shm_holders", "", "close", STORE_NONE },
	{ "history", "attach", "attach", STORE_NONE },
	{ "history", "cop", "open", STORE_NONE },
	{ "history", "detach", "close", STORE_NONE },
	{ "history", "rmid_", "mark", STORE_NONE },
	/* Some rows begin with the creation or not at all. */
	{ "history", "", "create", STORE_HISTORY },
	{ "history", "", "mq_create", STORE_NONE },
	{ "mqueue", "create_", "mq_create", STORE_HISTORY },
	{ "mq_denials", "", "mq_create", STORE_DENIALS },
	{ "mq_denials", "", "mq_inode", STORE_NONE },
	{ "mq_denials", "", "mq_charge", STORE_NONE },
	{ "mq_denials", "", "mq_open", STORE_NONE },
	{ "mq_users", "denials", "mq_create", STORE_DENIALS },
	{ "mq_users", "denials", "mq_open", STORE_NONE },
};

/** excuse_probe_missing() - whether the module says that it has not got a probe */
bool excuse_probe_missing(const struct findings *findings, const char *name)
{
	struct subject probe = { .section = findings->probes };
	const char *state;

	if (!probe.section || !subject_find_text(&probe, "name", name))
		return false;
	state = section_text(probe.section, probe.row, "state");
	return state && !strcmp(state, "missing");
}

/**
 * excuse_counter() - a number in the file "status"
 * @status: the file, NULL if it is not read
 * @key: of the number
 *
 * Return: 0 if there is none.
 */
uint64_t excuse_counter(const struct section *status, const char *key)
{
	const char *value = status ? module_status(status, key) : NULL;
	uint64_t number = 0;

	return value && column_cell_value(COLUMN_NUM, value, &number) ? number : 0;
}

/**
 * excuse_mappings_lost() - whether the module says that it cannot tell mappings of segments
 * @findings: with what it says of itself
 *
 * It may have the probe and yet not know by what to tell them.
 */
bool excuse_mappings_lost(const struct findings *findings)
{
	const char *lost = findings->status ? module_status(findings->status, "lost") : NULL;

	return lost && strstr(lost, "shm_holders");
}

/* Calls that a probe had no room for, or that the kernel could not run it in. */
static uint64_t probe_missed(const struct section *probes, const char *name)
{
	struct subject probe = { .section = probes };
	uint64_t missed = 0;

	if (probes && subject_find_text(&probe, "name", name))
		section_number(probes, probe.row, "missed", &missed);
	return missed;
}

static bool probe_misses(const struct findings *findings, const char *name)
{
	return probe_missed(findings->probes, name) > probe_missed(findings->probes_before, name);
}

static uint64_t counter_growth(const struct findings *findings, const char *key)
{
	return excuse_counter(findings->status, key) - excuse_counter(findings->status_before, key);
}

/* What the history has forgotten is unknown; only that it begins anew is a value. */
static bool history_forgets(const struct findings *findings, const char *column, const char *cell)
{
	return counter_growth(findings, "history_evicted") &&
	       (!cell || !strcmp(column, "complete"));
}

/* More refusals than there is room for, or some whose cause was not seen. */
static bool denials_overflow(const struct findings *findings)
{
	uint64_t more =
		counter_growth(findings, "denials") + counter_growth(findings, "denials_dropped");

	return more > excuse_counter(findings->status, "denials_size") ||
	       counter_growth(findings, "denials_unpaired");
}

/**
 * excuse_find() - why the module itself does not claim that a column is right
 * @findings: with what it says of its probes and stores
 * @finding: the column
 * @cell: what it tells there, NULL if nothing
 * @text: the reason, in EXCUSE_MAX bytes
 *
 * Return: false if it does claim so.
 */
bool excuse_find(const struct findings *findings, const struct finding *finding, const char *cell,
		 char *text)
{
	const char *column = finding->column->name;

	for (size_t i = 0; i < ARRAY_SIZE(excuse_needs); i++) {
		const char *columns = excuse_needs[i].columns, *probe = excuse_needs[i].probe;
		enum excuse_store store = excuse_needs[i].store;

		*text = '\0';
		if (strcmp(excuse_needs[i].file, finding->file) ||
		    strncmp(columns, column, strlen(columns)))
			continue;
		if (excuse_probe_missing(findings, probe))
			snprintf(text, EXCUSE_MAX, "probe '%s' is missing", probe);
		else if (probe_misses(findings, probe))
			snprintf(text, EXCUSE_MAX, "probe '%s' has missed calls", probe);
		else if (store == STORE_HISTORY && history_forgets(findings, column, cell))
			snprintf(text, EXCUSE_MAX, "the history is full");
		else if (store == STORE_DENIALS && denials_overflow(findings))
			snprintf(text, EXCUSE_MAX, "refusals have lost their place or their cause");
		if (*text)
			return true;
	}
	if (strcmp(finding->file, "shm_holders") || !excuse_mappings_lost(findings))
		return false;
	snprintf(text, EXCUSE_MAX, "the module cannot tell mappings here");
	return true;
}
