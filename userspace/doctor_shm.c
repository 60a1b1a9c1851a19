// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments in every state that the module tells apart, and what the kernel says of them
 * by shmctl() and /proc/sysvipc/shm. The steps lie a second apart.
 */
#define _GNU_SOURCE
#include "doctor_shm.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef SHM_HUGETLB
#define SHM_HUGETLB 04000
#endif
#ifndef SHM_NORESERVE
#define SHM_NORESERVE 010000
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define SHM_SYSVIPC "/proc/sysvipc/shm"

/* Not a round number of pages: the size is what was asked for. */
static const struct {
	const char *name;
	enum stage_actor maker;
	bool private;
	int mode;
	size_t pages, bytes;
} shm_plan[SEGMENTS] = {
	[SEGMENT_PLAIN] = { "plain segment", ACTOR_MAKER, false, 0640, 16, 100 },
	[SEGMENT_MARKED] = { "marked segment", ACTOR_MAKER, false, 0600, 2, 1 },
	[SEGMENT_SHARED] = { "shared segment", ACTOR_MAKER, false, 0666, 4, 0 },
	[SEGMENT_LOCKED] = { "locked segment", ACTOR_MAKER, false, 0660, 1, 7 },
	[SEGMENT_IDLE] = { "idle segment", ACTOR_IDLER, true, 0604, 5, 0 },
	[SEGMENT_HUGE] = { "huge page segment", ACTOR_REMOVER, true, 0600, 0, 0 },
};

/* What the actors do. */

static long act_get(const long *args)
{
	return shmget((key_t)args[0], (size_t)args[1], (int)args[2] | IPC_CREAT | IPC_EXCL);
}

static long act_flash(const long *args)
{
	int id = shmget(IPC_PRIVATE, (size_t)args[0], IPC_CREAT | 0600);

	return id < 0 ? -1 : shmctl(id, IPC_RMID, NULL);
}

static long act_attach(const long *args)
{
	char *start = shmat((int)args[0], NULL, 0);

	for (long page = 0; start != (char *)-1 && page < args[1]; page++)
		start[page * args[2]] = 1;
	return (long)start;
}

static long act_detach(const long *args)
{
	return shmdt((void *)args[0]);
}

static long act_protect(const long *args)
{
	return mprotect((void *)args[0], (size_t)args[1], PROT_READ);
}

static long act_page_out(const long *args)
{
	return madvise((void *)args[0], (size_t)args[1], MADV_PAGEOUT);
}

static long act_control(const long *args)
{
	return shmctl((int)args[0], (int)args[1], NULL);
}

static long act_set(const long *args)
{
	struct shmid_ds stat;

	if (shmctl((int)args[0], IPC_STAT, &stat))
		return -1;
	stat.shm_perm.uid = (uid_t)args[1];
	stat.shm_perm.gid = (gid_t)args[2];
	stat.shm_perm.mode = (unsigned short)args[3];
	return shmctl((int)args[0], IPC_SET, &stat);
}

static bool shm_holds(struct stage *stage, const char *what, bool success)
{
	return stage_holds(stage->shm_problem, what, success);
}

/* Its number is from this process's: keys are not private where the namespace is not. */
static key_t shm_key(int i)
{
	return 0x1d000000 + ((getpid() & 0xfffff) << 4) + i + 1;
}

static bool shm_make_one(struct stage *stage, int i, size_t size, int flags)
{
	struct segment *segment = &stage->segments[i];
	struct actor *maker = &stage->actors[shm_plan[i].maker];

	segment->key = shm_plan[i].private ? IPC_PRIVATE : shm_key(i);
	segment->id = actor_do(maker, act_get, segment->key, size, shm_plan[i].mode | flags, 0);
	if (segment->id < 0)
		return false;
	stage_note(&segment->acts[ACT_CREATE], maker, 1);
	return true;
}

