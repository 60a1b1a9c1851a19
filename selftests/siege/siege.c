// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starts and ends the processes of a siege, and tells what they have done.
 */
#include "siege.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asked.h"
#include "child.h"
#include "file.h"
#include "lens.h"

#define TRACING "/sys/kernel/debug/tracing"

int siege_minutes(void)
{
	return asked("IPCLENS_MINUTES", 1);
}

static void siege_blame(struct siege_shared *shared, int number, const char *name, const char *why)
{
	fprintf(stderr, "# %s: %s\n", name, why);
	shared->wrong[number]++;
}

/* The text is whole and of the right form. */
static void siege_read_whole(struct siege_shared *shared, int number, int file)
{
	struct lens_table table;
	char *text;
	size_t length;

	text = lens_slurp(lens_path(lens_file(file)), 1 << 16, &length);
	if (!text) {
		siege_blame(shared, number, lens_file(file), strerror(errno));
		return;
	}
	if (lens_parse(&table, lens_file(file), text, length) || lens_check(&table))
		siege_blame(shared, number, lens_file(file), table.error);
	shared->reads[number][file]++;
	shared->rows[number] += table.rows;
	lens_free(&table);
	free(text);
}

/* Negative if the module is not there, or blamed. */
static int siege_open(struct siege_shared *shared, int number, int file)
{
	int fd = lens_open(lens_file(file));

	if (fd < 0 && (!shared->cycled ||
		       (errno != ENOENT && errno != ENODEV && errno != ENXIO && errno != EIO))) {
		siege_blame(shared, number, lens_file(file), strerror(errno));
		sleep(1);
	}
	return fd;
}

/* While a file is open the module cannot go, so that all else has to succeed. */
static bool siege_read_one(struct siege_shared *shared, int number, int file)
{
	int fd = siege_open(shared, number, file);

	if (fd < 0)
		return false;
	siege_read_whole(shared, number, file);
	close(fd);
	return true;
}

/* With a pause, else one of them has a file open at any moment. */
static void siege_leave_one(struct siege_shared *shared, int number)
{
	int fd = siege_open(shared, number, shared->left[number] % LENS_FILES);

	if (fd >= 0) {
		close(fd);
		shared->left[number]++;
	}
	usleep(1000);
}

/* Each file in its turn, however short the module is there for. */
static void siege_read(struct siege_shared *shared, int number)
{
	unsigned int n = number;

	for (;;) {
		if (shared->leave)
			siege_leave_one(shared, number);
		else
			n += siege_read_one(shared, number, n % LENS_FILES);
	}
}

/* The text of events is read as well, for it to be made. */
static void siege_trace(struct siege_shared *shared)
{
	static char text[65536];
	int fd = open(TRACING "/trace_pipe", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	while ((got = read(fd, text, sizeof(text))) >= 0 || errno == EINTR)
		if (got > 0)
			shared->traced += got;
	_exit(1);
}

static void siege_act(struct siege_shared *shared, int number)
{
	for (;;)
		shared->acts[number] += besiegers[number].act();
}

static int siege_fork(struct siege *siege)
{
	pid_t pid = child_fork();

	if (pid)
		return siege->pids[siege->count++] = pid;
	/* load, not starvation of who controls it */
	nice(10);
	return 0;
}

int siege_start(struct siege *siege, bool cycled)
{
	int n;

	memset(siege, 0, sizeof(*siege));
	siege->shared = mmap(NULL, sizeof(*siege->shared), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (siege->shared == MAP_FAILED || besieger_count > SIEGE_MOST ||
	    file_put("/proc/sys/vm/nr_hugepages", "2"))
		return -1;
	siege->shared->cycled = cycled;
	for (n = 0; n < SIEGE_READERS; n++)
		if (!siege_fork(siege))
			siege_read(siege->shared, n);
	for (n = 0; n < besieger_count; n++)
		if (!siege_fork(siege)) {
			setpgid(0, 0);
			siege_act(siege->shared, n);
		}
	if (!siege_fork(siege))
		siege_trace(siege->shared);
	return stressors_start(&siege->stressors);
}

/* All events of the module, where tracefs has them. */
int siege_events(bool on)
{
	return file_put(TRACING "/events/ipclens/enable", on ? "1" : "0");
}

/* Tells what was done, and counts what was not done or was wrong. */
static int siege_tell(const struct siege *siege)
{
	const struct siege_shared *shared = siege->shared;
	unsigned long reads = 0, rows = 0, left = 0;
	int n, file, wrong = 0;

	for (n = 0; n < SIEGE_READERS; n++) {
		for (file = 0; file < LENS_FILES; file++) {
			reads += shared->reads[n][file];
			if (shared->reads[n][file])
				continue;
			fprintf(stderr, "# siege: reader %d has not read %s once\n", n, lens_file(file));
			wrong++;
		}
		rows += shared->rows[n];
		left += shared->left[n];
		wrong += !!shared->wrong[n];
	}
	fprintf(stderr, "# siege: %lu reads, %lu rows, %lu bytes of events\n", reads, rows,
		shared->traced);
	if (shared->cycled)
		fprintf(stderr, "# siege: %lu files opened while it was unloaded\n", left);
	for (n = 0; n < besieger_count; n++) {
		fprintf(stderr, "# siege: %s %lu times\n", besiegers[n].name, shared->acts[n]);
		wrong += !shared->acts[n];
	}
	return wrong + !shared->traced + (shared->cycled && !left);
}

int siege_stop(struct siege *siege)
{
	int n, wrong;

	if (!siege->shared || siege->shared == MAP_FAILED)
		return 0;
	wrong = stressors_stop(&siege->stressors);
	for (n = 0; n < siege->count; n++) {
		if (child_end(siege->pids[n]))
			continue;
		fprintf(stderr, "# siege: process %d had ended\n", n);
		wrong++;
	}
	wrong += siege_tell(siege);
	munmap(siege->shared, sizeof(*siege->shared));
	siege->shared = NULL;
	return wrong + !!file_put("/proc/sys/vm/nr_hugepages", "0");
}
