// SPDX-License-Identifier: GPL-2.0-only
/*
 * mq_users and mqueue against the books, and against each other. Only rows of
 * the test's own users count.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger.h"
#include "lens.h"

#define AUDIT_PATIENCE 30000 /* times 2 ms */

/* A row of mq_users as numbers, and the sums of the charges at it, and at and under it. */
struct audit_row {
	unsigned long long userns;
	unsigned long long uid;
	unsigned long long parent_userns;
	unsigned long long parent_uid;
	unsigned long long own;
	unsigned long long sum;
};

struct audit {
	struct lens_table users;
	struct lens_table queues;
	struct audit_row *rows; /* one for each of users */
	int quiet;
	int differences;
};

static void audit_compare(struct audit *audit, const struct account *account, const char *what,
			  unsigned long long have, unsigned long long want)
{
	if (have == want)
		return;
	audit->differences++;
	if (!audit->quiet)
		fprintf(stderr, "# audit: user %u in %lu: %s is %llu, not %llu\n", account->uid,
			account->userns, what, have, want);
}

static int audit_user_row(const struct audit *audit, unsigned long long userns,
			  unsigned long long uid)
{
	size_t row;

	for (row = 0; row < audit->users.rows; row++)
		if (audit->rows[row].userns == userns && audit->rows[row].uid == uid)
			return row;
	return -1;
}

/* Limits and number of the processes that an account has. */
static void audit_tasks(struct audit *audit, const struct ledger *ledger, int account, int row)
{
	const struct account *a = &ledger->accounts[account];
	unsigned long long min = LENS_NONE, max = LENS_NONE, tasks = 0;
	int n;

	for (n = 0; n < LEDGER_PROCESSES; n++) {
		const struct ledger_process *process = &ledger->processes[n];

		if (!process->used || process->account != account)
			continue;
		if (!tasks || process->limit < min)
			min = process->limit;
		if (!tasks || process->limit > max)
			max = process->limit;
		tasks++;
	}
	audit_compare(audit, a, "tasks", lens_number(&audit->users, row, "tasks"), tasks);
	audit_compare(audit, a, "limit_min", lens_number(&audit->users, row, "limit_min"), min);
	audit_compare(audit, a, "limit_max", lens_number(&audit->users, row, "limit_max"), max);
}

/* One account of the books: no row is as good as a row of nothing. */
static void audit_account(struct audit *audit, const struct ledger *ledger, int account)
{
	const struct account *a = &ledger->accounts[account];
	const struct account *parent = a->parent < 0 ? NULL : &ledger->accounts[a->parent];
	int row = audit_user_row(audit, a->userns, a->uid);
	const struct lens_table *users = &audit->users;

	if (row < 0) {
		audit_compare(audit, a, "bytes (no row)", 0, a->bytes);
		audit_compare(audit, a, "queues (no row)", 0, a->queues);
		return;
	}
	audit_compare(audit, a, "bytes", lens_number(users, row, "bytes"), a->bytes);
	audit_compare(audit, a, "queues", lens_number(users, row, "queues"), a->queues);
	audit_compare(audit, a, "unlinked", lens_number(users, row, "unlinked"), a->unlinked);
	if (!a->bytes)
		return;
	audit_tasks(audit, ledger, account, row);
	audit_compare(audit, a, "parent_userns", lens_number(users, row, "parent_userns"),
		      parent ? parent->userns : LENS_NONE);
	audit_compare(audit, a, "parent_uid", lens_number(users, row, "parent_uid"),
		      parent ? parent->uid : LENS_NONE);
	audit_compare(audit, a, "ceiling", lens_number(users, row, "ceiling"),
		      parent ? a->ceiling : LENS_NONE);
}

static int audit_is_ours(const struct ledger *ledger, unsigned long long uid)
{
	int n;

	for (n = 0; n < LEDGER_USERS; n++)
		if (ledger->uids[n] == uid)
			return 1;
	return 0;
}

/* Adds the charge of each queue to all rows that it counts in, by the text alone. */
static void audit_sum(struct audit *audit)
{
	const struct lens_table *queues = &audit->queues;
	unsigned long long charge;
	size_t queue;
	int at, steps;

	for (queue = 0; queue < queues->rows; queue++) {
		charge = lens_number(queues, queue, "charge");
		at = audit_user_row(audit, lens_number(queues, queue, "charged_userns"),
				    lens_number(queues, queue, "charged_uid"));
		if (at >= 0)
			audit->rows[at].own += charge;
		for (steps = 0; at >= 0 && steps < 40; steps++) {
			audit->rows[at].sum += charge;
			at = audit_user_row(audit, audit->rows[at].parent_userns,
					    audit->rows[at].parent_uid);
		}
	}
}

/* Both files at about the same moment: 0, or -1 if one is not to be had or not whole. */
static int audit_read(struct audit *audit)
{
	const struct lens_table *users = &audit->users;
	size_t row;

	if (lens_load(&audit->users, "mq_users") || lens_load(&audit->queues, "mqueue") ||
	    lens_check(&audit->users) || lens_check(&audit->queues))
		return -1;
	audit->rows = calloc(users->rows + 1, sizeof(*audit->rows));
	if (!audit->rows)
		return -1;
	for (row = 0; row < users->rows; row++)
		audit->rows[row] = (struct audit_row){
			.userns = lens_number(users, row, "userns"),
			.uid = lens_number(users, row, "uid"),
			.parent_userns = lens_number(users, row, "parent_userns"),
			.parent_uid = lens_number(users, row, "parent_uid"),
		};
	audit_sum(audit);
	return 0;
}

/* Every row of our users: counter against queues, and known to the books. */
static void audit_rows(struct audit *audit, const struct ledger *ledger)
{
	struct account shown;
	unsigned long long bytes;
	size_t row;

	for (row = 0; row < audit->users.rows; row++) {
		shown.userns = audit->rows[row].userns;
		shown.uid = audit->rows[row].uid;
		if (!audit_is_ours(ledger, audit->rows[row].uid))
			continue;
		bytes = lens_number(&audit->users, row, "bytes");
		audit_compare(audit, &shown, "sum of charges", audit->rows[row].sum, bytes);
		audit_compare(audit, &shown, "own charges", audit->rows[row].own,
			      lens_number(&audit->users, row, "queue_bytes"));
		if (ledger_account_find(ledger, shown.userns, shown.uid) < 0)
			audit_compare(audit, &shown, "bytes (unknown row)", bytes, 0);
	}
}

static int audit_once(struct ledger *ledger, int quiet)
{
	struct audit audit = { .quiet = quiet };
	int n;

	if (audit_read(&audit)) {
		audit.differences++;
	} else {
		for (n = 0; n < LEDGER_ACCOUNTS; n++)
			if (ledger->accounts[n].used)
				audit_account(&audit, ledger, n);
		audit_rows(&audit, ledger);
	}
	free(audit.rows);
	lens_free(&audit.users);
	lens_free(&audit.queues);
	return audit.differences;
}

int audit_all(struct ledger *ledger)
{
	int n;

	ledger_accounts_sweep(ledger);
	for (n = 0; ledger->settling && n < AUDIT_PATIENCE; n++) {
		if (!audit_once(ledger, 1))
			ledger->settling = false;
		else
			usleep(2000);
	}
	ledger->settling = false;
	return audit_once(ledger, 0);
}
