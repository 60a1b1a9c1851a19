// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unloading while calls are under way that a probe follows to their return: they return
 * to nobody, or to the module that was loaded meanwhile, and do what they were asked.
 */
#include <mqueue.h>

#include "../event/event.h"
#include "gate.h"
#include "probes.h"

#define CALLERS 20
/* of each: the one that is under way, and the one that it does next */
#define CALLS 2

struct caller {
	pthread_t thread;
	int number;
	int fds[CALLS];
	int errs[CALLS];
};

FIXTURE(underway) {
	struct space space;
	struct gate gate;
	struct caller callers[2 * CALLERS];
	int started;
	int shut;
};

FIXTURE_SETUP(underway)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	ASSERT_EQ(0, module_reload(""));
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, setrlimit(RLIMIT_MSGQUEUE, &unlimited));
	self->shut = gate_shut(&self->gate);
	ASSERT_TRUE(!self->shut || self->shut == -ENOSYS);
}

FIXTURE_TEARDOWN(underway)
{
	space_close(&self->space);
	EXPECT_EQ(0, module_unload());
}

static void *open_some(void *arg)
{
	struct caller *caller = arg;
	char name[32];
	int n;

	for (n = 0; n < CALLS; n++) {
		snprintf(name, sizeof(name), "/underway%d.%d", caller->number, n);
		caller->fds[n] = mq_open(name, QUEUE_NEW, 0600, NULL);
		caller->errs[n] = caller->fds[n] < 0 ? errno : 0;
	}
	return NULL;
}

/* More of them, until the module that is loaded has seen each begin. */
static int callers_begin(FIXTURE_DATA(underway) *self)
{
	int n, err = 0;

	for (n = 0; n < CALLERS && !err; n++) {
		struct caller *caller = &self->callers[self->started];

		caller->number = self->started++;
		err = pthread_create(&caller->thread, NULL, open_some, caller);
	}
	while (!err && strtoul(probe_cell("mq_open", "hits"), NULL, 10) < CALLERS)
		usleep(1000);
	return err;
}

/* Lets them go on; how many calls did not end with that error. */
static int callers_differ(FIXTURE_DATA(underway) *self, int err)
{
	int n, c, differ = gate_open(&self->gate) ? -1 : 0;

	for (n = 0; n < self->started; n++) {
		pthread_join(self->callers[n].thread, NULL);
		for (c = 0; c < CALLS; c++)
			differ += self->callers[n].errs[c] != err;
	}
	return differ;
}

TEST_SLOW(underway, into_nothing)
{
	if (self->shut)
		SKIP(return, "this kernel has no userfaultfd");
	ASSERT_EQ(0, callers_begin(self));
	ASSERT_EQ(0, module_unload());
	EXPECT_EQ(-1, access(LENS_DIR, F_OK));
	EXPECT_EQ(0, callers_differ(self, 0));
	ASSERT_EQ(0, module_load(""));
	EXPECT_STREQ("0", probe_cell("mq_open", "hits"));
	EXPECT_ALL_TRUE_IN(self->space.fd);
	EXPECT_EQ(CALLS * CALLERS,
		  lens_matches("mqueue", (const char *const[]){ "ipcns", number_text(self->space.inum), NULL }));
}

/* Of those that began before it was loaded it sees the creation, of the others all. */
TEST_SLOW(underway, into_the_next)
{
	struct owner here = { .peer = { .pid = getpid() } };
	int n, c;

	if (self->shut)
		SKIP(return, "this kernel has no userfaultfd");
	ASSERT_EQ(0, callers_begin(self));
	ASSERT_EQ(0, module_reload(""));
	ASSERT_EQ(0, callers_begin(self));
	EXPECT_EQ(0, callers_differ(self, 0));
	EXPECT_ALL_TRUE_IN(self->space.fd);
	for (n = 0; n < self->started; n++)
		for (c = 0; c < CALLS; c++) {
			EXPECT_QUEUE(&here, self->callers[n].fds[c], "create_pid", number_text(getpid()));
			EXPECT_QUEUE(&here, self->callers[n].fds[c], "ipcns", number_text(self->space.inum));
		}
	EXPECT_EQ(CALLS * self->started, history_rows("mqueue", self->space.inum));
	EXPECT_EQ(0, status_number("denials"));
}

/* Each refusal once, whether or not the beginning of the call was seen. */
TEST_SLOW(underway, refused_by_the_next)
{
	struct rlimit none = { 0, RLIM_INFINITY };

	if (self->shut)
		SKIP(return, "this kernel has no userfaultfd");
	ASSERT_EQ(0, callers_begin(self));
	ASSERT_EQ(0, module_reload(""));
	ASSERT_EQ(0, callers_begin(self));
	ASSERT_EQ(0, setrlimit(RLIMIT_MSGQUEUE, &none));
	EXPECT_EQ(0, callers_differ(self, EMFILE));
	EXPECT_EQ(CALLS * self->started, status_number("denials"));
	EXPECT_EQ(CALLS * self->started,
		  lens_matches("mq_denials", (const char *const[]){ "reason", "rlimit", "errno",
								    number_text(EMFILE), NULL }));
	EXPECT_EQ(0, status_number("denials_unpaired"));
}

TEST_HARNESS_MAIN
