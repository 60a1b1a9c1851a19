// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation that opening and reading a file makes fails in turn: the call says
 * ENOMEM or does without, the same descriptor then reads on as if nothing had been, and
 * nothing is left behind. Reading allocates only where the large buffer was refused that
 * opening asks for.
 */
#include "fixture.h"
#include "inject.h"
#include "module.h"

#define SEGMENTS 300
#define QUEUES 5
#define FAULTS_MOST 2000
/*
 * Now and then a cache has to be filled first, which takes allocations that nobody misses,
 * and the others come later by as many: each fault is asked for until it has had its effect.
 * Where filling is what fails, it is wanted again the next time, and the cache may be full
 * as soon as the next fault is asked for: then one that is missed has got away, and all are
 * asked for again.
 */
#define TRIES 4
#define SWEEPS 32

static const struct {
	const char *name;
	bool still; /* the same text again if nothing happens */
} files[] = {
	{ "history", true },	   { "mq_denials", true }, { "mq_users", false },
	{ "mqueue", true },	   { "namespaces", true }, { "probes", false },
	{ "shm", true },	   { "shm_holders", true }, { "status", false },
};

FIXTURE(reads) {
	struct owner owner;
};

FIXTURE_SETUP(reads)
{
	char name[16];
	int n, id;

	/* Each test says that it is skipped: a setup cannot. */
	if (!inject_present())
		return;
	ASSERT_EQ(0, module_reload(""));
	ASSERT_EQ(0, owner_start(&self->owner, OWNER_ROOT));
	for (n = 0; n < SEGMENTS; n++) {
		id = peer_get(&self->owner.peer, IPC_PRIVATE, 4096, CREATE);
		ASSERT_GE(id, 0);
		ASSERT_GT(peer_attach(&self->owner.peer, id), 0);
	}
	for (n = 0; n < QUEUES; n++) {
		snprintf(name, sizeof(name), "faults%d", n);
		ASSERT_GE(queue_open(&self->owner, name, QUEUE_NEW, 3, 100), 0);
	}
	/* one that is refused */
	ASSERT_EQ(-EINVAL, queue_open(&self->owner, "refused", QUEUE_NEW, 1 << 20, 100));
	ASSERT_EQ(0, inject_prepare());
}

FIXTURE_TEARDOWN(reads)
{
	char name[16];
	int n;

	if (!self->owner.peer.pid)
		return;
	for (n = 0; n < QUEUES; n++) {
		snprintf(name, sizeof(name), "faults%d", n);
		queue_unlink(&self->owner, name);
	}
	peer_end(&self->owner.peer);
	EXPECT_EQ(0, module_loaded() ? module_unload() : 0);
}

/* Right by its form, and the same as @before if the file is a still one. */
static int text_wrong(int n, const char *before, const char *text, size_t length)
{
	struct lens_table table;
	int wrong;

	if (files[n].still)
		return strcmp(before, text);
	wrong = lens_parse(&table, files[n].name, text, length) || lens_check(&table);
	lens_free(&table);
	return wrong;
}

static int read_wrong(int n, const char *before)
{
	size_t length;
	char *text = lens_slurp(lens_path(files[n].name), 1 << 16, &length);
	int wrong = !text || text_wrong(n, before, text, length);

	free(text);
	return wrong;
}

enum opening { OPENED_WHOLE, OPENED_FAULTY, OPENING_REFUSED, OPENING_WRONG };

/* Opens with the @nth allocation failing; without it the file is as it was. */
static enum opening open_with_fault(int n, const char *before, int nth)
{
	int fd, err;
	bool came;

	if (inject_nth(nth))
		return OPENING_WRONG;
	fd = lens_open(files[n].name);
	err = errno;
	came = inject_end();
	if (fd >= 0)
		close(fd);
	if ((fd < 0 && (!came || err != ENOMEM)) || read_wrong(n, before))
		return OPENING_WRONG;
	return fd < 0 ? OPENING_REFUSED : came ? OPENED_FAULTY : OPENED_WHOLE;
}