/* Nothing is taken from the pool of huge pages: none is reserved, and none is touched. */
static void shm_make_huge(struct stage *stage)
{
	struct segment *segment = &stage->segments[SEGMENT_HUGE];
	uint64_t size;

	errno = ENOSYS;
	if (stage_proc_kilobytes("Hugepagesize:", &size) &&
	    shm_make_one(stage, SEGMENT_HUGE, size, SHM_HUGETLB | SHM_NORESERVE))
		segment->huge = size;
	else
		stage_holds(stage->huge_problem, "no segment of huge pages", false);
}

/**
 * shm_make() - create the segments
 * @stage: open; if one cannot be had, shm_problem says why, and the next steps do nothing
 */
void shm_make(struct stage *stage)
{
	struct actor *idler = &stage->actors[ACTOR_IDLER];

	for (int i = 0; i < SEGMENTS; i++) {
		stage->segments[i].id = -1;
		stage->segments[i].name = shm_plan[i].name;
	}
	for (int i = 0; i < SEGMENT_HUGE; i++)
		if (!shm_holds(stage, "shmget",
			       shm_make_one(stage, i,
					    shm_plan[i].pages * stage->page + shm_plan[i].bytes,
					    0)))
			return;
	shm_make_huge(stage);
	actor_end(idler);
	stage->segments[SEGMENT_IDLE].creator_gone = true;
	if (shm_holds(stage, "shmget and IPC_RMID",
		      actor_do(&stage->actors[ACTOR_MAKER], act_flash, 1, 0, 0, 0) != -1))
		stage->flashes++;
}

static void shm_note_use(struct segment *segment, enum stage_act act, const struct actor *who,
			 uint64_t count)
{
	stage_note(&segment->acts[act], who, count);
	segment->last = act;
}

/* The address, -1 if there is none. The first so many pages are written to. */
static long shm_attach_one(struct stage *stage, int i, enum stage_actor who, long pages)
{
	struct segment *segment = &stage->segments[i];
	struct actor *actor = &stage->actors[who];
	long address = actor_do(actor, act_attach, segment->id, pages, stage->page, 0);

	if (shm_holds(stage, "shmat", address != -1))
		shm_note_use(segment, ACT_ATTACH, actor, 1);
	return address;
}

/**
 * shm_attach() - attach the segments, and let one who has one leave the namespace
 * @stage: has the segments; see shm_make()
 *
 * The last to attach the shared segment is its most frequent user.
 */
void shm_attach(struct stage *stage)
{
	if (*stage->shm_problem)
		return;
	stage->plain_mapping = shm_attach_one(stage, SEGMENT_PLAIN, ACTOR_USER, 12);
	shm_attach_one(stage, SEGMENT_MARKED, ACTOR_USER, 1);
	stage->locked_mapping = shm_attach_one(stage, SEGMENT_LOCKED, ACTOR_USER, 1);
	shm_attach_one(stage, SEGMENT_SHARED, ACTOR_LEAVER, 0);
	stage->mapping = shm_attach_one(stage, SEGMENT_SHARED, ACTOR_USER, 3);
	stage->other_mapping = shm_attach_one(stage, SEGMENT_SHARED, ACTOR_USER, 0);
	/* Its mapping stays where it was; if it cannot leave, nothing is amiss. */
	if (stage->own_ipcns)
		actor_do(&stage->actors[ACTOR_LEAVER], stage_unshare, CLONE_NEWIPC, 0, 0, 0);
	/* Of some pages, and if there is swap; where there is none, nothing happens. */
	actor_do(&stage->actors[ACTOR_USER], act_page_out, stage->plain_mapping, 8 * stage->page, 0,
		 0);
}

/* Every mapping of the user is copied, how many of each segment the kernel will tell. */
static void shm_copy_all(struct stage *stage)
{
	struct actor *user = &stage->actors[ACTOR_USER];

	if (!shm_holds(stage, "fork", !actor_start_from(&stage->actors[ACTOR_CHILD], user)))
		return;
	shm_note_use(&stage->segments[SEGMENT_PLAIN], ACT_COPY, user, 0);
	shm_note_use(&stage->segments[SEGMENT_MARKED], ACT_COPY, user, 0);
	shm_note_use(&stage->segments[SEGMENT_SHARED], ACT_COPY, user, 0);
}

