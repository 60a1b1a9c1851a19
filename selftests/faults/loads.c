// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation that loading the module makes fails in turn (every IPCLENS_FAULTS-th: 1,
 * and each of the last ones, among which are those of its probes): it is not loaded and
 * nothing is there, or it is, says what it lacks, and can be unloaded. What does not allocate
 * fails otherwise: probes in load:parameters, a table and parameters in load:full, load:ring
 * and load:parameters.
 */
#include <sys/klog.h>
#include <sys/wait.h>

#include "../load/probes.h"
#include "file.h"
#include "inject.h"

#define KPROBE_LIST "/sys/kernel/debug/kprobes/list"
#define FAULTS_MOST 20000
#define PAGES_MOST 20000
/*
 * Tables take pages by the thousand, of which any will do. The last ones, of which some are
 * for what comes behind the tables, are refused in smaller steps. (On older kernels pages
 * that are taken by the hundred count as one: all are among the last.)
 */
#define PAGES_STEP 64
#define PAGES_LAST 256
#define PAGES_LAST_STEP 4
#define LOG_READ_ALL 3

FIXTURE(loads) {
	struct space space;
	struct peer peer;
	char *kprobes;
	int id;
};

FIXTURE_SETUP(loads)
{
	size_t length;

	/* Each test says that it is skipped: a setup cannot. */
	if (!inject_present())
		return;
	ASSERT_EQ(0, module_loaded() ? module_unload() : 0);
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	self->id = peer_get(&self->peer, 0x4c0f0001, 4096, CREATE);
	ASSERT_GT(peer_attach(&self->peer, self->id), 0);
	self->kprobes = lens_slurp(KPROBE_LIST, 4096, &length);
	ASSERT_NE(NULL, self->kprobes);
	ASSERT_EQ(0, inject_prepare());
}

FIXTURE_TEARDOWN(loads)
{
	if (!self->peer.pid)
		return;
	free(self->kprobes);
	peer_end(&self->peer);
	space_close(&self->space);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
}

/* Something of the module is there although it is not loaded. */
static int left_behind(const char *kprobes)
{
	size_t length;
	char *now = lens_slurp(KPROBE_LIST, 4096, &length);
	int left = !now || strcmp(kprobes, now) || module_loaded() || !access(LENS_DIR, F_OK) ||
		   !access("/sys/kernel/debug/tracing/events/ipclens", F_OK);

	free(now);
	return left;
}

/* The kernel's log has @text behind the last @mark. */
static bool log_says(const char *mark, const char *text)
{
	static char log[1 << 17]; /* the kernel tells of each refusal at length */
	int length = klogctl(LOG_READ_ALL, log, sizeof(log) - 1);
	char *at, *last = NULL;

	if (length < 0)
		return false;
	log[length] = '\0';
	for (at = log; (at = strstr(at, mark)); at++)
		last = at;
	return last && strstr(last, text);
}

/* A file is not there, and nobody has said so. */
static int files_wrong(const char *mark)
{
	char text[64];
	int n, wrong = 0;

	for (n = 0; n < LENS_FILES; n++) {
		snprintf(text, sizeof(text), "no debugfs file %s (error -12)", lens_file(n));
		wrong += access(lens_path(lens_file(n)), F_OK) && !log_says(mark, text);
	}
	return wrong;
}

/* The rows of "shm", if there is the file, and what "status" says of probes are wrong. */
static int loaded_wrong(const struct space *space, int id)
{
	int missing, wrong = 0;

	if (!access(LENS_DIR "/shm", F_OK))
		wrong += !!strcmp("1", lens_peek("shm", space->inum, id, "nattch"));
	if (access(LENS_DIR "/status", F_OK) || access(LENS_DIR "/probes", F_OK))
		return wrong;
	missing = probe_count("missing");
	wrong += missing < 0 || missing != (int)status_number("probes_missing");
	return wrong + (!missing != !strcmp(status_value("lost"), "-"));
}

struct outcome {
	const char *wrong; /* what is not as it should be */
	bool came; /* the fault has */
	bool refused;
	bool degraded; /* loaded without some probe */
};

/* What is not as it should be after a load that gave @err, NULL if all is; unloads it. */
static const char *load_wrong(const FIXTURE_DATA(loads) *self, const char *mark, int err)
{
	const char *wrong = err && err != -ENOMEM ? strerror(-err) : NULL;

	if (!err) {
		if (files_wrong(mark))
			wrong = "a file is not there, and nobody says so";
		if (loaded_wrong(&self->space, self->id))
			wrong = "what it shows";
		if (module_unload())
			wrong = "it cannot be unloaded";
	}
	return left_behind(self->kprobes) ? "what it leaves behind" : wrong;
}

static struct outcome load_with_fault(const FIXTURE_DATA(loads) *self, int nth)
{
	struct outcome outcome = { .wrong = "cannot inject" };
	char mark[32];
	int err;