/* How often opening was refused; -1 if it was wrong. */
static int refusals_of_opening(struct __test_metadata *_metadata, int n, const char *before)
{
	enum opening opening, last = OPENED_FAULTY;
	int nth, tries, refused = 0;

	for (nth = 1; last != OPENED_WHOLE; nth++) {
		last = OPENED_WHOLE;
		for (tries = 0; tries < TRIES && last != OPENING_REFUSED; tries++) {
			opening = nth < FAULTS_MOST ? open_with_fault(n, before, nth) : OPENING_WRONG;
			if (opening == OPENING_WRONG) {
				TH_LOG("%s, fault %d", files[n].name, nth);
				return -1;
			}
			if (opening > last)
				last = opening;
		}
		refused += last == OPENING_REFUSED;
	}
	fprintf(stderr, "# faults: %s: %d allocations failed, %d refused the opening\n",
		files[n].name, nth - 2, refused);
	return refused;
}

TEST_F_TIMEOUT(reads, opened, 8 * PATIENCE)
{
	int n, sweep, refused;
	size_t length;
	char *before;

	if (!inject_present())
		SKIP(return, INJECT_NONE);
	for (n = 0; n < ARRAY_SIZE(files); n++) {
		before = lens_slurp(lens_path(files[n].name), 1 << 16, &length);
		ASSERT_NE(NULL, before);
		/* the path, the file, seq_file's part and ours are needed */
		for (sweep = refused = 0; sweep < SWEEPS && refused >= 0 && refused < 4; sweep++)
			refused = refusals_of_opening(_metadata, n, before);
		ASSERT_GE(refused, 4);
		free(before);
	}
}

/*
 * The file @n with seq_file's buffer alone, as all from some allocation on was refused to
 * its opening: the last one that opening can do without. Negative if there is none.
 */
static int open_without_buffer(int n)
{
	int nth, fd, sweep, last = -1;
	bool came;

	for (sweep = 0; sweep < SWEEPS && last < 0; sweep++) {
		for (nth = 1, came = true; came && nth < FAULTS_MOST; nth++) {
			if (inject_from(nth))
				return -1;
			fd = lens_open(files[n].name);
			came = inject_end();
			if (fd < 0)
				continue;
			if (came && last < 0)
				last = fd;
			else
				close(fd);
		}
	}
	return last;
}

/*
 * Reads a file by @chunk, with the @nth allocation of the whole failing; after ENOMEM it
 * goes on where it was. What comes is wrong: -1; the fault never came: 0; it did: 1.
 */
static int read_with_fault(int n, const char *before, size_t chunk, int nth)
{
	static char text[1 << 18];
	int fd = open_without_buffer(n);
	size_t used = 0;
	ssize_t got;
	bool came;

	/* its pages must be there: what fails is the kernel's */
	memset(text, 0, sizeof(text));
	if (fd < 0 || inject_nth(nth))
		return -1;
	do {
		got = read(fd, text + used, chunk);
		if (got > 0)
			used += got;
	} while (used + chunk < sizeof(text) && (got > 0 || (got < 0 && errno == ENOMEM)));
	came = inject_end();
	close(fd);
	text[used] = '\0';
	return got || text_wrong(n, before, text, used) ? -1 : came;
}

TEST_F_TIMEOUT(reads, read, 4 * PATIENCE)
{
	static const size_t chunks[] = { 100, 4096, 1 << 16 };
	size_t length;
	char *before;
	int n, c, nth, came, tries;

	if (!inject_present())
		SKIP(return, INJECT_NONE);
	for (n = 0; n < ARRAY_SIZE(files); n++) {
		before = lens_slurp(lens_path(files[n].name), 1 << 16, &length);
		ASSERT_NE(NULL, before);
		for (c = 0; c < ARRAY_SIZE(chunks); c++) {
			for (nth = 1, came = 1; came > 0 && nth < FAULTS_MOST; nth++)
				for (tries = 0, came = 0; tries < TRIES && !came; tries++)
					came = read_with_fault(n, before, chunks[c], nth);
			EXPECT_EQ(0, came) {
				TH_LOG("%s by %zu, fault %d", files[n].name, chunks[c], nth - 1);
			}
			/* its buffer, at least */
			EXPECT_GT(nth - 2, 0);
			fprintf(stderr, "# faults: %s by %zu: %d allocations failed\n",
				files[n].name, chunks[c], nth - 2);
		}
		free(before);
	}
}

TEST_HARNESS_MAIN
