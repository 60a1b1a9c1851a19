// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who waits for room, who waits for a message, who wants to be told; and
 * names with anything in them.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "child.h"
#include "fixture.h"

#define WAITERS 3
#define COUNTED 1024 /* waiters, of more "-" is told */
#define STACK (1 << 17)

FIXTURE(waiting) {
	struct owner owner;
};

FIXTURE_SETUP(waiting)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, owner_start(&self->owner, OWNER_ROOT));
}

FIXTURE_TEARDOWN(waiting)
{
	peer_end(&self->owner.peer);
	EXPECT_EQ(0, owner_settle(&self->owner, 0));
}

/* The system call that a process sleeps in, -1 if it runs. */
static long sleeping_in(pid_t pid)
{
	char path[64], line[128] = "", *end = line;
	long call = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fgets(line, sizeof(line), file))
		call = strtol(line, &end, 10);
	fclose(file);
	return end == line ? -1 : call;
}

/* A child that blocks in sending to or receiving from the owner's queue. */
static pid_t waiter_start(const struct owner *owner, int fd, int sends)
{
	long want = sends ? SYS_mq_timedsend : SYS_mq_timedreceive;
	char byte[64] = "x";
	pid_t pid;
	int here = queue_here(owner, fd);

	if (here < 0)
		return -1;
	pid = fork();
	if (!pid) {
		/* The library may choose another call. */
		if (sends)
			syscall(SYS_mq_timedsend, here, byte, 1, 0, NULL);
		else
			syscall(SYS_mq_timedreceive, here, byte, sizeof(byte), NULL, NULL);
		_exit(0);
	}
	close(here);
	while (pid > 0 && sleeping_in(pid) != want && !waitpid(pid, NULL, WNOHANG))
		usleep(1000);
	return pid;
}

static void check_waiters(struct __test_metadata *_metadata, struct owner *owner, int sends)
{
	const char *column = sends ? "send_waiters" : "recv_waiters";
	const char *other = sends ? "recv_waiters" : "send_waiters";
	long fd = queue_open(owner, sends ? "full" : "empty", QUEUE_NEW, 1, 64);
	pid_t pid[WAITERS];
	int n;

	ASSERT_GE(fd, 0);
	EXPECT_QUEUE(owner, fd, column, "0");
	if (sends)
		ASSERT_EQ(0, peer_call(&owner->peer, PEER_MQ_SEND, fd, 1, 0, 0));
	for (n = 0; n < WAITERS; n++) {
		pid[n] = waiter_start(owner, fd, sends);
		ASSERT_GT(pid[n], 0);
		EXPECT_QUEUE(owner, fd, column, number_text(n + 1));
		EXPECT_QUEUE(owner, fd, other, "0");
	}
	/* One is served, the others are killed. */
	EXPECT_EQ(sends, peer_call(&owner->peer, sends ? PEER_MQ_RECEIVE : PEER_MQ_SEND, fd, 1, 0,
				   0));
	EXPECT_GT(wait(NULL), 0);
	EXPECT_QUEUE(owner, fd, column, "2");
	EXPECT_QUEUE(owner, fd, "msgs", sends ? "1" : "0");
	for (n = 0; n < WAITERS; n++) {
		/* Who has been served is reaped already. */
		if (waitpid(pid[n], NULL, WNOHANG))
			continue;
		kill(pid[n], SIGKILL);
		EXPECT_EQ(pid[n], waitpid(pid[n], NULL, 0));
	}
	EXPECT_QUEUE(owner, fd, column, "0");
}

static void *receive(void *fd)
{
	char byte[64];

	syscall(SYS_mq_timedreceive, *(int *)fd, byte, sizeof(byte), NULL, NULL);
	return NULL;
}

/* A child with that many threads, which are going to receive from the owner's queue. */
static pid_t crowd_start(const struct owner *owner, int fd, int threads)
{
	pthread_attr_t attr;
	pthread_t thread;
	pid_t pid;
	int here = queue_here(owner, fd);

	if (here < 0)
		return -1;
	pid = child_fork();
	if (!pid) {
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, STACK);
		while (--threads)
			if (pthread_create(&thread, &attr, receive, &here))
				_exit(1);
		receive(&here);
		_exit(0);
	}
	close(here);
	return pid;
}

