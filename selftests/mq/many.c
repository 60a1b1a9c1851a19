// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ten thousand queues, and queues and namespaces that go in the middle of a read: what lives
 * throughout has exactly one row, and time grows with the rows.
 */
#include <stdlib.h>

#include "fixture.h"
#include "herd.h"

#define MANY HERD_MOST
#define FEW 1250
#define STABLE 300
#define SPACES 250

FIXTURE(many) {
	struct space space;
	struct owner owner;
};

FIXTURE_SETUP(many)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, herd_begin(&self->owner, self->space.inum));
}

FIXTURE_TEARDOWN(many)
{
	space_close(&self->space);
}

/* That many reads, at their best of five, in nanoseconds. */
static long long read_time(int reads)
{
	long long best = -1, from, took;
	size_t length;
	int n, k;

	for (n = 0; n < 5; n++) {
		from = now_ns();
		for (k = 0; k < reads; k++)
			free(lens_slurp(LENS_DIR "/mqueue", 1 << 16, &length));
		took = now_ns() - from;
		if (best < 0 || took < best)
			best = took;
	}
	return best;
}

TEST_SLOW(many, ten_thousand)
{
	struct lens_table table;
	long long few, all;
	size_t length;
	char *text;

	ASSERT_EQ(0, herd_make(0, FEW));
	few = read_time(MANY / FEW);
	ASSERT_EQ(0, herd_make(FEW, MANY));
	all = read_time(1);
	text = lens_slurp(LENS_DIR "/mqueue", 5000, &length);
	ASSERT_NE(NULL, text);
	ASSERT_EQ(0, lens_parse(&table, "mqueue", text, length));
	free(text);
	EXPECT_EQ(0, lens_check(&table));
	EXPECT_EQ(0, herd_wrong(&table, self->space.inum, MANY));
	EXPECT_EQ(MANY, lens_count(&table, self->space.inum, -1));
	lens_free(&table);
	EXPECT_USER_IS(&self->owner, "queues", MANY);
	EXPECT_EQ(owner_bytes(&self->owner),
		  strtoull(user_cell(&self->owner, "queue_bytes"), NULL, 10));
	EXPECT_STREQ(number_text(MANY), lens_peek("namespaces", self->space.inum, -1, "mq_count"));
	fprintf(stderr, "# many: %d times %d queues in %lld us, %d in %lld us\n", MANY / FEW, FEW,
		few / 1000, MANY, all / 1000);
	/*
	 * As many rows by both, in about the same time, so that others on the machine disturb
	 * both alike; were it quadratic, the one read would take eight times as long.
	 */
	EXPECT_LT(all, 5 * few);
}

/* Part of the text is read, then queues go, then the rest is read. */
TEST_SLOW(many, gone_in_the_middle)
{
	struct lens_table table;
	size_t used = 0, size = FEW * 1000;
	char *text = malloc(size);
	ssize_t got;
	int fd, n;

	/* Those that stay, and those that go; inos has the former. */
	ASSERT_EQ(0, herd_make(0, FEW));
	for (n = FEW; n < 2 * FEW; n++)
		ASSERT_NE(0, herd_queue(n));
	fd = open(LENS_DIR "/mqueue", O_RDONLY | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	for (; used < 50000; used += got) {
		got = read(fd, text + used, 1000);
		ASSERT_GT(got, 0);
	}
	for (n = FEW; n < 2 * FEW; n++)
		ASSERT_EQ(0, herd_unlink(n));
	while ((got = read(fd, text + used, size - used)) > 0)
		used += got;
	close(fd);
	ASSERT_EQ(0, got);
	ASSERT_EQ(0, lens_parse(&table, "mqueue", text, used));
	EXPECT_EQ(0, lens_check(&table));
	EXPECT_EQ(0, herd_wrong(&table, self->space.inum, FEW));
	EXPECT_LT(lens_count(&table, self->space.inum, -1), 2 * FEW);
	lens_free(&table);
	free(text);
}

/* The namespace goes while its rows are read; those of another are not touched by it. */
TEST_SLOW(many, namespace_gone_in_the_middle)
{
	struct lens_table table;
	struct owner owner;
	static char text[1 << 20];
	size_t used = 0;
	char name[16];
	ssize_t got;
	int fd, n;

	ASSERT_EQ(0, herd_make(0, STABLE));
	ASSERT_EQ(0, owner_start(&owner, OWNER_PLAIN));
	ASSERT_EQ(0, owner_limit(&owner, RLIMIT_MSGQUEUE, RLIM_INFINITY));
	for (n = 0; n < 250; n++) {
		snprintf(name, sizeof(name), "n%d", n);
		ASSERT_GE(queue_open(&owner, name, QUEUE_NEW, 1, 1), 0);
	}
	fd = open(LENS_DIR "/mqueue", O_RDONLY | O_CLOEXEC);
	ASSERT_GE(fd, 0);
	for (n = 0; n < 15; n++) {
		got = read(fd, text + used, 1000);
		ASSERT_GT(got, 0);
		used += got;
	}
	ASSERT_EQ(0, peer_end(&owner.peer));
	ASSERT_EQ(0, owner_settle(&owner, 0));
	while ((got = read(fd, text + used, sizeof(text) - used)) > 0)
		used += got;
	close(fd);
	ASSERT_EQ(0, got);
	ASSERT_EQ(0, lens_parse(&table, "mqueue", text, used));
	EXPECT_EQ(0, lens_check(&table));
	EXPECT_EQ(0, herd_wrong(&table, self->space.inum, STABLE));
	lens_free(&table);
}

/* File systems are held a few at a time: each must have its turn, and only one. */
TEST_SLOW(many, of_a_namespace_each)
{
	struct lens_table table;
	struct owner owner;
	size_t length, row;
	char *text;
	int n;

	ASSERT_EQ(0, owner_start(&owner, OWNER_SPACES));
	for (n = 0; n < SPACES; n++) {
		ASSERT_EQ(0, peer_unshare(&owner.peer, CLONE_NEWIPC));
		ASSERT_GE(queue_open(&owner, "each", QUEUE_NEW, 1, 1), 0);
	}
	/* A read() that has room for a few rows alone lets go of others that it has held. */
	text = lens_slurp(lens_path("mqueue"), 700, &length);
	ASSERT_NE(NULL, text);
	ASSERT_EQ(0, lens_parse(&table, "mqueue", text, length));
	EXPECT_EQ(0, lens_check(&table));
	for (row = 0, n = 0; row < table.rows; row++)
		n += !strcmp(lens_cell(&table, row, "name"), "each");
	EXPECT_EQ(SPACES, n);
	lens_free(&table);
	free(text);
	EXPECT_USER(&owner, "queues", number_text(SPACES));
	ASSERT_EQ(0, peer_end(&owner.peer));
	EXPECT_EQ(0, owner_settle(&owner, 0));
	EXPECT_EQ(0, lens_matches("mqueue", (const char *const[]){ "name", "each", NULL }));
}

TEST_HARNESS_MAIN
