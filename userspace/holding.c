// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that holds much may share each object with others: a display server with its
 * clients. So each object goes to that of its holders which holds most of all, and objects
 * of holders with one name are a group.
 */
#include "holding.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "container.h"

/* More processes than a command line should name. */
#define HOLDING_PIDS_MAX 16

struct burden {
	uint64_t pid;
	uint64_t bytes;
};

static int holder_compare_object(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return number_compare(x->space, y->space) ?: number_compare(x->number, y->number);
}

static int holder_compare(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return holder_compare_object(a, b) ?: number_compare(x->pid, y->pid);
}

static int burden_compare(const void *a, const void *b)
{
	const struct burden *x = a, *y = b;

	return number_compare(x->pid, y->pid);
}

static int pid_compare(const void *a, const void *b)
{
	return number_compare(*(const uint64_t *)a, *(const uint64_t *)b);
}

static int comm_compare(const struct holder *a, const struct holder *b)
{
	if (!a || !b)
		return !a - !b;
	if (!a->comm || !b->comm)
		return !a->comm - !b->comm ?: number_compare(a->pid, b->pid);
	return strcmp(a->comm, b->comm);
}

static int held_compare_group(const struct held *a, const struct held *b)
{
	return number_compare(a->space, b->space)	  ?:
		       number_compare(a->realm, b->realm) ?:
		       number_compare(a->class, b->class) ?:
		       a->nameless - b->nameless	  ?:
							    comm_compare(a->main, b->main);
}

static int held_compare(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	return held_compare_group(x, y)			    ?:
		       number_compare(y->bytes, x->bytes)   ?:
		       number_compare(x->number, y->number) ?:
							      number_compare(x->row, y->row);
}

static void holders_take(struct holding *holding, const struct section *section, const char *number)
{
	for (size_t row = 0; section && row < section->nrows; row++) {
		struct holder *holder = &holding->holders[holding->nholders];

		*holder = (struct holder){ .count = 1 };
		section_number(section, row, "ipcns", &holder->space);
		if (!section_number(section, row, number, &holder->number) ||
		    !section_number(section, row, "pid", &holder->pid))
			continue;
		holder->comm = section_text(section, row, "comm");
		holding->nholders++;
	}
	if (holding->nholders)
		qsort(holding->holders, holding->nholders, sizeof(*holding->holders),
		      holder_compare);
}

/* One for each process that holds an object, however often. */
static void holders_merge(struct holding *holding)
{
	struct holder *holders = holding->holders;
	size_t kept = 0;

	for (size_t i = 0; i < holding->nholders; i++) {
		if (kept && !holder_compare(&holders[kept - 1], &holders[i]))
			holders[kept - 1].count++;
		else
			holders[kept++] = holders[i];
	}
	holding->nholders = kept;
}

/**
 * holding_init() - who holds what, and room for the objects that are of interest
 * @holding: to be given back by holding_exit(), also if this fails
 * @triage: what this is for
 * @objects: as many as this has rows can be put into held, with nheld counted up
 * @holders: who has them, NULL if unknown
 * @number: the column that an object's number is in
 *
 * Return: -1 if memory runs out, which the triage knows then.
 */
int holding_init(struct holding *holding, struct triage *triage, const struct section *objects,
		 const struct section *holders, const char *number)
{
	*holding = (struct holding){ .triage = triage };
	holding->held = triage_array(triage, objects->nrows, sizeof(*holding->held));
	holding->holders =
		triage_array(triage, holders ? holders->nrows : 0, sizeof(*holding->holders));
	if (!holding->held || !holding->holders)
		return -1;
	holders_take(holding, holders, number);
	holders_merge(holding);
	return 0;
}

/** holding_exit() - undo holding_init() */
void holding_exit(struct holding *holding)
{
	free(holding->held);
	free(holding->holders);
	*holding = (struct holding){ 0 };
}

static void held_find_holders(const struct holding *holding, struct held *held)
{
	const struct holder wanted = { .space = held->space, .number = held->number };
	const struct holder *first, *end = holding->holders + holding->nholders;

	first = bsearch(&wanted, holding->holders, holding->nholders, sizeof(wanted),
			holder_compare_object);
	if (!first)
		return;
	while (first > holding->holders && !holder_compare_object(first - 1, &wanted))
		first--;
	held->holders = first;
	while (first + held->nholders < end &&
	       !holder_compare_object(first + held->nholders, &wanted))
		held->nholders++;
}

/* What each process holds of all objects, by process. */
static struct burden *burdens_make(const struct holding *holding, size_t *nburdens)
{
	struct burden *burdens;
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < holding->nheld; i++)
		count += holding->held[i].nholders;
	burdens = triage_array(holding->triage, count, sizeof(*burdens));
	if (!burdens)
		return NULL;
	count = 0;
	for (size_t i = 0; i < holding->nheld; i++)
		for (size_t j = 0; j < holding->held[i].nholders; j++)
			burdens[count++] = (struct burden){ holding->held[i].holders[j].pid,
							    holding->held[i].bytes };
	qsort(burdens, count, sizeof(*burdens), burden_compare);
	for (size_t i = 0; i < count; i++) {
		if (kept && burdens[kept - 1].pid == burdens[i].pid)
			burdens[kept - 1].bytes += burdens[i].bytes;
		else
			burdens[kept++] = burdens[i];
	}
	*nburdens = kept;
	return burdens;
}

