// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doctor on the running module: it must find every column right, on a machine that
 * is busy as well, say which are lost with a probe, and leave nothing behind.
 */
#include "fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../kmod/ipclens_abi.h"
#include "command.h"
#include "module.h"

#define SYSCTL_SPACES "/proc/sys/user/max_ipc_namespaces"

/* What a kernel for a board may have been built without. */
#define HAS_SEGMENTS (!access("/proc/sysvipc/shm", F_OK))
#define HAS_QUEUES (!access("/proc/sys/fs/mqueue", F_OK))

#define COLUMN_OF(name_, type_, width_, help_) { NULL, #name_ },
#define COLUMNS_OF(file_, COLUMNS_) { #file_, NULL }, COLUMNS_(COLUMN_OF)

/* Each file, and behind it its columns. */
static const struct {
	const char *file, *column;
} expected[] = {
	IPCLENS_FILES(COLUMNS_OF)
};

FIXTURE(doctor) {
	struct command command;
	unsigned long long spaces; /* the setting to be put back, 0 if it was not changed */
	pid_t busy;
	int reload;
};

FIXTURE_SETUP(doctor)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, command_run(&self->command, "ipclens --version"));
	if (self->command.status)
		SKIP(return, "no ipclens on the path");
}

static int spaces_allow(unsigned long long spaces)
{
	FILE *file = fopen(SYSCTL_SPACES, "we");

	if (!file)
		return -1;
	fprintf(file, "%llu", spaces);
	return fclose(file);
}

FIXTURE_TEARDOWN(doctor)
{
	if (self->busy > 0) {
		kill(self->busy, SIGTERM);
		waitpid(self->busy, NULL, 0);
	}
	if (self->spaces)
		EXPECT_EQ(0, spaces_allow(self->spaces));
	if (self->reload)
		EXPECT_EQ(0, module_reload(""));
}

/* The rest of the line of a column, NULL if it has none. */
static const char *verdict_of(const struct command *command, const char *file, const char *column)
{
	static char line[512];
	char start[128];
	const char *at = command->out;
	size_t len = snprintf(start, sizeof(start), "%s %s ", file, column);

	for (; at && *at; at = strchr(at, '\n'), at += !!at) {
		if (strncmp(at, start, len))
			continue;
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at + len, "\n"), at + len);
		return line;
	}
	return NULL;
}

static int verdict_is(const char *verdict, const char *result)
{
	return verdict && !strncmp(verdict, result, strlen(result));
}

static void doctor_run(struct __test_metadata *_metadata, struct command *command)
{
	ASSERT_EQ(0, command_run(command, "ipclens doctor -rn -o file,column,result,note"));
}

/* Every column has a verdict, and there is nothing to complain of. */
static void doctor_expect_fine(struct __test_metadata *_metadata, const struct command *command)
{
	const char *file = NULL;

	EXPECT_EQ(0, command->status) {
		TH_LOG("%s", command->err);
	}
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const char *verdict;

		if (expected[i].file) {
			file = expected[i].file;
			continue;
		}
		verdict = verdict_of(command, file, expected[i].column);
		EXPECT_TRUE(verdict_is(verdict, "verified ") ||
			    verdict_is(verdict, "not\\x20tried ")) {
			TH_LOG("%s %s: %s", file, expected[i].column, verdict);
		}
		EXPECT_FALSE(verdict_is(verdict, "not\\x20tried no\\x20check")) {
			TH_LOG("the doctor has no check of %s %s", file, expected[i].column);
		}
	}
}

