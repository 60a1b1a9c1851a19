// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader against the running module: what it shows of segments that the
 * test has made, and what it says where there is nothing to read.
 */
#include "fixture.h"

#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "module.h"

#define SEGMENTS 3

static const size_t sizes[SEGMENTS] = { 1, 4096, 1000000 };

FIXTURE(reader) {
	struct space space;
	struct peer peer;
	struct command command;
	int ids[SEGMENTS];
	long long address;
};

FIXTURE_SETUP(reader)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, command_run(&self->command, "ipclens --version"));
	if (self->command.status)
		SKIP(return, "no ipclens on the path");
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	for (int i = 0; i < SEGMENTS; i++) {
		self->ids[i] = peer_get(&self->peer, 0x11fe0000 + i, sizes[i], CREATE);
		ASSERT_GE(self->ids[i], 0);
	}
	self->address = peer_attach(&self->peer, self->ids[1]);
	ASSERT_GT(self->address, 0);
	ASSERT_EQ(0, peer_remove(&self->peer, self->ids[1]));
}

FIXTURE_TEARDOWN(reader)
{
	peer_end(&self->peer);
	space_close(&self->space);
}

TEST_SLOW(reader, json)
{
	char want[256];

	ASSERT_EQ(0, command_run(&self->command, "ipclens shm --json --ipcns %lu -o %s",
				 self->space.inum,
				 "shmid,orig_key,dest,pending,nattch,size,atime"));
	EXPECT_EQ(0, self->command.status);
	EXPECT_STREQ("", self->command.err);
	command_squeeze(self->command.out);
	for (int i = 0; i < SEGMENTS; i += 2) {
		snprintf(want, sizeof(want), "{\"shmid\":%d,\"orig_key\":\"0x%08x\",\"dest\":false,"
			 "\"pending\":\"no\",\"nattch\":0,\"size\":%zu,\"atime\":null}",
			 self->ids[i], 0x11fe0000 + i, sizes[i]);
		EXPECT_NE(NULL, strstr(self->command.out, want)) {
			TH_LOG("%s is not in %s", want, self->command.out);
		}
	}
	snprintf(want, sizeof(want), "{\"shmid\":%d,\"orig_key\":\"0x11fe0001\",\"dest\":true,"
		 "\"pending\":\"marked\",\"nattch\":1,\"size\":4096,\"atime\":1",
		 self->ids[1]);
	EXPECT_NE(NULL, strstr(self->command.out, want)) {
		TH_LOG("%s is not in %s", want, self->command.out);
	}
}

TEST_SLOW(reader, raw_sorted)
{
	char want[256];

	ASSERT_EQ(0, command_run(&self->command,
				 "ipclens --ipcns %lu shm -rn -o size,nattch,key --sort -size",
				 self->space.inum));
	EXPECT_EQ(0, self->command.status);
	snprintf(want, sizeof(want), "1000000 0 0x11fe0002\n4096 1 0x00000000\n1 0 0x11fe0000\n");
	EXPECT_STREQ(want, self->command.out);
}

TEST_SLOW(reader, holders)
{
	char want[256];

	ASSERT_EQ(0, command_run(&self->command,
				 "ipclens holders -rn -o shmid,pid,start,prot --ipcns %lu",
				 self->space.inum));
	EXPECT_EQ(0, self->command.status);
	snprintf(want, sizeof(want), "%d %d 0x%llx rw-\n", self->ids[1], self->peer.pid,
		 self->address);
	EXPECT_STREQ(want, self->command.out);
}

/* The line of a number, in what a command said of number and more; NULL if there is none. */
static const char *line_of(const struct command *command, int number)
{
	static char line[256];
	const char *at = command->out;
	size_t len;

	for (; *at; at += len + (at[len] == '\n')) {
		len = strcspn(at, "\n");
		if (strtol(at, NULL, 10) != number)
			continue;
		snprintf(line, sizeof(line), "%.*s", (int)len, at);
		return line;
	}
	return NULL;
}

