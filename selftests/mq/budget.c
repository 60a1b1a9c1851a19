// SPDX-License-Identifier: GPL-2.0-only
/*
 * The three budgets that refuse a queue with EMFILE, and
 * what the user's row says before, during and after. As root, as a plain user,
 * and as root of a user namespace.
 */
#include "fixture.h"

#define BUDGET 819200

FIXTURE(budget) {
	struct owner owner;
	long long cost;
};

FIXTURE_VARIANT(budget) {
	enum owner_kind kind;
};

FIXTURE_VARIANT_ADD(budget, root) {
	.kind = OWNER_ROOT,
};

FIXTURE_VARIANT_ADD(budget, plain) {
	.kind = OWNER_PLAIN,
};

FIXTURE_VARIANT_ADD(budget, spaces) {
	.kind = OWNER_SPACES,
};

FIXTURE_SETUP(budget)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, owner_start(&self->owner, variant->kind));
	self->cost = queue_cost(&self->owner, PEER_NO_ATTR, 0);
	ASSERT_GT(self->cost, 0);
}

FIXTURE_TEARDOWN(budget)
{
	peer_end(&self->owner.peer);
	EXPECT_EQ(0, owner_settle(&self->owner, 0));
}

/* Default queues "q0", "q1", ... until one is refused; how many there are. */
static int open_all(struct owner *owner, long *error)
{
	char name[16];
	long fd;
	int n;

	for (n = 0;; n++) {
		snprintf(name, sizeof(name), "q%d", n);
		fd = queue_default(owner, name);
		if (fd < 0)
			break;
	}
	*error = fd;
	return n;
}

/* The cells of the user's row that do not depend on who else lives. */
static void check_row(struct __test_metadata *_metadata, struct owner *owner, int queues,
		      long long cost)
{
	struct truth_tasks tasks;

	EXPECT_USER_IS(owner, "bytes", queues * cost);
	EXPECT_USER_IS(owner, "queue_bytes", queues * cost);
	EXPECT_USER_IS(owner, "queues", queues);
	EXPECT_USER(owner, "unlinked", "0");
	EXPECT_EQ(0, truth_tasks_read(&tasks, owner));
	EXPECT_GE(tasks.tasks, 1);
	EXPECT_USER_IS(owner, "limit_min", tasks.limit_min);
	EXPECT_USER_IS(owner, "limit_max", tasks.limit_max);
}

/* Refusals of the user that the ring still has, whoever of its processes they met. */
static int denials_of(const struct owner *owner)
{
	char userns[24], uid[24];

	snprintf(userns, sizeof(userns), "%lu", owner->userns);
	snprintf(uid, sizeof(uid), "%u", owner->uid);
	return lens_matches("mq_denials", (const char *const[]){
						"uid", uid, users_are_nested() ? "userns" : NULL,
						userns, NULL });
}

