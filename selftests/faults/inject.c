// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's fault injection as files: /proc/thread-self/fail-nth counts the
 * allocations of one thread, fail_page_alloc in debugfs those of tasks that are marked.
 */
#include "inject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file.h"

#define INJECT_DIR "/sys/kernel/debug/"

static int inject_fd = -1; /* fail-nth */
static int mark_fd = -1; /* make-it-fail */

bool inject_present(void)
{
	return !access("/proc/thread-self/fail-nth", F_OK) &&
	       !access(INJECT_DIR "failslab", F_OK) && !access(INJECT_DIR "fail_page_alloc", F_OK);
}

/*
 * By default only those fail that may not wait. Each would print a stack. Failures by
 * probability are for marked tasks alone, and none until kind_fail() says so.
 */
int inject_prepare(void)
{
	static const struct {
		const char *path;
		const char *value;
	} settings[] = {
		{ INJECT_DIR "failslab/ignore-gfp-wait", "N" },
		{ INJECT_DIR "failslab/verbose", "0" },
		{ INJECT_DIR "failslab/task-filter", "Y" },
		{ INJECT_DIR "failslab/probability", "0" },
		{ INJECT_DIR "fail_page_alloc/ignore-gfp-wait", "N" },
		{ INJECT_DIR "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ INJECT_DIR "fail_page_alloc/min-order", "0" },
		{ INJECT_DIR "fail_page_alloc/verbose", "0" },
		{ INJECT_DIR "fail_page_alloc/task-filter", "Y" },
		{ INJECT_DIR "fail_page_alloc/probability", "0" },
	};
	int n, ret = 0;

	for (n = 0; !ret && n < sizeof(settings) / sizeof(settings[0]); n++)
		ret = file_put(settings[n].path, settings[n].value);
	if (ret || inject_fd >= 0)
		return ret;
	inject_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	mark_fd = open("/proc/self/make-it-fail", O_WRONLY | O_CLOEXEC);
	return inject_fd < 0 || mark_fd < 0 ? -errno : 0;
}

int inject_nth(int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", nth);

	return pwrite(inject_fd, text, length, 0) == length ? 0 : -errno;
}

static int inject_left(void)
{
	char text[16] = "";

	return pread(inject_fd, text, sizeof(text) - 1, 0) > 0 ? atoi(text) : -errno;
}

static int mark_set(const char *text)
{
	return pwrite(mark_fd, text, 1, 0) == 1 ? 0 : -errno;
}

/* Allocations of @kind by marked tasks fail once they have got so many; 0 or -errno. */
static int kind_fail(const char *kind, int space)
{
	const struct {
		const char *name;
		int value;
	} settings[] = { { "times", -1 }, { "space", space }, { "probability", 100 } };
	char path[64], text[16];
	int n, ret = 0;

	for (n = 0; !ret && n < sizeof(settings) / sizeof(settings[0]); n++) {
		snprintf(path, sizeof(path), INJECT_DIR "%s/%s", kind, settings[n].name);
		snprintf(text, sizeof(text), "%d", settings[n].value);
		ret = file_put(path, text);
	}
	return ret;
}

/* While fail-nth counts down, nothing fails by probability. */
int inject_from(int nth)
{
	int ret = kind_fail("failslab", 0);

	if (!ret)
		ret = kind_fail("fail_page_alloc", 0);
	if (!ret)
		ret = inject_nth(nth);
	return ret ? ret : mark_set("1");
}

bool inject_end(void)
{
	bool came;

	mark_set("0");
	came = !inject_left();
	inject_nth(0);
	file_put(INJECT_DIR "failslab/probability", "0");
	file_put(INJECT_DIR "fail_page_alloc/probability", "0");
	return came;
}

int inject_pages(int pages)
{
	int ret;

	/* A page fault that is refused its page is taken again, without end. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		return -errno;
	ret = kind_fail("fail_page_alloc", pages);
	return ret ? ret : file_put("/proc/self/make-it-fail", "1");
}
