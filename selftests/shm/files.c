// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debugfs files as files: who may open them, their header lines, and that
 * the text is the same however it is read.
 */
#include <linux/capability.h>
#include <sys/klog.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "address.h"
#include "fixture.h"

#define SEGMENTS 150
#define LOG_READ_ALL 3

/*
 * Those that stand still while nothing happens; "status" has the time in it, "mq_users" all
 * tasks.
 */
static const char *const still_names[] = { "history", "mq_denials", "mqueue", "namespaces", "shm",
					   "shm_holders" };

FIXTURE(files) {
	struct space space;
	struct peer peer;
	struct owner owner;
};

/* Every file has a row. */
FIXTURE_SETUP(files)
{
	int n, id;

	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
	for (n = 0; n < SEGMENTS; n++) {
		id = peer_get(&self->peer, IPC_PRIVATE, 4096, CREATE);
		ASSERT_GE(id, 0);
		ASSERT_GT(peer_attach(&self->peer, id), 0);
	}
	ASSERT_EQ(0, owner_start(&self->owner, OWNER_PLAIN));
	ASSERT_GE(queue_default(&self->owner, "files"), 0);
	ASSERT_EQ(-EINVAL, queue_open(&self->owner, "refused", QUEUE_NEW, -1, 1));
}

/* The queue is gone before the next test looks: its namespace may take a while. */
FIXTURE_TEARDOWN(files)
{
	queue_unlink(&self->owner, "files");
	peer_end(&self->owner.peer);
	peer_end(&self->peer);
	space_close(&self->space);
}

TEST_SLOW(files, form)
{
	struct lens_table table;
	int n;

	for (n = 0; n < LENS_FILES; n++) {
		ASSERT_EQ(0, lens_load(&table, lens_file(n))) {
			TH_LOG("%s", lens_file(n));
		}
		EXPECT_EQ(0, lens_check(&table));
		lens_free(&table);
	}
}

/* Every column name of the contract is there, in order, and nothing before it. */
TEST_SLOW(files, first_bytes)
{
	char want[64], *text;
	size_t length;
	int n;

	for (n = 0; n < LENS_FILES; n++) {
		text = lens_slurp(lens_path(lens_file(n)), 4096, &length);
		ASSERT_NE(NULL, text);
		snprintf(want, sizeof(want), "# ipclens %s 1\n", lens_file(n));
		EXPECT_EQ(0, strncmp(text, want, strlen(want)));
		EXPECT_EQ('\n', text[length - 1]);
		EXPECT_EQ(NULL, strchr(text, '\r'));
		EXPECT_EQ(NULL, strchr(text, '\t'));
		free(text);
	}
}

/* Columns of limits, which may be as large; other tests compare them with the kernel's. */
static bool is_limit(const struct lens_table *table, const char *column)
{
	static const char *const limits[][2] = {
		{ "namespaces", "shmmax" },  { "namespaces", "shmall" },
		{ "mq_users", "limit_min" }, { "mq_users", "limit_max" },
		{ "mq_denials", "limit" },
	};
	int n;

	for (n = 0; n < ARRAY_SIZE(limits); n++)
		if (!strcmp(table->file, limits[n][0]) && !strcmp(column, limits[n][1]))
			return true;
	return false;
}

/* Cells that have an address; each is told. */
static int table_addresses(const struct lens_table *table)
{
	size_t row, n;
	int bad = 0;

	for (row = 0; row < table->rows; row++)
		for (n = 0; n < table->columns; n++) {
			const char *column = table->cells[n];
			const char *cell = lens_cell(table, row, column);

			if (is_limit(table, column) || !address_told(cell))
				continue;
			fprintf(stderr, "# %s: %s is %s\n", table->file, column, cell);
			bad++;
		}
	return bad;
}

/* Of 64 bits; with 32 they look like keys. */
TEST_SLOW(files, no_address_of_the_kernel)
{
	struct lens_table table;
	int n;

	if (sizeof(long) < 8)
		SKIP(return, "addresses of the kernel look like keys here");
	ASSERT_TRUE(address_told("a 0xffff888004a1b2c0 b") && address_told("18446612682134163456"));
	for (n = 0; n < LENS_FILES; n++) {
		ASSERT_EQ(0, lens_load(&table, lens_file(n)));
		EXPECT_LT(0, table.rows) {
			TH_LOG("%s has no row", lens_file(n));
		}
		EXPECT_EQ(0, table_addresses(&table));
		lens_free(&table);
	}
}