/* Default queues until the limit refuses one. */
TEST_SLOW(budget, default_queues)
{
	/* The namespace's own ceiling must not be reached before. */
	long long budget = variant->kind == OWNER_SPACES ? 600000 : BUDGET;
	struct owner *owner = &self->owner;
	char last[16];
	long error;
	int n;

	EXPECT_STREQ(number_text(self->cost),
		     lens_peek("namespaces", owner->ipcns, -1, "mq_default_charge"));
	/* Ten times 8192 bytes and twelve words, which are the kernel's and not the test's. */
	EXPECT_TRUE(self->cost == 82880 || (sizeof(long) == 4 && self->cost == 82400)) {
		TH_LOG("%lld", self->cost);
	}
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, budget));
	n = open_all(owner, &error);
	ASSERT_EQ(budget / self->cost, n);
	ASSERT_EQ(-EMFILE, error);
	check_row(_metadata, owner, n, self->cost);

	snprintf(last, sizeof(last), "q%d", n);
	EXPECT_EQ(1, denial_rows(owner, last));
	EXPECT_DENIAL(owner, last, "reason", "rlimit");
	EXPECT_DENIAL_IS(owner, last, "errno", EMFILE);
	EXPECT_DENIAL_IS(owner, last, "asked", self->cost);
	EXPECT_DENIAL_IS(owner, last, "charged", n * self->cost);
	EXPECT_DENIAL_IS(owner, last, "limit", budget);
	EXPECT_DENIAL(owner, last, "knob", "RLIMIT_MSGQUEUE");
	EXPECT_DENIAL_IS(owner, last, "uid", owner->uid);
	EXPECT_DENIAL_IS(owner, last, "userns", owner->userns);
	EXPECT_DENIAL_IS(owner, last, "ipcns", owner->ipcns);
	EXPECT_DENIAL_IS(owner, last, "limit_userns", owner->payer);
	EXPECT_DENIAL_IS(owner, last, "limit_uid", owner->uid);
	EXPECT_DENIAL_IS(owner, last, "level", owner->payer != userns_inum(1));
	EXPECT_USER_IS(owner, "level", owner->payer != userns_inum(1));
	EXPECT_DENIAL(owner, last, "maxmsg", "10");
	EXPECT_DENIAL(owner, last, "msgsize", "8192");
	/* What it asks for suffices, and one byte less does not. */
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, (n + 1) * self->cost - 1));
	EXPECT_EQ(-EMFILE, queue_default(owner, last));
	EXPECT_DENIAL_IS(owner, last, "limit", (n + 1) * self->cost - 1);
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, (n + 1) * self->cost));
	EXPECT_GE(queue_default(owner, last), 0);
	check_row(_metadata, owner, n + 1, self->cost);
}

/*
 * Both its own limit and the namespace's ceiling are in the way: raising one is no use.
 * Where there is no ceiling, it is.
 */
TEST_SLOW(budget, limit_and_ceiling)
{
	struct owner *owner = &self->owner;
	char last[16];
	long error;

	if (variant->kind != OWNER_SPACES)
		return;
	snprintf(last, sizeof(last), "q%d", open_all(owner, &error));
	ASSERT_EQ(-EMFILE, error);
	if (!users_are_nested()) {
		EXPECT_DENIAL(owner, last, "reason", "rlimit");
		EXPECT_DENIAL_IS(owner, last, "limit_uid", owner->uid);
		EXPECT_USER(owner, "ceiling", "-");
		ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, 10 * BUDGET));
		EXPECT_GE(queue_default(owner, last), 0);
		return;
	}
	EXPECT_DENIAL(owner, last, "reason", "userns");
	EXPECT_DENIAL(owner, last, "level", "0");
	EXPECT_DENIAL(owner, last, "limit_uid", "0");
	EXPECT_DENIAL_IS(owner, last, "limit", BUDGET);
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, 10 * BUDGET));
	EXPECT_EQ(-EMFILE, queue_default(owner, last));
	EXPECT_DENIAL(owner, last, "reason", "userns");
}

/* What was refused costs nothing and has no row. */
TEST_SLOW(budget, refused_leaves_nothing)
{
	struct owner *owner = &self->owner;
	char ipcns[24];
	int n;

	snprintf(ipcns, sizeof(ipcns), "%lu", owner->ipcns);
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, self->cost - 1));
	for (n = 0; n < 50; n++) {
		EXPECT_EQ(-EMFILE, queue_default(owner, "none"));
		EXPECT_EQ(-EINVAL, queue_open(owner, "none", QUEUE_NEW, 0, 1));
		EXPECT_EQ(-EINVAL, queue_open(owner, "none", QUEUE_NEW, 1, 1 << 25));
	}
	EXPECT_EQ(0, owner_bytes(owner));
	EXPECT_EQ(0, lens_matches("mqueue", (const char *const[]){ "ipcns", ipcns, NULL }));
	EXPECT_STREQ("0", lens_peek("namespaces", owner->ipcns, -1, "mq_count"));
	EXPECT_EQ(150, denial_rows(owner, "none"));
}

