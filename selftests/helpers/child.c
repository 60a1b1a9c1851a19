// SPDX-License-Identifier: GPL-2.0-only
#include "child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t child_fork(void)
{
	pid_t parent = getpid(), pid = fork();

	/* It may have ended before it could be said. */
	if (!pid && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent))
		_exit(126);
	return pid;
}

/* To kill() another number is everybody. */
bool child_end(pid_t pid)
{
	if (pid <= 0 || waitpid(pid, NULL, WNOHANG))
		return false;
	if (getpgid(pid) == pid)
		kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	return waitpid(pid, NULL, 0) == pid;
}