/* What the module has said since the log was last cleared. */
TEST_SLOW(files, no_address_in_the_log)
{
	static char log[1 << 21];
	int length = klogctl(LOG_READ_ALL, log, sizeof(log) - 1), lines = 0;
	char *line, *rest = log;

	if (sizeof(long) < 8)
		SKIP(return, "addresses of the kernel look like keys here");
	ASSERT_LE(0, length);
	log[length] = '\0';
	while ((line = strsep(&rest, "\n"))) {
		if (!strstr(line, "ipclens: "))
			continue;
		lines++;
		EXPECT_FALSE(address_told(line)) {
			TH_LOG("%s", line);
		}
	}
	if (!lines)
		SKIP(return, "no line of the module is left in the kernel's log");
}

TEST_SLOW(files, modes)
{
	struct stat st;
	int n;

	ASSERT_EQ(0, stat(LENS_DIR, &st));
	EXPECT_EQ(S_IFDIR | 0700, st.st_mode);
	for (n = 0; n < LENS_FILES; n++) {
		ASSERT_EQ(0, stat(lens_path(lens_file(n)), &st));
		EXPECT_EQ(S_IFREG | 0400, st.st_mode);
		EXPECT_EQ(0, st.st_uid);
		EXPECT_EQ(0, st.st_gid);
	}
}

/* From here on nobody, with these capabilities. */
static int become_nobody(unsigned long long capabilities)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = capabilities, .permitted = capabilities },
		{ .effective = capabilities >> 32, .permitted = capabilities >> 32 },
	};

	if (prctl(PR_SET_KEEPCAPS, 1) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534))
		return -1;
	return syscall(SYS_capset, &head, data);
}

