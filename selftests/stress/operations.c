// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on segments, mappings and processes, and the choice among all
 * operations. Compares nothing.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "operations.h"
#include "truth.h"

static unsigned int pick(struct model *model, unsigned int below)
{
	return model_random(model, below);
}

static int process_slot(const struct model *model)
{
	int p;

	for (p = 0; p < MODEL_PROCESSES; p++)
		if (!model->process[p].live)
			return p;
	return -1;
}

static int segment_slots_free(const struct model *model)
{
	int n, slots = 0;

	for (n = 0; n < MODEL_SEGMENTS; n++)
		slots += !model->segment[n].used;
	return slots;
}

/* A segment that @process can name by id, any of them; -1 if there is none. */
static int segment_pick(struct model *model, const struct model_process *process)
{
	int n, from = pick(model, MODEL_SEGMENTS);

	for (n = 0; n < MODEL_SEGMENTS; n++) {
		int at = (from + n) % MODEL_SEGMENTS;

		if (model->segment[at].used && model->segment[at].space == process->space)
			return at;
	}
	return -1;
}

static int do_create(struct model *model, struct model_process *process)
{
	unsigned long size = 1 + pick(model, 6 * model->page);
	unsigned int key = pick(model, 3) ? 0x4c000000 + (++model->serial & 0xffffff) : IPC_PRIVATE;
	int id;

	if (!segment_slots_free(model))
		return OPERATION_IDLE;
	id = peer_get(&process->peer, key, size, IPC_CREAT | IPC_EXCL | 0600);
	if (id < 0)
		return operation_result("shmget", id);
	model_segment_add(model, process->space, id, key, size, process);
	return OPERATION_DONE;
}

/* Also by id alone, marked or not. Room is left for what splitting adds. */
static int do_attach(struct model *model, struct model_process *process)
{
	int segment = segment_pick(model, process);
	bool readonly = !pick(model, 5);
	long long address;

	if (segment < 0 || process->count > MODEL_MAPPINGS / 2)
		return OPERATION_IDLE;
	address = peer_call(&process->peer, PEER_SHMAT, model->segment[segment].id, 0,
			    readonly ? SHM_RDONLY : 0, 0);
	if (address < 0)
		return operation_result("shmat", address);
	model_attached(model, process, segment, address, readonly);
	return OPERATION_DONE;
}

static int do_detach(struct model *model, struct model_process *process)
{
	struct model_mapping *one;
	unsigned long address;
	long ret;

	if (!process->count)
		return OPERATION_IDLE;
	one = &process->mapping[pick(model, process->count)];
	address = one->start - one->offset;
	ret = peer_detach(&process->peer, address);
	if (ret)
		return operation_result("shmdt", ret);
	model_detached(model, process, address);
	return OPERATION_DONE;
}

/* Some pages of a mapping: where they start and end. */
static void range_pick(struct model *model, const struct model_mapping *one,
		       unsigned long *start, unsigned long *end)
{
	unsigned int pages = (one->end - one->start) / model->page;
	unsigned int first = pick(model, pages);

	*start = one->start + first * model->page;
	*end = *start + (1 + pick(model, pages - first)) * model->page;
}

static int do_protect(struct model *model, struct model_process *process)
{
	static const char *const names[] = { "---", "r--", "rw-" };
	static const int values[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };
	unsigned long start, end;
	int m, prot;
	long ret;

	if (!process->count || process->count > MODEL_MAPPINGS - 2)
		return OPERATION_IDLE;
	m = pick(model, process->count);
	prot = pick(model, process->mapping[m].readonly ? 2 : 3);
	range_pick(model, &process->mapping[m], &start, &end);
	ret = peer_call(&process->peer, PEER_PROTECT, start, end - start, values[prot], 0);
	if (ret)
		return operation_result("mprotect", ret);
	model_protected(model, process, m, start, end, names[prot]);
	return OPERATION_DONE;
}

static int do_unmap(struct model *model, struct model_process *process)
{
	unsigned long start, end;
	long ret;
	int m;

	if (!process->count || process->count > MODEL_MAPPINGS - 2)
		return OPERATION_IDLE;
	m = pick(model, process->count);
	range_pick(model, &process->mapping[m], &start, &end);
	ret = peer_call(&process->peer, PEER_UNMAP, start, end - start, 0, 0);
	if (ret)
		return operation_result("munmap", ret);
	model_unmapped(model, process, m, start, end);
	return OPERATION_DONE;
}

static int do_touch(struct model *model, struct model_process *process)
{
	const struct model_mapping *one;

	if (!process->count)
		return OPERATION_IDLE;
	one = &process->mapping[pick(model, process->count)];
	if (strcmp(one->prot, "rw-"))
		return OPERATION_IDLE;
	/* Behind the end of a segment's last page there is nothing to touch. */
	return operation_result("touch", peer_touch(&process->peer, one->start, 1));
}

static int do_remove(struct model *model, struct model_process *process)
{
	int segment = segment_pick(model, process);
	long ret;

	if (segment < 0)
		return OPERATION_IDLE;
	ret = peer_remove(&process->peer, model->segment[segment].id);
	if (ret)
		return operation_result("IPC_RMID", ret);
	model_segment_removed(model, segment);
	return OPERATION_DONE;
}

