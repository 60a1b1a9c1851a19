// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starts and ends stress-ng, and reads what it says. Its exit status is not enough: 0 is
 * also that of a stressor that gave up after a second, or was skipped.
 */
#include "stressors.h"
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *const stressor_names[] = { "shm-sysv", "mq", "shm", "clone", "unshare" };

#define STRESSORS (sizeof(stressor_names) / sizeof(stressor_names[0]))

struct stressor_done {
	unsigned long long ops;
	double seconds;
};

bool stressors_present(void)
{
	return !system("command -v stress-ng >/dev/null");
}

/*
 * mq's deadline for each of its calls is this time-out, and a second, from its start: with
 * none it gives up after a second. A day is longer than any test.
 */
static void stressors_run(FILE *said)
{
	if (dup2(fileno(said), STDOUT_FILENO) < 0 || dup2(fileno(said), STDERR_FILENO) < 0)
		_exit(126);
	execlp("stress-ng", "stress-ng", "--shm-sysv", "1", "--shm-sysv-bytes", "1m", "--shm-sysv-segs",
	       "16", "--mq", "1", "--shm", "1", "--shm-bytes", "1m", "--clone", "1", "--clone-max",
	       "32", "--unshare", "1", "--timeout", "1d", "--temp-path", "/tmp", "--metrics-brief",
	       NULL);
	fprintf(stderr, "error: cannot start stress-ng: %s\n", strerror(errno));
	_exit(127);
}

int stressors_start(struct stressors *stressors)
{
	stressors->said = tmpfile();
	if (!stressors->said)
		return -1;
	/* Its processes share the position; nobody else may begin a line in another's. */
	if (fcntl(fileno(stressors->said), F_SETFL, O_APPEND))
		return -1;
	stressors->started = time(NULL);
	stressors->pid = child_fork();
	if (!stressors->pid)
		stressors_run(stressors->said);
	return stressors->pid > 0 ? 0 : -1;
}

/* Tells the line and why it is told. */
static int stressors_blame(const char *line, const char *why)
{
	fprintf(stderr, "# siege: %s%s\n", line, why);
	return 1;
}

/* A row of the table of what was done; other figures are not followed by a second one. */
static void stressors_note(struct stressor_done *done, const char *line)
{
	const char *text = strchr(line, ']');
	unsigned long long ops;
	char name[32];
	double seconds;
	int n;

	if (!text || sscanf(text + 1, " %31s %llu%*[ ]%lf", name, &ops, &seconds) != 3)
		return;
	for (n = 0; n < STRESSORS; n++)
		if (!strcmp(name, stressor_names[n]))
			done[n] = (struct stressor_done){ ops, seconds };
}

/* "stress-ng: KIND: [PID] TEXT", where KIND says what the line is about. */
static int stressors_read(FILE *said, struct stressor_done *done)
{
	static const char *const complaints[] = { "fail:", "error:", "skipping", "skipped" };
	char line[1024];
	int n, wrong = 0;

	rewind(said);
	while (fgets(line, sizeof(line), said)) {
		line[strcspn(line, "\n")] = '\0';
		stressors_note(done, line);
		for (n = 0; n < sizeof(complaints) / sizeof(complaints[0]); n++)
			if (strstr(line, complaints[n])) {
				wrong += stressors_blame(line, "");
				break;
			}
	}
	return wrong;
}

/* It takes seconds to start them, on a slow machine most of a short time. */
static double stressors_slack(double seconds)
{
	return seconds > 80 ? 60 : seconds * 3 / 4;
}

/* Who has not run throughout has given up. */
static int stressors_judge(const struct stressor_done *done, double seconds)
{
	int n, wrong = 0;

	for (n = 0; n < STRESSORS; n++) {
		fprintf(stderr, "# siege: stress-ng's %s %llu times in %.2f seconds\n",
			stressor_names[n], done[n].ops, done[n].seconds);
		if (!done[n].ops)
			wrong += stressors_blame(stressor_names[n], " has done nothing");
		else if (done[n].seconds < seconds - stressors_slack(seconds))
			wrong += stressors_blame(stressor_names[n], " ended early");
	}
	return wrong;
}

/* It has not ended by itself, and ends when it is told to. */
static int stressors_end(pid_t pid)
{
	int status;
	bool early = waitpid(pid, &status, WNOHANG) == pid;

	if (!early) {
		kill(pid, SIGINT);
		waitpid(pid, &status, 0);
	}
	if (early || status)
		fprintf(stderr, "# siege: stress-ng ended%s with 0x%x\n", early ? " early" : "",
			status);
	return early || status;
}

int stressors_stop(struct stressors *stressors)
{
	double seconds = difftime(time(NULL), stressors->started);
	struct stressor_done done[STRESSORS] = { };
	int wrong = 0;

	/* another number would mean many processes */
	if (stressors->pid > 0) {
		wrong = stressors_end(stressors->pid);
		wrong += stressors_read(stressors->said, done);
		wrong += stressors_judge(done, seconds);
	}
	if (stressors->said)
		fclose(stressors->said);
	*stressors = (struct stressors){ };
	return wrong;
}
