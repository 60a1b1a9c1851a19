// SPDX-License-Identifier: GPL-2.0-only
/*
 * The text of /proc/PID/cgroup taken apart: the line that tells most, and in its path the
 * first directory that is named as a container's are. That is the outermost, which is the
 * one that the runtimes of this machine know.
 */
#define _GNU_SOURCE
#include "container.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

#define CONTAINER_ID_LEN 64
#define CONTAINER_ID_SHORT 12

/* Length of the uid of a pod, without or with hyphens. */
#define CONTAINER_POD_MIN 32
#define CONTAINER_POD_MAX 36

/* Part of a text, which goes on behind it. */
struct span {
	const char *start;
	size_t len;
};

/* How much a line tells. */
enum container_rank {
	RANK_NONE,
	RANK_ROOT,
	RANK_V1,
	RANK_SYSTEMD,
	RANK_V2,
	RANK_CONTAINER,
};

/* What stands in front of the id, or is the directory above. */
static const struct {
	const char *name, *kind;
} runtimes[] = {
	{ "docker", "docker" },		{ "libpod", "podman" },
	{ "libpod-payload", "podman" }, { "cri-containerd", "containerd" },
	{ "nerdctl", "containerd" },	{ "crio", "cri-o" },
};

static bool span_is(const struct span *span, const char *text)
{
	return span->len == strlen(text) && !memcmp(span->start, text, span->len);
}

static bool span_skip(struct span *span, const char *prefix)
{
	size_t len = strlen(prefix);

	if (span->len < len || memcmp(span->start, prefix, len))
		return false;
	span->start += len;
	span->len -= len;
	return true;
}

static bool span_cut(struct span *span, const char *suffix)
{
	size_t len = strlen(suffix);

	if (span->len < len || memcmp(span->start + span->len - len, suffix, len))
		return false;
	span->len -= len;
	return true;
}

static bool span_consists_of(const struct span *span, const char *allowed)
{
	for (size_t i = 0; i < span->len; i++)
		if (!span->start[i] || !strchr(allowed, span->start[i]))
			return false;
	return true;
}

static bool span_copy(const struct span *span, char *to, size_t room)
{
	if (!span->len || span->len >= room)
		return false;
	memcpy(to, span->start, span->len);
	to[span->len] = '\0';
	return true;
}

/* The name of a unit, in which systemd writes some bytes as \xHH. */
static bool span_copy_unit(const struct span *span, char *to, size_t room)
{
	char *end = to;

	if (!span_copy(span, to, room))
		return false;
	for (const char *s = to; *s; end++) {
		unsigned int byte = 0;

		if (s[0] == '\\' && s[1] == 'x' && isxdigit((unsigned char)s[2]) &&
		    isxdigit((unsigned char)s[3]))
			sscanf(s + 2, "%2x", &byte);
		*end = byte ? (char)byte : *s;
		s += byte ? 4 : 1;
	}
	*end = '\0';
	return true;
}

static const char *runtime_kind(const struct span *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(runtimes); i++)
		if (span_is(name, runtimes[i].name))
			return runtimes[i].kind;
	return NULL;
}

/*
 * "docker-ID.scope", "kubepods-podUID.slice:cri-containerd:ID", or ID alone, which below
 * libpod_parent is that of a pod. The helper that waits for a container has the id in its
 * name, too, but is not inside.
 */
static bool container_take_id(struct container *container, struct span name,
			      const struct span *above)
{
	struct span id = { .len = CONTAINER_ID_LEN }, runtime = name;

	span_cut(&name, ".scope");
	if (name.len < CONTAINER_ID_LEN)
		return false;
	id.start = name.start + name.len - CONTAINER_ID_LEN;
	runtime.len = name.len - CONTAINER_ID_LEN;
	if (!span_consists_of(&id, "0123456789abcdef") ||
	    (runtime.len && !span_cut(&runtime, "-") && !span_cut(&runtime, ":")))
		return false;
	for (const char *p; (p = memchr(runtime.start, ':', runtime.len));) {
		runtime.len -= p + 1 - runtime.start;
		runtime.start = p + 1;
	}
	if (span_cut(&runtime, "conmon") || (!runtime.len && span_is(above, "libpod_parent")))
		return false;
	container->kind = runtime_kind(runtime.len ? &runtime : above);
	if (!container->kind)
		container->kind = *container->pod ? "kubernetes" : "unknown";
	id.len = CONTAINER_ID_SHORT;
	return span_copy(&id, container->name, sizeof(container->name));
}

