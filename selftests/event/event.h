/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who did what, and what events and rows must say of it: expectations that the
 * tests of events and history share.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include <time.h>

#include "fixture.h"
#include "trace.h"

/* A peer that goes by a name, as a user. */
struct actor {
	struct peer peer;
	unsigned int uid;
	char comm[16];
};

/* Between these two moments, in nanoseconds since the epoch. */
struct span {
	unsigned long long from, to;
};

/* A field of an event, and what must stand there. */
struct want {
	const char *name;
	unsigned long long value;
};

static inline unsigned long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static inline int actor_named(struct actor *actor, const char *comm)
{
	snprintf(actor->comm, sizeof(actor->comm), "%s", comm);
	return peer_say(&actor->peer, PEER_NAME, comm, 0);
}

static inline int actor_start(struct actor *actor, const char *comm, unsigned int uid,
			      unsigned long flags)
{
	int ret = peer_start(&actor->peer, flags);

	actor->uid = uid;
	if (!ret)
		ret = actor_named(actor, comm);
	if (!ret && uid)
		ret = peer_call(&actor->peer, PEER_BECOME, uid, uid, 0, 0);
	return ret;
}

static inline int actor_fork(struct actor *parent, struct actor *child, const char *comm)
{
	int ret = peer_spawn(&parent->peer, &child->peer, 0);

	child->uid = parent->uid;
	return ret ? ret : actor_named(child, comm);
}

/* How many things of the record are not as wanted; each is told on stderr. */
static inline int event_differs(const struct trace *trace, size_t index, const char *name,
				const struct actor *who, const struct want *want)
{
	int bad = 0;

	if (strcmp(trace_event(trace, index), name)) {
		fprintf(stderr, "# event %zu is %s, not %s\n", index, trace_event(trace, index),
			name);
		return 1;
	}
	for (; want->name; want++) {
		unsigned long long is = trace_number(trace, index, want->name);

		if (is == want->value)
			continue;
		bad++;
		fprintf(stderr, "# event %zu, %s: %s is %llu (%#llx), not %llu (%#llx)\n", index,
			name, want->name, is, is, want->value, want->value);
	}
	if (who && (trace_number(trace, index, "pid") != (unsigned int)who->peer.pid ||
		    trace_number(trace, index, "uid") != who->uid ||
		    strcmp(trace_text(trace, index, "comm"), who->comm))) {
		bad++;
		fprintf(stderr, "# event %zu, %s: by %llu %llu '%s', not %d %u '%s'\n", index, name,
			trace_number(trace, index, "pid"), trace_number(trace, index, "uid"),
			trace_text(trace, index, "comm"), who->peer.pid, who->uid, who->comm);
	}
	return bad;
}

/* Ages are differences of a clock that is read at its own pace. */
#define SLACK 2000000ULL

/* Whether the age of a record is that of what was born then, at that time. */
static inline int event_age_fits(const struct trace *trace, size_t index, const struct span *born,
				 const struct span *then)
{
	unsigned long long age = trace_number(trace, index, "age_ns");
	int fits = age + SLACK >= then->from - born->to && age <= then->to - born->from + SLACK;

	if (!fits)
		fprintf(stderr, "# event %zu: age %llu is not from %llu to %llu\n", index, age,
			then->from - born->to, then->to - born->from);
	return fits;
}

/* A cell of the row of "history" of a segment or a queue. */
static inline const char *history_cell(const char *kind, unsigned long ipcns,
				       unsigned long long number, const char *column)
{
	char space[24], id[24];
	const char *const keys[] = { "kind", kind, "ipcns", space, "number", id, NULL };

	snprintf(space, sizeof(space), "%lu", ipcns);
	snprintf(id, sizeof(id), "%llu", number);
	return lens_select("history", keys, column);
}

static inline int history_rows(const char *kind, unsigned long ipcns)
{
	char space[24];

	snprintf(space, sizeof(space), "%lu", ipcns);
	return lens_matches("history",
			    (const char *const[]){ "kind", kind, "ipcns", space, NULL });
}

/* The kernel's clock of seconds goes by the tick, up to so much behind the other. */
#define TICK 10000000ULL

