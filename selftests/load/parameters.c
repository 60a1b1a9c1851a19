// SPDX-License-Identifier: GPL-2.0-only
/*
 * Probes that are not there, simulated by the parameter that renames them: the
 * module loads, shows the right state, and says what is lost. Bad parameters:
 * it does not load and leaves nothing behind.
 */
#include "probes.h"

#define KPROBE_LIST "/sys/kernel/debug/kprobes/list"

FIXTURE(parameters) {
	struct space space;
	struct peer peer;
	long long base;
	int id;
};

FIXTURE_SETUP(parameters)
{
	ASSERT_EQ(0, module_loaded() ? module_unload() : 0);
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	self->id = peer_get(&self->peer, 0x4c0a0001, 4096, CREATE);
	ASSERT_GE(self->id, 0);
	self->base = peer_attach(&self->peer, self->id);
	ASSERT_GT(self->base, 0);
}

FIXTURE_TEARDOWN(parameters)
{
	peer_end(&self->peer);
	space_close(&self->space);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
	EXPECT_FALSE(lens_present());
}

/* "shm" and "namespaces" need no probe at all. */
#define EXPECT_STATE_TRUE() do { \
	struct compare_report report_ = { 0 }; \
	compare_space(self->space.fd, &report_); \
	compare_namespace(self->space.fd, &report_); \
	EXPECT_EQ(0, report_.differences); \
	EXPECT_CELL(&self->space, self->id, "nattch", "1"); \
} while (0)

TEST_SLOW(parameters, all_there)
{
	int n;

	ASSERT_EQ(0, module_load(""));
	EXPECT_EQ(PROBES, probe_count(NULL));
	for (n = 0; n < PROBES; n++) {
		const char *name = probe_rows[n].name;

		EXPECT_STREQ(probe_usual(name), probe_cell(name, "state")) {
			TH_LOG("%s", name);
		}
		EXPECT_STREQ(probe_rows[n].kind, probe_cell(name, "kind"));
		EXPECT_STRNE("-", probe_cell(name, "lost_without"));
	}
	EXPECT_STREQ(number_text(PROBES - probes_unused()), status_value("probes_active"));
	EXPECT_STREQ("0", status_value("probes_missing"));
	EXPECT_STREQ("-", status_value("lost"));
	EXPECT_STREQ("1", status_value("format"));
	EXPECT_STREQ("-", status_value("end"));
	EXPECT_ALL_TRUE_IN(self->space.fd);
	EXPECT_STREQ("verified", status_value("shm_layout"));
	EXPECT_STREQ("0", status_value("shm_withheld"));
	EXPECT_STREQ("0", status_value("holders_withheld"));
}

TEST_SLOW(parameters, close_missing)
{
	struct lens_table table;

	ASSERT_EQ(0, module_load("probe_symbol=close:no_such_symbol"));
	EXPECT_STREQ("missing", probe_cell("close", "state"));
	EXPECT_STREQ("no_such_symbol", probe_cell("close", "symbol"));
	EXPECT_STREQ("0", probe_cell("close", "hits"));
	EXPECT_STREQ("0", probe_cell("close", "missed"));
	EXPECT_NE(NULL, strstr(probe_cell("close", "lost_without"), "shm_holders"));
	EXPECT_STREQ("active", probe_cell("attach", "state"));
	EXPECT_STREQ(number_text(PROBES - probes_unused() - 1), status_value("probes_active"));
	EXPECT_STREQ("1", status_value("probes_missing"));
	EXPECT_STREQ(probe_cell("close", "lost_without"), status_value("lost"));
	EXPECT_STATE_TRUE();
	ASSERT_EQ(0, lens_load(&table, "shm_holders"));
	EXPECT_EQ(0, table.rows);
	EXPECT_EQ(0, lens_check(&table));
	lens_free(&table);
}

