// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory columns. Pages touched, locked, swapped out,
 * huge pages, sizes that are no multiple of a page or larger than the machine.
 */
#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/swap.h>
#include <sys/syscall.h>

#include "file.h"
#include "fixture.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define SWAP_DEVICE "/dev/ram0"
#define SWAP_PAGES 1024
#define HUGE_RESERVE "/proc/sys/vm/nr_hugepages"

FIXTURE(memory) {
	unsigned long long huge_before;
	struct space space;
	struct peer peer;
	long page;
	int swap_on;
	int huge_raised;
};

FIXTURE_SETUP(memory)
{
	self->page = sysconf(_SC_PAGESIZE);
	self->huge_before = truth_file_number(HUGE_RESERVE);
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, peer_start(&self->peer, 0));
}

FIXTURE_TEARDOWN(memory)
{
	peer_end(&self->peer);
	/* whatever failed before: the next test must not find these */
	if (self->swap_on)
		EXPECT_EQ(0, swapoff(SWAP_DEVICE));
	if (self->huge_raised)
		file_put(HUGE_RESERVE, number_text(self->huge_before));
	space_close(&self->space);
}

TEST_SLOW(memory, touched)
{
	int id = peer_get(&self->peer, 0x4c0c0001, 10 * self->page - 100, CREATE);
	long long base;

	ASSERT_GE(id, 0);
	base = peer_attach(&self->peer, id);
	ASSERT_GT(base, 0);
	EXPECT_COUNT(&self->space, id, "size", 10 * self->page - 100);
	EXPECT_CELL(&self->space, id, "rss", "0");
	ASSERT_EQ(0, peer_touch(&self->peer, base + 2 * self->page, 5 * self->page));
	EXPECT_COUNT(&self->space, id, "rss", 5 * self->page);
	EXPECT_CELL(&self->space, id, "swap", "0");
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_SLOW(memory, locked)
{
	int id = peer_get(&self->peer, 0x4c0c0002, 4 * self->page, CREATE);

	ASSERT_GE(id, 0);
	ASSERT_EQ(0, peer_call(&self->peer, PEER_LOCK, id, 1, 0, 0));
	EXPECT_CELL(&self->space, id, "perms", "2600");
	ASSERT_GT(peer_attach(&self->peer, id), 0);
	ASSERT_EQ(0, peer_remove(&self->peer, id));
	EXPECT_CELL(&self->space, id, "perms", "3600");
	EXPECT_CELL(&self->space, id, "pending", "marked");
	EXPECT_ALL_TRUE_IN(self->space.fd);
	ASSERT_EQ(0, peer_call(&self->peer, PEER_LOCK, id, 0, 0, 0));
	EXPECT_CELL(&self->space, id, "perms", "1600");
}

/* One byte, and more than the machine has. */
TEST_SLOW(memory, odd_sizes)
{
	unsigned long vast = sizeof(long) == 8 ? 1UL << 42 : 1UL << 29;
	int tiny = peer_get(&self->peer, IPC_PRIVATE, 1, CREATE);
	int wide = peer_get(&self->peer, IPC_PRIVATE, vast, CREATE | SHM_NORESERVE);

	ASSERT_GE(tiny, 0);
	ASSERT_GE(wide, 0);
	EXPECT_CELL(&self->space, tiny, "size", "1");
	EXPECT_CELL(&self->space, tiny, "key", "0x00000000");
	EXPECT_CELL(&self->space, tiny, "orig_key", "0x00000000");
	EXPECT_COUNT(&self->space, wide, "size", vast);
	EXPECT_ALL_TRUE_IN(self->space.fd);
	ASSERT_EQ(0, peer_remove(&self->peer, wide));
}

static long huge_page_size(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	long kilobytes = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Hugepagesize: %ld kB", &kilobytes) == 1)
			break;
	if (file)
		fclose(file);
	return kilobytes * 1024;
}

TEST_SLOW(memory, huge_pages)
{
	long long huge = huge_page_size(), base;
	int id;

	self->huge_raised = 1;
	if (!huge || file_put(HUGE_RESERVE, number_text(self->huge_before + 3)))
		SKIP(return, "this kernel has no huge pages");
	id = peer_get(&self->peer, 0x4c0c0003, 2 * huge, CREATE | SHM_HUGETLB);
	if (id < 0)
		SKIP(return, "three huge pages cannot be reserved");
	EXPECT_COUNT(&self->space, id, "huge", huge);
	EXPECT_CELL(&self->space, id, "rss", "0");
	EXPECT_CELL(&self->space, id, "orig_key", "0x4c0c0003");
	base = peer_attach(&self->peer, id);
	ASSERT_GT(base, 0);
	ASSERT_EQ(0, peer_touch(&self->peer, base, self->page));
	EXPECT_COUNT(&self->space, id, "rss", huge);
	EXPECT_EQ(1, holder_exact(&self->space, id, self->peer.pid, base, base + 2 * huge, "rw-"));
	EXPECT_ALL_TRUE_IN(self->space.fd);

	ASSERT_EQ(0, peer_remove(&self->peer, id));
	EXPECT_CELL(&self->space, id, "orig_key", "0x4c0c0003");
	EXPECT_CELL(&self->space, id, "pending", "marked");
	EXPECT_ALL_TRUE_IN(self->space.fd);
	ASSERT_EQ(0, peer_detach(&self->peer, base));
	EXPECT_GONE(&self->space, id);
}

/* What mkswap(8) writes: a signature at the end of the first page, and the size. */
static int swap_make(long page)
{
	struct {
		unsigned int version;
		unsigned int last_page;
	} head = { 1, SWAP_PAGES - 1 };
	int fd = open(SWAP_DEVICE, O_WRONLY | O_CLOEXEC);
	int ret = -1;

	if (fd >= 0 && pwrite(fd, &head, sizeof(head), 1024) == sizeof(head) &&
	    pwrite(fd, "SWAPSPACE2", 10, page - 10) == 10 && !fsync(fd))
		ret = 0;
	close(fd);
	return ret;
}

TEST_SLOW(memory, swapped_out)
{
	int id = peer_get(&self->peer, 0x4c0c0004, 64 * self->page, CREATE);
	unsigned long long out;
	long long base;

	ASSERT_GE(id, 0);
	if (access(SWAP_DEVICE, W_OK))
		SKIP(return, "no RAM disk " SWAP_DEVICE " to swap to");
	ASSERT_EQ(0, swap_make(self->page));
	ASSERT_EQ(0, swapon(SWAP_DEVICE, 0));
	self->swap_on = 1;
	base = peer_attach(&self->peer, id);
	ASSERT_GT(base, 0);
	ASSERT_EQ(0, peer_touch(&self->peer, base, 64 * self->page));
	EXPECT_EQ(0, peer_call(&self->peer, PEER_ADVISE, base, 64 * self->page, MADV_PAGEOUT, 0));
	EXPECT_ALL_TRUE_IN(self->space.fd);
	out = strtoull(lens_peek("shm", self->space.inum, id, "swap"), NULL, 10);
	EXPECT_GT(out, 0);
	EXPECT_COUNT(&self->space, id, "rss", 64 * self->page - out);
	ASSERT_EQ(0, peer_touch(&self->peer, base, 64 * self->page));
	EXPECT_COUNT(&self->space, id, "rss", 64 * self->page);
	EXPECT_CELL(&self->space, id, "swap", "0");
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_HARNESS_MAIN