	snprintf(mark, sizeof(mark), "faults: load %d", nth);
	if (file_put("/dev/kmsg", mark) || inject_nth(nth))
		return outcome;
	/* Of room for calls under way a probe takes 64 pieces, which fail all alike: some do. */
	err = module_load("probe_symbol=exit:exit_shm maxactive=8");
	outcome.came = inject_end();
	outcome.refused = err;
	outcome.degraded = !err && probe_count("missing") > 0;
	outcome.wrong = load_wrong(self, mark, err);
	return outcome;
}

/* The last allocations of a load; placing the probes comes last, and takes most of these. */
#define LAST_FAULTS 500

struct outcomes {
	int failed, refused, degraded;
};

/* Each @step-th allocation from @nth on; the number of the first that is not made, -1 if wrong. */
static int load_with_faults(struct __test_metadata *_metadata, FIXTURE_DATA(loads) *self, int nth,
			    int step, struct outcomes *outcomes)
{
	struct outcome outcome = { .came = true };

	for (; nth < FAULTS_MOST; nth += step) {
		outcome = load_with_fault(self, nth);
		if (outcome.wrong) {
			TH_LOG("fault %d: %s", nth, outcome.wrong);
			return -1;
		}
		if (!outcome.came)
			return nth;
		outcomes->failed++;
		outcomes->refused += outcome.refused;
		outcomes->degraded += outcome.degraded;
	}
	return -1;
}

TEST_F_TIMEOUT(loads, allocations, 32 * PATIENCE) /* 80 minutes on an emulated CPU */
{
	int end, last, step = asked("IPCLENS_FAULTS", 1) ?: 1;
	struct outcomes outcomes = {};

	if (!inject_present())
		SKIP(return, INJECT_NONE);
	end = load_with_faults(_metadata, self, 1, step, &outcomes);
	ASSERT_GT(end, 0);
	if (step > 1) {
		last = end > LAST_FAULTS ? end - LAST_FAULTS : 1;
		end = load_with_faults(_metadata, self, last, 1, &outcomes);
		ASSERT_GT(end, 0);
	}
	/*
	 * Both have been. Few refuse: sysfs and sections do without what they cannot have, and
	 * tables are asked for again as single pages, see below. Of the probes at least those on
	 * returns cannot do without room for calls under way: many pieces before 6.7, two since,
	 * of which some may be passed over where caches are filled between.
	 */
	EXPECT_GT(outcomes.refused, 0);
	EXPECT_GT(outcomes.degraded, kernel_before(6, 7) ? 20 : 3);
	fprintf(stderr, "# faults: %d of %d allocations failed: %d loads refused, %d without a probe\n",
		outcomes.failed, end - 1, outcomes.refused, outcomes.degraded);
}

/*
 * In a child that gets only so many pages: no fall-back helps then. 0 or -errno; -ECANCELED if
 * pages cannot be refused.
 */
static int load_in_child(int pages, const char *parameters)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(inject_pages(pages) ? ECANCELED : -module_load(parameters));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

static struct outcome load_with_pages(const FIXTURE_DATA(loads) *self, int pages,
				      const char *parameters)
{
	struct outcome outcome = { .wrong = "cannot mark the log" };
	char mark[64];
	int err;

	snprintf(mark, sizeof(mark), "faults: %s, %d pages", parameters, pages);
	if (file_put("/dev/kmsg", mark))
		return outcome;
	err = load_in_child(pages, parameters);
	outcome.refused = err;
	/* What comes behind the tables can be refused as well. */
	outcome.wrong = load_wrong(self, mark, err);
	return outcome;
}

/*
 * Each of the two tables in turn takes most of the pages by far, so that the load is refused
 * for it and with nothing but the other one to give back.
 */
TEST_F_TIMEOUT(loads, pages, 8 * PATIENCE)
{
	static const char *const parameters[] = { "history=65536 denials=1", "history=64 denials=65536" };
	struct outcome outcome;
	int n, pages, step, refused;

	if (!inject_present())
		SKIP(return, INJECT_NONE);
	for (n = 0; n < ARRAY_SIZE(parameters); n++) {
		step = PAGES_STEP;
		outcome.refused = true;
		for (pages = 0, refused = 0; outcome.refused && pages < PAGES_MOST; pages += step) {
			outcome = load_with_pages(self, pages, parameters[n]);
			ASSERT_EQ(NULL, outcome.wrong) {
				TH_LOG("%s, %d pages: %s", parameters[n], pages, outcome.wrong);
			}
			refused += outcome.refused;
			/* enough: back, and up to here once more */
			if (!outcome.refused && step == PAGES_STEP) {
				step = PAGES_LAST_STEP;
				pages = (pages > PAGES_LAST ? pages - PAGES_LAST : 0) - step;
				outcome.refused = true;
			}
		}
		EXPECT_FALSE(outcome.refused);
		EXPECT_EQ(PAGES_LAST_STEP, step);
		EXPECT_GT(refused, 8);
		fprintf(stderr, "# faults: %s: refused %d times, the last with %d pages\n",
			parameters[n], refused, pages - 2 * step);
	}
}

TEST_HARNESS_MAIN
