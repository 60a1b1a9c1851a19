// SPDX-License-Identifier: GPL-2.0-only
/*
 * Situations that people ask about, made here, each against the finding that has to name
 * the culprit. The module is loaded anew for each: what it remembers of other tests is
 * of namespaces whose numbers may come again.
 */
#include "fixture.h"

#include <stdarg.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "module.h"

/* Room enough for a line and what is quoted of it. */
#define FINDING_MAX 1024

#define DISPLAYED 250
#define CLIENTS 5

FIXTURE(triage) {
	struct space space;
	struct command command;
};

FIXTURE_SETUP(triage)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, command_run(&self->command, "ipclens --version"));
	if (self->command.status)
		SKIP(return, "no ipclens on the path");
	ASSERT_EQ(0, module_unload());
	ASSERT_EQ(0, module_load(""));
	ASSERT_EQ(0, space_enter(&self->space));
}

FIXTURE_TEARDOWN(triage)
{
	space_close(&self->space);
}

/* The findings of the test's own namespace. */
static int triage_run(FIXTURE_DATA(triage) *self)
{
	return command_run(&self->command, "ipclens --ipcns %lu", self->space.inum) ?:
	       self->command.status;
}

/*
 * A line that begins and ends so, and the one behind it. Between the two is what depends on
 * time.
 */
static int findings_have(const struct command *command, const char *begin, const char *end,
			 const char *format, ...)
{
	static char next[FINDING_MAX];
	const char *line = command->out;
	va_list args;
	int used;

	used = snprintf(next, sizeof(next), "\n       ");
	va_start(args, format);
	used += vsnprintf(next + used, sizeof(next) - used, format, args);
	va_end(args);
	snprintf(next + used, sizeof(next) - used, "\n");
	for (; *line; line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n");

		if (len >= strlen(end) && !strncmp(line, begin, strlen(begin)) &&
		    !strncmp(line + len - strlen(end), end, strlen(end)) &&
		    !strncmp(line + len, next, strlen(next)))
			return 1;
		if (!line[len])
			break;
	}
	return 0;
}

static int findings_count(const struct command *command)
{
	int count = 0;

	if (!strcmp(command->out, "no findings\n"))
		return 0;
	for (const char *p = command->out; (p = strchr(p, '\n')); p++)
		count++;
	/* a heading, and two lines each */
	return (count - 1) / 2;
}

#define EXPECT_FINDING(begin, end, ...) \
	EXPECT_TRUE(findings_have(&self->command, begin, end, __VA_ARGS__)) { \
		TH_LOG("no line from '%s' to '%s' in:\n%s%s", begin, end, self->command.out, \
		       self->command.err); \
	}

static int named_start(struct peer *peer, const char *name)
{
	return peer_start(peer, 0) ?: (int)peer_say(peer, PEER_NAME, name, 0);
}

/* A database's memory is removed at log-out, while the parent never detaches. */
TEST_SLOW(triage, removed_by_another)
{
	struct peer parent, remover;
	char begin[256], end[256];
	long long address;
	int id;

	EXPECT_EQ(0, triage_run(self));
	EXPECT_STREQ("no findings\n", self->command.out);
	ASSERT_EQ(0, named_start(&parent, "dbserver"));
	ASSERT_EQ(0, named_start(&remover, "logind"));
	id = peer_get(&parent, 0x5432001, 3 << 20, CREATE);
	ASSERT_GE(id, 0);
	address = peer_attach(&parent, id);
	ASSERT_GT(address, 0);
	EXPECT_EQ(0, triage_run(self));
	ASSERT_EQ(0, peer_remove(&remover, id));
	EXPECT_EQ(0, peer_end(&remover));

	EXPECT_EQ(1, triage_run(self));
	EXPECT_EQ(1, findings_count(&self->command));
	snprintf(begin, sizeof(begin), "memory segment %d of namespace %lu (3M) removed by logind (%d) ",
		 id, self->space.inum, remover.pid);
	snprintf(end, sizeof(end), " ago, held by dbserver (%d)", parent.pid);
	EXPECT_FINDING(begin, end, "ps -o pid,user,lstart,args -p %d", parent.pid);

	/* The threshold, both sides of it. */
	ASSERT_EQ(0, command_run(&self->command, "ipclens --ipcns %lu --pending-bytes 3M",
				 self->space.inum));
	EXPECT_EQ(1, self->command.status);
	ASSERT_EQ(0, command_run(&self->command,
				 "ipclens --ipcns %lu --pending-bytes 3145729",
				 self->space.inum));
	EXPECT_EQ(0, self->command.status);

	ASSERT_EQ(0, peer_detach(&parent, address));
	EXPECT_EQ(0, triage_run(self));
	EXPECT_EQ(0, peer_end(&parent));
}

