// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refusals by another limit than a budget: which it was, with which numbers. And what is no
 * refusal: answers about names.
 */
#include <limits.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../../kmod/ipclens_abi.h"
#include "fixture.h"

#define REASON(name, reason) "denials_" #name,

static const char *const reasons[] = { IPCLENS_DENIAL_REASONS(REASON) };

FIXTURE(refused) {
	struct owner owner;
	long long cost;
};

FIXTURE_VARIANT(refused) {
	enum owner_kind kind;
};

FIXTURE_VARIANT_ADD(refused, root) {
	.kind = OWNER_ROOT,
};

FIXTURE_VARIANT_ADD(refused, plain) {
	.kind = OWNER_PLAIN,
};

FIXTURE_VARIANT_ADD(refused, spaces) {
	.kind = OWNER_SPACES,
};

FIXTURE_SETUP(refused)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, owner_start(&self->owner, variant->kind));
	self->cost = queue_cost(&self->owner, PEER_NO_ATTR, 0);
	ASSERT_GT(self->cost, 0);
}

FIXTURE_TEARDOWN(refused)
{
	unsigned long long sum = 0;

	for (int n = 0; n < ARRAY_SIZE(reasons); n++)
		sum += status_number(reasons[n]);
	EXPECT_EQ(sum, status_number("denials") + status_number("denials_dropped"));
	peer_end(&self->owner.peer);
	EXPECT_EQ(0, owner_settle(&self->owner, 0));
}

/* As many queues as the namespace may have; those who may exceed it do. */
TEST_SLOW(refused, queues_max)
{
	unsigned long long counted = status_number("denials_queues_max");
	struct owner *owner = &self->owner;

	ASSERT_EQ(0, owner_setting(owner, "queues_max", 2));
	ASSERT_GE(queue_default(owner, "one"), 0);
	ASSERT_GE(queue_default(owner, "two"), 0);
	if (variant->kind == OWNER_ROOT) {
		EXPECT_GE(queue_default(owner, "three"), 0);
		EXPECT_EQ(0, denial_rows(owner, "three"));
		return;
	}
	EXPECT_EQ(-ENOSPC, queue_default(owner, "three"));
	EXPECT_EQ(1, denial_rows(owner, "three"));
	EXPECT_DENIAL(owner, "three", "reason", "queues_max");
	EXPECT_DENIAL_IS(owner, "three", "errno", ENOSPC);
	EXPECT_DENIAL(owner, "three", "asked", "1");
	EXPECT_DENIAL(owner, "three", "charged", "2");
	EXPECT_DENIAL(owner, "three", "limit", "2");
	EXPECT_DENIAL(owner, "three", "knob", "fs.mqueue.queues_max");
	EXPECT_USER_IS(owner, "bytes", 2 * self->cost);
	ASSERT_EQ(0, queue_unlink(owner, "one"));
	/* Still open: it counts. */
	EXPECT_EQ(-ENOSPC, queue_default(owner, "three"));
	EXPECT_EQ(2, denial_rows(owner, "three"));
	EXPECT_EQ(counted + 2, status_number("denials_queues_max"));
}

struct attr_case {
	long maxmsg;
	long msgsize;
	long asked;
	long limit;
	const char *knob;
};

static void check_attr(struct __test_metadata *_metadata, struct owner *owner,
		       const struct attr_case *want)
{
	unsigned long long counted = status_number("denials_attr");
	int rows = denial_rows(owner, "attr");

	EXPECT_EQ(-EINVAL, queue_open(owner, "attr", QUEUE_NEW, want->maxmsg, want->msgsize)) {
		TH_LOG("%ld x %ld", want->maxmsg, want->msgsize);
	}
	EXPECT_EQ(rows + 1, denial_rows(owner, "attr"));
	EXPECT_EQ(counted + 1, status_number("denials_attr"));
	EXPECT_DENIAL(owner, "attr", "reason", "attr");
	EXPECT_DENIAL_IS(owner, "attr", "errno", EINVAL);
	EXPECT_DENIAL_IS(owner, "attr", "asked", want->asked);
	EXPECT_DENIAL(owner, "attr", "charged", "-");
	EXPECT_DENIAL_IS(owner, "attr", "limit", want->limit);
	EXPECT_DENIAL(owner, "attr", "knob", want->knob);
	if (want->maxmsg > 0)
		EXPECT_DENIAL_IS(owner, "attr", "maxmsg", want->maxmsg);
	if (want->msgsize > 0)
		EXPECT_DENIAL_IS(owner, "attr", "msgsize", want->msgsize);
}

