// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules: what each system call does to segments and mappings. nattch is
 * never stored, it is the number of mappings. Makes no system call itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

unsigned int model_random(struct model *model, unsigned int below)
{
	model->seed ^= model->seed << 13;
	model->seed ^= model->seed >> 7;
	model->seed ^= model->seed << 17;
	return (model->seed >> 16) % below;
}

int model_segment_add(struct model *model, int space, int id, unsigned int key,
		      unsigned long size, struct model_process *creator)
{
	int n;

	for (n = 0; n < MODEL_SEGMENTS && model->segment[n].used; n++)
		;
	if (n == MODEL_SEGMENTS)
		abort();
	model->segment[n] = (struct model_segment){
		.used = true,
		.space = space,
		.id = id,
		.key = key,
		.size = size,
		.perms = 0600,
		.cpid = creator->peer.pid,
		.creator = creator->serial,
		.creator_alive = true,
	};
	return n;
}

unsigned int model_segment_nattch(const struct model *model, int segment)
{
	unsigned int n = 0;
	int p, m;

	for (p = 0; p < MODEL_PROCESSES; p++)
		for (m = 0; m < model->process[p].count; m++)
			n += model->process[p].mapping[m].segment == segment;
	return n;
}

/* A segment goes when nothing maps it and it is marked, or nobody can name it. */
static void model_segment_settle(struct model *model, int segment)
{
	struct model_segment *it = &model->segment[segment];

	if (!model_segment_nattch(model, segment) &&
	    (it->marked || !model->space[it->space].live))
		it->used = false;
}

void model_segment_removed(struct model *model, int segment)
{
	model->segment[segment].marked = true;
	model_segment_settle(model, segment);
}

static void model_mapping_insert(struct model_process *process, const struct model_mapping *one)
{
	int n = process->count++;

	if (n == MODEL_MAPPINGS)
		abort();
	for (; n > 0 && process->mapping[n - 1].start > one->start; n--)
		process->mapping[n] = process->mapping[n - 1];
	process->mapping[n] = *one;
}

/* Closing a mapping writes the last pid, and may be the segment's end. */
static void model_mapping_close(struct model *model, struct model_process *process, int mapping)
{
	int segment = process->mapping[mapping].segment;

	process->count--;
	memmove(&process->mapping[mapping], &process->mapping[mapping + 1],
		(process->count - mapping) * sizeof(process->mapping[0]));
	model->segment[segment].lpid = process->peer.pid;
	model_segment_settle(model, segment);
}

void model_attached(struct model *model, struct model_process *process, int segment,
		    unsigned long start, bool readonly)
{
	struct model_segment *it = &model->segment[segment];
	unsigned long length = (it->size + model->page - 1) / model->page * model->page;
	struct model_mapping one = {
		.segment = segment,
		.attach = ++model->serial,
		.start = start,
		.end = start + length,
		.readonly = readonly,
	};

	strcpy(one.prot, readonly ? "r--" : "rw-");
	model_mapping_insert(process, &one);
	it->lpid = process->peer.pid;
}

/*
 * shmdt(): the first mapping at or behind the address whose segment would
 * begin there, and of that attach all that lies within the segment's size.
 */
void model_detached(struct model *model, struct model_process *process, unsigned long address)
{
	unsigned int attach = 0;
	unsigned long limit = 0;
	int m = 0;

	while (m < process->count) {
		struct model_mapping *one = &process->mapping[m];
		bool match = one->start >= address && one->start - address == one->offset;

		if (!attach && match) {
			attach = one->attach;
			limit = address + model->segment[one->segment].size + model->page - 1;
		}
		if (attach && match && one->attach == attach && one->end <= limit)
			model_mapping_close(model, process, m);
		else
			m++;
	}
}

/*
 * Cuts mapping @m to [@start, @end); what is left of it on either side becomes
 * mappings of their own. Returns where the middle one is now.
 */
static int model_mapping_cut(struct model *model, struct model_process *process, int m,
			     unsigned long start, unsigned long end)
{
	struct model_mapping whole = process->mapping[m], part;

	if (start > whole.start || end < whole.end)
		model->segment[whole.segment].lpid = process->peer.pid;
	process->mapping[m].start = start;
	process->mapping[m].end = end;
	process->mapping[m].offset += start - whole.start;
	if (end < whole.end) {
		part = whole;
		part.start = end;
		part.offset += end - whole.start;
		model_mapping_insert(process, &part);
	}
	if (start > whole.start) {
		part = whole;
		part.end = start;
		model_mapping_insert(process, &part);
		m++;
	}
	return m;
}

/*
 * Pages at the edge of a mapping that become like the neighbour of the same attach: where
 * the kernel moves the border between them, nothing is opened and nothing closed. But no
 * mapping is swallowed whole, for it would have to be closed.
 */
static bool model_border_moved(const struct model *model, struct model_process *process, int m,
			       unsigned long start, unsigned long end, const char *prot)
{
	struct model_mapping *one = &process->mapping[m], *next, *before;

	if (!model->borders_move || (start == one->start && end == one->end))
		return false;
	before = m > 0 ? one - 1 : one;
	next = m + 1 < process->count ? one + 1 : one;
	if (start == one->start && before->end == start &&
	    before->attach == one->attach && !strcmp(before->prot, prot)) {
		before->end = end;
		one->start = end;
		one->offset += end - start;
		return true;
	}
	if (end == one->end && next->start == end &&
	    next->attach == one->attach && !strcmp(next->prot, prot)) {
		next->start = start;
		next->offset -= end - start;
		one->end = start;
		return true;
	}
	return false;
}

void model_protected(struct model *model, struct model_process *process, int mapping,
		     unsigned long start, unsigned long end, const char *prot)
{
	if (!strcmp(process->mapping[mapping].prot, prot) ||
	    model_border_moved(model, process, mapping, start, end, prot))
		return;
	mapping = model_mapping_cut(model, process, mapping, start, end);
	strcpy(process->mapping[mapping].prot, prot);
}

void model_unmapped(struct model *model, struct model_process *process, int mapping,
		    unsigned long start, unsigned long end)
{
	mapping = model_mapping_cut(model, process, mapping, start, end);
	model_mapping_close(model, process, mapping);
}

/* The copies are opened by the parent: its pid is the last one. */
void model_forked(struct model *model, struct model_process *parent, struct model_process *child)
{
	int m;

	child->space = parent->space;
	child->count = parent->count;
	memcpy(child->mapping, parent->mapping, sizeof(child->mapping));
	for (m = 0; m < child->count; m++)
		model->segment[child->mapping[m].segment].lpid = parent->peer.pid;
}

/* On exit, and on leaving for a fresh namespace, the kernel forgets who created what. */
void model_left_creations(struct model *model, struct model_process *process)
{
	int n;

	for (n = 0; n < MODEL_SEGMENTS; n++)
		if (model->segment[n].creator == process->serial)
			model->segment[n].creator_alive = false;
}

void model_exited(struct model *model, struct model_process *process)
{
	while (process->count)
		model_mapping_close(model, process, 0);
	model_left_creations(model, process);
	process->live = false;
}

/* Its last task is gone: segments that something maps live on unseen. */
void model_space_ended(struct model *model, int space)
{
	int n;

	model->space[space].live = false;
	for (n = 0; n < MODEL_SEGMENTS; n++)
		if (model->segment[n].used && model->segment[n].space == space)
			model_segment_settle(model, n);
}
