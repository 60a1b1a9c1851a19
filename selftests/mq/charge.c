// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a queue costs, by the kernel's own verdict: the limit at which it lets
 * the queue through, and the limit one byte below. Many shapes of queues, some
 * with more messages than there are priorities; messages that must not count.
 */

#include "fixture.h"

struct shape {
	long maxmsg;
	long msgsize;
};

/* The first ones fit the limits of a user without privilege. */
static const struct shape shapes[] = {
	{ PEER_NO_ATTR, 0 }, { 1, 1 }, { 1, 8192 }, { 10, 1 }, { 10, 8192 }, { 7, 4097 },
	{ 3, 129 }, { 11, 64 }, { 1, 16777216 }, { 255, 17 }, { 32767, 1 }, { 32768, 1 },
	{ 32769, 1 }, { 65536, 1 }, { 65535, 100 }, { 65536, 16777216 },
};

#define SHAPES_PLAIN 7

FIXTURE(charge) {
	struct owner owner;
	size_t shapes;
};

FIXTURE_VARIANT(charge) {
	enum owner_kind kind;
};

FIXTURE_VARIANT_ADD(charge, root) {
	.kind = OWNER_ROOT,
};

FIXTURE_VARIANT_ADD(charge, plain) {
	.kind = OWNER_PLAIN,
};

FIXTURE_VARIANT_ADD(charge, spaces) {
	.kind = OWNER_SPACES,
};

FIXTURE_SETUP(charge)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, owner_start(&self->owner, variant->kind));
	self->shapes = variant->kind == OWNER_ROOT ? ARRAY_SIZE(shapes) : SHAPES_PLAIN;
}

FIXTURE_TEARDOWN(charge)
{
	peer_end(&self->owner.peer);
	EXPECT_EQ(0, owner_settle(&self->owner, 0));
}

/* Where words are short: more than the kernel can count, under any limit. */
static void check_overflow(struct __test_metadata *_metadata, struct owner *owner,
			   const struct shape *shape)
{
	EXPECT_GT((long long)shape->maxmsg * shape->msgsize >> 32, 0);
	EXPECT_EQ(-EOVERFLOW, queue_open(owner, "vast", QUEUE_NEW, shape->maxmsg, shape->msgsize));
	EXPECT_DENIAL(owner, "vast", "reason", "overflow");
	EXPECT_DENIAL_IS(owner, "vast", "errno", EOVERFLOW);
	EXPECT_DENIAL_IS(owner, "vast", "maxmsg", shape->maxmsg);
	EXPECT_DENIAL_IS(owner, "vast", "msgsize", shape->msgsize);
}

static void find_costs(struct __test_metadata *_metadata, struct owner *owner, size_t count,
		       long long *cost)
{
	size_t n;

	for (n = 0; n < count; n++) {
		cost[n] = queue_cost(owner, shapes[n].maxmsg, shapes[n].msgsize);
		if (cost[n] == -EOVERFLOW) {
			check_overflow(_metadata, owner, &shapes[n]);
			continue;
		}
		ASSERT_GT(cost[n], 0) {
			TH_LOG("%ld x %ld", shapes[n].maxmsg, shapes[n].msgsize);
		}
	}
}

/* Alone, then on top of others: each shape is shown at its price. */
TEST_SLOW(charge, every_shape)
{
	struct owner *owner = &self->owner;
	unsigned long long sum = 0, before;
	long long cost[ARRAY_SIZE(shapes)];
	size_t n, queues = 0;
	char name[16];
	long fd;

	find_costs(_metadata, owner, self->shapes, cost);
	for (n = 0; n < self->shapes; n++) {
		if (cost[n] < 0)
			continue;
		snprintf(name, sizeof(name), "shape%zu", n);
		before = owner_bytes(owner);
		EXPECT_EQ(sum, before);
		ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, before + cost[n] - 1));
		EXPECT_EQ(-EMFILE, queue_open(owner, name, QUEUE_NEW, shapes[n].maxmsg,
					      shapes[n].msgsize));
		EXPECT_DENIAL(owner, name, "reason", "rlimit");
		EXPECT_DENIAL_IS(owner, name, "asked", cost[n]);
		EXPECT_DENIAL_IS(owner, name, "charged", before);
		EXPECT_DENIAL_IS(owner, name, "limit", before + cost[n] - 1);
		ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, before + cost[n]));
		fd = queue_open(owner, name, QUEUE_NEW, shapes[n].maxmsg, shapes[n].msgsize);
		ASSERT_GE(fd, 0);
		sum += cost[n];
		queues++;
		EXPECT_QUEUE(owner, fd, "charge", number_text(cost[n]));
		if (shapes[n].maxmsg != PEER_NO_ATTR) {
			EXPECT_QUEUE(owner, fd, "maxmsg", number_text(shapes[n].maxmsg));
			EXPECT_QUEUE(owner, fd, "msgsize", number_text(shapes[n].msgsize));
		}
		EXPECT_QUEUE(owner, fd, "charged_userns", number_text(owner->payer));
		EXPECT_QUEUE(owner, fd, "charged_uid", number_text(owner->uid));
	}
	EXPECT_USER_IS(owner, "bytes", sum);
	EXPECT_USER_IS(owner, "queue_bytes", sum);
	EXPECT_USER_IS(owner, "queues", queues);
}