/* Its own mark, but it goes on holding it, and so do its children. */
TEST_SLOW(triage, parent_never_detaches)
{
	struct peer parent, children[2];
	char begin[256], end[256];
	int id;

	ASSERT_EQ(0, named_start(&parent, "master"));
	id = peer_get(&parent, IPC_PRIVATE, 8192, CREATE);
	ASSERT_GE(id, 0);
	ASSERT_GT(peer_attach(&parent, id), 0);
	ASSERT_EQ(0, peer_remove(&parent, id));
	EXPECT_EQ(1, triage_run(self));
	snprintf(begin, sizeof(begin), "memory segment %d of namespace %lu (8K) removed ", id,
		 self->space.inum);
	snprintf(end, sizeof(end), " ago by its holder master (%d)", parent.pid);
	EXPECT_FINDING(begin, end, "ps -o pid,user,lstart,args -p %d", parent.pid);

	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, peer_spawn(&parent, &children[i], 0));
	EXPECT_EQ(1, triage_run(self));
	EXPECT_EQ(1, findings_count(&self->command));
	snprintf(begin, sizeof(begin), "memory segment %d of namespace %lu (8K) removed by master (%d) ",
		 id, self->space.inum, parent.pid);
	snprintf(end, sizeof(end), " ago, held by master (%d) and 2 more: 3 mappings in 3 processes",
		 parent.pid);
	EXPECT_FINDING(begin, end, "ps -o pid,user,lstart,args -p %d,%d,%d", parent.pid,
		       children[0].pid, children[1].pid);
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(0, peer_end(&children[i]));
	EXPECT_EQ(0, peer_end(&parent));
	EXPECT_EQ(0, triage_run(self));
}

/* The creator is gone and nobody will free it; the command goes to the right namespace. */
TEST_SLOW(triage, dead_creator)
{
	struct peer creator, keeper;
	char begin[256], want[256];
	long long address;
	int id;

	ASSERT_EQ(0, named_start(&creator, "a b\033[31m"));
	ASSERT_EQ(0, named_start(&keeper, "keeper"));
	id = peer_get(&creator, 0x7e577, 1 << 20, CREATE);
	ASSERT_GE(id, 0);
	address = peer_attach(&creator, id);
	ASSERT_GT(address, 0);
	ASSERT_EQ(0, peer_touch(&creator, address, 4096));
	EXPECT_EQ(0, triage_run(self));
	EXPECT_EQ(0, peer_end(&creator));

	EXPECT_EQ(1, triage_run(self));
	EXPECT_EQ(1, findings_count(&self->command));
	snprintf(begin, sizeof(begin),
		 "memory orphan %d of namespace %lu (1M) of user 0, left by \"a b\\x1b[31m\" (%d), unused for ",
		 id, self->space.inum, creator.pid);
	snprintf(want, sizeof(want), "nsenter --target %d --ipc ipcrm -m %d",
		 truth_space_lowest(self->space.inum), id);
	EXPECT_FINDING(begin, "s", "%s", want);
	ASSERT_EQ(0, command_run(&self->command, "ipclens --ipcns %lu --orphan-age 1d",
				 self->space.inum));
	EXPECT_EQ(0, self->command.status);
	EXPECT_EQ(0, peer_remove(&keeper, id));
	EXPECT_EQ(0, triage_run(self));
	EXPECT_EQ(0, peer_end(&keeper));
}