/* Whether a cell is a time in seconds within @span. */
static inline int time_fits(const char *cell, const struct span *span)
{
	unsigned long long seconds = strtoull(cell, NULL, 10);

	return seconds >= (span->from - TICK) / 1000000000 && seconds <= span->to / 1000000000;
}

/* Whether "history" tells of an act of that kind by @who at that time, as its last. */
static inline int history_act_fits(const char *kind, unsigned long ipcns,
				   unsigned long long number, const char *act,
				   const struct actor *who, const struct span *span)
{
	char name[24], pid[24], uid[24], comm[64];
	int fits;

	snprintf(name, sizeof(name), "%s_pid", act);
	snprintf(pid, sizeof(pid), "%s", history_cell(kind, ipcns, number, name));
	snprintf(name, sizeof(name), "%s_uid", act);
	snprintf(uid, sizeof(uid), "%s", history_cell(kind, ipcns, number, name));
	snprintf(name, sizeof(name), "%s_comm", act);
	snprintf(comm, sizeof(comm), "%s", history_cell(kind, ipcns, number, name));
	snprintf(name, sizeof(name), "%s_time", act);
	fits = !strcmp(pid, number_text(who->peer.pid)) && !strcmp(uid, number_text(who->uid)) &&
	       !strcmp(comm, who->comm) &&
	       time_fits(history_cell(kind, ipcns, number, name), span);
	if (!fits)
		fprintf(stderr, "# history of %s %llu: %s by %s %s %s at %s, not %d %u %s\n", kind,
			number, act, pid, uid, comm, history_cell(kind, ipcns, number, name),
			who->peer.pid, who->uid, who->comm);
	return fits;
}

/* What SHM_STAT tells a caller in the namespace, -1 if there is no such segment. */
static inline long long truth_nattch(int id)
{
	struct shmid_ds ds;

	return shmctl(id, IPC_STAT, &ds) ? -1 : (long long)ds.shm_nattch;
}

/* Does @call and keeps when. */
#define TIMED(span, call) do { \
	(span)->from = now(); \
	call; \
	(span)->to = now(); \
} while (0)

/* All events so far that tell of the namespace, or of none, in order. */
#define EXPECT_EVENTS(trace, space, want) do { \
	ASSERT_EQ(0, trace_read(trace)); \
	trace_keep(trace, "ipcns", (space)->inum); \
	EXPECT_FALSE((trace)->lost); \
	ASSERT_STREQ(want, trace_names(trace)); \
} while (0)

#define EXPECT_EVENT(trace, index, name, who, ...) \
	EXPECT_EQ(0, event_differs(trace, index, name, who, \
				   (const struct want[]){ __VA_ARGS__, { NULL, 0 } }))

/* Of the fixture's segment: self->trace, self->space, self->id. */
#define EXPECT_SEGMENT_EVENT(index, name, who, ...) \
	EXPECT_EVENT(&self->trace, index, name, who, { "ipcns", self->space.inum }, \
		     { "shmid", self->id }, __VA_ARGS__)

#define EXPECT_AGE(trace, index, born, then) \
	EXPECT_TRUE(event_age_fits(trace, index, born, then))

#define EXPECT_HISTORY(space, id, column, want) \
	EXPECT_STREQ(want, history_cell("shm", (space)->inum, id, column))

#define EXPECT_ACT(space, id, act, who, span) \
	EXPECT_TRUE(history_act_fits("shm", (space)->inum, id, act, who, span))

/* In both files; and what came less what went is what is there. */
#define EXPECT_COUNTS(space, id, attaches, copies, detaches) do { \
	EXPECT_COUNT(space, id, "attaches", attaches); \
	EXPECT_COUNT(space, id, "copies", copies); \
	EXPECT_COUNT(space, id, "detaches", detaches); \
	EXPECT_HISTORY(space, id, "attaches", number_text(attaches)); \
	EXPECT_HISTORY(space, id, "copies", number_text(copies)); \
	EXPECT_HISTORY(space, id, "detaches", number_text(detaches)); \
	EXPECT_EQ(truth_nattch(id), (attaches) + (copies) - (detaches)); \
} while (0)

#define EXPECT_LAST(space, id, who) do { \
	EXPECT_COUNT(space, id, "lpid", (who)->peer.pid); \
	EXPECT_CELL(space, id, "last_comm", (who)->comm); \
} while (0)

#endif /* EVENT_EVENT_H */
