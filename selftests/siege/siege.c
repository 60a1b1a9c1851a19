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
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lens.h"

#define TRACING "/sys/kernel/debug/tracing"

static const char *const files[] = { "history", "mq_denials", "mq_users", "mqueue", "namespaces",
				     "probes", "shm", "shm_holders", "status" };

int siege_minutes(void)
{
	const char *text = getenv("IPCLENS_MINUTES");

	return text && *text ? atoi(text) : 1;
}

/* A file is absent or whole, and of the right form. */
static void siege_read_one(struct siege_shared *shared, int number, const char *name)
{
	struct lens_table table;
	char path[64], *text;
	size_t length;

	snprintf(path, sizeof(path), LENS_DIR "/%s", name);
	text = lens_slurp(path, 1 << 16, &length);
	if (!text) {
		if (errno != ENOENT && errno != ENODEV && errno != ENXIO && errno != EIO) {
			fprintf(stderr, "# %s: %s\n", name, strerror(errno));
			shared->wrong[number]++;
		}
		return;
	}
	if (lens_parse(&table, name, text, length) || lens_check(&table)) {
		fprintf(stderr, "# %s: %s\n", name, table.error);
		shared->wrong[number]++;
	}
	shared->reads[number]++;
	shared->rows[number] += table.rows;
	lens_free(&table);
	free(text);
}

static void siege_read(struct siege_shared *shared, int number)
{
	unsigned int n;

	for (n = number;; n++) {
		siege_read_one(shared, number, files[n % (sizeof(files) / sizeof(files[0]))]);
		if (shared->gap)
			usleep(3000);
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
	for (;; shared->acts[number]++)
		besiegers[number].act();
}

static void siege_stress(int seconds)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", seconds);
	setpgid(0, 0);
	execlp("stress-ng", "stress-ng", "--shm-sysv", "1", "--shm-sysv-bytes", "1m", "--shm-sysv-segs",
	       "16", "--mq", "1", "--shm", "1", "--shm-bytes", "1m", "--clone", "1", "--clone-max",
	       "32", "--unshare", "1", "--timeout", text, "--metrics-brief", "--temp-path", "/tmp",
	       NULL);
	_exit(127);
}

static int siege_fork(struct siege *siege)
{
	pid_t pid = fork();

	if (pid)
		return siege->pids[siege->count++] = pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* load, not starvation of who controls it */
	nice(10);
	return 0;
}

int siege_start(struct siege *siege, int seconds)
{
	int n;

	memset(siege, 0, sizeof(*siege));
	siege->shared = mmap(NULL, sizeof(*siege->shared), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (siege->shared == MAP_FAILED)
		return -1;
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
	siege->stressor = fork();
	if (!siege->stressor)
		siege_stress(seconds);
	return 0;
}

/* All events of the module, where tracefs has them. */
int siege_events(bool on)
{
	int fd = open(TRACING "/events/ipclens/enable", O_WRONLY | O_CLOEXEC);
	int ret = fd < 0 || write(fd, on ? "1" : "0", 1) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

static int siege_tell(const struct siege *siege)
{
	const struct siege_shared *shared = siege->shared;
	unsigned long reads = 0, rows = 0;
	int n, wrong = 0;

	for (n = 0; n < SIEGE_READERS; n++) {
		reads += shared->reads[n];
		rows += shared->rows[n];
		wrong += shared->wrong[n] || !shared->reads[n];
	}
	fprintf(stderr, "# siege: %lu reads, %lu rows, %lu bytes of events\n", reads, rows,
		shared->traced);
	for (n = 0; n < besieger_count; n++) {
		fprintf(stderr, "# siege: %s %lu times\n", besiegers[n].name, shared->acts[n]);
		wrong += !shared->acts[n];
	}
	return wrong + !shared->traced;
}

int siege_stop(struct siege *siege)
{
	int n, status, wrong = 0;

	/* stress-ng ends by itself, and its status is one more result */
	if (waitpid(siege->stressor, &status, 0) != siege->stressor || !WIFEXITED(status) ||
	    (WEXITSTATUS(status) && WEXITSTATUS(status) != 127)) {
		fprintf(stderr, "# siege: stress-ng ended with 0x%x\n", status);
		wrong++;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		fprintf(stderr, "# siege: without stress-ng, which is not here\n");
	for (n = 0; n < siege->count; n++) {
		if (waitpid(siege->pids[n], &status, WNOHANG)) {
			fprintf(stderr, "# siege: process %d ended with 0x%x\n", n, status);
			wrong++;
			continue;
		}
		kill(-siege->pids[n], SIGKILL);
		kill(siege->pids[n], SIGKILL);
		waitpid(siege->pids[n], NULL, 0);
	}
	wrong += siege_tell(siege);
	munmap(siege->shared, sizeof(*siege->shared));
	return wrong;
}