static int do_own(struct model *model, struct model_process *process)
{
	int segment = segment_pick(model, process);
	struct model_segment *it = &model->segment[segment];

	if (segment < 0)
		return OPERATION_IDLE;
	it->uid = pick(model, 5000);
	it->gid = pick(model, 5000);
	it->perms = (it->perms & ~0777) | (0600 + pick(model, 0200));
	return operation_result("IPC_SET", peer_call(&process->peer, PEER_OWN, it->id, it->uid,
						     it->gid, it->perms));
}

static int do_lock(struct model *model, struct model_process *process)
{
	int segment = segment_pick(model, process), on = pick(model, 2);
	struct model_segment *it = &model->segment[segment];

	if (segment < 0)
		return OPERATION_IDLE;
	it->perms = (it->perms & ~02000) | (on ? 02000 : 0);
	return operation_result("SHM_LOCK", peer_call(&process->peer, PEER_LOCK, it->id, on, 0, 0));
}

static int do_fork(struct model *model, struct model_process *process)
{
	int slot = process_slot(model), ret;
	struct model_process *child = &model->process[slot];

	if (slot < 0)
		return OPERATION_IDLE;
	ret = peer_spawn(&process->peer, &child->peer, 0);
	if (ret)
		return operation_result("fork", ret);
	child->serial = ++model->serial;
	child->live = true;
	model_forked(model, process, child);
	return OPERATION_DONE;
}

static int do_exit(struct model *model, struct model_process *process)
{
	int p, live = 0, ret;

	for (p = 0; p < MODEL_PROCESSES; p++)
		live += model->process[p].live;
	if (live < 3)
		return OPERATION_IDLE;
	ret = pick(model, 2) ? peer_end(&process->peer) : peer_kill(&process->peer, 9);
	if (ret)
		return operation_result("exit", ret);
	model_exited(model, process);
	return OPERATION_DONE;
}

static const struct operation {
	int (*run)(struct model *model, struct model_process *process);
	unsigned int weight;
} operations[] = {
	{ do_create, 14 },
	{ do_attach, 24 },
	{ do_detach, 12 },
	{ do_protect, 10 },
	{ do_unmap, 7 },
	{ do_touch, 5 },
	{ do_remove, 7 },
	{ do_own, 3 },
	{ do_lock, 3 },
	{ do_fork, 7 },
	{ do_exit, 5 },
	{ space_unshare, 2 },
	{ space_join, 4 },
	{ space_retire, 2 },
};

#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/* One operation that does something, or an error. */
int operations_step(struct model *model)
{
	unsigned int n, total = 0, choice;
	int tries, ret;

	for (n = 0; n < OPERATIONS; n++)
		total += operations[n].weight;
	for (tries = 0; tries < 1000; tries++) {
		struct model_process *process = &model->process[pick(model, MODEL_PROCESSES)];

		if (!process->live)
			continue;
		choice = pick(model, total);
		for (n = 0; choice >= operations[n].weight; n++)
			choice -= operations[n].weight;
		ret = operations[n].run(model, process);
		if (ret != OPERATION_IDLE)
			return ret;
	}
	fprintf(stderr, "# nothing can be done any more\n");
	return OPERATION_ERROR;
}

/*
 * Whether a page that becomes like the one before it goes over to that one's mapping, as
 * on newer kernels, or becomes a mapping of its own: tried out.
 */
static int borders_ask(struct model *model)
{
	struct truth_mappings all = {};
	struct peer peer;
	long long at;
	int ret;

	if (peer_start(&peer, CLONE_NEWIPC))
		return OPERATION_ERROR;
	at = peer_attach(&peer, peer_get(&peer, IPC_PRIVATE, 3 * model->page, 0600));
	ret = peer_call(&peer, PEER_PROTECT, at, model->page, PROT_READ, 0) ||
	      peer_call(&peer, PEER_PROTECT, at + model->page, model->page, PROT_READ, 0) ||
	      truth_mappings_read(&all, &peer.pid, 1) || peer_end(&peer);
	model->borders_move = all.count == 2;
	ret = ret || (all.count != 2 && all.count != 3);
	truth_mappings_free(&all);
	return ret ? OPERATION_ERROR : OPERATION_DONE;
}

int operations_start(struct model *model, int processes)
{
	int p, ret;

	model->page = getpagesize();
	ret = borders_ask(model);
	if (ret == OPERATION_DONE)
		ret = space_first(model);
	for (p = 0; p < processes && ret == OPERATION_DONE; p++) {
		struct model_process *process = &model->process[p];

		process->live = true;
		process->serial = ++model->serial;
		ret = operation_result("start", peer_spawn(&model->space[0].keeper,
							   &process->peer, 0));
	}
	return ret;
}

int operations_stop(struct model *model)
{
	int n, ret = 0;

	for (n = 0; n < MODEL_PROCESSES; n++)
		if (model->process[n].live)
			ret |= peer_end(&model->process[n].peer);
	for (n = 0; n < model->spaces; n++)
		if (model->space[n].live)
			ret |= peer_end(&model->space[n].keeper);
	return ret;
}