TEST_SLOW(parameters, rmid_falls_back)
{
	ASSERT_EQ(0, module_load("probe_symbol=rmid:no_such_symbol"));
	EXPECT_STREQ("fallback", probe_cell("rmid", "state"));
	EXPECT_STREQ("ipcctl_obtain_check", probe_cell("rmid", "symbol"));
	EXPECT_STREQ("0", probe_cell("rmid", "hits"));
	ASSERT_EQ(0, peer_remove(&self->peer, self->id));
	EXPECT_STREQ("1", probe_cell("rmid", "hits"));
	EXPECT_STREQ("1", probe_cell("mark", "hits"));
	EXPECT_STREQ("0", status_value("probes_missing"));
	EXPECT_STREQ("-", status_value("lost"));
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* Another function that gets the same: works as before. */
TEST_SLOW(parameters, renamed)
{
	long before;

	ASSERT_EQ(0, module_load("probe_symbol=exit:exit_sem"));
	EXPECT_STREQ("active", probe_cell("exit", "state"));
	EXPECT_STREQ("exit_sem", probe_cell("exit", "symbol"));
	before = atol(probe_cell("exit", "hits"));
	ASSERT_EQ(0, peer_end(&self->peer));
	EXPECT_LT(before, atol(probe_cell("exit", "hits")));
}

/* Mappings are known by the kernel's own function for them: of another nobody knows. */
TEST_SLOW(parameters, renamed_without_holders)
{
	ASSERT_EQ(0, module_load("probe_symbol=close:shm_open"));
	EXPECT_STREQ("active", probe_cell("close", "state"));
	EXPECT_STREQ("0", status_value("probes_missing"));
	EXPECT_STREQ("shm_holders", status_value("lost"));
	EXPECT_EQ(0, holders_count(&self->space, self->id, 0));
}

/* Each row in turn, then all at once. */
TEST_SLOW(parameters, each_missing)
{
	char text[64];
	int n;

	for (n = 0; n < PROBES; n++) {
		int unused = !strcmp(probe_usual(probe_rows[n].name), "unused");
		const char *want = unused ? "unused" : probe_rows[n].without;

		snprintf(text, sizeof(text), "probe_symbol=%s:no_such_symbol", probe_rows[n].name);
		ASSERT_EQ(0, module_load(text));
		EXPECT_STREQ(want, probe_cell(probe_rows[n].name, "state")) {
			TH_LOG("%s", probe_rows[n].name);
		}
		EXPECT_EQ(!strcmp(want, "missing"), probe_count("missing"));
		EXPECT_STATE_TRUE();
		ASSERT_EQ(0, module_unload());
	}
}

/* The state of row @n if no row's first symbol is there. */
static const char *state_of_all_missing(int n)
{
	const char *name = probe_rows[n].name;

	if (!strcmp(probe_rows[n].without, "fallback"))
		return "fallback";
	/* The fall-back of mq_open needs its other half, where there is one. */
	if (!strcmp(name, "mq_open_compat"))
		return strcmp(probe_compat(), "unused") ? "missing" : "unused";
	return strcmp(probe_usual(name), "unused") ? "missing" : "unused";
}

/* Of two rows the second choice is there. */
TEST_SLOW(parameters, all_missing)
{
	char text[1024] = "probe_symbol=";
	struct lens_table table;
	int n, missing = 0;

	for (n = 0; n < PROBES; n++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s:x%d",
			 n ? "," : "", probe_rows[n].name, n);
	ASSERT_EQ(0, module_load(text));
	for (n = 0; n < PROBES; n++) {
		const char *want = state_of_all_missing(n);

		EXPECT_STREQ(want, probe_cell(probe_rows[n].name, "state")) {
			TH_LOG("%s", probe_rows[n].name);
		}
		if (strcmp(want, "missing"))
			continue;
		missing++;
		/* To the very last. */
		EXPECT_NE(NULL, strstr(status_value("lost"),
				       probe_cell(probe_rows[n].name, "lost_without")));
	}
	EXPECT_STREQ(number_text(missing), status_value("probes_missing"));
	EXPECT_NE(NULL, strstr(status_value("lost"), "shm_holders"));
	EXPECT_STATE_TRUE();
	ASSERT_EQ(0, lens_load(&table, "shm_holders"));
	EXPECT_EQ(0, table.rows);
	lens_free(&table);
	ASSERT_EQ(0, peer_remove(&self->peer, self->id));
	EXPECT_CELL(&self->space, self->id, "pending", "marked");
}

TEST_SLOW(parameters, refused)
{
	static const char *const bad[] = {
		"probe_symbol=close",		"probe_symbol=close:",
		"probe_symbol=:shm_close",	"probe_symbol=nonsense:shm_close",
		"probe_symbol=close:a,nonsense:b", "probe_symbol=close:a,,open:b",
		"probe_symbol=,",		"probe_symbol=CLOSE:shm_close",
	};
	char *before, *after;
	size_t length;
	int n;

	before = lens_slurp(KPROBE_LIST, 4096, &length);
	ASSERT_NE(NULL, before);
	for (n = 0; n < ARRAY_SIZE(bad); n++) {
		EXPECT_EQ(-EINVAL, module_load(bad[n])) {
			TH_LOG("%s", bad[n]);
		}
		ASSERT_FALSE(module_loaded());
		EXPECT_EQ(-1, access(LENS_DIR, F_OK));
	}
	after = lens_slurp(KPROBE_LIST, 4096, &length);
	ASSERT_NE(NULL, after);
	EXPECT_STREQ(before, after);
	free(before);
	free(after);
}

/* A second copy cannot be; and after unloading, nothing is left either. */
TEST_SLOW(parameters, nothing_left_behind)
{
	char *before, *with, *after;
	size_t length;

	before = lens_slurp(KPROBE_LIST, 4096, &length);
	ASSERT_EQ(0, module_load(""));
	EXPECT_EQ(-EEXIST, module_load(""));
	with = lens_slurp(KPROBE_LIST, 4096, &length);
	ASSERT_EQ(0, module_unload());
	after = lens_slurp(KPROBE_LIST, 4096, &length);
	ASSERT_TRUE(before && with && after);
	EXPECT_STREQ(before, after);
	EXPECT_NE(NULL, strstr(with, "shm_close"));
	EXPECT_EQ(-1, access(LENS_DIR, F_OK));
	EXPECT_EQ(-1, access("/sys/module/ipclens", F_OK));
	free(before);
	free(with);
	free(after);
}

TEST_HARNESS_MAIN
