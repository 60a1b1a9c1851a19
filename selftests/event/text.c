// SPDX-License-Identifier: GPL-2.0-only
/*
 * The events as people read them: every line of the buffer's text says what the
 * fields say, in the documented order, and no address of the kernel. Each of the events
 * is among them.
 */
#include "address.h"
#include "event.h"

FIXTURE(text) {
	struct owner owner;
	struct trace trace;
};

FIXTURE_SETUP(text)
{
	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, owner_start(&self->owner, OWNER_ROOT));
	ASSERT_EQ(0, peer_say(&self->owner.peer, PEER_NAME, "writer", 0));
	ASSERT_EQ(0, trace_start(&self->trace, NULL));
}

FIXTURE_TEARDOWN(text)
{
	peer_end(&self->owner.peer);
	trace_stop(&self->trace);
}

/* NAME, or NAME:FORM with k a key, o octal, x hexadecimal, d signed, s a text. */
static const struct {
	const char *event;
	const char *fields;
} line_forms[] = {
	{ "shm_create", "ipcns shmid key:k size perms:o" },
	{ "shm_attach", "ipcns shmid start:x nattch age_ns" },
	{ "shm_detach", "ipcns shmid start:x end:x nattch age_ns" },
	{ "shm_fork", "ipcns shmid start:x end:x nattch age_ns" },
	{ "shm_rmid", "ipcns shmid orig_key:k size nattch age_ns" },
	{ "shm_destroy", "ipcns shmid orig_key:k size age_ns" },
	{ "shm_owner_exit", "ipcns shmid nattch age_ns" },
	{ "mq_create", "ipcns ino name:s maxmsg msgsize charge" },
	{ "mq_unlink", "ipcns ino name:s age_ns" },
	{ "mq_destroy", "ipcns ino charge age_ns" },
	{ "mq_denied", "ipcns name:s reason:s errno asked:d charged:d limit:d" },
};

/* "NAME=VALUE" of one field; the length. */
static int field_print(const struct trace *trace, size_t index, const char *name, char form,
		       char *text, size_t size)
{
	unsigned long long value = trace_number(trace, index, name);

	switch (form) {
	case 'k':
		return snprintf(text, size, "%s=0x%08llx", name, value);
	case 'o':
		return snprintf(text, size, "%s=%llo", name, value);
	case 'x':
		return snprintf(text, size, "%s=0x%llx", name, value);
	case 'd':
		return snprintf(text, size, "%s=%lld", name, value);
	case 's':
		return snprintf(text, size, "%s=%s", name, trace_text(trace, index, name));
	default:
		return snprintf(text, size, "%s=%llu", name, value);
	}
}

/* The line that a record must have, from the event's name on. */
static void line_print(const struct trace *trace, size_t index, char *text, size_t size)
{
	char fields[160], *field, *rest, *form;
	size_t n, used;

	for (n = 0; n < ARRAY_SIZE(line_forms); n++)
		if (!strcmp(line_forms[n].event, trace_event(trace, index)))
			break;
	used = snprintf(text, size, "%s:", trace_event(trace, index));
	if (n == ARRAY_SIZE(line_forms))
		return;
	snprintf(fields, sizeof(fields), "%s pid uid comm:s", line_forms[n].fields);
	for (field = strtok_r(fields, " ", &rest); field; field = strtok_r(NULL, " ", &rest)) {
		form = strchr(field, ':');
		if (form)
			*form++ = '\0';
		text[used++] = ' ';
		used += field_print(trace, index, field, form ? *form : 'u', text + used,
				    size - used);
	}
}

/* Each event at least once. */
static int cause_all(struct owner *owner)
{
	struct peer *peer = &owner->peer, child;
	int id = peer_get(peer, 0x4c170001, 8192, 0640 | IPC_CREAT), bad;
	long long at = peer_attach(peer, id);
	long fd;

	bad = at < 0 || peer_spawn(peer, &child, 0) || peer_end(&child) ||
	      peer_remove(peer, id) || peer_detach(peer, at);
	bad |= peer_get(peer, IPC_PRIVATE, 1, CREATE) < 0;
	fd = queue_open(owner, "text", QUEUE_NEW, 3, 17);
	bad |= fd < 0 || queue_unlink(owner, "text") || queue_close(owner, fd);
	bad |= queue_open(owner, "never", QUEUE_NEW, -1, 17) != -EINVAL;
	return bad || peer_unshare(peer, CLONE_NEWIPC);
}

/* The next line that is none of the header, from its event's name on. */
static const char *line_next(FILE *file, char *line, size_t size)
{
	char *colon;

	while (fgets(line, size, file)) {
		if (*line == '#')
			continue;
		line[strcspn(line, "\n")] = '\0';
		/* TASK-PID [CPU] FLAGS TIME: EVENT: FIELDS */
		colon = strstr(line, ": ");
		return colon ? colon + 2 : line;
	}
	return "(end)";
}

TEST_SLOW(text, says_what_fields_say)
{
	char path[160], line[1024], want[1024];
	const char *is;
	FILE *file;
	size_t n;

	ASSERT_EQ(0, cause_all(&self->owner));
	ASSERT_EQ(0, trace_switch(&self->trace, NULL, 0));
	snprintf(path, sizeof(path), "%s/trace", self->trace.dir);
	file = fopen(path, "re");
	ASSERT_NE(NULL, file);
	/* Reading text takes nothing away. */
	is = line_next(file, line, sizeof(line));
	ASSERT_EQ(0, trace_read(&self->trace));
	for (n = 0; n < self->trace.count; n++) {
		line_print(&self->trace, n, want, sizeof(want));
		EXPECT_STREQ(want, is);
		if (sizeof(long) == 8)
			EXPECT_FALSE(address_told(is)) {
				TH_LOG("%s", is);
			}
		is = line_next(file, line, sizeof(line));
	}
	EXPECT_STREQ("(end)", is);
	fclose(file);
	for (n = 0; n < ARRAY_SIZE(line_forms); n++)
		EXPECT_LT(0, trace_count(&self->trace, line_forms[n].event));
	/* And there are no others. */
	EXPECT_EQ(ARRAY_SIZE(line_forms), self->trace.form_count);
}

TEST_HARNESS_MAIN
