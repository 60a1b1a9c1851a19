// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many readers at once, each of every file, by pieces of its own size, while objects come
 * and go: what each of them has read is whole, and has what was there throughout.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "child.h"
#include "fixture.h"
#include "module.h"
#include "objects.h"

#define READERS 32
#define STABLE 40
#define ROUNDS 8

/* Shared with the readers. */
struct gate {
	int waiting; /* readers that have a file open */
	int open;
};

FIXTURE(readers) {
	struct space space; /* the owner's */
	struct owner owner;
	int ids[STABLE];
	struct gate *gate;
};

FIXTURE_SETUP(readers)
{
	ASSERT_EQ(0, module_loaded() ? 0 : module_load(""));
	ASSERT_EQ(0, owner_start(&self->owner, OWNER_PLAIN));
	ASSERT_EQ(0, space_of(&self->space, self->owner.peer.pid));
	ASSERT_EQ(0, objects_stay(&self->owner, self->ids, STABLE));
	self->gate = mmap(NULL, sizeof(*self->gate), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->gate);
}

FIXTURE_TEARDOWN(readers)
{
	munmap(self->gate, sizeof(*self->gate));
	peer_end(&self->owner.peer);
	space_close(&self->space);
}

/* What is wrong with a file, read by @chunk bytes at a time. */
static int file_wrong(FIXTURE_DATA(readers) *self, const char *name, size_t chunk)
{
	struct lens_table table;
	size_t length;
	char *text;
	int n, wrong;

	text = lens_slurp(lens_path(name), chunk, &length);
	wrong = !text || lens_parse(&table, name, text, length);
	free(text);
	if (wrong)
		return 1;
	wrong = !!lens_check(&table);
	for (n = 0; n < STABLE && !strncmp(name, "shm", 3); n++)
		wrong += lens_count(&table, self->space.inum, self->ids[n]) != 1;
	lens_free(&table);
	if (wrong)
		fprintf(stderr, "# %s by %zu bytes: %d wrong\n", name, chunk, wrong);
	return wrong;
}

/* Opens a file, waits for all the others, then reads all files in turn. */
static void reader_run(FIXTURE_DATA(readers) *self, int number)
{
	int fd = lens_open(lens_file(number % LENS_FILES));
	int n, wrong = fd < 0;

	__atomic_add_fetch(&self->gate->waiting, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&self->gate->open, __ATOMIC_SEQ_CST))
		usleep(1000);
	for (n = number; n < number + ROUNDS * LENS_FILES; n++)
		wrong += file_wrong(self, lens_file(n % LENS_FILES), 64 << number % 11);
	close(fd);
	_exit(!!wrong);
}

TEST_F_TIMEOUT(readers, at_once, 4 * PATIENCE)
{
	int n, status, wrong = 0, rounds = 0, left = READERS;
	pid_t pids[READERS];

	for (n = 0; n < READERS; n++) {
		pids[n] = child_fork();
		if (!pids[n])
			reader_run(self, n);
		ASSERT_LT(0, pids[n]);
	}
	while (__atomic_load_n(&self->gate->waiting, __ATOMIC_SEQ_CST) < READERS)
		usleep(1000);
	__atomic_store_n(&self->gate->open, 1, __ATOMIC_SEQ_CST);
	for (; left; rounds++) {
		ASSERT_EQ(0, objects_change());
		for (n = 0; n < READERS; n++)
			if (pids[n] && waitpid(pids[n], &status, WNOHANG) == pids[n]) {
				wrong += !!status;
				pids[n] = 0;
				left--;
			}
	}
	EXPECT_EQ(0, wrong);
	EXPECT_LT(1, rounds);
	TH_LOG("objects came and went %d times", rounds);
	/* none of them has kept the module */
	EXPECT_EQ(0, module_reload(""));
	EXPECT_ALL_TRUE_IN(self->space.fd);
}

TEST_HARNESS_MAIN