static void shm_detach_one(struct stage *stage, int i, enum stage_actor who, long address)
{
	struct actor *actor = &stage->actors[who];

	if (shm_holds(stage, "shmdt", actor_do(actor, act_detach, address, 0, 0, 0) != -1))
		shm_note_use(&stage->segments[i], ACT_DETACH, actor, 1);
}

/**
 * shm_copy() - detach, protect a page, fork
 * @stage: has the mappings; see shm_make()
 */
void shm_copy(struct stage *stage)
{
	struct actor *user = &stage->actors[ACTOR_USER];

	if (*stage->shm_problem)
		return;
	shm_detach_one(stage, SEGMENT_LOCKED, ACTOR_USER, stage->locked_mapping);
	/* One page in the middle, which makes three mappings of one. */
	shm_holds(stage, "mprotect",
		  actor_do(user, act_protect, stage->mapping + stage->page, stage->page, 0, 0) !=
			  -1);
	shm_copy_all(stage);
	if (!*stage->shm_problem)
		shm_detach_one(stage, SEGMENT_SHARED, ACTOR_CHILD, stage->other_mapping);
}

/** shm_change() - mark one segment, lock another and give it away; see shm_make() */
void shm_change(struct stage *stage)
{
	struct segment *marked = &stage->segments[SEGMENT_MARKED];
	struct segment *locked = &stage->segments[SEGMENT_LOCKED];
	struct actor *remover = &stage->actors[ACTOR_REMOVER];
	const struct actor *owner = &stage->actors[ACTOR_PAYER];

	if (*stage->shm_problem)
		return;
	if (shm_holds(stage, "IPC_RMID",
		      actor_do(remover, act_control, marked->id, IPC_RMID, 0, 0) != -1))
		stage_note(&marked->acts[ACT_MARK], remover, 1);
	shm_holds(stage, "SHM_LOCK",
		  actor_do(remover, act_control, locked->id, SHM_LOCK, 0, 0) != -1);
	shm_holds(stage, "IPC_SET",
		  actor_do(remover, act_set, locked->id, owner->uid, owner->gid, 0604) != -1);
}

/* A line of /proc/sysvipc/shm has memory and swap as its last two cells. */
static bool shm_look_memory(struct segment *segment)
{
	FILE *file = fopen(SHM_SYSVIPC, "re");
	char line[512], id[32], rss[32], swap[32];
	uint64_t number;
	bool found = false;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line,
			       "%*s %31s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %31s %31s",
			       id, rss, swap) == 3 &&
			column_cell_value(COLUMN_NUM, id, &number) &&
			number == (uint64_t)segment->id &&
			column_cell_value(COLUMN_NUM, rss, &segment->rss) &&
			column_cell_value(COLUMN_NUM, swap, &segment->swap);
	fclose(file);
	return found;
}

/**
 * shm_look() - take the kernel's own word on each segment
 * @stage: takes it; see shm_make()
 *
 * Return: whether it is what it was when this was called before.
 */
bool shm_look(struct stage *stage)
{
	bool same = true;

	for (int i = 0; i < SEGMENTS && !*stage->shm_problem; i++) {
		struct segment *segment = &stage->segments[i];
		struct segment before = *segment;

		if (segment->id < 0)
			continue;
		if (!shm_holds(stage, "IPC_STAT", !shmctl(segment->id, IPC_STAT, &segment->stat)) ||
		    !shm_holds(stage, SHM_SYSVIPC, shm_look_memory(segment)))
			break;
		same &= before.rss == segment->rss && before.swap == segment->swap &&
			before.stat.shm_nattch == segment->stat.shm_nattch;
		segment->acts[ACT_COPY].count = segment->stat.shm_nattch +
						segment->acts[ACT_DETACH].count -
						segment->acts[ACT_ATTACH].count;
	}
	return same;
}
