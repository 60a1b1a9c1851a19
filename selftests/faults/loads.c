// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation that loading the module makes fails in turn (of the kernel's own before
 * the module's init, every IPCLENS_FAULTS-th: 10): it is not loaded and nothing is there, or
 * it is, says what it lacks, and can be unloaded. What does not allocate fails otherwise:
 * probes in load:parameters, a table and parameters in load:full, load:ring and
 * load:parameters.
 */
#include <sys/klog.h>
#include <sys/wait.h>

#include "../load/probes.h"
#include "inject.h"

#define KPROBE_LIST "/sys/kernel/debug/kprobes/list"
#define FAULTS_MOST 20000
#define PAGES_MOST 20000
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

static void log_mark(const char *mark)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, mark, strlen(mark)) < 0)
		perror("/dev/kmsg");
	close(fd);
}

/* The kernel's log has @text behind the last @mark. */
static bool log_says(const char *mark, const char *text)
{
	static char log[1 << 15];
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
	char path[64], text[64];
	int n, wrong = 0;

	for (n = 0; n < LENS_FILES; n++) {
		snprintf(path, sizeof(path), LENS_DIR "/%s", lens_file(n));
		snprintf(text, sizeof(text), "no debugfs file %s (error -12)", lens_file(n));
		wrong += access(path, F_OK) && !log_says(mark, text);
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

/* Sections, symbols, sysfs and events: nine of ten allocations, seconds each. */
static int fault_step(void)
{
	const char *text = getenv("IPCLENS_FAULTS");

	return text && atoi(text) > 0 ? atoi(text) : 10;
}

/* How many allocations the kernel makes before the module's init: that does not get far. */
static int count_before_init(void)
{
	int left;

	if (inject_nth(FAULTS_MOST) || module_load("probe_symbol=none:exit_shm") != -EINVAL)
		return -1;
	left = inject_left();
	inject_end();
	return left > 0 ? FAULTS_MOST - left : -1;
}

TEST_F_TIMEOUT(loads, allocations, 16 * PATIENCE)
{
	int nth, err, before, step = fault_step(), refused = 0, degraded = 0, failed = 0;
	bool came = true;
	char mark[32];

	if (!inject_present())
		SKIP(return, INJECT_NONE);
	before = count_before_init();
	ASSERT_GT(before, 100);
	for (nth = 1; came && nth < FAULTS_MOST; nth += nth + step < before ? step : 1) {
		snprintf(mark, sizeof(mark), "faults: load %d", nth);
		log_mark(mark);
		ASSERT_EQ(0, inject_nth(nth));
		err = module_load("probe_symbol=exit:exit_shm");
		came = inject_end();
		failed += came;
		if (err) {
			ASSERT_EQ(-ENOMEM, err) {
				TH_LOG("fault %d", nth);
			}
			refused++;
		} else {
			ASSERT_EQ(0, files_wrong(mark) + loaded_wrong(&self->space, self->id)) {
				TH_LOG("fault %d", nth);
			}
			degraded += probe_count("missing") > 0;
			ASSERT_EQ(0, module_unload());
		}
		ASSERT_EQ(0, left_behind(self->kprobes)) {
			TH_LOG("fault %d", nth);
		}
	}
	EXPECT_FALSE(came);
	EXPECT_GT(refused, 20);
	EXPECT_GT(degraded, 10);
	fprintf(stderr, "# faults: %d of %d allocations failed: %d loads refused, %d without a probe\n",
		failed, nth - 1, refused, degraded);
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

	if (!inject_present())
		SKIP(return, INJECT_NONE);
	for (n = 0; n < ARRAY_SIZE(parameters); n++) {
		for (pages = 0, err = -ENOMEM, refused = 0; err && pages < PAGES_MOST; pages += 64) {
			err = load_with_pages(pages, parameters[n]);
			refused += !!err;
			ASSERT_EQ(err ? -ENOMEM : 0, err) {
				TH_LOG("%d pages", pages);
			}
			if (!err)
				ASSERT_EQ(0, files_wrong("none is missing") + loaded_wrong(&self->space, self->id) +
						     module_unload());
			ASSERT_EQ(0, left_behind(self->kprobes)) {
				TH_LOG("%d pages", pages);
			}
		}
		EXPECT_EQ(0, err);
		EXPECT_GT(refused, 8);
		fprintf(stderr, "# faults: %s: refused %d times, the last with %d pages\n",
			parameters[n], refused, pages - 128);
	}
}

TEST_HARNESS_MAIN
