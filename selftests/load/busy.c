// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unloading while a debugfs file is open: refused, without harm to the reader,
 * and granted once the file is closed.
 */
#include "probes.h"

FIXTURE(busy) {
	struct space space;
	int fd;
};

FIXTURE_SETUP(busy)
{
	int n;

	ASSERT_EQ(0, module_reload(""));
	ASSERT_EQ(0, space_enter(&self->space));
	for (n = 0; n < 200; n++)
		ASSERT_GE(shmget(IPC_PRIVATE, 4096, CREATE), 0);
	self->fd = -1;
}

FIXTURE_TEARDOWN(busy)
{
	space_close(&self->space);
	if (self->fd >= 0)
		close(self->fd);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
}

/* The system call's word for it, which rmmod(8) prints as "in use". */
#define EXPECT_REFUSED() do { \
	int err_ = module_unload(); \
	EXPECT_TRUE(err_ == -EBUSY || err_ == -EWOULDBLOCK); \
	EXPECT_TRUE(module_loaded()); \
} while (0)

TEST_SLOW(busy, open_file)
{
	int n;

	for (n = 0; n < LENS_FILES; n++) {
		self->fd = lens_open(lens_file(n));
		ASSERT_GE(self->fd, 0);
		EXPECT_REFUSED();
		ASSERT_EQ(0, close(self->fd));
		self->fd = -1;
		ASSERT_EQ(0, module_unload());
		EXPECT_EQ(-1, access(LENS_DIR, F_OK));
		ASSERT_EQ(0, module_load(""));
	}
}

/* In the middle of the rows; the rest comes as if nothing had been asked. */
TEST_SLOW(busy, half_read_file)
{
	struct lens_table table;
	char text[1 << 17];
	size_t used = 0;
	ssize_t got;

	self->fd = lens_open("shm");
	ASSERT_GE(self->fd, 0);
	do {
		got = read(self->fd, text + used, 3001);
		ASSERT_GE(got, 0);
		used += got;
		ASSERT_LT(used + 3001, sizeof(text));
		EXPECT_REFUSED();
	} while (got);
	ASSERT_EQ(0, lens_parse(&table, "shm", text, used));
	EXPECT_EQ(0, lens_check(&table));
	EXPECT_EQ(200, lens_count(&table, self->space.inum, -1));
	lens_free(&table);
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	EXPECT_EQ(0, module_unload());
}

/* What is open while a reader forks is open until the last of them lets go. */
TEST_SLOW(busy, inherited_file)
{
	struct peer peer;

	self->fd = lens_open("status");
	ASSERT_GE(self->fd, 0);
	ASSERT_EQ(0, peer_start(&peer, 0));
	ASSERT_EQ(0, close(self->fd));
	self->fd = -1;
	EXPECT_REFUSED();
	ASSERT_EQ(0, peer_end(&peer));
	EXPECT_EQ(0, module_unload());
}

TEST_HARNESS_MAIN
