// SPDX-License-Identifier: GPL-2.0-only
/*
 * The questions that users ask, each put to the reader in the very situation: what it
 * says must be what was done here. Stories are left in the log.
 */
#include "fixture.h"

#include <signal.h>
#include <stdarg.h>
#include <sys/mount.h>

#include "command.h"

#define KEY 0x1f5e7
#define SIZE (4 * 65536)

/* As a container runtime names its control group. */
#define CONTAINER_ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define CONTAINER_NAME "docker-" CONTAINER_ID ".scope"

FIXTURE(explain) {
	struct command command;
	struct peer peers[3];
	struct owner owners[2];
	unsigned long ipcns;
	char groups[32]; /* where control groups are mounted, empty if they are not */
	char group[128]; /* one that was made */
	char directory[256]; /* of this program */
};

FIXTURE_SETUP(explain)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, command_run(&self->command, "ipclens --version"));
	if (self->command.status)
		SKIP(return, "no ipclens on the path");
	ASSERT_LT(0, readlink("/proc/self/exe", self->directory, sizeof(self->directory) - 1));
	*strrchr(self->directory, '/') = '\0';
}

FIXTURE_TEARDOWN(explain)
{
	for (size_t i = 0; i < ARRAY_SIZE(self->peers); i++)
		if (self->peers[i].pid)
			peer_end(&self->peers[i]);
	for (size_t i = 0; i < ARRAY_SIZE(self->owners); i++)
		if (self->owners[i].peer.pid)
			peer_end(&self->owners[i].peer);
	if (*self->group)
		rmdir(self->group);
	if (*self->groups) {
		umount(self->groups);
		rmdir(self->groups);
	}
}

static void log_text(const char *text)
{
	for (size_t len; *text; text += len + !!text[len]) {
		len = strcspn(text, "\n");
		printf("# %.*s\n", (int)len, text);
	}
}

/* Ask, and leave question and answer in the log. */
static int ask(struct command *command, const char *format, ...)
{
	char question[256];
	va_list args;

	va_start(args, format);
	vsnprintf(question, sizeof(question), format, args);
	va_end(args);
	if (command_run(command, "ipclens explain %s", question))
		return -1;
	printf("# $ ipclens explain %s\n", question);
	log_text(command->out);
	log_text(command->err);
	/* What runs a test leaves without it. */
	fflush(stdout);
	command_squeeze(command->out);
	return command->status;
}

/* Whether that is part of what was said, however it is wrapped. */
static int said(const struct command *command, const char *format, ...)
{
	char want[512];
	va_list args;

	va_start(args, format);
	vsnprintf(want, sizeof(want), format, args);
	va_end(args);
	command_squeeze(want);
	return !!strstr(command->out, want);
}

#define EXPECT_SAID(...) \
	EXPECT_TRUE(said(&self->command, __VA_ARGS__)) { \
		TH_LOG(__VA_ARGS__); \
	}

/* A process of that name with a segment in a namespace of its own, attached and used. */
static int holder_start(struct peer *peer, const char *name, unsigned long *ipcns, int *id,
			long long *address)
{
	int ret = peer_start(peer, CLONE_NEWIPC);

	if (!ret)
		ret = peer_say(peer, PEER_NAME, name, 0);
	*ipcns = truth_space_inum(peer->pid);
	*id = ret ? ret : peer_get(peer, KEY, SIZE, CREATE);
	*address = *id < 0 ? *id : peer_attach(peer, *id);
	if (*address > 0)
		ret = peer_touch(peer, *address, SIZE);
	return *address < 0 ? *address : ret;
}

