// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files "shm" and "shm_holders" against shmctl(), /proc/sysvipc/shm, /proc/PID/maps
 * and the book of what was done.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "doctor_shm.h"

/* Mappings that one of the actors can have. */
#define HOLDER_MAPPINGS_MAX 16

struct holder {
	uint64_t start, end, id;
	char prot[4];
};

/* A time or process number that was never set is 0 in the kernel. */
static void judge_time(const struct subject *subject, const char *column, uint64_t truth)
{
	if (truth)
		judge_number(subject, column, truth);
	else
		judge_unset(subject, column);
}

static void shm_judge_state(const struct subject *subject, const struct stage *stage,
			    const struct segment *segment)
{
	const struct ipc_perm *perm = &segment->stat.shm_perm;
	uint64_t forced = 0;

	judge_number(subject, "key", (uint32_t)perm->__key);
	judge_number(subject, "orig_key", (uint32_t)segment->key);
	judge_number(subject, "dest", !!segment->acts[ACT_MARK].count);
	stage_proc_number("/proc/sys/kernel/shm_rmid_forced", &forced);
	judge_text(subject, "pending",
		   segment->acts[ACT_MARK].count ? "marked" :
		   forced			 ? "forced" :
						   "no");
	judge_number(subject, "nattch", segment->stat.shm_nattch);
	judge_number(subject, "perms", perm->mode);
	judge_number(subject, "size", segment->stat.shm_segsz);
	judge_number(subject, "huge", segment->huge);
	judge_number(subject, "ipcns", stage->ipcns);
	judge_number(subject, "shmid", segment->id);
	judge_number(subject, "creator_alive", !segment->creator_gone);
}

static void shm_judge_people(const struct subject *subject, const struct segment *segment)
{
	const struct shmid_ds *stat = &segment->stat;

	judge_user(subject, "uid", stat->shm_perm.uid);
	judge_user(subject, "gid", stat->shm_perm.gid);
	judge_user(subject, "cuid", stat->shm_perm.cuid);
	judge_user(subject, "cgid", stat->shm_perm.cgid);
	judge_pid(subject, "cpid", stat->shm_cpid);
	if (stat->shm_lpid)
		judge_pid(subject, "lpid", stat->shm_lpid);
	else
		judge_unset(subject, "lpid");
	judge_time(subject, "atime", stat->shm_atime);
	judge_time(subject, "dtime", stat->shm_dtime);
	judge_time(subject, "ctime", stat->shm_ctime);
}

static void shm_judge_mark(const struct subject *subject, const struct act *mark)
{
	if (mark->count) {
		judge_pid(subject, "rmid_pid", mark->pid);
		judge_user(subject, "rmid_uid", mark->who->uid);
		judge_text(subject, "rmid_comm", mark->who->name);
		judge_range(subject, "rmid_time", mark->earliest, mark->latest);
		return;
	}
	judge_unset(subject, "rmid_pid");
	judge_unset(subject, "rmid_uid");
	judge_unset(subject, "rmid_comm");
	judge_unset(subject, "rmid_time");
}

static void shm_judge_history(const struct subject *subject, const struct segment *segment)
{
	const struct act *last = &segment->acts[segment->last];

	judge_number(subject, "attaches", segment->acts[ACT_ATTACH].count);
	judge_number(subject, "detaches", segment->acts[ACT_DETACH].count);
	judge_number(subject, "copies", segment->acts[ACT_COPY].count);
	judge_text(subject, "create_comm", segment->acts[ACT_CREATE].who->name);
	if (segment->last != ACT_CREATE)
		judge_text(subject, "last_comm", last->who->name);
	else
		judge_unset(subject, "last_comm");
	shm_judge_mark(subject, &segment->acts[ACT_MARK]);
}

/* Memory moves by itself: what did not hold still while the file was read tells nothing. */
static void shm_judge_memory(const struct subject *subject, const struct segment *segment,
			     bool settled)
{
	if (settled) {
		judge_number(subject, "rss", segment->rss);
		judge_number(subject, "swap", segment->swap);
		return;
	}
	findings_skip(subject->findings, "shm", "rss", "memory was moved all the time");
	findings_skip(subject->findings, "shm", "swap", "memory was moved all the time");
}

