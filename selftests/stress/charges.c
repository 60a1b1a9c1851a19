// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random opening, unlinking, closing, forking, changing of limits and ending of
 * namespaces by several users in several user and IPC namespaces; after each
 * step every counter must equal the books and the charges at and under it.
 * IPCLENS_OPS is how many steps (20000), IPCLENS_SEED makes a run repeatable.
 */

#include "fixture.h"
#include "ledger.h"

#define LONGEST 3600
#define DEEPEST 3

static struct ledger ledger;

static const long shapes[][2] = { { PEER_NO_ATTR, 0 }, { 1, 1 }, { 10, 64 }, { 4, 4096 } };
static unsigned long long costs[ARRAY_SIZE(shapes)];

static struct ledger_process *process_free(void)
{
	int n;

	for (n = 0; n < LEDGER_PROCESSES; n++)
		if (!ledger.processes[n].used)
			return &ledger.processes[n];
	return NULL;
}

static struct ledger_process *process_any(void)
{
	int n = ledger_random(&ledger, LEDGER_PROCESSES), tries;

	for (tries = 0; tries < LEDGER_PROCESSES; tries++, n++)
		if (ledger.processes[n % LEDGER_PROCESSES].used)
			return &ledger.processes[n % LEDGER_PROCESSES];
	return NULL;
}

static const char *queue_name(unsigned int serial)
{
	static char name[24];

	snprintf(name, sizeof(name), "charge %u", serial);
	return name;
}

/* A linked queue that the process can reach and whose owner it is, -1 if none. */
static int queue_any(const struct ledger_process *process)
{
	int n = ledger_random(&ledger, LEDGER_QUEUES), tries;

	for (tries = 0; tries < LEDGER_QUEUES; tries++, n++) {
		const struct ledger_queue *queue = &ledger.queues[n % LEDGER_QUEUES];

		if (queue->used && queue->linked && queue->space == process->space &&
		    ledger.accounts[queue->account].uid == process->owner.uid)
			return n % LEDGER_QUEUES;
	}
	return -1;
}

/* A process of one of the users in the initial user namespace. */
static int step_start(void)
{
	struct ledger_process *process = process_free();
	unsigned int uid = ledger.uids[ledger_random(&ledger, LEDGER_USERS)];
	int own = ledger_random(&ledger, 2), n;

	if (!process)
		return 0;
	memset(process, 0, sizeof(*process));
	if (peer_start(&process->owner.peer, own ? CLONE_NEWIPC : 0))
		return -1;
	/* What the test holds is not the process's. */
	for (n = 0; n < ledger.held_count; n++)
		if (queue_close(&process->owner, ledger.held[n].fd))
			return -1;
	process->limit = 819200;
	if (owner_limits(&process->owner, RLIMIT_MSGQUEUE, process->limit, RLIM_INFINITY) ||
	    peer_call(&process->owner.peer, PEER_BECOME, uid, uid, 0, 0))
		return -1;
	process->owner.uid = uid;
	if (owner_look(&process->owner))
		return -1;
	process->space = own ? ++ledger.spaces : 0;
	process->account = ledger_account_find(&ledger, process->owner.payer, uid);
	if (process->account < 0)
		process->account = ledger_account_add(&ledger, process->owner.payer, uid, -1, 0);
	process->used = true;
	return process->account < 0;
}

static int step_fork(struct ledger_process *parent)
{
	struct ledger_process *child = process_free();
	unsigned long flags = 0;

	if (!child)
		return 0;
	if (parent->depth < DEEPEST && ledger_random(&ledger, 2))
		flags |= CLONE_NEWUSER;
	if ((flags || parent->depth) && !ledger_random(&ledger, 3))
		flags |= CLONE_NEWIPC;
	memset(child, 0, sizeof(*child));
	if (owner_nest(&child->owner, &parent->owner, flags))
		return -1;
	child->limit = parent->limit;
	child->depth = parent->depth + !!(flags & CLONE_NEWUSER);
	child->space = flags & CLONE_NEWIPC ? ++ledger.spaces : parent->space;
	child->account = parent->account;
	if (flags & CLONE_NEWUSER && users_are_nested()) {
		/* The number may be that of a namespace just gone. */
		ledger_accounts_sweep(&ledger);
		child->account = ledger_account_add(&ledger, child->owner.userns, child->owner.uid,
						    parent->account, parent->limit);
	}
	ledger_process_inherit(&ledger, child, parent);
	child->used = true;
	return child->account < 0;
}

static int step_open(struct ledger_process *process)
{
	unsigned int shape = ledger_random(&ledger, ARRAY_SIZE(shapes));
	bool fits = ledger_fits(&ledger, process, costs[shape]);
	long fd, want = fits ? 0 : -EMFILE;
	int queue;

	if (process->opened == LEDGER_OPEN)
		return 0;
	ledger.serial++;
	fd = queue_open(&process->owner, queue_name(ledger.serial), QUEUE_NEW, shapes[shape][0],
			shapes[shape][1]);
	if ((fd < 0 ? fd : 0) != want) {
		fprintf(stderr, "# charges: opening gave %ld, not %ld\n", fd, want);
		return -1;
	}
	if (!fits) {
		ledger.refused++;
		return 0;
	}
	ledger.granted++;
	queue = ledger_queue_add(&ledger, process, costs[shape]);
	if (queue < 0)
		return -1;
	ledger_queue_open(&ledger, process, queue, fd);
	return 0;
}

