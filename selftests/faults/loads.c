// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation that loading the module makes fails in turn (of the kernel's own before
 * the module's init, every IPCLENS_FAULTS-th: 1): it is not loaded and nothing is there, or
 * it is, says what it lacks, and can be unloaded. What does not allocate fails otherwise:
 * probes in load:parameters, a table and parameters in load:full, load:ring and
 * load:parameters.
 */
#include <sys/klog.h>
#include <sys/wait.h>

#include "../load/probes.h"
#include "file.h"
#include "inject.h"

#define KPROBE_LIST "/sys/kernel/debug/kprobes/list"
#define FAULTS_MOST 20000
#define PAGES_MOST 20000
/* Pages that come by the hundred count as one. */
#define PAGES_STEP 4
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

static struct outcome load_with_fault(const struct space *space, int id, const char *kprobes, int nth)
{
	struct outcome outcome = { .wrong = NULL };
	char mark[32];
	int err;

	snprintf(mark, sizeof(mark), "faults: load %d", nth);
	if (file_put("/dev/kmsg", mark) || inject_nth(nth))
		outcome.wrong = "cannot inject";
	/* Of room for calls under way a probe takes 64 pieces, which fail all alike: some do. */
	err = module_load("probe_symbol=exit:exit_shm maxactive=8");
	outcome.came = inject_end();
	outcome.refused = err;
	if (err && err != -ENOMEM)
		outcome.wrong = strerror(-err);
	if (!err) {
		if (files_wrong(mark))
			outcome.wrong = "a file is not there, and nobody says so";
		if (loaded_wrong(space, id))
			outcome.wrong = "what it shows";
		outcome.degraded = probe_count("missing") > 0;
		if (module_unload())
			outcome.wrong = "it cannot be unloaded";
	}
	if (left_behind(kprobes))
		outcome.wrong = "what it leaves behind";
	return outcome;
}

/* So many allocations the module's init makes at most before the first probe. */
#define BEFORE_PROBES 100

TEST_F_TIMEOUT(loads, allocations, 32 * PATIENCE) /* 80 minutes on an emulated CPU */
{
	struct outcome outcome = { .came = true };
	int nth, step = asked("IPCLENS_FAULTS", 1) ?: 1, failed = 0, refused = 0, degraded = 0;

	if (!inject_present())
		SKIP(return, INJECT_NONE);
	for (nth = 1; outcome.came && nth < FAULTS_MOST; nth += step) {
		outcome = load_with_fault(&self->space, self->id, self->kprobes, nth);
		ASSERT_EQ(NULL, outcome.wrong) {
			TH_LOG("fault %d: %s", nth, outcome.wrong);
		}
		failed += outcome.came;
		refused += outcome.refused;
		degraded += outcome.degraded;
		/* from here on each, and those that init made before as well */
		if (outcome.degraded && step > 1) {
			nth = nth > BEFORE_PROBES ? nth - BEFORE_PROBES : 0;
			step = 1;
		}
	}
	EXPECT_FALSE(outcome.came);
	/*
	 * Both have been. Few refuse: sysfs and sections do without what they cannot have, and
	 * tables are asked for again as single pages, see below; each probe allocates.
	 */
	EXPECT_GT(refused, 0);
	EXPECT_GT(degraded, 20);
	fprintf(stderr, "# faults: %d of %d allocations failed: %d loads refused, %d without a probe\n",
		failed, nth - step, refused, degraded);
}

/* Loads in a child that gets only so many pages: no fall-back helps then. */
static int load_with_pages(int pages, const char *parameters)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (inject_pages(pages))
			_exit(100);
		_exit(-module_load(parameters));
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

/*
 * Each of the two tables in turn takes most of the pages by far, so that the load is refused
 * for it and with nothing but the other one to give back.
 */
TEST_F_TIMEOUT(loads, pages, 8 * PATIENCE)
{
	static const char *const parameters[] = { "history=65536 denials=1", "history=64 denials=65536" };
	int n, pages, err, refused;
	char mark[48];

	if (!inject_present())
		SKIP(return, INJECT_NONE);
	for (n = 0; n < ARRAY_SIZE(parameters); n++) {
		for (pages = 0, err = -ENOMEM, refused = 0; err && pages < PAGES_MOST; pages += PAGES_STEP) {
			snprintf(mark, sizeof(mark), "faults: table %d, %d pages", n, pages);
			ASSERT_EQ(0, file_put("/dev/kmsg", mark));
			err = load_with_pages(pages, parameters[n]);
			refused += !!err;
			ASSERT_EQ(err ? -ENOMEM : 0, err) {
				TH_LOG("%d pages", pages);
			}
			if (!err) {
				/* What comes behind the tables can be refused as well. */
				EXPECT_EQ(0, files_wrong(mark));
				EXPECT_EQ(0, loaded_wrong(&self->space, self->id));
				ASSERT_EQ(0, module_unload());
			}
			ASSERT_EQ(0, left_behind(self->kprobes)) {
				TH_LOG("%d pages", pages);
			}
		}
		EXPECT_EQ(0, err);
		EXPECT_GT(refused, 8);
		fprintf(stderr, "# faults: %s: refused %d times, the last with %d pages\n",
			parameters[n], refused, pages - 2 * PAGES_STEP);
	}
}

TEST_HARNESS_MAIN