/* How many files nobody can open with these capabilities; all others must say EACCES. */
static int opened_by_nobody(unsigned long long capabilities)
{
	int status, n, opened = 0;
	pid_t pid = fork();

	if (!pid) {
		if (become_nobody(capabilities))
			_exit(100);
		for (n = 0; n < LENS_FILES; n++)
			if (open(lens_path(lens_file(n)), O_RDONLY) >= 0)
				opened++;
			else if (errno != EACCES)
				_exit(101);
		_exit(opened);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Also where the administrator opened up the top of debugfs. */
TEST_SLOW(files, root_only)
{
	struct stat st;

	EXPECT_EQ(0, opened_by_nobody(0));
	ASSERT_EQ(0, stat("/sys/kernel/debug", &st));
	ASSERT_EQ(0, chmod("/sys/kernel/debug", 0755));
	EXPECT_EQ(0, opened_by_nobody(0));
	ASSERT_EQ(0, chmod("/sys/kernel/debug", st.st_mode & 07777));
}

/* What goes past modes everywhere does here; what does not, does not. */
TEST_SLOW(files, capabilities)
{
	const unsigned long long search = 1ULL << CAP_DAC_READ_SEARCH;
	const unsigned long long override = 1ULL << CAP_DAC_OVERRIDE;

	EXPECT_EQ(LENS_FILES, opened_by_nobody(search));
	EXPECT_EQ(LENS_FILES, opened_by_nobody(override));
	EXPECT_EQ(0, opened_by_nobody(~(search | override)));
}

TEST_SLOW(files, not_writable)
{
	int n, fd;

	for (n = 0; n < LENS_FILES; n++) {
		fd = open(lens_path(lens_file(n)), O_WRONLY | O_TRUNC | O_CLOEXEC);
		EXPECT_EQ(-1, write(fd, "0\n", 2));
		close(fd);
	}
}

TEST_SLOW(files, any_chunk_reads_the_same)
{
	static const size_t chunks[] = { 1, 2, 7, 100, 4095, 4096, 4097, 1 << 20 };
	size_t length, whole;
	char *text, *again;
	int n, c;

	for (n = 0; n < ARRAY_SIZE(still_names); n++) {
		text = lens_slurp(lens_path(still_names[n]), 1 << 16, &whole);
		ASSERT_NE(NULL, text);
		for (c = 0; c < ARRAY_SIZE(chunks); c++) {
			again = lens_slurp(lens_path(still_names[n]), chunks[c], &length);
			ASSERT_NE(NULL, again);
			EXPECT_STREQ(text, again) {
				TH_LOG("%s by %zu bytes", still_names[n], chunks[c]);
			}
			free(again);
		}
		free(text);
	}
}

TEST_SLOW(files, any_offset)
{
	char part[300], *text;
	size_t length, offset;
	ssize_t got;
	int fd;

	text = lens_slurp(lens_path("shm"), 1 << 16, &length);
	ASSERT_NE(NULL, text);
	fd = lens_open("shm");
	ASSERT_GE(fd, 0);
	/* Backwards, by an odd step: every read has to find its place anew. */
	for (offset = length - 1; offset > 997; offset -= 997) {
		got = pread(fd, part, sizeof(part), offset);
		ASSERT_GT(got, 0);
		ASSERT_LE(got, length - offset);
		EXPECT_EQ(0, memcmp(text + offset, part, got)) {
			TH_LOG("offset %zu", offset);
		}
	}
	EXPECT_EQ(0, pread(fd, part, sizeof(part), length));
	EXPECT_EQ(0, pread(fd, part, sizeof(part), length + 100000));
	free(text);
	close(fd);
}

TEST_SLOW(files, read_again_from_the_start)
{
	char first[200], second[200];
	int fd = lens_open("shm");
	int n;

	ASSERT_GE(fd, 0);
	for (n = 0; n < 10; n++) {
		ASSERT_EQ(200, read(fd, n ? second : first, 200));
		EXPECT_EQ(0, n ? memcmp(first, second, 200) : 0);
		while (read(fd, second, sizeof(second)) > 0)
			;
		ASSERT_EQ(0, lseek(fd, 0, SEEK_SET));
	}
	close(fd);
}

/* Two readers of one file, and of two files, do not disturb each other. */
TEST_SLOW(files, interleaved)
{
	static const char *const names[] = { "shm", "shm", "shm_holders" };
	size_t length[3], at[3] = { 0 };
	char *text[3], part[77];
	int fd[3], n, left = 3;
	ssize_t got;

	for (n = 0; n < 3; n++) {
		text[n] = lens_slurp(lens_path(names[n]), 1 << 16, &length[n]);
		ASSERT_NE(NULL, text[n]);
		fd[n] = lens_open(names[n]);
		ASSERT_GE(fd[n], 0);
	}
	while (left) {
		for (n = 0; n < 3; n++) {
			if (fd[n] < 0)
				continue;
			got = read(fd[n], part, 11 + 33 * n);
			ASSERT_GE(got, 0);
			ASSERT_LE(at[n] + got, length[n]);
			ASSERT_EQ(0, memcmp(text[n] + at[n], part, got));
			at[n] += got;
			if (got)
				continue;
			EXPECT_EQ(length[n], at[n]);
			close(fd[n]);
			fd[n] = -1;
			left--;
		}
	}
	for (n = 0; n < 3; n++)
		free(text[n]);
}

TEST_SLOW(files, readers_that_stop_early)
{
	char part[4096];
	int n, round, fd;

	for (round = 0; round < 50; round++) {
		for (n = 0; n < LENS_FILES; n++) {
			fd = lens_open(lens_file(n));
			ASSERT_GE(fd, 0);
			if (round)
				ASSERT_GT(read(fd, part, 1 + round * 80), 0);
			ASSERT_EQ(0, close(fd));
		}
	}
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

/* Outside the fixture: only a system without any segment can tell. */
TEST(files_without_a_row)
{
	static const char *const names[] = { "shm", "shm_holders" };
	struct lens_table table;
	struct space initial;
	int n;

	ASSERT_TRUE(lens_present());
	for (n = 0; n < 2; n++) {
		ASSERT_EQ(0, lens_load(&table, names[n]));
		if (table.rows)
			SKIP(return, "this system has segments of its own");
		lens_free(&table);
	}
	ASSERT_EQ(0, lens_load(&table, "namespaces"));
	EXPECT_GE(table.rows, 1);
	lens_free(&table);
	ASSERT_EQ(0, space_of(&initial, 0));
	EXPECT_ALL_TRUE_IN(initial.fd);
	space_close(&initial);
}

TEST_HARNESS_MAIN