/* A display server has attached all that its clients share with it, and never lets go. */
TEST_SLOW(triage, pinned_by_one)
{
	size_t size = sizeof(long) > 4 ? 32 << 20 : 1 << 20;
	struct peer server, clients[CLIENTS];
	char begin[256], want[256];

	ASSERT_EQ(0, named_start(&server, "display"));
	for (int i = 0; i < CLIENTS; i++)
		ASSERT_EQ(0, named_start(&clients[i], "client"));
	for (int i = 0; i < DISPLAYED; i++) {
		struct peer *client = &clients[i % CLIENTS];
		int id = peer_get(client, IPC_PRIVATE, size, CREATE);

		ASSERT_GE(id, 0);
		ASSERT_GT(peer_attach(&server, id), 0);
		ASSERT_GT(peer_attach(client, id), 0);
		ASSERT_EQ(0, peer_remove(client, id));
	}
	EXPECT_EQ(1, triage_run(self));
	EXPECT_EQ(1, findings_count(&self->command));
	snprintf(begin, sizeof(begin), "memory %d segments of namespace %lu (%s) removed by several up to ",
		 DISPLAYED, self->space.inum, sizeof(long) > 4 ? "7.8G" : "250M");
	snprintf(want, sizeof(want), "held by display (%d) and %d more: %d mappings in %d processes",
		 server.pid, CLIENTS, 2 * DISPLAYED, CLIENTS + 1);
	EXPECT_FINDING(begin, sizeof(long) > 4 ? "; 32M each" : "; 1M each",
		       "ps -o pid,user,lstart,args -p %d,%d,%d,%d,%d,%d", server.pid, clients[0].pid,
		       clients[1].pid, clients[2].pid, clients[3].pid, clients[4].pid);
	EXPECT_NE(NULL, strstr(self->command.out, want)) {
		TH_LOG("%s", self->command.out);
	}
	/* The clients end; it is the server alone that keeps them now. */
	for (int i = 0; i < CLIENTS; i++)
		EXPECT_EQ(0, peer_end(&clients[i]));
	EXPECT_EQ(1, triage_run(self));
	snprintf(want, sizeof(want), "held by display (%d): %d mappings in 1 process; ",
		 server.pid, DISPLAYED);
	EXPECT_NE(NULL, strstr(self->command.out, want)) {
		TH_LOG("%s", self->command.out);
	}
	EXPECT_EQ(0, peer_end(&server));
	EXPECT_EQ(0, triage_run(self));
}

/* Two containers with one user and no user namespaces share one budget. */
TEST_SLOW(triage, shared_budget)
{
	struct owner first, second;
	long long cost, budget;
	char begin[256], used[64];

	ASSERT_EQ(0, owner_start(&first, OWNER_PLAIN));
	ASSERT_EQ(0, peer_start(&second.peer, CLONE_NEWIPC));
	ASSERT_EQ(0, peer_call(&second.peer, PEER_BECOME, first.uid, first.uid, 0, 0));
	second.uid = first.uid;
	second.userns = first.userns;
	second.ipcns = truth_space_inum(second.peer.pid);
	ASSERT_NE(first.ipcns, second.ipcns);
	cost = queue_cost(&first, PEER_NO_ATTR, 0);
	ASSERT_GT(cost, 0);
	budget = 10 * cost - 1;
	ASSERT_EQ(0, owner_limits(&first, RLIMIT_MSGQUEUE, budget, budget));
	ASSERT_EQ(0, owner_limits(&second, RLIMIT_MSGQUEUE, budget, 4 * budget));
	ASSERT_EQ(0, peer_say(&second.peer, PEER_NAME, "two", 0));
	for (int i = 0; i < 9; i++)
		ASSERT_GE(queue_default(i < 5 ? &first : &second, number_text(i)), 0);
	ASSERT_EQ(-EMFILE, queue_default(&second, "none"));
	ASSERT_EQ(-EMFILE, queue_default(&second, "none"));

	ASSERT_EQ(0, command_run(&self->command, "ipclens"));
	EXPECT_EQ(1, self->command.status);
	snprintf(begin, sizeof(begin), "fails  mq_open refused 2 times to two (%d), user %u, last ",
		 second.peer.pid, second.uid);
	EXPECT_FINDING(begin, "", "prlimit --pid %d --msgqueue=%lld:", second.peer.pid,
		       10 * cost);
	snprintf(begin, sizeof(begin), "soon   user %u has ", first.uid);
	snprintf(used, sizeof(used), " (%lld%%)", 900 * cost / budget);
	EXPECT_FINDING(begin, " in 9 queues of 2 IPC namespaces, room for 0 more",
		       "prlimit --pid %d --msgqueue=%lld:%lld", first.peer.pid, 2 * budget,
		       2 * budget);
	EXPECT_NE(NULL, strstr(self->command.out, used));
	/* The first container was refused nothing, but for the question what a queue costs. */
	ASSERT_EQ(0, command_run(&self->command, "ipclens -J --ipcns %lu", second.ipcns));
	EXPECT_NE(NULL, strstr(self->command.out, "\"comm\": \"two\""));
	ASSERT_EQ(0, command_run(&self->command, "ipclens -J --ipcns %lu", first.ipcns));
	EXPECT_EQ(NULL, strstr(self->command.out, "\"comm\": \"two\""));
	EXPECT_NE(NULL, strstr(self->command.out, "\"kind\": \"budget\""));
	peer_end(&second.peer);
	peer_end(&first.peer);
}

