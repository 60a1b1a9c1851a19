// SPDX-License-Identifier: GPL-2.0-only
/*
 * One row per object, four cells per act: when, and which process, user and name.
 */
#include "doctor_history.h"

#include <stdio.h>
#include <string.h>

static const char *const history_acts[ACTS] = {
	[ACT_CREATE] = "create", [ACT_ATTACH] = "attach", [ACT_COPY] = "copy",
	[ACT_DETACH] = "detach", [ACT_MARK] = "rmid",
};

/* A column of an act; the text is overwritten by the next call. */
static const char *history_column(enum stage_act act, const char *what)
{
	static char name[32];

	snprintf(name, sizeof(name), "%s_%s", history_acts[act], what);
	return name;
}

static void history_judge_act(const struct subject *subject, enum stage_act number,
			      const struct act *act)
{
	if (act->count) {
		judge_range(subject, history_column(number, "time"), act->earliest, act->latest);
		judge_pid(subject, history_column(number, "pid"), act->pid);
		judge_user(subject, history_column(number, "uid"), act->who->uid);
		judge_text(subject, history_column(number, "comm"), act->who->name);
		return;
	}
	judge_unset(subject, history_column(number, "time"));
	judge_unset(subject, history_column(number, "pid"));
	judge_unset(subject, history_column(number, "uid"));
	judge_unset(subject, history_column(number, "comm"));
}

static bool history_find(struct subject *subject, const char *kind, uint64_t number, uint64_t ipcns)
{
	const struct section *section = subject->section;

	for (subject->row = 0; subject->row < section->nrows; subject->row++) {
		const char *cell = section_text(section, subject->row, "kind");
		uint64_t value;

		/* A queue's number is its alone; the namespace may not have been seen. */
		if (cell && !strcmp(cell, kind) &&
		    section_number(section, subject->row, "number", &value) && value == number &&
		    (strcmp(kind, "shm") ||
		     (section_number(section, subject->row, "ipcns", &value) && value == ipcns)))
			return true;
	}
	return false;
}

static void history_judge_object(struct subject *subject, const struct stage *stage,
				 const char *kind, uint64_t number, const struct act *acts)
{
	if (!history_find(subject, kind, number, stage->ipcns)) {
		findings_lack_row(subject->findings, "history", subject->name);
		return;
	}
	judge_text(subject, "kind", kind);
	judge_number(subject, "number", number);
	judge_number(subject, "ipcns", stage->ipcns);
	judge_number(subject, "complete", 1);
	judge_number(subject, "attaches", acts[ACT_ATTACH].count);
	judge_number(subject, "copies", acts[ACT_COPY].count);
	judge_number(subject, "detaches", acts[ACT_DETACH].count);
	for (int act = 0; act < ACTS; act++)
		history_judge_act(subject, act, &acts[act]);
}

/** history_judge() - judge "history", which has a row for each object of the stage */
void history_judge(struct stage *stage, const struct section *section)
{
	struct subject subject = { .findings = &stage->findings, .section = section };

	for (int i = 0; i < SEGMENTS && !*stage->shm_problem; i++) {
		const struct segment *segment = &stage->segments[i];

		if (segment->id < 0)
			continue;
		subject.name = segment->name;
		history_judge_object(&subject, stage, "shm", segment->id, segment->acts);
		if (subject.row < section->nrows)
			judge_number(&subject, "orig_key", (uint32_t)segment->key);
	}
	for (int i = 0; i < QUEUES && !*stage->mq_problem; i++) {
		const struct queue *queue = &stage->queues[i];

		if (queue->fd < 0)
			continue;
		subject.name = queue->name;
		history_judge_object(&subject, stage, "mqueue", queue->stat.st_ino, queue->acts);
		if (subject.row < section->nrows)
			judge_unset(&subject, "orig_key");
	}
}