/* Defaults of the namespace decide what a queue without attributes costs. */
TEST_SLOW(charge, defaults_of_the_namespace)
{
	struct owner *owner = &self->owner;
	static const struct {
		const char *name;
		int value;
	} settings[] = {
		{ "msg_default", 3 }, { "msgsize_default", 200 }, { "msg_max", 2 },
		{ "msgsize_max", 150 },
	};
	long long cost;
	size_t n;
	long fd;

	for (n = 0; n < ARRAY_SIZE(settings); n++) {
		ASSERT_EQ(0, owner_setting(owner, settings[n].name, settings[n].value));
		cost = queue_cost(owner, PEER_NO_ATTR, 0);
		ASSERT_GT(cost, 0);
		EXPECT_STREQ(number_text(cost),
			     lens_peek("namespaces", owner->ipcns, -1, "mq_default_charge"));
		fd = queue_default(owner, "default");
		ASSERT_GE(fd, 0);
		EXPECT_QUEUE(owner, fd, "charge", number_text(cost));
		EXPECT_QUEUE(owner, fd, "maxmsg", n < 2 ? "3" : "2");
		EXPECT_QUEUE(owner, fd, "msgsize", n < 1 ? "8192" : n < 3 ? "200" : "150");
		ASSERT_EQ(0, queue_unlink(owner, "default"));
		ASSERT_EQ(0, queue_close(owner, fd));
	}
}

/* Messages fill the queue, not the budget. */
TEST_SLOW(charge, messages_cost_nothing)
{
	struct owner *owner = &self->owner;
	unsigned long long bytes, sum = 0;
	long fd = queue_open(owner, "filled", QUEUE_NEW, 5, 1000);
	int n;

	ASSERT_GE(fd, 0);
	bytes = owner_bytes(owner);
	for (n = 0; n < 5; n++) {
		ASSERT_EQ(0, peer_call(&owner->peer, PEER_MQ_SEND, fd, 100 * n + 7, n, 0));
		sum += 100 * n + 7;
		EXPECT_QUEUE(owner, fd, "msgs", number_text(n + 1));
		EXPECT_QUEUE(owner, fd, "qsize", number_text(sum));
	}
	EXPECT_LT(peer_call(&owner->peer, PEER_MQ_SEND, fd, 1, 0, 0), 0);
	EXPECT_EQ(bytes, owner_bytes(owner));
	/* Highest priority first. */
	EXPECT_EQ(407, peer_call(&owner->peer, PEER_MQ_RECEIVE, fd, 0, 0, 0));
	EXPECT_QUEUE(owner, fd, "msgs", "4");
	EXPECT_QUEUE(owner, fd, "qsize", number_text(sum - 407));
	EXPECT_EQ(bytes, owner_bytes(owner));
}

/* The size of its file is nobody's but the user's: a queue cannot hide behind it. */
TEST_SLOW(charge, truncated)
{
	struct owner *owner = &self->owner;
	char withheld[24];
	long fd = queue_default(owner, "cut");
	int copy;

	ASSERT_GE(fd, 0);
	snprintf(withheld, sizeof(withheld), "%s", status_value("mqueue_withheld"));
	copy = queue_here(owner, fd);
	ASSERT_GE(copy, 0);
	ASSERT_EQ(0, ftruncate(copy, 0));
	ASSERT_EQ(0, close(copy));
	EXPECT_EQ(1, queue_rows(owner, fd));
	EXPECT_QUEUE(owner, fd, "charge", user_cell(owner, "bytes"));
	EXPECT_USER(owner, "queues", "1");
	EXPECT_STREQ(withheld, status_value("mqueue_withheld"));
}

TEST_HARNESS_MAIN