/* No descriptor left comes before any thought of bytes. */
TEST_SLOW(budget, descriptors)
{
	struct owner *owner = &self->owner;

	ASSERT_EQ(0, owner_limit(owner, RLIMIT_NOFILE, 40));
	/* Not even one byte would be free: this must not be blamed. */
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, 0));
	ASSERT_GT(peer_call(&owner->peer, PEER_DUP, 2, 0, 0, 0), 0);
	EXPECT_EQ(-EMFILE, queue_default(owner, "full"));
	EXPECT_EQ(1, denial_rows(owner, "full"));
	EXPECT_DENIAL(owner, "full", "reason", "nofile");
	EXPECT_DENIAL_IS(owner, "full", "errno", EMFILE);
	EXPECT_DENIAL(owner, "full", "asked", "1");
	EXPECT_DENIAL(owner, "full", "charged", "40");
	EXPECT_DENIAL(owner, "full", "limit", "40");
	EXPECT_DENIAL(owner, "full", "knob", "RLIMIT_NOFILE");
	EXPECT_DENIAL(owner, "full", "limit_userns", "-");
	EXPECT_DENIAL(owner, "full", "limit_uid", "-");

	/* With one free it is the bytes. */
	ASSERT_EQ(0, queue_close(owner, 39));
	EXPECT_EQ(-EMFILE, queue_default(owner, "full"));
	EXPECT_EQ(2, denial_rows(owner, "full"));
	EXPECT_DENIAL(owner, "full", "reason", "rlimit");
	EXPECT_DENIAL(owner, "full", "charged", "0");
	EXPECT_DENIAL(owner, "full", "limit", "0");
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, self->cost));
	EXPECT_EQ(39, queue_default(owner, "full"));
	/* Opening what is there needs a descriptor as well. */
	EXPECT_EQ(-EMFILE, queue_open(owner, "full", O_RDWR, PEER_NO_ATTR, 0));
	EXPECT_DENIAL(owner, "full", "reason", "nofile");
	EXPECT_EQ(3, denial_rows(owner, "full"));
}

/* A namespace below the user's has its own budget, and yet the parent's is full. */
TEST_SLOW(budget, ceiling_of_a_namespace)
{
	struct owner *owner = &self->owner, child;
	int room = BUDGET / self->cost, n;
	long above = -1;
	char name[16];

	if (!users_are_nested())
		SKIP(return, "namespaces have no ceiling before Linux 5.14");
	ASSERT_EQ(0, owner_nest(&child, owner, CLONE_NEWUSER));
	ASSERT_EQ(0, owner_limits(&child, RLIMIT_MSGQUEUE, RLIM_INFINITY, RLIM_INFINITY));
	for (n = 0; n < room - 1; n++) {
		snprintf(name, sizeof(name), "q%d", n);
		above = queue_default(owner, name);
		ASSERT_GE(above, 0);
	}
	ASSERT_GE(queue_default(&child, "first"), 0);
	EXPECT_EQ(-EMFILE, queue_default(&child, "second"));

	EXPECT_USER_IS(owner, "bytes", room * self->cost);
	EXPECT_USER_IS(owner, "queue_bytes", (room - 1) * self->cost);
	EXPECT_USER_IS(owner, "queues", room - 1);
	EXPECT_USER_IS(&child, "bytes", self->cost);
	EXPECT_USER(&child, "queues", "1");
	EXPECT_USER_IS(&child, "ceiling", BUDGET);
	EXPECT_USER_IS(&child, "parent_userns", owner->userns);
	EXPECT_USER_IS(&child, "parent_uid", owner->uid);
	EXPECT_USER_IS(&child, "limit_max", RLIM_INFINITY);

	EXPECT_EQ(1, denial_rows(&child, "second"));
	EXPECT_DENIAL(&child, "second", "reason", "userns");
	EXPECT_DENIAL_IS(&child, "second", "errno", EMFILE);
	EXPECT_DENIAL_IS(&child, "second", "asked", self->cost);
	EXPECT_DENIAL_IS(&child, "second", "charged", room * self->cost);
	EXPECT_DENIAL_IS(&child, "second", "limit", BUDGET);
	EXPECT_DENIAL(&child, "second", "knob", "user_namespace");
	EXPECT_DENIAL_IS(&child, "second", "userns", child.userns);
	EXPECT_DENIAL_IS(&child, "second", "limit_userns", owner->userns);
	EXPECT_DENIAL_IS(&child, "second", "limit_uid", owner->uid);
	EXPECT_DENIAL(&child, "second", "level", variant->kind == OWNER_SPACES ? "1" : "0");
	EXPECT_USER(&child, "level", variant->kind == OWNER_SPACES ? "2" : "1");

	/* One less above, and it fits below. */
	ASSERT_EQ(0, queue_unlink(owner, name));
	ASSERT_EQ(0, queue_close(owner, above));
	EXPECT_USER_IS(owner, "bytes", (room - 1) * self->cost);
	EXPECT_GE(queue_default(&child, "second"), 0);
	EXPECT_EQ(1, denial_rows(&child, "second"));
	EXPECT_USER_IS(&child, "bytes", 2 * self->cost);
	EXPECT_EQ(0, peer_end(&child.peer));
}