/* Those that have names instead. Libvirt's virtual machines are no containers. */
static bool container_take_name(struct container *container, struct span name,
				const struct span *above)
{
	if (span_skip(&name, "lxc.payload.") || span_is(above, "lxc") ||
	    span_is(above, "lxc.payload"))
		container->kind = "lxc";
	else if (span_skip(&name, "systemd-nspawn@") && span_cut(&name, ".service"))
		container->kind = "nspawn";
	else if (span_is(above, "machine.slice") && span_skip(&name, "machine-") &&
		 span_cut(&name, ".scope") && !span_skip(&name, "qemu\\x2d"))
		container->kind = "machine";
	else
		return false;
	if (span_copy_unit(&name, container->name, sizeof(container->name)))
		return true;
	container->kind = NULL;
	return false;
}

/* "kubepods-burstable-podUID.slice", where hyphens of the uid are underscores, or "podUID". */
static void container_take_pod(struct container *container, struct span name)
{
	const char *at = memmem(name.start, name.len, "-pod", 4);

	if (at && memmem(name.start, name.len, "kubepods", 8)) {
		name.len -= at + 1 - name.start;
		name.start = at + 1;
		for (at = name.start; at < name.start + name.len && *at != '.'; at++)
			;
		name.len = at - name.start;
	}
	if (!span_skip(&name, "pod") || name.len < CONTAINER_POD_MIN ||
	    name.len > CONTAINER_POD_MAX || !span_consists_of(&name, "0123456789abcdef-_"))
		return;
	span_copy(&name, container->pod, sizeof(container->pod));
	for (char *p = container->pod; (p = strchr(p, '_'));)
		*p = '-';
}

/* The first directory of the path that is a container's, if one is. */
static bool container_take_path(struct container *container, const struct span *path)
{
	const char *end = path->start + path->len;
	struct span name = { .start = path->start }, above = { .start = path->start };

	for (; name.start < end; name.start++) {
		const char *slash = memchr(name.start, '/', end - name.start);

		name.len = (slash ?: end) - name.start;
		container_take_pod(container, name);
		if (container_take_id(container, name, &above) ||
		    container_take_name(container, name, &above))
			return true;
		above = name;
		name.start += name.len;
	}
	return false;
}

/* "NUMBER:CONTROLLERS:PATH": how much it tells. */
static enum container_rank container_take_line(struct container *container, const char *line,
					       const char *end)
{
	const char *first = memchr(line, ':', end - line), *second;
	struct span path;

	*container = (struct container){ 0 };
	second = first ? memchr(first + 1, ':', end - first - 1) : NULL;
	if (!second)
		return RANK_NONE;
	path = (struct span){ second + 1, end - second - 1 };
	if (!span_copy(&path, container->path, sizeof(container->path)))
		return RANK_NONE;
	if (container_take_path(container, &path))
		return RANK_CONTAINER;
	*container->pod = '\0';
	if (span_is(&path, "/"))
		return RANK_ROOT;
	if (second == first + 1)
		return RANK_V2;
	return memmem(first, second - first, "name=systemd", 12) ? RANK_SYSTEMD : RANK_V1;
}

/**
 * container_parse() - where a process is, by the text of its file "cgroup"
 * @container: what was found
 * @text: any
 *
 * Return: false if the text tells of no control group. A process in one need not be in a
 * container.
 */
bool container_parse(struct container *container, const char *text)
{
	enum container_rank best = RANK_NONE, rank;
	struct container candidate;
	const char *end;

	*container = (struct container){ 0 };
	for (; *text; text = end + !!*end) {
		end = text + strcspn(text, "\n");
		rank = container_take_line(&candidate, text, end);
		if (rank <= best)
			continue;
		best = rank;
		*container = candidate;
	}
	return best != RANK_NONE;
}

/**
 * container_find() - where a process of the running machine is
 * @container: what was found
 * @pid: as /proc here numbers it
 *
 * Return: false if that cannot be told, for example since the process has ended.
 */
bool container_find(struct container *container, uint64_t pid)
{
	char path[64], *text = NULL;
	bool found = false;
	size_t room = 0;
	FILE *file;

	*container = (struct container){ 0 };
	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/cgroup", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (getdelim(&text, &room, '\0', file) > 0)
		found = container_parse(container, text);
	free(text);
	fclose(file);
	return found;
}

/**
 * container_describe() - a container in words, as in "docker container 0123456789ab"
 * @container: one that has a kind
 * @text: for the words, not made safe
 * @size: bytes that there are
 */
void container_describe(const struct container *container, char *text, size_t size)
{
	if (!strcmp(container->kind, "machine"))
		snprintf(text, size, "machine %s", container->name);
	else if (!strcmp(container->kind, "unknown"))
		snprintf(text, size, "container %s", container->name);
	else
		snprintf(text, size, "%s container %s", container->kind, container->name);
}