TEST_SLOW(waiting, more_than_are_counted)
{
	struct owner *owner = &self->owner;
	long fd = queue_open(owner, "crowd", QUEUE_NEW, 1, 64);
	pid_t crowd, more;
	int status;

	ASSERT_GE(fd, 0);
	crowd = crowd_start(owner, fd, COUNTED);
	ASSERT_GT(crowd, 0);
	while (strcmp(queue_cell(owner, fd, "recv_waiters"), number_text(COUNTED)))
		ASSERT_EQ(0, waitpid(crowd, &status, WNOHANG));
	more = waiter_start(owner, fd, 0);
	ASSERT_GT(more, 0);
	EXPECT_QUEUE(owner, fd, "recv_waiters", "-");
	EXPECT_QUEUE(owner, fd, "send_waiters", "0");
	kill(more, SIGKILL);
	EXPECT_EQ(more, waitpid(more, &status, 0));
	EXPECT_QUEUE(owner, fd, "recv_waiters", number_text(COUNTED));
	kill(crowd, SIGKILL);
	EXPECT_EQ(crowd, waitpid(crowd, &status, 0));
	EXPECT_QUEUE(owner, fd, "recv_waiters", "0");
}

TEST_SLOW(waiting, senders)
{
	check_waiters(_metadata, &self->owner, 1);
}

TEST_SLOW(waiting, receivers)
{
	check_waiters(_metadata, &self->owner, 0);
}

TEST_SLOW(waiting, notified)
{
	struct owner *owner = &self->owner;
	struct owner child;
	long fd = queue_default(owner, "notify");

	ASSERT_GE(fd, 0);
	EXPECT_QUEUE(owner, fd, "notify_pid", "-");
	ASSERT_EQ(0, peer_call(&owner->peer, PEER_MQ_NOTIFY, fd, 1, 0, 0));
	EXPECT_QUEUE(owner, fd, "notify_pid", number_text(owner->peer.pid));
	ASSERT_EQ(0, peer_call(&owner->peer, PEER_MQ_NOTIFY, fd, 0, 0, 0));
	EXPECT_QUEUE(owner, fd, "notify_pid", "-");

	/* It is over with the first message, and with the end of who asked. */
	ASSERT_EQ(0, owner_nest(&child, owner, 0));
	ASSERT_EQ(0, peer_call(&child.peer, PEER_MQ_NOTIFY, fd, 1, 0, 0));
	EXPECT_QUEUE(owner, fd, "notify_pid", number_text(child.peer.pid));
	EXPECT_EQ(-EBUSY, peer_call(&owner->peer, PEER_MQ_NOTIFY, fd, 1, 0, 0));
	ASSERT_EQ(0, peer_call(&owner->peer, PEER_MQ_SEND, fd, 1, 0, 0));
	EXPECT_QUEUE(owner, fd, "notify_pid", "-");
	ASSERT_EQ(0, peer_call(&child.peer, PEER_MQ_NOTIFY, fd, 1, 0, 0));
	ASSERT_EQ(0, peer_end(&child.peer));
	EXPECT_QUEUE(owner, fd, "notify_pid", "-");
}

/* Whatever the name, its row is one row, and the name comes back by its escapes. */
TEST_SLOW(waiting, names)
{
	struct owner *owner = &self->owner;
	static char vast[256], wild[256];
	const char *const names[] = {
		" ", "a b", "line\nline", "tab\tcr\r", "\033[31mred\033[0m", "-", "back\\slash",
		"\\040", "per%cent", "\303\251t\303\251", "\377\376", "#", "# ipclens mqueue 1", vast,
		wild,
	};
	char plain[1100];
	long fd[ARRAY_SIZE(names)];
	size_t n;

	memset(vast, 'v', 255);
	for (n = 0; n < 255; n++)
		wild[n] = "\n \\\033\177\001"[n % 6];
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, RLIM_INFINITY));
	for (n = 0; n < ARRAY_SIZE(names); n++) {
		fd[n] = queue_open(owner, names[n], QUEUE_NEW, 1, 1);
		ASSERT_GE(fd[n], 0);
	}
	for (n = 0; n < ARRAY_SIZE(names); n++) {
		lens_encode(names[n], plain, sizeof(plain));
		EXPECT_QUEUE(owner, fd[n], "name", plain);
		EXPECT_EQ(1, queue_rows(owner, fd[n]));
	}
	EXPECT_USER_IS(owner, "queues", ARRAY_SIZE(names));
	/* Refused ones are spelt alike. */
	ASSERT_EQ(0, owner_limit(owner, RLIMIT_MSGQUEUE, 0));
	for (n = 0; n < ARRAY_SIZE(names); n++)
		ASSERT_EQ(0, queue_unlink(owner, names[n]));
	for (n = 0; n < ARRAY_SIZE(names); n++) {
		ASSERT_EQ(-EMFILE, queue_default(owner, names[n]));
		EXPECT_EQ(1, denial_rows(owner, names[n])) {
			TH_LOG("name %zu", n);
		}
	}
	EXPECT_EQ(ARRAY_SIZE(names), denial_rows(owner, NULL));
}

TEST_HARNESS_MAIN