/* A process that has removed a segment it uses: a row with key 0 and no more, elsewhere. */
TEST_SLOW(explain, removed_and_in_use)
{
	struct peer *peer = &self->peers[0];
	long long address;
	int id;

	ASSERT_EQ(0, holder_start(peer, "database", &self->ipcns, &id, &address));
	ASSERT_EQ(0, peer_remove(peer, id));
	ASSERT_EQ(0, ask(&self->command, "shm %d --ipcns %lu", id, self->ipcns));
	EXPECT_SAID("Segment %d of IPC namespace %lu is 256K of shared memory.", id, self->ipcns);
	EXPECT_SAID("It was created with the key 0x%08x; its key is 0 since", KEY);
	EXPECT_SAID("It was created by process %d (database) of user 0 at ", peer->pid);
	EXPECT_SAID("The thread that created it lives.");
	EXPECT_SAID("It was marked for removal (IPC_RMID) by process %d (database) of user 0 at ",
		    peer->pid);
	EXPECT_SAID("It has 1 mapping in 1 process: - process %d (database): 1 mapping rw-",
		    peer->pid);
	EXPECT_SAID("It takes 256K of memory and no swap. Its memory is freed when process %d (database) has detached it or ended.",
		    peer->pid);
	ASSERT_EQ(0, peer_detach(peer, address));
	EXPECT_EQ(2, ask(&self->command, "shm %d --ipcns %lu", id, self->ipcns));
}

/* Which processes make nattch, where one mprotect and a fork make six of one. */
TEST_SLOW(explain, mappings_and_processes)
{
	struct peer *peer = &self->peers[0], *child = &self->peers[1];
	long long address;
	int id;

	ASSERT_EQ(0, holder_start(peer, "splitter", &self->ipcns, &id, &address));
	ASSERT_EQ(0, peer_call(peer, PEER_PROTECT, address + 65536, 65536, PROT_READ, 0));
	ASSERT_EQ(0, ask(&self->command, "shm 0x%x --ipcns %lu", KEY, self->ipcns));
	EXPECT_SAID("It has 3 mappings in 1 process: - process %d (splitter): 3 mappings rw-, r--, rw-",
		    peer->pid);
	EXPECT_SAID("it was attached once; 2 mappings were copied by fork or split");
	ASSERT_EQ(0, peer_spawn(peer, child, 0));
	ASSERT_EQ(0, ask(&self->command, "shm 0x%x --ipcns %lu", KEY, self->ipcns));
	EXPECT_SAID("It has 6 mappings in 2 processes:");
	EXPECT_SAID("- process %d (splitter): 3 mappings", peer->pid);
	EXPECT_SAID("- process %d (splitter): 3 mappings", child->pid);
	EXPECT_SAID("Once it is marked for removal, it goes when processes %d and %d have detached it or ended.",
		    peer->pid, child->pid);
}

/* Removed by another process, and then its creator dies: who still holds it? */
TEST_SLOW(explain, removed_by_another)
{
	struct peer *peer = &self->peers[0], *child = &self->peers[1], *other = &self->peers[2];
	pid_t creator, remover;
	long long address;
	int id;

	ASSERT_EQ(0, holder_start(peer, "postmaster", &self->ipcns, &id, &address));
	creator = peer->pid;
	ASSERT_EQ(0, peer_spawn(peer, child, 0));
	ASSERT_EQ(0, peer_say(child, PEER_NAME, "backend", 0));
	ASSERT_EQ(0, peer_spawn(peer, other, 0));
	ASSERT_EQ(0, peer_detach(other, address));
	ASSERT_EQ(0, peer_say(other, PEER_NAME, "logind", 0));
	remover = other->pid;
	ASSERT_EQ(0, peer_remove(other, id));
	ASSERT_EQ(0, peer_end(other));
	other->pid = 0;
	ASSERT_EQ(0, peer_kill(peer, SIGKILL));
	peer->pid = 0;
	ASSERT_EQ(0, ask(&self->command, "shm %d --ipcns %lu", id, self->ipcns));
	EXPECT_SAID("It was created by process %d (postmaster) of user 0 at ", creator);
	EXPECT_SAID("That process has ended.");
	EXPECT_SAID("It was marked for removal (IPC_RMID) by process %d (logind) of user 0 at ",
		    remover);
	EXPECT_SAID("It has 1 mapping in 1 process: - process %d (backend): 1 mapping rw-",
		    child->pid);
}

