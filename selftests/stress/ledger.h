/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has opened which message queue, and what each user of each user namespace
 * must be charged for it, by the rules of the system calls alone. ledger.c
 * keeps the books, audit.c compares, charges.c drives both.
 */
#ifndef STRESS_LEDGER_H
#define STRESS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#include "queues.h"

#define LEDGER_PROCESSES 10
#define LEDGER_ACCOUNTS 64
#define LEDGER_QUEUES 256
#define LEDGER_OPEN 16 /* descriptors of one process */
#define LEDGER_HELD 8 /* descriptors that the test itself holds */
#define LEDGER_USERS 3

/* A user in a user namespace. */
struct account {
	bool used;
	unsigned long userns;
	unsigned int uid;
	int parent; /* -1: the initial user namespace */
	unsigned long long ceiling; /* of the namespace, for what the parent is charged */
	unsigned long long bytes;
	unsigned int queues;
	unsigned int unlinked;
};

struct ledger_queue {
	bool used;
	bool linked;
	int space;
	int account;
	int opens; /* descriptors, of whomever */
	unsigned long long cost;
	unsigned int serial; /* makes its name */
};

struct ledger_open {
	int fd;
	int queue;
};

struct ledger_process {
	bool used;
	struct owner owner;
	int account;
	int space;
	int depth; /* of its user namespace */
	unsigned long long limit;
	struct ledger_open open[LEDGER_OPEN];
	int opened;
};

struct ledger {
	unsigned long long seed;
	unsigned int uids[LEDGER_USERS];
	struct account accounts[LEDGER_ACCOUNTS];
	int spaces; /* IPC namespaces so far */
	unsigned int serial;
	struct ledger_queue queues[LEDGER_QUEUES];
	struct ledger_process processes[LEDGER_PROCESSES];
	struct ledger_open held[LEDGER_HELD];
	int held_count;
	bool settling; /* something goes behind the back of its last task */
	unsigned long granted;
	unsigned long refused;
	unsigned long ended; /* namespaces with queues in them */
};

unsigned int ledger_random(struct ledger *ledger, unsigned int below);
int ledger_account_add(struct ledger *ledger, unsigned long userns, unsigned int uid, int parent,
		       unsigned long long ceiling);
int ledger_account_find(const struct ledger *ledger, unsigned long userns, unsigned int uid);
void ledger_accounts_sweep(struct ledger *ledger);
bool ledger_fits(const struct ledger *ledger, const struct ledger_process *process,
		 unsigned long long cost);
int ledger_queue_add(struct ledger *ledger, const struct ledger_process *process,
		     unsigned long long cost);
void ledger_queue_open(struct ledger *ledger, struct ledger_process *process, int queue, int fd);
void ledger_queue_close(struct ledger *ledger, int queue);
void ledger_queue_unlink(struct ledger *ledger, int queue);
void ledger_process_forget(struct ledger *ledger, struct ledger_process *process);
void ledger_process_inherit(struct ledger *ledger, struct ledger_process *child,
			    const struct ledger_process *parent);
void ledger_space_check(struct ledger *ledger, int space);

/* Differences between the files and the books; each is told on stderr. */
int audit_all(struct ledger *ledger);

#endif /* STRESS_LEDGER_H */