TEST_SLOW(doctor, all_columns)
{
	doctor_run(_metadata, &self->command);
	doctor_expect_fine(_metadata, &self->command);
	EXPECT_NE(NULL, strstr(self->command.err, "doctor: "));
	EXPECT_NE(NULL, strstr(self->command.err, " 0 differ, 0 unknown, "));
	if (HAS_SEGMENTS) {
		EXPECT_TRUE(verdict_is(verdict_of(&self->command, "shm", "nattch"), "verified -"));
		EXPECT_TRUE(verdict_is(verdict_of(&self->command, "shm", "cpid"), "verified -"));
	}
	if (HAS_QUEUES) {
		EXPECT_TRUE(verdict_is(verdict_of(&self->command, "mqueue", "charge"), "verified -"));
		EXPECT_TRUE(verdict_is(verdict_of(&self->command, "mq_users", "bytes"), "verified -"));
	}
}

TEST_SLOW(doctor, json)
{
	size_t rows = 0;

	ASSERT_EQ(0, command_run(&self->command, "ipclens doctor --json"));
	EXPECT_EQ(0, self->command.status);
	command_squeeze(self->command.out);
	EXPECT_EQ(0, strncmp(self->command.out, "{\"doctor\":[{\"file\":\"", 20));
	for (const char *at = self->command.out; (at = strstr(at, "\"column\":\"")); at++)
		rows++;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		rows -= !!expected[i].column;
	EXPECT_EQ(0, rows);
	EXPECT_EQ(NULL, strstr(self->command.out, "\"result\":\"differs\""));
	EXPECT_EQ(NULL, strstr(self->command.out, "\"result\":\"unknown\""));
}

/* What others do to objects of theirs. */
static void be_busy(void)
{
	for (;;) {
		int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
		void *at = shmat(id, NULL, 0);

		shmctl(id, IPC_RMID, NULL);
		if (!fork())
			_exit(0);
		wait(NULL);
		shmdt(at);
	}
}

TEST_SLOW(doctor, busy_machine)
{
	if (!HAS_SEGMENTS)
		SKIP(return, "no System V shared memory to be busy with");
	self->busy = fork();
	ASSERT_GE(self->busy, 0);
	if (!self->busy)
		be_busy();
	doctor_run(_metadata, &self->command);
	doctor_expect_fine(_metadata, &self->command);
}

/* Without a namespace of its own it works in the present one, and clears it. */
TEST_SLOW(doctor, present_namespace)
{
	struct truth_space before, after;
	struct lens_table queues;
	int own = truth_space_open(0);

	if (!HAS_SEGMENTS || !HAS_QUEUES)
		SKIP(return, "no segments or no queues that could be left");
	if (own < 0)
		SKIP(return, "no IPC namespaces, so the present one is used by all tests");
	self->spaces = truth_file_number(SYSCTL_SPACES);
	if (self->spaces == ~0ULL || spaces_allow(0)) {
		self->spaces = 0;
		SKIP(return, "no setting " SYSCTL_SPACES);
	}
	ASSERT_EQ(0, truth_space_read(&before, own));
	doctor_run(_metadata, &self->command);
	doctor_expect_fine(_metadata, &self->command);
	EXPECT_NE(NULL, strstr(self->command.err, "made in the present one"));
	EXPECT_TRUE(verdict_is(verdict_of(&self->command, "shm", "nattch"), "verified -"));
	ASSERT_EQ(0, truth_space_read(&after, own));
	EXPECT_EQ(before.count, after.count);
	ASSERT_EQ(0, lens_load(&queues, "mqueue"));
	for (size_t row = 0; row < queues.rows; row++)
		EXPECT_EQ(NULL, strstr(lens_cell(&queues, row, "name"), "ipclens-doctor"));
	lens_free(&queues);
	truth_space_free(&before);
	truth_space_free(&after);
	close(own);
}