/* More or larger messages than allowed. */
TEST_SLOW(refused, attributes)
{
	static const struct attr_case hard[] = {
		{ 65537, 1, 65537, 65536, "HARD_MSGMAX" },
		{ 1, 16777217, 16777217, 16777216, "HARD_MSGSIZEMAX" },
		{ 65537, 16777217, 65537, 65536, "HARD_MSGMAX" },
		{ 0, 1, 0, 65536, "HARD_MSGMAX" },
		{ -5, 1, 0, 65536, "HARD_MSGMAX" },
		{ 1, 0, 0, 16777216, "HARD_MSGSIZEMAX" },
	};
	static const struct attr_case soft[] = {
		{ 13, 1, 13, 12, "fs.mqueue.msg_max" },
		{ 12, 4243, 4243, 4242, "fs.mqueue.msgsize_max" },
		{ 13, 4243, 13, 12, "fs.mqueue.msg_max" },
		{ 0, 1, 0, 12, "fs.mqueue.msg_max" },
		{ 1, -1, 0, 4242, "fs.mqueue.msgsize_max" },
	};
	struct owner *owner = &self->owner;
	int root = variant->kind == OWNER_ROOT;
	size_t n;

	ASSERT_EQ(0, owner_setting(owner, "msg_max", 12));
	ASSERT_EQ(0, owner_setting(owner, "msgsize_max", 4242));
	for (n = 0; n < (root ? ARRAY_SIZE(hard) : ARRAY_SIZE(soft)); n++)
		check_attr(_metadata, owner, root ? &hard[n] : &soft[n]);
	EXPECT_GE(queue_open(owner, "attr", QUEUE_NEW, 12, 4242), 0);
	EXPECT_EQ(n, denial_rows(owner, "attr"));
}

/* Where numbers are of 32 bits, the kernel finds by their end that they are too large. */
TEST_SLOW(refused, more_than_a_long)
{
	struct owner *owner = &self->owner;

	if (variant->kind != OWNER_ROOT)
		SKIP(return, "only root may ask for as much");
	ASSERT_GE(queue_default(owner, "small"), 0);
	/* 2.5 GiB */
	EXPECT_EQ(-EMFILE, queue_open(owner, "large", QUEUE_NEW, 256, 10 << 20));
	EXPECT_DENIAL(owner, "large", "reason", "rlimit");
	EXPECT_DENIAL_IS(owner, "large", "charged", self->cost);
}

/* The queue is made, and cannot be opened: no file of its kind can, without page cache. */
TEST_SLOW(refused, after_the_creation)
{
	unsigned long long counted = status_number("denials_attr");
	struct owner *owner = &self->owner;

	EXPECT_EQ(-EINVAL, queue_open(owner, "direct", QUEUE_NEW | O_DIRECT, 1, 1));
	EXPECT_EQ(1, denial_rows(owner, "direct"));
	EXPECT_DENIAL(owner, "direct", "reason", "other");
	EXPECT_DENIAL_IS(owner, "direct", "errno", EINVAL);
	EXPECT_DENIAL(owner, "direct", "knob", "-");
	EXPECT_DENIAL(owner, "direct", "asked", "-");
	EXPECT_DENIAL(owner, "direct", "limit", "-");
	EXPECT_DENIAL(owner, "direct", "maxmsg", "1");
	EXPECT_DENIAL(owner, "direct", "msgsize", "1");
	EXPECT_EQ(counted, status_number("denials_attr"));
	EXPECT_GE(queue_open(owner, "direct", O_RDWR, PEER_NO_ATTR, 0), 0);
	EXPECT_EQ(-EINVAL, queue_open(owner, "direct", O_RDWR | O_DIRECT, PEER_NO_ATTR, 0));
	EXPECT_EQ(2, denial_rows(owner, "direct"));
	EXPECT_DENIAL(owner, "direct", "reason", "other");
}