static void held_find_main(struct held *held, const struct burden *burdens, size_t nburdens)
{
	const struct burden *most = NULL;

	for (size_t i = 0; i < held->nholders; i++) {
		const struct burden wanted = { .pid = held->holders[i].pid };
		const struct burden *burden =
			bsearch(&wanted, burdens, nburdens, sizeof(wanted), burden_compare);

		if (!burden || (most && burden->bytes <= most->bytes))
			continue;
		most = burden;
		held->main = &held->holders[i];
	}
}

/** holding_settle() - all objects are known now: find their holders and make groups */
void holding_settle(struct holding *holding)
{
	struct burden *burdens;
	size_t nburdens;

	for (size_t i = 0; i < holding->nheld; i++)
		held_find_holders(holding, &holding->held[i]);
	burdens = burdens_make(holding, &nburdens);
	if (!burdens) {
		holding->nheld = 0;
		return;
	}
	for (size_t i = 0; i < holding->nheld; i++)
		held_find_main(&holding->held[i], burdens, nburdens);
	free(burdens);
	qsort(holding->held, holding->nheld, sizeof(*holding->held), held_compare);
}

static bool group_list_pids(struct holding_group *group)
{
	const struct held *held = group->holding->held;
	size_t count = 0;

	for (size_t i = group->first; i < group->end; i++)
		count += held[i].nholders;
	group->pids = triage_array(group->holding->triage, count, sizeof(*group->pids));
	if (!group->pids)
		return false;
	count = 0;
	for (size_t i = group->first; i < group->end; i++) {
		for (size_t j = 0; j < held[i].nholders; j++) {
			group->pids[count++] = held[i].holders[j].pid;
			group->holds += held[i].holders[j].count;
		}
	}
	qsort(group->pids, count, sizeof(*group->pids), pid_compare);
	for (size_t i = 0; i < count; i++)
		if (!group->npids || group->pids[group->npids - 1] != group->pids[i])
			group->pids[group->npids++] = group->pids[i];
	return true;
}

/**
 * holding_next() - the groups in turn
 * @group: the one before, { 0 } for the first; what it had is given back
 * @holding: settled
 *
 * Return: false after the last.
 */
bool holding_next(struct holding_group *group, const struct holding *holding)
{
	const struct held *held = holding->held;
	size_t first = group->end;

	free(group->pids);
	*group = (struct holding_group){ .holding = holding, .first = first, .end = first };
	if (first == holding->nheld)
		return false;
	for (; group->end < holding->nheld && !held_compare_group(&held[first], &held[group->end]);
	     group->end++)
		group->bytes += held[group->end].bytes;
	group->main = held[first].main;
	return group_list_pids(group);
}

/* In which container it is, of a process of this machine. */
static void holding_say_container(struct triage *triage, struct finding *finding, uint64_t pid)
{
	struct container *container;
	char text[CONTAINER_TEXT_MAX], name[sizeof(container->name)];

	if (!triage->live)
		return;
	container = triage_array(triage, 1, sizeof(*container));
	if (container && container_find(container, pid) && container->kind) {
		strcpy(name, container->name);
		*container->name = '\0';
		container_describe(container, text, sizeof(text));
		finding_say(triage, finding, " in %s", text);
		finding_say_name(triage, finding, name);
	}
	free(container);
}

/**
 * holding_say_holders() - who they are
 * @triage: for whom
 * @finding: what is to be told
 * @group: the objects
 * @what: what a holder has of an object: "mapping"
 */
void holding_say_holders(struct triage *triage, struct finding *finding,
			 const struct holding_group *group, const char *what)
{
	size_t others = group->npids - 1;

	finding->comm = group->main->comm;
	finding_number(finding, FINDING_PID, group->main->pid);
	finding_say_process(triage, finding, group->main->comm, group->main->pid);
	holding_say_container(triage, finding, group->main->pid);
	if (others)
		finding_say(triage, finding, " and %zu more", others);
	if (group->holds > 1)
		finding_say(triage, finding, ": %llu %ss in %zu process%s",
			    (unsigned long long)group->holds, what, group->npids,
			    others ? "es" : "");
}

/** holding_advise() - look at the holders; false if there are none, or too many to name */
bool holding_advise(struct triage *triage, struct finding *finding,
		    const struct holding_group *group)
{
	if (!group->npids || group->npids > HOLDING_PIDS_MAX)
		return false;
	for (size_t i = 0; i < group->npids; i++)
		finding_advise(triage, finding, "%s%llu",
			       i ? "," : "ps -o pid,user,lstart,args -p ",
			       (unsigned long long)group->pids[i]);
	return true;
}