static int step_reopen(struct ledger_process *process)
{
	int queue = queue_any(process);
	long fd;

	if (queue < 0 || process->opened == LEDGER_OPEN)
		return 0;
	fd = queue_open(&process->owner, queue_name(ledger.queues[queue].serial), O_RDWR,
			PEER_NO_ATTR, 0);
	if (fd < 0)
		return -1;
	ledger_queue_open(&ledger, process, queue, fd);
	return 0;
}

static int step_unlink(struct ledger_process *process)
{
	int queue = queue_any(process);

	if (queue < 0)
		return 0;
	if (queue_unlink(&process->owner, queue_name(ledger.queues[queue].serial)))
		return -1;
	ledger_queue_unlink(&ledger, queue);
	return 0;
}

static int step_close(struct ledger_process *process)
{
	unsigned int n;

	if (!process->opened)
		return 0;
	n = ledger_random(&ledger, process->opened);
	if (queue_close(&process->owner, process->open[n].fd))
		return -1;
	ledger_queue_close(&ledger, process->open[n].queue);
	process->open[n] = process->open[--process->opened];
	return 0;
}

static int step_limit(struct ledger_process *process)
{
	static const unsigned long long limits[] = { 0, 30000, 100000, 250000, 819200, 3000000 };

	process->limit = limits[ledger_random(&ledger, ARRAY_SIZE(limits))];
	return owner_limit(&process->owner, RLIMIT_MSGQUEUE, process->limit);
}

static int step_exit(struct ledger_process *process)
{
	int ret = peer_end(&process->owner.peer);

	ledger_process_forget(&ledger, process);
	return ret;
}

/* The test takes a descriptor over, or lets go of one. */
static int step_hand(struct ledger_process *process)
{
	struct ledger_open *open;
	int fd;

	if (ledger.held_count == LEDGER_HELD || !process->opened) {
		if (!ledger.held_count)
			return 0;
		open = &ledger.held[--ledger.held_count];
		if (close(open->fd))
			return -1;
		ledger_queue_close(&ledger, open->queue);
		return 0;
	}
	open = &process->open[ledger_random(&ledger, process->opened)];
	fd = queue_here(&process->owner, open->fd);
	if (fd < 0)
		return -1;
	ledger.held[ledger.held_count++] = (struct ledger_open){ fd, open->queue };
	ledger.queues[open->queue].opens++;
	return 0;
}

static int step_any(void)
{
	struct ledger_process *process = process_any();

	if (!process)
		return step_start();
	switch (ledger_random(&ledger, 24)) {
	case 0:
		return step_start();
	case 1 ... 2:
		return step_fork(process);
	case 3 ... 9:
		return step_open(process);
	case 10 ... 11:
		return step_reopen(process);
	case 12 ... 15:
		return step_unlink(process);
	case 16 ... 19:
		return step_close(process);
	case 20:
		return step_limit(process);
	case 21:
		return step_hand(process);
	default:
		return step_exit(process);
	}
}

FIXTURE(charges) {
	struct space space;
	unsigned long long seed;
};

FIXTURE_SETUP(charges)
{
	struct owner gauge;
	cpu_set_t one;
	size_t n;

	ASSERT_TRUE(lens_present());
	/* One after the other anyway: waking up another processor costs more than the work. */
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(one), &one));
	ASSERT_EQ(0, space_enter(&self->space));
	ASSERT_EQ(0, owner_start(&gauge, OWNER_PLAIN));
	for (n = 0; n < ARRAY_SIZE(shapes); n++) {
		costs[n] = queue_cost(&gauge, shapes[n][0], shapes[n][1]);
		ASSERT_GT((long long)costs[n], 0);
	}
	ASSERT_EQ(0, peer_end(&gauge.peer));
	for (n = 0; n < LEDGER_USERS; n++)
		ledger.uids[n] = 1000000 + (getpid() % 10000) * LEDGER_USERS + n;
	self->seed = asked("IPCLENS_SEED", 52021);
	ledger.seed = self->seed * 0x9e3779b97f4a7c15ULL + 1;
}

FIXTURE_TEARDOWN(charges)
{
	int n;

	for (n = 0; n < LEDGER_PROCESSES; n++)
		if (ledger.processes[n].used)
			peer_end(&ledger.processes[n].owner.peer);
	space_close(&self->space);
}

TEST_F_TIMEOUT(charges, invariant, LONGEST)
{
	unsigned long long n, count = asked("IPCLENS_OPS", 20000);

	fprintf(stderr, "# charges: seed %llu\n", self->seed);
	for (n = 1; n <= count; n++) {
		ASSERT_EQ(0, step_any()) {
			TH_LOG("step %llu of seed %llu", n, self->seed);
		}
		ASSERT_EQ(0, audit_all(&ledger)) {
			TH_LOG("after step %llu of seed %llu", n, self->seed);
		}
	}
	fprintf(stderr, "# charges: %llu steps, %lu granted, %lu refused, %lu gone with a namespace\n",
		count, ledger.granted, ledger.refused, ledger.ended);
	/* A run in which nothing of interest happened proves nothing. */
	if (count >= 500) {
		EXPECT_GT(ledger.granted, count / 50);
		EXPECT_GT(ledger.refused, count / 100);
		EXPECT_GE(ledger.ended, count / 200);
	}
	EXPECT_STREQ("0", status_value("mqueue_withheld"));
}

TEST_HARNESS_MAIN