/* Answers about names are none of ours; permissions are. */
TEST_SLOW(refused, names_and_permissions)
{
	struct owner *owner = &self->owner;

	EXPECT_EQ(-ENOENT, queue_open(owner, "missing", O_RDWR, PEER_NO_ATTR, 0));
	ASSERT_GE(queue_default(owner, "there"), 0);
	EXPECT_EQ(-EEXIST, queue_default(owner, "there"));
	EXPECT_EQ(0, denial_rows(owner, "missing"));
	EXPECT_EQ(0, denial_rows(owner, "there"));

	EXPECT_EQ(-EACCES, queue_default(owner, "a/b"));
	EXPECT_EQ(1, denial_rows(owner, "a/b"));
	EXPECT_DENIAL(owner, "a/b", "reason", "perm");
	EXPECT_DENIAL_IS(owner, "a/b", "errno", EACCES);
	EXPECT_DENIAL(owner, "a/b", "asked", "-");
	EXPECT_DENIAL(owner, "a/b", "limit", "-");
	EXPECT_DENIAL(owner, "a/b", "knob", "-");
}

/* The caller's name, wherever its page ends, and as much of it as a queue's can have. */
TEST_SLOW(refused, names_in_memory)
{
	long page = sysconf(_SC_PAGESIZE);
	struct owner here = { .peer.pid = getpid() };
	char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	char name[NAME_MAX + 1], *at;
	int before;

	ASSERT_NE(MAP_FAILED, pages);
	for (before = 0; before <= 12; before++) {
		snprintf(name, sizeof(name), "no/name%d", before);
		at = strcpy(pages + page - before, name);
		EXPECT_EQ(-1, syscall(SYS_mq_open, at, QUEUE_NEW, 0600, NULL));
		EXPECT_EQ(EACCES, errno);
		EXPECT_EQ(1, denial_rows(&here, name)) {
			TH_LOG("%d bytes before the end of the page", before);
		}
	}
	/* longer than a name can be, over two pages */
	at = pages + page - 100;
	memset(at, 'n', 400);
	at[2] = '/';
	at[400] = '\0';
	EXPECT_EQ(-1, syscall(SYS_mq_open, at, QUEUE_NEW, 0600, NULL));
	EXPECT_EQ(EACCES, errno);
	memcpy(name, at, NAME_MAX);
	name[NAME_MAX] = '\0';
	EXPECT_EQ(1, denial_rows(&here, name));
	munmap(pages, 2 * page);
}

/* A queue that is another user's. */
TEST_SLOW(refused, of_another_user)
{
	struct owner *owner = &self->owner, other = *owner;
	char path[64];

	if (variant->kind != OWNER_PLAIN)
		return;
	other.uid++;
	ASSERT_EQ(0, peer_start(&other.peer, 0));
	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", owner->peer.pid);
	ASSERT_EQ(0, peer_say(&other.peer, PEER_MEET, path, CLONE_NEWIPC));
	ASSERT_EQ(0, peer_call(&other.peer, PEER_BECOME, other.uid, other.uid, 0, 0));
	ASSERT_GE(queue_default(owner, "mine"), 0);
	EXPECT_EQ(-EACCES, queue_open(&other, "mine", O_RDWR, PEER_NO_ATTR, 0));
	EXPECT_EQ(1, denial_rows(&other, "mine"));
	EXPECT_DENIAL(&other, "mine", "reason", "perm");
	EXPECT_DENIAL_IS(&other, "mine", "uid", other.uid);
	EXPECT_EQ(0, peer_end(&other.peer));
}

