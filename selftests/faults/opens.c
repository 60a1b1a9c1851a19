// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation that mq_open() makes fails in turn: a call that says ENOMEM has one row in
 * "mq_denials" with that reason, whichever it was, and any other call none.
 */
#include <sys/syscall.h>

#include "fixture.h"
#include "inject.h"
#include "module.h"

#define FAULTS_MOST 500
/* See reads.c: the same allocation may come later by some that nobody misses. */
#define TRIES 4

FIXTURE(opens) {
	struct space space;
	int calls; /* so far */
};

FIXTURE_SETUP(opens)
{
	/* Each test says that it is skipped: a setup cannot. */
	if (!inject_present())
		return;
	ASSERT_EQ(0, module_reload(""));
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, inject_prepare());
}

FIXTURE_TEARDOWN(opens)
{
	space_close(&self->space);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
}

/* Whether @name was refused so often, each time for want of memory. */
static bool is_told(const FIXTURE_DATA(opens) *self, const char *name, int times)
{
	const char *const keys[] = { "ipcns", number_text(self->space.inum), "name", name,
				     NULL };
	const char *const nomem[] = { "ipcns", number_text(self->space.inum), "name", name,
				      "reason", "nomem", NULL };

	return lens_matches("mq_denials", keys) == times &&
	       lens_matches("mq_denials", nomem) == times;
}

enum call { CALL_WHOLE, CALL_FAULTY, CALL_REFUSED, CALL_WRONG };

/* Makes a queue with the @nth allocation failing, and removes what there is of it. */
static enum call open_with_fault(FIXTURE_DATA(opens) *self, int nth)
{
	char name[24];
	bool came;
	int fd, err;

	snprintf(name, sizeof(name), "opens%d", self->calls++);
	if (inject_nth(nth))
		return CALL_WRONG;
	fd = syscall(SYS_mq_open, name, QUEUE_NEW, 0600, NULL);
	err = errno;
	came = inject_end();
	if (fd >= 0)
		close(fd);
	/* It may have been made before the call failed. */
	syscall(SYS_mq_unlink, name);
	if (fd < 0 && (!came || err != ENOMEM))
		return CALL_WRONG;
	if (!is_told(self, name, fd < 0))
		return CALL_WRONG;
	return fd < 0 ? CALL_REFUSED : came ? CALL_FAULTY : CALL_WHOLE;
}

TEST_F_TIMEOUT(opens, refused, 2 * PATIENCE)
{
	enum call call, last = CALL_FAULTY;
	int nth, tries, places = 0, refused = 0;

	if (!inject_present())
		SKIP(return, INJECT_NONE);
	for (nth = 1; last != CALL_WHOLE && nth < FAULTS_MOST; nth++) {
		last = CALL_WHOLE;
		for (tries = 0; tries < TRIES && last != CALL_REFUSED; tries++) {
			call = open_with_fault(self, nth);
			ASSERT_NE(CALL_WRONG, call) {
				TH_LOG("fault %d", nth);
			}
			refused += call == CALL_REFUSED;
			if (call > last)
				last = call;
		}
		places += last == CALL_REFUSED;
	}
	ASSERT_EQ(CALL_WHOLE, last);
	/* the name, the directory's entry, the queue, the file */
	EXPECT_GE(places, 4);
	EXPECT_EQ(refused, status_number("denials_nomem"));
	EXPECT_EQ(0, lens_matches("mqueue", (const char *const[]){
		"ipcns", number_text(self->space.inum), NULL }));
	fprintf(stderr, "# faults: mq_open: %d allocations failed, %d refused the queue\n",
		nth - 2, places);
}

TEST_HARNESS_MAIN
