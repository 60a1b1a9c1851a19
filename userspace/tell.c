// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words for values. A value that is unknown is the business of whoever tells the story.
 */
#include "tell.h"

#include <inttypes.h>
#include <string.h>

#include "advice.h"
#include "container.h"
#include "human.h"
#include "namespace.h"

/** tell_count() - "no mappings", "1 mapping", "2 mappings" */
const char *tell_count(struct teller *teller, uint64_t count, const char *one, const char *many)
{
	if (!count)
		return story_keep(&teller->story, "no %s", many);
	return story_keep(&teller->story, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

/** tell_times() - "never", "once", "2 times" */
const char *tell_times(struct teller *teller, uint64_t count)
{
	if (count > 1)
		return story_keep(&teller->story, "%" PRIu64 " times", count);
	return count ? "once" : "never";
}

/** tell_bytes() - "80.9K", "512 bytes" */
const char *tell_bytes(struct teller *teller, uint64_t bytes)
{
	char text[HUMAN_SIZE];

	if (bytes < 1024)
		return tell_count(teller, bytes, "byte", "bytes");
	return story_keep(&teller->story, "%s", human_bytes(text, sizeof(text), bytes));
}

/** tell_amount() - "4K of memory", "no memory" */
const char *tell_amount(struct teller *teller, uint64_t bytes, const char *of)
{
	if (!bytes)
		return story_keep(&teller->story, "no %s", of);
	return story_keep(&teller->story, "%s of %s", tell_bytes(teller, bytes), of);
}

/** tell_when() - "at 2026-11-26T12:21:28+00:00 (3h 20m ago)" */
const char *tell_when(struct teller *teller, uint64_t time)
{
	const struct facts *facts = &teller->facts;
	char moment[HUMAN_SIZE], age[HUMAN_SIZE];

	human_time(moment, sizeof(moment), time);
	if (!facts->has_now || facts->now < time)
		return story_keep(&teller->story, "at %s", moment);
	human_duration(age, sizeof(age), facts->now - time);
	return story_keep(&teller->story, "at %s (%s ago)", moment, age);
}

/** tell_process() - "process 941 (postgres)" */
const char *tell_process(struct teller *teller, uint64_t pid, const char *comm)
{
	if (!comm)
		return story_keep(&teller->story, "process %" PRIu64, pid);
	return story_keep(&teller->story, "process %" PRIu64 " (%s)", pid,
			  story_name(&teller->story, comm));
}

/** tell_space() - "IPC namespace 4026532281" */
const char *tell_space(struct teller *teller, uint64_t ipcns)
{
	if (ipcns == IPCNS_INIT)
		return story_keep(&teller->story, "the initial IPC namespace (%" PRIu64 ")", ipcns);
	return story_keep(&teller->story, "IPC namespace %" PRIu64, ipcns);
}

/** tell_user() - "user 1000", "user 0 of user namespace 4026532279" */
const char *tell_user(struct teller *teller, uint64_t uid, uint64_t userns)
{
	if (userns == USERNS_INIT)
		return story_keep(&teller->story, "user %" PRIu64, uid);
	return story_keep(&teller->story, "user %" PRIu64 " of user namespace %" PRIu64, uid,
			  userns);
}

/**
 * tell_container() - "docker container 0123456789ab (/system.slice/docker-...scope)", or
 * "control group /user.slice/..."
 * @teller: who tells it
 * @pid: a process
 *
 * Return: NULL if the process cannot be asked, or is in none that tells anything.
 */
const char *tell_container(struct teller *teller, uint64_t pid)
{
	struct story *story = &teller->story;
	struct container container;
	const char *path, *what;
	char noun[CONTAINER_TEXT_MAX];

	if (teller->facts.from || !container_find(&container, pid) || !container.path[1])
		return NULL;
	path = story_name(story, container.path);
	if (!container.kind)
		return story_keep(story, "control group %s", path);
	what = story_name(story, container.name);
	*container.name = '\0';
	container_describe(&container, noun, sizeof(noun));
	what = story_keep(story, "%s%s", noun, what);
	if (*container.pod)
		return story_keep(story, "%s of the Kubernetes pod %s (%s)", what, container.pod,
				  path);
	return story_keep(story, "%s (%s)", what, path);
}

/**
 * tell_is_plain() - whether a shell takes a word as it is, without quotes
 * @word: the word
 * @others: characters that are fine as well
 */
bool tell_is_plain(const char *word, const char *others)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:@+-";

	if (!*word)
		return false;
	while (*word && (strchr(plain, *word) || strchr(others, *word)))
		word++;
	return !*word;
}

/**
 * teller_from() - what goes behind a command of ours to have it ask the same source
 * @teller: who tells it
 *
 * Return: NULL if that takes care to type, or cannot be read again.
 */
const char *teller_from(struct teller *teller)
{
	const char *from = teller->facts.from;

	if (!from)
		return "";
	if (*from == '-' || !tell_is_plain(from, "/"))
		return NULL;
	return story_keep(&teller->story, " --from %s", from);
}

/** teller_wants() - whether the row is not of another IPC namespace than the user's choice */
bool teller_wants(const struct teller *teller, const struct section *section, size_t row)
{
	uint64_t ipcns;
	size_t column;

	return !teller->ipcns || !section_has_column(section, "ipcns", &column) ||
	       (section_number(section, row, "ipcns", &ipcns) && ipcns == *teller->ipcns);
}

/** teller_space_row() - the row of an IPC namespace in "namespaces" */
bool teller_space_row(const struct teller *teller, uint64_t ipcns, size_t *row)
{
	const struct section *spaces = teller->facts.sections[FACTS_SPACES];
	uint64_t number;

	for (*row = 0; spaces && *row < spaces->nrows; ++*row)
		if (section_number(spaces, *row, "ipcns", &number) && number == ipcns)
			return true;
	return false;
}

/** teller_space_pid() - a task that is in an IPC namespace, for nsenter */
bool teller_space_pid(const struct teller *teller, uint64_t ipcns, uint64_t *pid)
{
	size_t row;

	return teller_space_row(teller, ipcns, &row) &&
	       section_number(teller->facts.sections[FACTS_SPACES], row, "pid", pid) &&
	       advice_pid_valid(*pid);
}

/**
 * teller_enter() - what goes before a command to have it run in an IPC namespace
 * @teller: who tells it
 * @ipcns: the namespace
 *
 * Return: NULL if no task is known that is in it.
 */
const char *teller_enter(struct teller *teller, uint64_t ipcns)
{
	uint64_t pid;

	if (ipcns == teller->space)
		return "";
	if (!teller_space_pid(teller, ipcns, &pid))
		return NULL;
	return story_keep(&teller->story, "nsenter --target %" PRIu64 " --ipc ", pid);
}
