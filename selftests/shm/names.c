// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of processes are whatever their owners like, who need no rights. Each hostile
 * one must come out as one harmless cell, in the documented escape and no other.
 */
#include "fixture.h"

#define UID 4304

FIXTURE(names) {
	struct space space;
	struct peer peer;
	int id;
};

FIXTURE_VARIANT(names) {
	const char *name;
	const char *cell;
};

#define NAME(variant, raw, shown) \
	FIXTURE_VARIANT_ADD(names, variant) { .name = (raw), .cell = (shown), }

NAME(plain, "worker-7/u:x", "worker-7/u:x");
NAME(blank, "a b", "a\\040b");
NAME(outer_blanks, " a ", "\\040a\\040");
NAME(tab, "a\tb", "a\\011b");
NAME(newline, "a\nb", "a\\012b");
NAME(carriage_return, "a\rb", "a\\015b");
NAME(terminal_escape, "\033[31mred", "\\033[31mred");
NAME(backslash, "a\\b", "a\\134b");
NAME(looks_escaped, "a\\040b", "a\\134040b");
NAME(high_bytes, "\351\377\200", "\\351\\377\\200");
NAME(utf8, "h\303\251", "h\\303\\251");
NAME(lowest_and_delete, "\001\177", "\\001\\177");
NAME(all_escaped, "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n",
	"\\012\\012\\012\\012\\012\\012\\012\\012\\012\\012\\012\\012\\012\\012\\012");
NAME(comment, "# ipclens shm 1", "#\\040ipclens\\040shm\\0401");
NAME(percent, "%s%n%x%p", "%s%n%x%p");
NAME(empty, "", "-");
NAME(hyphen, "-", "\\055");
NAME(hyphens, "--", "--");
NAME(longest, "123456789012345", "123456789012345");

FIXTURE_SETUP(names)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, peer_start(&self->peer, CLONE_NEWIPC));
	ASSERT_EQ(0, space_of(&self->space, self->peer.pid));
	ASSERT_EQ(0, peer_call(&self->peer, PEER_BECOME, UID, UID, 0, 0));
	self->id = peer_get(&self->peer, IPC_PRIVATE, 4096, CREATE);
	ASSERT_GE(self->id, 0);
	ASSERT_GT(peer_attach(&self->peer, self->id), 0);
}

FIXTURE_TEARDOWN(names)
{
	peer_end(&self->peer);
	space_close(&self->space);
}

TEST_SLOW(names, shown_harmless)
{
	unsigned long inum = self->space.inum;

	ASSERT_EQ(0, peer_say(&self->peer, PEER_NAME, variant->name, 0));
	EXPECT_STREQ(variant->cell, lens_peek("shm_holders", inum, self->id, "comm"));
	EXPECT_STREQ(variant->cell, lens_peek("namespaces", inum, -1, "comm"));
	EXPECT_EQ(1, holders_count(&self->space, self->id, self->peer.pid));
}

TEST_HARNESS_MAIN