/* Who created, attached, detached and marked, told apart by process, user and name. */
TEST_SLOW(reader, history)
{
	struct peer other;
	char want[256];
	long long address;

	ASSERT_EQ(0, peer_say(&self->peer, PEER_NAME, "a b\033[31m", 0));
	ASSERT_EQ(0, peer_start(&other, 0));
	ASSERT_EQ(0, peer_say(&other, PEER_NAME, "other", 0));
	address = peer_attach(&other, self->ids[0]);
	ASSERT_GT(address, 0);
	ASSERT_EQ(0, peer_detach(&other, address));
	ASSERT_EQ(0, peer_call(&self->peer, PEER_OWN, self->ids[2], 65534, 65534, 0666));
	ASSERT_GT(peer_attach(&self->peer, self->ids[2]), 0);
	ASSERT_EQ(0, peer_call(&other, PEER_BECOME, 65534, 65534, 0, 0));
	ASSERT_EQ(0, peer_remove(&other, self->ids[2]));

	ASSERT_EQ(0, command_run(&self->command, "ipclens history --ipcns %lu -rn "
				 "-o number,kind,orig_key,complete,attaches,copies,detaches,create_pid,"
				 "attach_pid,attach_comm,detach_pid,rmid_pid,rmid_uid,rmid_comm",
				 self->space.inum));
	EXPECT_EQ(0, self->command.status);
	EXPECT_STREQ("", self->command.err);
	snprintf(want, sizeof(want), "%d shm 0x11fe0000 1 1 0 1 %d %d other %d - - -",
		 self->ids[0], self->peer.pid, other.pid, other.pid);
	EXPECT_STREQ(want, line_of(&self->command, self->ids[0]));
	snprintf(want, sizeof(want), "%d shm 0x11fe0002 1 1 0 0 %d %d a\\x20b\\x1b[31m - %d 65534 other",
		 self->ids[2], self->peer.pid, self->peer.pid, other.pid);
	EXPECT_STREQ(want, line_of(&self->command, self->ids[2]));
	EXPECT_EQ(0, peer_end(&other));
}

/* The rows go with their segments; those of a capture are the same. */
TEST_SLOW(reader, history_of_capture)
{
	static struct command live;
	long created = 0, marked = 0;
	time_t now = time(NULL);
	int id = 0, found;

	ASSERT_EQ(0, peer_remove(&self->peer, self->ids[0]));
	ASSERT_EQ(0, peer_remove(&self->peer, self->ids[2]));
	ASSERT_EQ(0, command_run(&live, "ipclens history --ipcns %lu -rn "
				 "-o number,create_time,rmid_time", self->space.inum));
	EXPECT_EQ(0, live.status);
	found = sscanf(live.out, "%d %ld %ld", &id, &created, &marked);
	EXPECT_EQ(3, found);
	EXPECT_EQ(self->ids[1], id);
	EXPECT_LE(created, marked);
	/* time() lags behind by up to a tick. */
	EXPECT_LE(marked, now + 1);
	EXPECT_LT(now - PATIENCE, created);
	ASSERT_EQ(0, command_run(&live, "ipclens history --ipcns %lu --output-all",
				 self->space.inum));
	ASSERT_EQ(0, command_run(&self->command, "cat %s/* | ipclens --from - history --ipcns %lu "
				 "--output-all", LENS_DIR, self->space.inum));
	EXPECT_EQ(0, self->command.status);
	EXPECT_STREQ(live.out, self->command.out);
	EXPECT_NE(NULL, strstr(live.out, number_text(self->peer.pid)));
}