/* Left over: what it says removes the segment does. */
TEST_SLOW(explain, orphan)
{
	struct peer *peer = &self->peers[0], *witness = &self->peers[1];
	char *at, line[128] = "";
	long long address;
	struct space space = { .fd = -1 };
	int id;

	ASSERT_EQ(0, holder_start(peer, "forgetful", &self->ipcns, &id, &address));
	ASSERT_EQ(0, peer_spawn(peer, witness, 0));
	ASSERT_EQ(0, peer_detach(witness, address));
	ASSERT_EQ(0, peer_end(peer));
	peer->pid = 0;
	ASSERT_EQ(0, ask(&self->command, "shm %d --ipcns %lu", id, self->ipcns));
	EXPECT_SAID("That process has ended.");
	EXPECT_SAID("Nobody has it attached and nobody has removed it, so it stays");
	EXPECT_SAID("nsenter --target %d --ipc ipcrm -m %d", witness->pid, id);
	ASSERT_EQ(0, command_run(&self->command,
				 "ipclens explain shm %d --ipcns %lu | sed -n 's/^ *nsenter/nsenter/p'",
				 id, self->ipcns));
	at = strchr(self->command.out, '\n');
	ASSERT_NE(NULL, at);
	*at = '\0';
	snprintf(line, sizeof(line), "%.100s", self->command.out);
	ASSERT_EQ(0, command_run(&self->command, "command -v nsenter"));
	if (self->command.status)
		SKIP(return, "no nsenter here");
	ASSERT_EQ(0, space_of(&space, witness->pid));
	EXPECT_COUNT(&space, id, "nattch", 0);
	/* With an ipcrm for those who have none. */
	ASSERT_EQ(0, command_run(&self->command, "PATH=$PATH:%s %s", self->directory, line));
	EXPECT_EQ(0, self->command.status) {
		TH_LOG("%s: %s", line, self->command.err);
	}
	EXPECT_GONE(&space, id);
	space_close(&space);
}

/* A holder in another namespace by now, and in a container by the name of its group. */
TEST_SLOW(explain, container)
{
	struct peer *peer = &self->peers[0];
	long long address;
	char text[192];
	int id;

	strcpy(self->groups, "/tmp/groups.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->groups));
	if (mount("none", self->groups, "cgroup2", 0, NULL)) {
		rmdir(self->groups);
		*self->groups = '\0';
		SKIP(return, "no control groups");
	}
	ASSERT_EQ(0, holder_start(peer, "worker", &self->ipcns, &id, &address));
	snprintf(self->group, sizeof(self->group), "%s/" CONTAINER_NAME, self->groups);
	ASSERT_EQ(0, mkdir(self->group, 0755));
	snprintf(text, sizeof(text), "echo %d >%s/cgroup.procs", peer->pid, self->group);
	ASSERT_EQ(0, command_run(&self->command, "%s", text));
	ASSERT_EQ(0, self->command.status);
	ASSERT_EQ(0, peer_unshare(peer, CLONE_NEWIPC));
	ASSERT_EQ(0, ask(&self->command, "shm %d --ipcns %lu", id, self->ipcns));
	EXPECT_SAID("- process %d (worker): 1 mapping rw-; in docker container %.12s (/%s); it is in IPC namespace %lu now",
		    peer->pid, CONTAINER_ID, CONTAINER_NAME, truth_space_inum(peer->pid));
	EXPECT_SAID("could not be read, but has mappings.");
	EXPECT_SAID("Segment and namespace go when process %d (worker) has detached it or ended.",
		    peer->pid);
	peer_end(peer);
	peer->pid = 0;
}

/* Two containers with one user: one budget, and each takes a part of it. */
TEST_SLOW(explain, shared_budget)
{
	struct owner *first = &self->owners[0], *second = &self->owners[1];
	unsigned long long bytes;
	char name[16];
	long long cost;

	ASSERT_EQ(0, owner_start(first, OWNER_PLAIN));
	cost = queue_cost(first, PEER_NO_ATTR, 0);
	ASSERT_GT(cost, 0);
	ASSERT_EQ(0, owner_nest(second, first, 0));
	ASSERT_EQ(0, peer_say(&second->peer, PEER_NAME, "second", 0));
	if (peer_unshare(&second->peer, CLONE_NEWIPC)) {
		/* Only root may; it becomes the user afterwards. */
		ASSERT_EQ(0, peer_end(&second->peer));
		ASSERT_EQ(0, peer_start(&second->peer, CLONE_NEWIPC));
		ASSERT_EQ(0, peer_say(&second->peer, PEER_NAME, "second", 0));
		ASSERT_EQ(0, peer_call(&second->peer, PEER_BECOME, first->uid, first->uid, 0, 0));
	}
	second->ipcns = truth_space_inum(second->peer.pid);
	ASSERT_NE(first->ipcns, second->ipcns);
	ASSERT_EQ(0, owner_limit(first, RLIMIT_MSGQUEUE, 5 * cost));
	ASSERT_EQ(0, owner_limit(second, RLIMIT_MSGQUEUE, 5 * cost));
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "q%d", i);
		ASSERT_GE(queue_default(i < 3 ? first : second, name), 0);
	}
	ASSERT_EQ(-EMFILE, queue_default(second, "sixth"));
	bytes = 5 * cost;
	ASSERT_EQ(0, ask(&self->command, "user %u", first->uid));
	EXPECT_SAID("This user has %llu bytes in use of %llu that each process is allowed", bytes,
		    bytes);
	EXPECT_SAID("Not one more queue without attributes, which takes %lld bytes, can be opened.",
		    cost);
	EXPECT_SAID("Bytes are taken by 5 queues, the largest first:");
	EXPECT_SAID("They are in different IPC namespaces, which share this budget:");
	EXPECT_SAID("- IPC namespace %lu: 3 queues, %lld bytes; process %d (", first->ipcns,
		    3 * cost, first->peer.pid);
	EXPECT_SAID("- IPC namespace %lu: 2 queues, %lld bytes; process %d (second) is in it",
		    second->ipcns, 2 * cost, second->peer.pid);
	/* That the cost was found out took refusals, too. */
	EXPECT_SAID("refused; this tells of the newest:");
	EXPECT_SAID("prlimit --pid %d --msgqueue=%lld", second->peer.pid, 6 * cost);
	ASSERT_EQ(0, ask(&self->command, "denial"));
	EXPECT_SAID("This is about process %d (second) of user %u in IPC namespace %lu.",
		    second->peer.pid, first->uid, second->ipcns);
	EXPECT_SAID("Its mq_open of queue /sixth was refused with EMFILE");
	EXPECT_SAID("Together that is %lld bytes too many.", cost);
	EXPECT_SAID("ipclens explain user %u", first->uid);
}

