// SPDX-License-Identifier: GPL-2.0
/* debugfs file "status": what the module is, what it lacks, what it held back. */
#include <linux/kernel.h>
#include <linux/stringify.h>
#include <linux/ktime.h>
#include <linux/utsname.h>

#include "denials.h"
#include "history.h"
#include "kview.h"
#include "nswalk.h"
#include "probe.h"
#include "rmidcall.h"
#include "snap.h"

struct lens_status {
	const char *key;
	char value[640];
};

#define STATUS_CELL(name, type, width, help) CELL(struct lens_status, name, type, width)

static const struct cell snap_status_cells[] = {
	IPCLENS_STATUS_COLUMNS(STATUS_CELL)
};

/* Writers of a value. @arg is what the table of keys says. */

static void status_text(char *value, size_t size, const void *arg)
{
	strscpy(value, arg, size);
}

static void status_counter(char *value, size_t size, const void *arg)
{
	/* Where a long has 32 bits it may have gone round. */
	scnprintf(value, size, "%lu", (unsigned long)atomic_long_read(arg));
}

static void status_layout(char *value, size_t size, const void *arg)
{
	const struct lens_layout *layout = arg;

	strscpy(value, atomic_long_read(&layout->withheld) ? "mismatch" :
		       atomic_long_read(&layout->checked) ? "verified" : "unverified", size);
}

static void status_kernel(char *value, size_t size, const void *arg)
{
	strscpy(value, init_utsname()->release, size);
}

static void status_arch(char *value, size_t size, const void *arg)
{
	strscpy(value, init_utsname()->machine, size);
}

static void status_time(char *value, size_t size, const void *arg)
{
	scnprintf(value, size, "%lld", ktime_get_real_seconds());
}

static bool status_probe_active(const struct lens_probe *probe)
{
	return !strcmp(probe->state, "active") || !strcmp(probe->state, "fallback");
}

static bool status_probe_missing(const struct lens_probe *probe)
{
	return !strcmp(probe->state, "missing");
}

static int status_count_probes(bool (*has)(const struct lens_probe *probe))
{
	struct lens_probe probe;
	int i, count = 0;

	for (i = 0; probe_row(i, &probe); i++)
		count += has(&probe);
	return count;
}

static void status_probes_active(char *value, size_t size, const void *arg)
{
	scnprintf(value, size, "%d", status_count_probes(status_probe_active));
}

static void status_probes_missing(char *value, size_t size, const void *arg)
{
	scnprintf(value, size, "%d", status_count_probes(status_probe_missing));
}

static void status_lost(char *value, size_t size, const void *arg)
{
	struct lens_probe probe;
	int i, len = 0;

	value[0] = '\0';
	for (i = 0; probe_row(i, &probe); i++)
		if (status_probe_missing(&probe))
			len += scnprintf(value + len, size - len, "%s%s", len ? "," : "",
					 probe.lost_without);
	/* A probe may be there, and yet not tell by what mappings are known. */
	if (!probe_shm_close->unused && !probe_entry(probe_shm_close) &&
	    !strstr(value, "shm_holders"))
		scnprintf(value + len, size - len, "%sshm_holders", len ? "," : "");
}

/* @arg is the offset of the counter. */
static void status_denials(char *value, size_t size, const void *arg)
{
	struct denials_counters counters;

	denials_read_counters(&counters);
	scnprintf(value, size, "%llu", *(u64 *)((void *)&counters + (size_t)arg));
}

static void status_refused(char *value, size_t size, const void *arg)
{
	scnprintf(value, size, "%llu", denials_count_reason(arg));
}

static void status_history_size(char *value, size_t size, const void *arg)
{
	scnprintf(value, size, "%u", history_size());
}

static void status_history_used(char *value, size_t size, const void *arg)
{
	scnprintf(value, size, "%u", history_used());
}

#define DENIALS(counter) ((void *)offsetof(struct denials_counters, counter))
#define REFUSED(name, reason) { "denials_" #name, status_refused, reason },

static const struct {
	const char *key;
	void (*tell)(char *value, size_t size, const void *arg);
	const void *arg;
} status_keys[] = {
	{ "version", status_text, IPCLENS_VERSION },
	{ "format", status_text, __stringify(IPCLENS_FORMAT) },
	{ "kernel", status_kernel },
	{ "arch", status_arch },
	{ "time", status_time },
	{ "shm_layout", status_layout, &kview_shm_layout },
	{ "shm_checked", status_counter, &kview_shm_layout.checked },
	{ "shm_withheld", status_counter, &kview_shm_layout.withheld },
	{ "holders_layout", status_layout, &kview_map_layout },
	{ "holders_checked", status_counter, &kview_map_layout.checked },
	{ "holders_withheld", status_counter, &kview_map_layout.withheld },
	{ "mqueue_layout", status_layout, &kview_mq_layout },
	{ "mqueue_checked", status_counter, &kview_mq_layout.checked },
	{ "mqueue_withheld", status_counter, &kview_mq_layout.withheld },
	{ "user_accounting", status_text, COMPAT_MQ_UCOUNTS ? "ucounts" : "user" },
	{ "denials", status_denials, DENIALS(kept) },
	{ "denials_size", status_denials, DENIALS(size) },
	{ "denials_dropped", status_denials, DENIALS(dropped) },
	{ "denials_unpaired", status_denials, DENIALS(unpaired) },
	{ "namespaces", status_text,
	  COMPAT_IPC_NS_OUTLIVES_RCU ? "those_with_tasks" : "initial_only" },
	{ "namespaces_gone", status_counter, &nswalk_gone },
	{ "probes_active", status_probes_active },
	{ "probes_missing", status_probes_missing },
	{ "lost", status_lost },
	{ "history_size", status_history_size },
	{ "history_used", status_history_used },
	{ "history_evicted", status_counter, &history_evicted },
	{ "history_late", status_counter, &history_late },
	{ "rmid_unpaired", status_counter, &rmidcall_unpaired },
	{ "owner_exit_cut", status_counter, &kview_shm_owned_cut },
	IPCLENS_DENIAL_REASONS(REFUSED)
	/* Appended keys go before this one: it says that nothing was cut off. */
	{ IPCLENS_STATUS_END, status_text, "" },
};

static int status_fill(const void *cursor, void *scratch, void *rows, int batch)
{
	struct lens_status *row = rows;
	int index = *(const int *)cursor;

	if (index >= ARRAY_SIZE(status_keys))
		return 0;
	row->key = status_keys[index].key;
	status_keys[index].tell(row->value, sizeof(row->value), status_keys[index].arg);
	return 1;
}

static void status_after(void *cursor, const void *row)
{
	++*(int *)cursor;
}

const struct snap_file snap_status = {
	.name = "status",
	.cells = snap_status_cells,
	.cell_count = ARRAY_SIZE(snap_status_cells),
	.row_size = sizeof(struct lens_status),
	.batch = 1,
	.cursor_size = sizeof(int),
	.fill = status_fill,
	.after = status_after,
};
