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

#define INJECT_DIR "/sys/kernel/debug/"

static int inject_fd = -1; /* fail-nth */
static int mark_fd = -1; /* make-it-fail */

static int inject_set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = fd < 0 || write(fd, value, strlen(value)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

bool inject_present(void)
{
	return !access("/proc/thread-self/fail-nth", F_OK) &&
	       !access(INJECT_DIR "failslab", F_OK) && !access(INJECT_DIR "fail_page_alloc", F_OK);
}

/*
 * By default only those fail that may not wait. Each would print a stack. Failures by
 * probability are for marked tasks alone, and none until inject_pages() says so.
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
		ret = inject_set(settings[n].path, settings[n].value);
	if (ret || inject_fd >= 0)
		return ret;
	inject_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	mark_fd = open("/proc/self/make-it-fail", O_WRONLY | O_CLOEXEC);
	return inject_fd < 0 || mark_fd < 0 ? -errno : 0;
}

static int inject_count(int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", nth);

	return pwrite(inject_fd, text, length, 0) == length ? 0 : -errno;
}

int inject_nth(int nth)
{
	return inject_count(nth);
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

/* While it counts down, what is to fail by probability does not. */
int inject_from(int nth)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc" };
	char path[64];
	int n, ret = 0;

	for (n = 0; !ret && n < 2; n++) {
		snprintf(path, sizeof(path), INJECT_DIR "%s/times", kinds[n]);
		ret = inject_set(path, "-1");
		snprintf(path, sizeof(path), INJECT_DIR "%s/space", kinds[n]);
		ret = ret ? ret : inject_set(path, "0");
		snprintf(path, sizeof(path), INJECT_DIR "%s/probability", kinds[n]);
		ret = ret ? ret : inject_set(path, "100");
	}
	if (!ret)
		ret = inject_count(nth);
	return ret ? ret : mark_set("1");
}

bool inject_end(void)
{
	bool came;

	mark_set("0");
	came = !inject_left();
	inject_count(0);
	inject_set(INJECT_DIR "failslab/probability", "0");
	inject_set(INJECT_DIR "fail_page_alloc/probability", "0");
	return came;
}

int inject_pages(int pages)
{
	char text[16];
	int ret;

	/* A page fault that is refused its page is taken again, without end. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		return -errno;
	snprintf(text, sizeof(text), "%d", pages);
	ret = inject_set(INJECT_DIR "fail_page_alloc/times", "-1");
	if (!ret)
		ret = inject_set(INJECT_DIR "fail_page_alloc/space", text);
	if (!ret)
		ret = inject_set(INJECT_DIR "fail_page_alloc/probability", "100");
	return ret ? ret : inject_set("/proc/self/make-it-fail", "1");
}