/* Unlinked and held: who has it, and what it costs. */
TEST_SLOW(explain, unlinked_queue)
{
	struct owner *owner = &self->owners[0];
	long long cost;
	long fd, other;

	ASSERT_EQ(0, owner_start(owner, OWNER_PLAIN));
	ASSERT_EQ(0, peer_say(&owner->peer, PEER_NAME, "keeper", 0));
	cost = queue_cost(owner, PEER_NO_ATTR, 0);
	fd = queue_default(owner, "kept");
	ASSERT_GE(fd, 0);
	other = queue_default(owner, "other");
	ASSERT_GE(other, 0);
	ASSERT_EQ(0, ask(&self->command, "queue /kept --ipcns %lu", owner->ipcns));
	EXPECT_SAID("It stays until its name is taken, by somebody or as its namespace ends, and process %d (keeper) has closed it or ended.",
		    owner->peer.pid);
	/* What it says takes the name does, and no other queue's. */
	ASSERT_EQ(0, command_run(&self->command,
				 "ipclens explain queue /kept --ipcns %lu | grep '^ *nsenter' | sh",
				 owner->ipcns));
	EXPECT_EQ(0, self->command.status) {
		TH_LOG("%s", self->command.err);
	}
	EXPECT_QUEUE(owner, fd, "linked", "0");
	EXPECT_QUEUE(owner, other, "linked", "1");
	ASSERT_EQ(0, ask(&self->command, "queue kept --ipcns %lu", owner->ipcns));
	EXPECT_SAID("mq_unlink has taken its name, so nobody can open it any more");
	EXPECT_SAID("It was created by process %d (keeper) at ", owner->peer.pid);
	EXPECT_SAID("It takes %lld bytes of the message queue budget of user %u, messages or none.",
		    cost, owner->uid);
	EXPECT_SAID("There is 1 descriptor of it in 1 process: - process %d (keeper): 1 descriptor %ld",
		    owner->peer.pid, fd);
	EXPECT_SAID("The budget gets its bytes back when process %d (keeper) has closed it or ended.",
		    owner->peer.pid);
}

TEST_HARNESS_MAIN
