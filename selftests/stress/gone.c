// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is being read goes in the middle: the process that keeps a namespace alive, whose rows
 * or mappings a reader has had some of. What is there throughout has all rows, each once.
 */
#include <signal.h>

#include "fixture.h"
#include "module.h"

#define SPACES 3
#define SEGMENTS 250
#define MAPPINGS 100
/* Bytes a read(): a reader fetches more rows at once than fit. */
#define PIECE 200

static char text[1 << 20];

FIXTURE(gone) {
	struct peer peer[SPACES]; /* each in a namespace of its own; by their numbers in the file */
	unsigned long number[SPACES];
};

FIXTURE_VARIANT(gone) {
	const char *file;
	const char *column; /* has the number */
	int rows; /* of each number */
	int middle; /* so many rows of whom goes are read before, so many are not read: at least */
};

FIXTURE_VARIANT_ADD(gone, segments) {
	.file = "shm", .column = "ipcns", .rows = SEGMENTS, .middle = 1,
};

FIXTURE_VARIANT_ADD(gone, mappings) {
	.file = "shm_holders", .column = "pid", .rows = MAPPINGS, .middle = 1,
};

FIXTURE_VARIANT_ADD(gone, namespaces) {
	.file = "namespaces", .column = "ipcns", .rows = 1, .middle = 0,
};

static int fill(struct peer *peer)
{
	int n, id = -1;

	for (n = 0; n < SEGMENTS; n++) {
		id = peer_get(peer, IPC_PRIVATE, 4096, CREATE);
		if (id < 0)
			return -1;
	}
	for (n = 0; n < MAPPINGS; n++)
		if (peer_attach(peer, id) <= 0)
			return -1;
	return 0;
}

static void swap(FIXTURE_DATA(gone) *self, int n)
{
	struct peer peer = self->peer[n];
	unsigned long number = self->number[n];

	self->peer[n] = self->peer[n + 1];
	self->peer[n + 1] = peer;
	self->number[n] = self->number[n + 1];
	self->number[n + 1] = number;
}

FIXTURE_SETUP(gone)
{
	int n, k;

	ASSERT_EQ(0, module_loaded() ? 0 : module_load(""));
	for (n = 0; n < SPACES; n++) {
		ASSERT_EQ(0, peer_start(&self->peer[n], CLONE_NEWIPC));
		ASSERT_EQ(0, fill(&self->peer[n]));
		self->number[n] = !strcmp(variant->column, "pid") ?
			(unsigned long)self->peer[n].pid : truth_space_inum(self->peer[n].pid);
	}
	for (k = 0; k < SPACES; k++)
		for (n = 0; n < SPACES - 1; n++)
			if (self->number[n] > self->number[n + 1])
				swap(self, n);
}

FIXTURE_TEARDOWN(gone)
{
	int n;

	for (n = 0; n < SPACES; n++)
		peer_end(&self->peer[n]);
}

/* The rows of @number in the whole lines of the first @used bytes of text; -1 without any. */
static int rows_of(const FIXTURE_VARIANT(gone) *variant, size_t used, unsigned long number)
{
	struct lens_table table;
	int rows = -1;
	size_t row;

	while (used && text[used - 1] != '\n')
		used--;
	if (!lens_parse(&table, variant->file, text, used))
		for (rows = 0, row = 0; row < table.rows; row++)
			rows += lens_number(&table, row, variant->column) == number;
	lens_free(&table);
	return rows;
}

TEST_SLOW(gone, in_the_middle)
{
	unsigned long inum = truth_space_inum(self->peer[1].pid);
	struct lens_table table;
	size_t used = 0;
	ssize_t got;
	int fd, rows;

	fd = lens_open(variant->file);
	ASSERT_LE(0, fd);
	while (rows_of(variant, used, self->number[0]) < variant->rows ||
	       rows_of(variant, used, self->number[1]) < variant->middle) {
		got = read(fd, text + used, PIECE);
		ASSERT_LT(0, got);
		used += got;
		ASSERT_LT(used, sizeof(text) - PIECE);
	}
	ASSERT_EQ(0, peer_kill(&self->peer[1], SIGKILL));
	ASSERT_STREQ("(none)", lens_peek("namespaces", inum, -1, "ipcns"));
	while ((got = read(fd, text + used, PIECE)) > 0) {
		used += got;
		ASSERT_LT(used, sizeof(text) - PIECE);
	}
	close(fd);
	ASSERT_EQ(0, got);
	ASSERT_EQ(0, lens_parse(&table, variant->file, text, used));
	EXPECT_EQ(0, lens_check(&table));
	lens_free(&table);
	EXPECT_EQ(variant->rows, rows_of(variant, used, self->number[0]));
	EXPECT_EQ(variant->rows, rows_of(variant, used, self->number[2]));
	rows = rows_of(variant, used, self->number[1]);
	EXPECT_LE(variant->middle, rows);
	EXPECT_LE(rows, variant->rows - variant->middle);
}

TEST_HARNESS_MAIN