static void shm_remark(struct stage *stage)
{
	struct findings *findings = &stage->findings;
	char remark[FINDING_NOTE_MAX];

	if (*stage->huge_problem) {
		snprintf(remark, sizeof(remark), "ordinary pages only (%s)", stage->huge_problem);
		findings_remark(findings, "shm", "huge", remark);
	}
	if (!stage->segments[SEGMENT_PLAIN].swap)
		findings_remark(findings, "shm", "swap", "nothing could be brought into swap");
}

/**
 * shm_judge() - judge "shm", which has a row for each segment of the stage
 * @stage: with the kernel's word on them
 * @section: the file
 * @settled: the kernel has said the same before and after the file was read
 */
void shm_judge(struct stage *stage, const struct section *section, bool settled)
{
	struct subject subject = { .findings = &stage->findings, .section = section };

	for (int i = 0; i < SEGMENTS; i++) {
		struct segment *segment = &stage->segments[i];

		if (segment->id < 0)
			continue;
		subject.name = segment->name;
		if (!subject_find(&subject, "ipcns", stage->ipcns, "shmid", segment->id)) {
			findings_lack_row(&stage->findings, "shm", segment->name);
			continue;
		}
		shm_judge_state(&subject, stage, segment);
		shm_judge_people(&subject, segment);
		shm_judge_history(&subject, segment);
		shm_judge_memory(&subject, segment, settled);
	}
	shm_remark(stage);
}

/* A line of /proc/PID/maps, if it is of a segment: its inode is the segment's id. */
static bool holder_parse(const char *line, struct holder *holder)
{
	char name[16];

	return strstr(line, " /SYSV") &&
	       sscanf(line, "%" SCNx64 "-%" SCNx64 " %3s%*c %*x %*x:%*x %" SCNu64 " %15s",
		      &holder->start, &holder->end, holder->prot, &holder->id, name) == 5;
}

static int holders_read(const struct actor *actor, struct holder *holders)
{
	char path[64], line[512];
	int count = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%ld/maps", (long)actor->pid);
	maps = fopen(path, "re");
	while (maps && count < HOLDER_MAPPINGS_MAX && fgets(line, sizeof(line), maps))
		count += holder_parse(line, &holders[count]);
	if (maps)
		fclose(maps);
	return count;
}

/* The next row of a process; both lists are in the order of addresses. */
static bool holder_next(struct subject *subject, pid_t pid)
{
	uint64_t number;

	for (; subject->row < subject->section->nrows; subject->row++)
		if (section_number(subject->section, subject->row, "pid", &number) &&
		    number == (uint64_t)pid)
			return true;
	return false;
}

static void holder_judge(const struct subject *subject, const struct stage *stage,
			 const struct actor *actor, const struct holder *holder)
{
	judge_number(subject, "ipcns", stage->ipcns);
	judge_number(subject, "shmid", holder->id);
	judge_pid(subject, "pid", actor->pid);
	judge_text(subject, "comm", actor->name);
	judge_number(subject, "start", holder->start);
	judge_number(subject, "end", holder->end);
	judge_text(subject, "prot", holder->prot);
	judge_number(subject, "task_ipcns", stage_space(actor->pid, "ipc", stage->ipcns));
}

static void holders_judge(struct stage *stage, const struct section *section,
			  const struct actor *actor)
{
	struct subject subject = {
		.findings = &stage->findings,
		.section = section,
		.name = actor->name,
	};
	struct holder holders[HOLDER_MAPPINGS_MAX] = { 0 };
	int count = holders_read(actor, holders), i;

	for (i = 0; i < count && holder_next(&subject, actor->pid); i++, subject.row++)
		holder_judge(&subject, stage, actor, &holders[i]);
	if (!count)
		findings_skip_file(&stage->findings, "shm_holders", "no mapping in /proc/PID/maps");
	else if (i < count)
		findings_lack_row(&stage->findings, "shm_holders", actor->name);
	else if (holder_next(&subject, actor->pid))
		judge_true(&subject, "start", false, "no such mapping");
}

/** shm_judge_holders() - judge "shm_holders" by /proc/PID/maps of those who have mappings */
void shm_judge_holders(struct stage *stage, const struct section *section)
{
	static const enum stage_actor holders[] = { ACTOR_USER, ACTOR_CHILD, ACTOR_LEAVER };

	if (stage->findings.no_pids) {
		findings_skip_file(&stage->findings, "shm_holders", stage->findings.no_pids);
		return;
	}
	for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++)
		holders_judge(stage, section, &stage->actors[holders[i]]);
}