/* A column that is lost is not known; no other one suffers. */
TEST_SLOW(doctor, probe_missing)
{
	struct command *command = &self->command;

	if (!HAS_SEGMENTS)
		SKIP(return, "no System V shared memory, so its probes are not missing");
	self->reload = 1;
	ASSERT_EQ(0, module_reload("probe_symbol=close:no_such_symbol,mark:no_such_symbol"));
	doctor_run(_metadata, command);
	EXPECT_EQ(1, command->status);
	EXPECT_NE(NULL, strstr(command->err, " 0 differ, "));
	EXPECT_TRUE(verdict_is(verdict_of(command, "shm_holders", "start"), "unknown "));
	EXPECT_NE(NULL, strstr(verdict_of(command, "shm_holders", "start"), "probe\\x20'close'"));
	EXPECT_TRUE(verdict_is(verdict_of(command, "shm", "detaches"), "unknown "));
	EXPECT_TRUE(verdict_is(verdict_of(command, "history", "detach_pid"), "unknown "));
	EXPECT_TRUE(verdict_is(verdict_of(command, "shm", "rmid_pid"), "unknown "));
	EXPECT_NE(NULL, strstr(verdict_of(command, "shm", "rmid_pid"), "probe\\x20'mark'"));
	EXPECT_TRUE(verdict_is(verdict_of(command, "shm", "attaches"), "verified "));
	EXPECT_TRUE(verdict_is(verdict_of(command, "shm", "dest"), "verified "));
	EXPECT_TRUE(verdict_is(verdict_of(command, "history", "create_pid"), "verified "));
	EXPECT_TRUE(verdict_is(verdict_of(command, "probes", "state"), "verified "));
	EXPECT_TRUE(verdict_is(verdict_of(command, "status", "value"), "verified "));
}

/* A probe that is there, and yet the module does not know by what to tell mappings. */
TEST_SLOW(doctor, mappings_lost)
{
	struct command *command = &self->command;

	if (!HAS_SEGMENTS)
		SKIP(return, "no System V shared memory, so no mappings to be told");
	self->reload = 1;
	ASSERT_EQ(0, module_reload("probe_symbol=close:shm_close"));
	doctor_run(_metadata, command);
	EXPECT_EQ(1, command->status);
	EXPECT_NE(NULL, strstr(command->err, " 0 differ, ")) {
		TH_LOG("%s", command->err);
	}
	EXPECT_TRUE(verdict_is(verdict_of(command, "shm_holders", "start"), "unknown "));
	EXPECT_NE(NULL, strstr(verdict_of(command, "shm_holders", "start"), "cannot\\x20tell"));
	EXPECT_TRUE(verdict_is(verdict_of(command, "shm", "detaches"), "verified "));
	EXPECT_TRUE(verdict_is(verdict_of(command, "status", "value"), "verified "));
}

/* Stores that have no room for what the doctor does: not its fault, nor a difference. */
TEST_SLOW(doctor, small_stores)
{
	if (!HAS_SEGMENTS || !HAS_QUEUES)
		SKIP(return, "too few objects to fill the stores");
	self->reload = 1;
	ASSERT_EQ(0, module_reload("history=8 denials=1"));
	doctor_run(_metadata, &self->command);
	EXPECT_EQ(1, self->command.status);
	EXPECT_NE(NULL, strstr(self->command.err, " 0 differ, ")) {
		TH_LOG("%s", self->command.err);
	}
	EXPECT_TRUE(verdict_is(verdict_of(&self->command, "history", "create_pid"), "unknown "));
	EXPECT_TRUE(verdict_is(verdict_of(&self->command, "shm", "lpid"), "verified "));
}

TEST_SLOW(doctor, not_root)
{
	pid_t pid = fork();

	ASSERT_GE(pid, 0);
	if (!pid) {
		if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
			_exit(1);
		if (command_run(&self->command, "ipclens doctor"))
			_exit(2);
		EXPECT_EQ(2, self->command.status);
		EXPECT_STREQ("", self->command.out);
		EXPECT_EQ(1, command_complaints(&self->command));
		EXPECT_NE(NULL, strstr(self->command.err, "run as root"));
		_exit(_metadata->passed ? 0 : 3);
	}
	ASSERT_EQ(pid, waitpid(pid, &self->command.status, 0));
	EXPECT_EQ(0, self->command.status);
}

TEST_HARNESS_MAIN
