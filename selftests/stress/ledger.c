// SPDX-License-Identifier: GPL-2.0-only
/*
 * The books of charges; see ledger.h. Must not look at the kernel or at ipclens.
 */
#include <string.h>

#include "ledger.h"

/* xorshift: the same on every machine. */
unsigned int ledger_random(struct ledger *ledger, unsigned int below)
{
	ledger->seed ^= ledger->seed << 13;
	ledger->seed ^= ledger->seed >> 7;
	ledger->seed ^= ledger->seed << 17;
	return (ledger->seed >> 33) % below;
}

int ledger_account_find(const struct ledger *ledger, unsigned long userns, unsigned int uid)
{
	int n;

	for (n = 0; n < LEDGER_ACCOUNTS; n++)
		if (ledger->accounts[n].used && ledger->accounts[n].userns == userns &&
		    ledger->accounts[n].uid == uid)
			return n;
	return -1;
}

int ledger_account_add(struct ledger *ledger, unsigned long userns, unsigned int uid, int parent,
		       unsigned long long ceiling)
{
	int n;

	for (n = 0; n < LEDGER_ACCOUNTS && ledger->accounts[n].used; n++)
		;
	if (n == LEDGER_ACCOUNTS)
		return -1;
	ledger->accounts[n] = (struct account){
		.used = true,
		.userns = userns,
		.uid = uid,
		.parent = parent,
		.ceiling = ceiling,
	};
	return n;
}

static bool ledger_account_needed(const struct ledger *ledger, int account)
{
	int n;

	if (ledger->accounts[account].bytes)
		return true;
	for (n = 0; n < LEDGER_PROCESSES; n++)
		if (ledger->processes[n].used && ledger->processes[n].account == account)
			return true;
	for (n = 0; n < LEDGER_ACCOUNTS; n++)
		if (ledger->accounts[n].used && ledger->accounts[n].parent == account)
			return true;
	return false;
}

/* Forgets namespaces that are gone, lowest first: their numbers come back. */
void ledger_accounts_sweep(struct ledger *ledger)
{
	int n, again = 1;

	while (again) {
		again = 0;
		for (n = 0; n < LEDGER_ACCOUNTS; n++) {
			if (!ledger->accounts[n].used || ledger_account_needed(ledger, n))
				continue;
			ledger->accounts[n].used = false;
			again = 1;
		}
	}
}

/* The user's own limit, then the ceiling of each namespace on the way up. */
bool ledger_fits(const struct ledger *ledger, const struct ledger_process *process,
		 unsigned long long cost)
{
	const struct account *account = &ledger->accounts[process->account];

	if (account->bytes + cost > process->limit)
		return false;
	for (; account->parent >= 0; account = &ledger->accounts[account->parent])
		if (ledger->accounts[account->parent].bytes + cost > account->ceiling)
			return false;
	return true;
}

static void ledger_charge(struct ledger *ledger, int account, long long bytes)
{
	for (; account >= 0; account = ledger->accounts[account].parent)
		ledger->accounts[account].bytes += bytes;
}

int ledger_queue_add(struct ledger *ledger, const struct ledger_process *process,
		     unsigned long long cost)
{
	int n;

	for (n = 0; n < LEDGER_QUEUES && ledger->queues[n].used; n++)
		;
	if (n == LEDGER_QUEUES)
		return -1;
	ledger->queues[n] = (struct ledger_queue){
		.used = true,
		.linked = true,
		.space = process->space,
		.account = process->account,
		.cost = cost,
		.serial = ledger->serial,
	};
	ledger->accounts[process->account].queues++;
	ledger_charge(ledger, process->account, cost);
	return n;
}

static void ledger_queue_drop(struct ledger *ledger, int queue)
{
	struct ledger_queue *q = &ledger->queues[queue];

	ledger->accounts[q->account].queues--;
	if (!q->linked)
		ledger->accounts[q->account].unlinked--;
	ledger_charge(ledger, q->account, -(long long)q->cost);
	q->used = false;
}

void ledger_queue_open(struct ledger *ledger, struct ledger_process *process, int queue, int fd)
{
	process->open[process->opened++] = (struct ledger_open){ fd, queue };
	ledger->queues[queue].opens++;
}

void ledger_queue_close(struct ledger *ledger, int queue)
{
	struct ledger_queue *q = &ledger->queues[queue];
	int space = q->space;

	if (!--q->opens && !q->linked)
		ledger_queue_drop(ledger, queue);
	ledger_space_check(ledger, space);
}

void ledger_queue_unlink(struct ledger *ledger, int queue)
{
	struct ledger_queue *q = &ledger->queues[queue];

	q->linked = false;
	ledger->accounts[q->account].unlinked++;
	if (!q->opens)
		ledger_queue_drop(ledger, queue);
}

/*
 * Without a process in the namespace, and without a descriptor of any queue in
 * it, all of it goes: soon, not at once.
 */
void ledger_space_check(struct ledger *ledger, int space)
{
	int n, live = 0;

	if (!space)
		return;
	for (n = 0; n < LEDGER_PROCESSES; n++)
		live += ledger->processes[n].used && ledger->processes[n].space == space;
	for (n = 0; n < LEDGER_QUEUES; n++)
		live += ledger->queues[n].used && ledger->queues[n].space == space &&
			ledger->queues[n].opens;
	if (live)
		return;
	for (n = 0; n < LEDGER_QUEUES; n++) {
		if (!ledger->queues[n].used || ledger->queues[n].space != space)
			continue;
		ledger_queue_drop(ledger, n);
		ledger->settling = true;
		ledger->ended++;
	}
}

void ledger_process_forget(struct ledger *ledger, struct ledger_process *process)
{
	process->used = false;
	while (process->opened)
		ledger_queue_close(ledger, process->open[--process->opened].queue);
	ledger_space_check(ledger, process->space);
}

void ledger_process_inherit(struct ledger *ledger, struct ledger_process *child,
			    const struct ledger_process *parent)
{
	int n;

	for (n = 0; n < parent->opened; n++)
		ledger_queue_open(ledger, child, parent->open[n].queue, parent->open[n].fd);
}