/* Below there is room for a first queue at least: unless both namespaces have one budget. */
TEST_SLOW(budget, one_user_in_two_namespaces)
{
	int nested = users_are_nested(), above = nested ? 0 : 2;
	struct owner *owner = &self->owner, child;

	ASSERT_EQ(0, owner_nest(&child, owner, CLONE_NEWUSER));
	ASSERT_NE(owner->userns, child.userns);
	ASSERT_GE(queue_default(owner, "one"), 0);
	ASSERT_GE(queue_default(owner, "two"), 0);
	ASSERT_EQ(0, owner_limit(&child, RLIMIT_MSGQUEUE, (above + 1) * self->cost));
	ASSERT_GE(queue_default(&child, "three"), 0);
	EXPECT_USER_IS(owner, "bytes", 3 * self->cost);
	EXPECT_USER_IS(owner, "queues", nested ? 2 : 3);
	EXPECT_USER_IS(&child, "bytes", (above + 1) * self->cost);
	EXPECT_USER_IS(&child, "queues", above + 1);

	EXPECT_EQ(-EMFILE, queue_default(&child, "four"));
	EXPECT_DENIAL(&child, "four", "reason", "rlimit");
	EXPECT_DENIAL_IS(&child, "four", "charged", (above + 1) * self->cost);
	EXPECT_DENIAL_IS(&child, "four", "userns", child.userns);
	EXPECT_DENIAL_IS(&child, "four", "limit_userns", child.payer);
	EXPECT_DENIAL_IS(&child, "four", "limit_uid", child.uid);
	EXPECT_USER_IS(&child, "denials", denials_of(&child));
	/* The limit is the caller's, the count the user's. */
	EXPECT_GE(queue_default(owner, "five"), 0);
	EXPECT_EQ(0, peer_end(&child.peer));
}

/* Soft limits of one user's tasks differ; the charge is the user's. */
TEST_SLOW(budget, limits_of_tasks)
{
	struct owner *owner = &self->owner, second;
	struct truth_tasks tasks;

	ASSERT_GE(queue_default(owner, "one"), 0);
	ASSERT_EQ(0, owner_nest(&second, owner, 0));
	ASSERT_EQ(0, owner_limit(&second, RLIMIT_MSGQUEUE, 4 * BUDGET));
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, 12345));
	ASSERT_EQ(0, truth_tasks_read(&tasks, owner));
	EXPECT_USER_IS(owner, "limit_min", 12345);
	EXPECT_USER_IS(owner, "limit_max", tasks.limit_max);
	EXPECT_GE(tasks.limit_max, 4 * BUDGET);
	if (variant->kind != OWNER_ROOT)
		EXPECT_USER(owner, "tasks", "2");
	EXPECT_EQ(-EMFILE, queue_default(owner, "two"));
	EXPECT_DENIAL(owner, "two", "limit", "12345");
	EXPECT_USER_IS(owner, "denials", denials_of(owner));
	EXPECT_GE(queue_default(&second, "two"), 0);
	EXPECT_USER_IS(owner, "bytes", 2 * self->cost);
	ASSERT_EQ(0, peer_end(&second.peer));
	EXPECT_USER_IS(owner, "bytes", 2 * self->cost);
	if (variant->kind != OWNER_ROOT)
		EXPECT_USER(owner, "limit_max", "12345");
}

TEST_HARNESS_MAIN