/* The machine has no file left: refused, yet the queue was made and is charged. */
TEST_SLOW(refused, file_max)
{
	struct owner *owner = &self->owner;
	unsigned long long before = truth_file_number("/proc/sys/fs/file-max");
	unsigned long long counted = status_number("denials_file_max");
	struct peer root;
	char text[96];
	long fd;

	if (variant->kind == OWNER_ROOT)
		return;
	snprintf(text, sizeof(text), "/proc/sys/fs/file-max\n%llu", before);
	ASSERT_EQ(0, peer_start(&root, 0));
	ASSERT_EQ(0, peer_say(&root, PEER_WRITE, "/proc/sys/fs/file-max\n0", 0));
	fd = queue_default(owner, "nofile");
	EXPECT_EQ(0, peer_say(&root, PEER_WRITE, text, 0));
	EXPECT_EQ(0, peer_end(&root));
	ASSERT_EQ(-ENFILE, fd);
	EXPECT_EQ(1, denial_rows(owner, "nofile"));
	EXPECT_DENIAL(owner, "nofile", "reason", "file-max");
	EXPECT_DENIAL_IS(owner, "nofile", "errno", ENFILE);
	EXPECT_DENIAL(owner, "nofile", "asked", "1");
	EXPECT_DENIAL(owner, "nofile", "limit", "0");
	EXPECT_DENIAL(owner, "nofile", "knob", "fs.file-max");
	EXPECT_EQ(counted + 1, status_number("denials_file_max"));
	EXPECT_USER_IS(owner, "bytes", self->cost);
	EXPECT_USER(owner, "queues", "1");
	EXPECT_EQ(0, queue_unlink(owner, "nofile"));
	EXPECT_EQ(0, owner_bytes(owner));
}

/*
 * In a child: mounts the namespace's file system, and creates a queue there as @uid
 * from the namespace @from. Its errno.
 */
static int create_by_open(const char *space, const char *from, unsigned int uid)
{
	struct rlimit none = { 0, 0 };
	int ns = open(space, O_RDONLY), back = open(from, O_RDONLY);

	if (setns(ns, CLONE_NEWIPC) || unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/tmp", "mqueue", 0, NULL) || setns(back, CLONE_NEWIPC) ||
	    setrlimit(RLIMIT_MSGQUEUE, &none) ||
	    setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		return 255;
	return open("/tmp/opened", O_CREAT | O_RDWR, 0600) >= 0 ? 0 : errno;
}

/* A creation by open(2) in a mounted file system is refused for the same reasons. */
TEST_SLOW(refused, by_open)
{
	struct owner *owner = &self->owner;
	unsigned int user = owner->uid ? owner->uid : 1;
	char path[64], pid[24], uid[24], asked[24];
	int status;
	pid_t child;

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", owner->peer.pid);
	child = fork();
	if (!child)
		_exit(create_by_open(path, path, user));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(EMFILE, WEXITSTATUS(status));
	snprintf(pid, sizeof(pid), "%d", child);
	snprintf(uid, sizeof(uid), "%u", user);
	snprintf(asked, sizeof(asked), "%lld", self->cost);
	EXPECT_EQ(1, lens_matches("mq_denials", (const char *const[]){ "pid", pid, NULL }));
	EXPECT_EQ(1, lens_matches("mq_denials", (const char *const[]){
							"pid", pid, "reason", "rlimit", "asked",
							asked, "charged", "0", "limit", "0", "uid",
							uid, "limit_uid", uid, NULL }));
}

/* From another namespace: whose limit it was is not known, and not invented. */
TEST_SLOW(refused, by_open_from_elsewhere)
{
	struct owner *owner = &self->owner;
	unsigned int user = owner->uid ? owner->uid : 1;
	char path[64], pid[24];
	int status;
	pid_t child;

	ASSERT_EQ(0, owner_setting(owner, "queues_max", 0));
	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", owner->peer.pid);
	child = fork();
	if (!child)
		_exit(create_by_open(path, "/proc/self/ns/ipc", user));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(ENOSPC, WEXITSTATUS(status));
	snprintf(pid, sizeof(pid), "%d", child);
	EXPECT_EQ(1, lens_matches("mq_denials", (const char *const[]){
							"pid", pid, "reason", "queues_max", "ipcns",
							"-", "charged", "-", "limit", "-", NULL }));
}

TEST_HARNESS_MAIN
