// SPDX-License-Identifier: GPL-2.0-only
/*
 * What to type where: which limits a process may be given, and in which namespaces a
 * setting is made.
 */
#define _GNU_SOURCE
#include "advice.h"

#include <inttypes.h>
#include <stdio.h>

#include "namespace.h"
#include "process.h"

/* The kernel gives no higher number to a process. */
#define ADVICE_PID_MAX 4194304

/* Both times are cut to whole seconds, and the clock is adjusted all the time. */
#define ADVICE_CLOCK_SLACK 2

const struct advice_limit advice_msgqueue = { "msgqueue", "Max msgqueue size" };
const struct advice_limit advice_nofile = { "nofile", "Max open files" };

/** advice_limit_text() - a limit as prlimit takes it */
const char *advice_limit_text(char text[32], uint64_t limit)
{
	if (limit == UINT64_MAX)
		return "unlimited";
	snprintf(text, 32, "%" PRIu64, limit);
	return text;
}

/** advice_pid_valid() - whether a process can have this number */
bool advice_pid_valid(uint64_t pid)
{
	return pid && pid <= ADVICE_PID_MAX;
}

/**
 * advice_pid_older() - whether a process of this machine was there at a moment
 * @pid: its number, which another may have had before
 * @time: in seconds since 1970
 */
bool advice_pid_older(uint64_t pid, uint64_t time)
{
	static uint64_t boot; /* read once, for there may be many to ask about */
	uint64_t started;

	if (!boot && !process_boot_time(&boot))
		return false;
	return process_start_time(pid, boot, &started) &&
	       (started <= time || started - time <= ADVICE_CLOCK_SLACK);
}

/**
 * advice_prlimit() - let a process have more
 * @command: what to type, in memory that will be freed; left alone if it would not help
 * @limit: of what
 * @pid: the process
 * @needed: the soft limit that suffices
 * @live: it can be asked for its limits
 *
 * Only where it is known to be high enough can the hard limit be left alone. Where it is
 * not known, the command finds out: it fails at a soft limit above the hard one.
 *
 * Return: -1 if memory runs out.
 */
int advice_prlimit(char **command, const struct advice_limit *limit, uint64_t pid, uint64_t needed,
		   bool live)
{
	uint64_t soft, hard;
	char text[32];
	const char *value = advice_limit_text(text, needed);

	if (!live)
		return asprintf(command,
				"prlimit --pid %" PRIu64 " --%s=%s: || prlimit --pid %" PRIu64
				" --%s=%s:%s",
				pid, limit->option, value, pid, limit->option, value, value);
	if (!process_limits(pid, limit->label, &soft, &hard) || soft >= needed)
		return 0;
	if (hard >= needed)
		return asprintf(command, "prlimit --pid %" PRIu64 " --%s=%s:", pid, limit->option,
				value);
	return asprintf(command, "prlimit --pid %" PRIu64 " --%s=%s:%s", pid, limit->option, value,
			value);
}

/**
 * advice_sysctl() - change a setting that belongs to an IPC namespace
 * @command: what to type, in memory that will be freed; left alone if it is not known where
 * @place: the namespace
 * @name: the setting
 * @value: what it should be
 *
 * It is changed for the namespace of the process that does it. If a user namespace owns
 * that, only the root of the machine may do it on some kernels, only the namespace's own
 * on others.
 *
 * Return: -1 if memory runs out.
 */
int advice_sysctl(char **command, const struct advice_place *place, const char *name,
		  uint64_t value)
{
	if (place->ipcns == IPCNS_INIT)
		return asprintf(command, "sysctl -w %s=%" PRIu64, name, value);
	if (!place->pid)
		return 0;
	if (place->userns == USERNS_INIT)
		return asprintf(command, "nsenter --target %" PRIu64 " --ipc sysctl -w %s=%" PRIu64,
				place->pid, name, value);
	return asprintf(command,
			"nsenter --target %" PRIu64 " --ipc sysctl -w %s=%" PRIu64
			" || nsenter --target %" PRIu64 " --user --ipc sysctl -w %s=%" PRIu64,
			place->pid, name, value, place->pid, name, value);
}