/* The runtime's id of the container that the holder is in. */
TEST_SLOW(triage, container)
{
	static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	struct peer peer, remover;
	char path[256], end[256];
	int id_of, made;

	if (access("/sys/fs/cgroup", F_OK))
		SKIP(return, "this kernel has no control groups");
	ASSERT_EQ(0, named_start(&peer, "shut in"));
	ASSERT_EQ(0, named_start(&remover, "remover"));
	mkdir("/tmp/cgroup", 0755);
	ASSERT_EQ(0, mount("none", "/tmp/cgroup", "cgroup2", 0, NULL));
	made = command_run(&self->command, "mkdir -p /tmp/cgroup/docker/%s", id);
	snprintf(path, sizeof(path), "/tmp/cgroup/docker/%s/cgroup.procs\n%d", id, peer.pid);
	made = made ?: (int)peer_say(&remover, PEER_WRITE, path, 0);
	EXPECT_EQ(0, made);
	id_of = peer_get(&peer, IPC_PRIVATE, 4096, CREATE);
	ASSERT_GE(id_of, 0);
	ASSERT_GT(peer_attach(&peer, id_of), 0);
	ASSERT_EQ(0, peer_remove(&remover, id_of));
	EXPECT_EQ(1, triage_run(self));
	snprintf(end, sizeof(end), ", held by \"shut in\" (%d) in docker container 0123456789ab",
		 peer.pid);
	EXPECT_FINDING("memory segment ", end, "ps -o pid,user,lstart,args -p %d", peer.pid);
	peer_end(&peer);
	peer_end(&remover);
	EXPECT_EQ(0, command_run(&self->command,
				 "rmdir /tmp/cgroup/docker/%s /tmp/cgroup/docker", id));
	EXPECT_EQ(0, umount("/tmp/cgroup"));
}

/* Who still has it open, though it has no name any more. */
TEST_SLOW(triage, unlinked)
{
	struct owner owner;
	char begin[256], end[256];

	ASSERT_EQ(0, owner_start(&owner, OWNER_PLAIN));
	ASSERT_EQ(0, peer_say(&owner.peer, PEER_NAME, "spooler", 0));
	ASSERT_GE(queue_default(&owner, "spool"), 0);
	ASSERT_EQ(0, queue_unlink(&owner, "spool"));
	ASSERT_EQ(0, command_run(&self->command, "ipclens --ipcns %lu", owner.ipcns));
	EXPECT_EQ(1, self->command.status);
	snprintf(begin, sizeof(begin), "memory unlinked queue spool of namespace %lu (",
		 owner.ipcns);
	snprintf(end, sizeof(end), "ago, open in spooler (%d)", owner.peer.pid);
	EXPECT_FINDING(begin, end, "ps -o pid,user,lstart,args -p %d", owner.peer.pid);
	ASSERT_EQ(0, command_run(&self->command, "cat %s/* | ipclens --from - --ipcns %lu",
				 LENS_DIR, owner.ipcns));
	EXPECT_EQ(1, self->command.status);
	EXPECT_FINDING(begin, ", holders unknown to a capture", "ipclens mqholders --ipcns %lu",
		       owner.ipcns);
	peer_end(&owner.peer);
}

/* As many segments as the namespace may have; the command makes room for more. */
TEST_SLOW(triage, full_namespace)
{
	struct peer peer;
	char begin[256];

	ASSERT_EQ(0, named_start(&peer, "filler"));
	ASSERT_EQ(0, peer_say(&peer, PEER_WRITE, "/proc/sys/kernel/shmmni\n5", 0));
	for (int i = 0; i < 4; i++)
		ASSERT_GE(peer_get(&peer, IPC_PRIVATE, 4096, CREATE), 0);
	ASSERT_EQ(0, command_run(&self->command, "ipclens --ipcns %lu --near 81",
				 self->space.inum));
	EXPECT_EQ(0, self->command.status);
	EXPECT_EQ(1, triage_run(self));
	snprintf(begin, sizeof(begin), "soon   namespace %lu, that of ", self->space.inum);
	EXPECT_FINDING(begin, " has 4 of 5 segments (80%)",
		       "nsenter --target %d --ipc sysctl -w kernel.shmmni=10",
		       truth_space_lowest(self->space.inum));
	ASSERT_EQ(0, command_run(&self->command, "%s",
				 strstr(self->command.out, "nsenter --target")));
	EXPECT_EQ(0, self->command.status);
	EXPECT_EQ(0, triage_run(self));
	for (int i = 0; i < 6; i++)
		EXPECT_GE(peer_get(&peer, IPC_PRIVATE, 4096, CREATE), 0);
	EXPECT_EQ(-ENOSPC, peer_get(&peer, IPC_PRIVATE, 4096, CREATE));
	peer_end(&peer);
}

TEST_HARNESS_MAIN
