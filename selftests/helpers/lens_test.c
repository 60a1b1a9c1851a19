// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tests' own parser against text written by hand: what it must take apart
 * and what it must refuse. Needs no module.
 */
#include <string.h>

#include "kselftest_harness.h"

#include "lens.h"

#define HOLDERS "# ipclens shm_holders 1\nipcns shmid pid comm start end prot task_ipcns\n"

static const char two_rows[] = HOLDERS
	"4026531839      32769     101 a\\040b\\134\\012      0x7f0000001000 0x7f0000002000 rw-  4026532200\n"
	"4026531839          0     101 -               0x7f0000003000 0x7f0000004000 r--  -\n";

FIXTURE(lens) {
	struct lens_table table;
};

FIXTURE_SETUP(lens)
{
}

FIXTURE_TEARDOWN(lens)
{
	lens_free(&self->table);
}

TEST_F(lens, cells_by_name)
{
	char text[32];

	ASSERT_EQ(0, lens_parse(&self->table, "shm_holders", two_rows, strlen(two_rows)));
	ASSERT_EQ(2, self->table.rows);
	EXPECT_EQ(0, lens_check(&self->table));
	EXPECT_EQ(4026531839, lens_number(&self->table, 0, "ipcns"));
	EXPECT_EQ(32769, lens_number(&self->table, 0, "shmid"));
	EXPECT_EQ(0x7f0000002000, lens_number(&self->table, 0, "end"));
	EXPECT_EQ(LENS_NONE, lens_number(&self->table, 1, "task_ipcns"));
	EXPECT_EQ(LENS_BAD, lens_number(&self->table, 0, "comm"));
	EXPECT_STREQ("(none)", lens_cell(&self->table, 0, "nonsense"));
	EXPECT_STREQ("(none)", lens_cell(&self->table, 2, "pid"));
	EXPECT_EQ(5, lens_text(&self->table, 0, "comm", text, sizeof(text)));
	EXPECT_STREQ("a b\\\n", text);
	EXPECT_EQ(1, lens_find(&self->table, 4026531839, 0));
	EXPECT_EQ(-1, lens_find(&self->table, 4026531839, 1));
	EXPECT_EQ(2, lens_count(&self->table, 4026531839, -1));
}

TEST_F(lens, no_row)
{
	ASSERT_EQ(0, lens_parse(&self->table, "shm_holders", HOLDERS, strlen(HOLDERS)));
	EXPECT_EQ(0, self->table.rows);
	EXPECT_EQ(0, lens_check(&self->table));
}

TEST_F(lens, any_cut_is_refused)
{
	size_t length, whole = 0;

	for (length = 0; length < strlen(two_rows); length++) {
		if (!lens_parse(&self->table, "shm_holders", two_rows, length))
			whole++;
		lens_free(&self->table);
	}
	/* Only after the names and after the first row does a line end. */
	EXPECT_EQ(2, whole);
}

TEST_F(lens, refused)
{
	static const char *const bad[] = {
		"",
		"# ipclens shm_holders 2\nipcns shmid pid comm start end prot task_ipcns\n",
		"# ipclens shm_holders 1 \nipcns shmid pid comm start end prot task_ipcns\n",
		"# ipclens shm 1\nipcns shmid pid comm start end prot task_ipcns\n",
		HOLDERS "1 2 3 a 0x1000 0x2000 rw-\n",
		HOLDERS "1 2 3 a 0x1000 0x2000 rw- 1 1\n",
		HOLDERS "\n",
	};
	size_t n;

	for (n = 0; n < ARRAY_SIZE(bad); n++) {
		EXPECT_EQ(-1, lens_parse(&self->table, "shm_holders", bad[n], strlen(bad[n])));
		lens_free(&self->table);
	}
}

TEST_F(lens, wrong_form_is_seen)
{
	static const char *const bad[] = {
		HOLDERS "1 2 3 a 0x1000 0x2000 rw- 0x5\n",
		HOLDERS "1 2 03 a 0x1000 0x2000 rw- 5\n",
		HOLDERS "1 2 3 a 1000 0x2000 rw- 5\n",
		HOLDERS "1 2 3 a\\04 0x1000 0x2000 rw- 5\n",
		HOLDERS "1 2 3 a\t 0x1000 0x2000 rw- 5\n",
		HOLDERS "1 2 3 a\351 0x1000 0x2000 rw- 5\n",
		HOLDERS "1 2 4 a 0x1000 0x2000 rw- 5\n1 2 3 a 0x1000 0x2000 rw- 5\n",
		HOLDERS "1 2 3 a 0x1000 0x2000 rw- 5\n1 2 3 a 0x1000 0x2000 rw- 5\n",
	};
	size_t n;

	for (n = 0; n < ARRAY_SIZE(bad); n++) {
		ASSERT_EQ(0, lens_parse(&self->table, "shm_holders", bad[n], strlen(bad[n])));
		EXPECT_EQ(1, lens_check(&self->table)) {
			TH_LOG("sample %zu", n);
		}
		lens_free(&self->table);
	}
}

TEST_F(lens, escapes)
{
	char text[64];

	lens_encode("a b\n\\\033\351\177", text, sizeof(text));
	EXPECT_STREQ("a\\040b\\012\\134\\033\\351\\177", text);
	lens_encode("", text, sizeof(text));
	EXPECT_STREQ("-", text);
	EXPECT_EQ(-1, lens_decode("\\999", text, sizeof(text)));
	EXPECT_EQ(-1, lens_decode("\\1", text, sizeof(text)));
	EXPECT_EQ(-1, lens_decode("\\000", text, sizeof(text)));
	EXPECT_EQ(-1, lens_decode("\\777", text, sizeof(text)));
	EXPECT_EQ(1, lens_decode("\\377", text, sizeof(text)));
}

TEST_HARNESS_MAIN