TEST_SLOW(reader, namespaces_probes_status)
{
	ASSERT_EQ(0, command_run(&self->command,
				 "ipclens namespaces -rn -o shm_count,shm_pages --ipcns %lu",
				 self->space.inum));
	EXPECT_STREQ("3 247\n", self->command.out);
	ASSERT_EQ(0, command_run(&self->command, "ipclens probes -rn -o name,state"));
	EXPECT_EQ(0, self->command.status);
	EXPECT_NE(NULL, strstr(self->command.out, "close active\n"));
	ASSERT_EQ(0, command_run(&self->command, "ipclens status -rn"));
	EXPECT_EQ(0, self->command.status);
	EXPECT_NE(NULL, strstr(self->command.out, "shm_layout verified\n"));
	EXPECT_NE(NULL, strstr(self->command.out, "shm_withheld 0\n"));
}

/* A capture, also one that a serial line has given other line ends, reads the same. */
TEST_SLOW(reader, capture)
{
	static struct command live;

	ASSERT_EQ(0, command_run(&live, "ipclens shm --ipcns %lu --output-all",
				 self->space.inum));
	ASSERT_EQ(0, command_run(&self->command, "cat %s/* | ipclens --from - shm --ipcns %lu "
				 "--output-all", LENS_DIR, self->space.inum));
	EXPECT_EQ(0, self->command.status);
	EXPECT_STREQ(live.out, self->command.out);
	ASSERT_EQ(0, command_run(&self->command, "cat %s/* | sed 's/$/\\r/' | "
				 "ipclens --from - shm --ipcns %lu --output-all",
				 LENS_DIR, self->space.inum));
	EXPECT_EQ(0, self->command.status);
	EXPECT_STREQ(live.out, self->command.out);
}

TEST_SLOW(reader, unknown_namespace)
{
	ASSERT_EQ(0, command_run(&self->command, "ipclens shm --ipcns 1"));
	EXPECT_EQ(2, self->command.status);
	EXPECT_EQ(1, command_complaints(&self->command));
	EXPECT_NE(NULL, strstr(self->command.err, "unknown namespace 1"));
}

/* Exit status 2, one line with the way out, nothing else. */
static void expect_refusal(struct __test_metadata *_metadata, const struct command *command,
			   const char *way_out)
{
	EXPECT_EQ(2, command->status);
	EXPECT_STREQ("", command->out);
	EXPECT_EQ(1, command_complaints(command));
	EXPECT_NE(NULL, strstr(command->err, way_out)) {
		TH_LOG("%s", command->err);
	}
}

TEST_SLOW(reader, not_root)
{
	pid_t pid = fork();

	ASSERT_GE(pid, 0);
	if (!pid) {
		if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(1);
		if (command_run(&self->command, "ipclens shm"))
			_exit(2);
		expect_refusal(_metadata, &self->command, "run as root");
		_exit(_metadata->passed ? 0 : 3);
	}
	ASSERT_EQ(pid, waitpid(pid, &self->command.status, 0));
	EXPECT_EQ(0, self->command.status);
}

TEST_SLOW(reader, debugfs_not_mounted)
{
	/* In a mount namespace of the test's own: the debugfs of others stays. */
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, umount2("/sys/kernel/debug", MNT_DETACH));
	ASSERT_EQ(0, command_run(&self->command, "ipclens shm"));
	expect_refusal(_metadata, &self->command, "mount -t debugfs none /sys/kernel/debug");
}

TEST_SLOW(reader, debugfs_elsewhere)
{
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, umount2("/sys/kernel/debug", MNT_DETACH));
	ASSERT_EQ(0, mount("none", "/tmp", "debugfs", 0, NULL));
	ASSERT_EQ(0, chdir("/"));
	EXPECT_EQ(0, system("ipclens probes -rn -o name | grep -q '^close$'"));
}

TEST_SLOW(reader, module_not_loaded)
{
	int unloaded = module_unload();
	int ran = command_run(&self->command, "ipclens shm");

	EXPECT_EQ(0, unloaded ? 0 : module_load(""));
	ASSERT_EQ(0, unloaded);
	ASSERT_EQ(0, ran);
	expect_refusal(_metadata, &self->command, "insmod ipclens.ko");
}

TEST_HARNESS_MAIN
