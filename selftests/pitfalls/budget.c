// SPDX-License-Identifier: GPL-2.0-only
/*
 * A queue is charged for all it might hold, to its user, by a budget of bytes;
 * and EMFILE says neither that nor how much. As a user who has no other queue.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "way.h"

enum { MOST = 64, STRANGERS = 1000000 };

/* The usual limit on the bytes of queues. */
#define BUDGET 819200

static mqd_t queues[MOST];

static void limit_set(int which, rlim_t soft)
{
	struct rlimit limit;

	claim(!getrlimit(which, &limit));
	limit.rlim_cur = soft;
	claim(!setrlimit(which, &limit));
}

/* Another one each time: what namespaces leave behind is charged until it has gone. */
static void stranger_become(void)
{
	uid_t uid = STRANGERS + getpid();

	claim(!unshare(CLONE_NEWIPC));
	limit_set(RLIMIT_MSGQUEUE, BUDGET);
	claim(!setresuid(uid, uid, uid));
}

static const char *queue_name(int number)
{
	static char name[32];

	snprintf(name, sizeof(name), "/pitfall-%d", number);
	return name;
}

static mqd_t queue_open(int number, struct mq_attr *attr)
{
	return mq_open(queue_name(number), O_CREAT | O_EXCL | O_RDWR, 0600, attr);
}

/* Until one is refused; how many were not. */
static int queues_open(struct mq_attr *attr, int most)
{
	int count;

	for (count = 0; count < most; count++) {
		queues[count] = queue_open(count, attr);
		if (queues[count] < 0)
			break;
	}
	return count;
}

/* The one that the next call would get. */
static int descriptor_next(void)
{
	int fd = dup(0);

	claim(fd >= 0 && !close(fd));
	return fd;
}

/* [B1] */
/* With default attributes: 10 messages of 8192 bytes, of which none is ever sent. */
static void defaults(void)
{
	struct mq_attr attr;
	int count;

	stranger_become();
	count = queues_open(NULL, MOST);
	claim(errno == EMFILE);
	say("mq_open() number %d = %s", count + 1, error_name());
	say("the next descriptor would be %d", descriptor_next());
	claim(count > 0 && count < MOST && descriptor_next() < 100);
	claim(!mq_getattr(queues[0], &attr));
	claim(count * attr.mq_maxmsg * attr.mq_msgsize < BUDGET);
	claim((count + 2) * attr.mq_maxmsg * attr.mq_msgsize > BUDGET);

	/* Its name gone, a queue is charged until it is closed. */
	claim(!mq_unlink(queue_name(0)));
	claim(queue_open(count, NULL) < 0 && errno == EMFILE);
	claim(!mq_close(queues[0]));
	claim(queue_open(count, NULL) >= 0);
	claim(queue_open(count + 1, NULL) < 0 && errno == EMFILE);
	say("one unlinked and closed: one more");
}

/* [B1 right] */
/* Room for what is sent. */
static void sized(void)
{
	struct mq_attr attr = { .mq_maxmsg = 10, .mq_msgsize = 128 };

	stranger_become();
	claim(queues_open(&attr, MOST) == MOST);
	say("%d queues of 10 messages of 128 bytes", MOST);
}

/* [B2] */
/* The same error because of descriptors: no byte more helps. */
static void descriptors(void)
{
	int fd = -1, next;

	stranger_become();
	limit_set(RLIMIT_MSGQUEUE, BUDGET / 2);
	limit_set(RLIMIT_NOFILE, 32);
	while ((next = dup(0)) >= 0)
		fd = next;
	claim(queue_open(0, NULL) < 0 && errno == EMFILE);
	say("mq_open() = %s, and no descriptor below 32 is free", error_name());
	limit_set(RLIMIT_MSGQUEUE, BUDGET);
	claim(queue_open(0, NULL) < 0 && errno == EMFILE);
	say("with twice the bytes: %s", error_name());
	claim(!close(fd));
	claim(queue_open(0, NULL) == fd);
	say("with one descriptor closed: opened");
}

/* [B2 right] */
/* Tells the causes apart before it asks anybody for more bytes. */
static const char *refusal_cause(void)
{
	int fd = dup(0);

	if (fd < 0)
		return "descriptors";
	close(fd);
	return "bytes of queues";
}

static void told_apart(void)
{
	stranger_become();
	queues_open(NULL, MOST);
	claim(errno == EMFILE);
	say("EMFILE for want of %s", refusal_cause());
	claim(refusal_cause()[0] == 'b');
	limit_set(RLIMIT_NOFILE, descriptor_next());
	claim(queue_open(MOST, NULL) < 0 && errno == EMFILE);
	say("EMFILE for want of %s", refusal_cause());
	claim(refusal_cause()[0] == 'd');
}

/* [end] */
static const struct way ways[] = {
	{ .name = "wrong", .run = defaults, .missing = root_missing },
	{ .name = "wrong-descriptors", .run = descriptors, .missing = root_missing },
	{ .name = "right", .run = sized, .missing = root_missing },
	{ .name = "right-cause", .run = told_apart, .missing = root_missing },
};

int main(int argc, char **argv)
{
	return ways_main(argc, argv, ways, sizeof(ways) / sizeof(*ways));
}
