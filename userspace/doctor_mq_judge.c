// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files "mqueue", "mq_users" and "mq_denials" against mq_getattr(), fstat(), the
 * kernel's verdict on prices, and the book of what was done.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "doctor_mq.h"

/* What a row of mq_users is made of. */
struct user_truth {
	uint64_t userns, bytes, queues, unlinked, queue_bytes;
	uint64_t limit_min, limit_max, tasks, denials;
};

static const char mq_no_price[] = "the kernel's verdict on prices could not be had";
static const char mq_no_ucounts[] = "this kernel counts users without user namespaces";

static uint64_t queue_price(const struct stage *stage, const struct queue *queue)
{
	bool preset = queue == &stage->queues[QUEUE_PRESET];

	return preset ? stage->prices.preset : stage->prices.given;
}

static void queue_judge_charge(const struct subject *subject, const struct stage *stage,
			       const struct queue *queue)
{
	bool inner = queue == &stage->queues[QUEUE_INNER];
	uint64_t price = queue_price(stage, queue);

	if (price)
		judge_number(subject, "charge", price);
	else
		findings_skip(subject->findings, "mqueue", "charge",
			      *stage->users_problem ? stage->users_problem : mq_no_price);
	judge_user(subject, "charged_userns",
		   inner && stage->ucounts ? stage->inner_userns : stage->userns);
	judge_user(subject, "charged_uid", queue->acts[ACT_CREATE].who->uid);
}

static void queue_judge_use(const struct subject *subject, const struct queue *queue)
{
	judge_number(subject, "msgs", queue->messages);
	judge_number(subject, "qsize", queue->bytes);
	judge_number(subject, "send_waiters", queue->senders);
	judge_number(subject, "recv_waiters", queue->receivers);
	if (queue->notified)
		judge_pid(subject, "notify_pid", queue->notified->pid);
	else
		judge_unset(subject, "notify_pid");
}

static void queue_judge(const struct subject *subject, const struct stage *stage,
			const struct queue *queue)
{
	const struct act *create = &queue->acts[ACT_CREATE];
	struct mq_attr attr = { 0 };
	char dev[32];

	snprintf(dev, sizeof(dev), "%u:%u", major(queue->stat.st_dev), minor(queue->stat.st_dev));
	mq_attributes(queue, &attr);
	judge_number(subject, "ipcns", stage->ipcns);
	judge_number(subject, "ino", queue->stat.st_ino);
	judge_text(subject, "dev", dev);
	judge_text(subject, "name", queue->path);
	judge_number(subject, "linked", !queue->unlinked);
	judge_number(subject, "perms", queue->stat.st_mode & 07777);
	judge_user(subject, "uid", queue->stat.st_uid);
	judge_user(subject, "gid", queue->stat.st_gid);
	judge_number(subject, "maxmsg", attr.mq_maxmsg);
	judge_number(subject, "msgsize", attr.mq_msgsize);
	judge_number(subject, "msgs", attr.mq_curmsgs);
	queue_judge_use(subject, queue);
	queue_judge_charge(subject, stage, queue);
	judge_pid(subject, "create_pid", create->pid);
	judge_text(subject, "create_comm", create->who->name);
	judge_range(subject, "create_time", create->earliest, create->latest);
}

/** mq_judge() - judge "mqueue", which has a row for each queue of the stage */
void mq_judge(struct stage *stage, const struct section *section)
{
	struct subject subject = { .findings = &stage->findings, .section = section };

	for (int i = 0; i < QUEUES; i++) {
		struct queue *queue = &stage->queues[i];

		if (queue->fd < 0)
			continue;
		subject.name = queue->name;
		if (subject_find(&subject, "ino", queue->stat.st_ino, NULL, 0))
			queue_judge(&subject, stage, queue);
		else
			findings_lack_row(&stage->findings, "mqueue", queue->name);
	}
}

/* The limits of those who are charged here: the maker's user in one user namespace. */
static void user_look_limits(struct user_truth *user, const struct stage *stage)
{
	uint64_t uid = stage->actors[ACTOR_MAKER].uid;

	user->limit_min = UINT64_MAX;
	for (int i = 0; i < ACTORS; i++) {
		const struct actor *actor = &stage->actors[i];
		bool inner = i == ACTOR_INNER && stage->ucounts;
		uint64_t userns = inner ? stage->inner_userns : stage->userns;
		struct rlimit limit;

		if (!actor->pid || actor->uid != uid || userns != user->userns ||
		    prlimit(actor->pid, RLIMIT_MSGQUEUE, NULL, &limit))
			continue;
		user->tasks++;
		if (limit.rlim_cur < user->limit_min)
			user->limit_min = limit.rlim_cur;
		if (limit.rlim_cur > user->limit_max)
			user->limit_max = limit.rlim_cur;
	}
}

static void user_look_queues(struct user_truth *user, const struct stage *stage)
{
	for (int i = 0; i < QUEUES; i++) {
		const struct queue *queue = &stage->queues[i];
		bool inner = i == QUEUE_INNER && stage->ucounts;

		if (queue->fd < 0 || (inner ? stage->inner_userns : stage->userns) != user->userns)
			continue;
		user->queues++;
		user->unlinked += queue->unlinked;
		user->queue_bytes += queue_price(stage, queue);
	}
}

static void user_judge(const struct subject *subject, const struct stage *stage,
		       const struct user_truth *user)
{
	judge_user(subject, "userns", user->userns);
	judge_user(subject, "uid", stage->actors[ACTOR_MAKER].uid);
	judge_number(subject, "queues", user->queues);
	judge_number(subject, "unlinked", user->unlinked);
	judge_number(subject, "limit_min", user->limit_min);
	judge_number(subject, "limit_max", user->limit_max);
	judge_number(subject, "tasks", user->tasks);
	judge_number(subject, "denials", user->denials);
	if (stage->prices.charged) {
		judge_number(subject, "bytes", user->bytes);
		judge_number(subject, "queue_bytes", user->queue_bytes);
		return;
	}
	findings_skip(subject->findings, "mq_users", "bytes", mq_no_price);
	findings_skip(subject->findings, "mq_users", "queue_bytes", mq_no_price);
}

/* Who stands above whom is known of the namespace that was made here. */
static void user_judge_place(const struct subject *subject, const struct stage *stage, bool inner)
{
	if (inner) {
		judge_number(subject, "level", 1);
		judge_number(subject, "ceiling", stage->ceiling);
		judge_user(subject, "parent_userns", stage->userns);
		judge_user(subject, "parent_uid", stage->actors[ACTOR_MAKER].uid);
		return;
	}
	judge_number(subject, "level", 0);
	judge_unset(subject, "ceiling");
	judge_unset(subject, "parent_userns");
	judge_unset(subject, "parent_uid");
}

/* inner: the row of the user namespace below. */
static void users_judge_row(struct stage *stage, const struct section *section, bool inner)
{
	const struct refusal *refusals = stage->refusals;
	struct user_truth user = { .userns = inner ? stage->inner_userns : stage->userns };
	struct subject subject = {
		.findings = &stage->findings,
		.section = section,
		.name = inner ? "inner user" : "maker",
	};

	if (!subject_find(&subject, "userns", user.userns, "uid", stage->actors[ACTOR_MAKER].uid)) {
		findings_lack_row(&stage->findings, "mq_users", subject.name);
		return;
	}
	user_look_limits(&user, stage);
	user_look_queues(&user, stage);
	user.bytes = inner ? user.queue_bytes : stage->prices.charged;
	user.denials = inner ? 0 : refusals[REFUSAL_ATTR].count + refusals[REFUSAL_LIMIT].count;
	user_judge(&subject, stage, &user);
	user_judge_place(&subject, stage, inner);
}

static void users_remark(struct stage *stage)
{
	static const char *const columns[] = { "level", "ceiling", "parent_userns", "parent_uid" };
	char remark[FINDING_NOTE_MAX];

	snprintf(remark, sizeof(remark), "the initial user namespace only (%s)",
		 stage->ucounts ? stage->inner_problem : mq_no_ucounts);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		findings_remark(&stage->findings, "mq_users", columns[i], remark);
}

/** mq_judge_users() - judge "mq_users", which has a row for the maker in each user namespace */
void mq_judge_users(struct stage *stage, const struct section *section)
{
	bool inner = stage->ucounts && stage->queues[QUEUE_INNER].fd >= 0;

	if (!stage->own_users || stage->findings.no_users) {
		findings_skip_file(&stage->findings, "mq_users",
				   stage->own_users ? stage->findings.no_users :
						      stage->users_problem);
		return;
	}
	users_judge_row(stage, section, false);
	if (inner)
		users_judge_row(stage, section, true);
	else
		users_remark(stage);
}

/* The newest row of who was refused and what for; whoever it is goes by name and number. */
static bool denial_find(struct subject *subject, const struct refusal *refusal)
{
	for (subject->row = subject->section->nrows; subject->row-- > 0;) {
		const char *name = section_text(subject->section, subject->row, "name");

		if (name && !strcmp(name, refusal->path))
			return true;
	}
	return false;
}

static void denial_judge_attr(const struct subject *subject, const struct refusal *refusal)
{
	judge_text(subject, "reason", "attr");
	judge_text(subject, "knob", "fs.mqueue.msg_max");
	judge_number(subject, "asked", refusal->limit + 1);
	judge_unset(subject, "charged");
	judge_unset(subject, "limit_userns");
	judge_unset(subject, "limit_uid");
	judge_unset(subject, "level");
	judge_number(subject, "maxmsg", refusal->limit + 1);
	judge_number(subject, "msgsize", MQ_REFUSED_SIZE);
}

static void denial_judge_limit(const struct subject *subject, const struct stage *stage, int i)
{
	const struct refusal *refusal = &stage->refusals[i];
	uint64_t price = i == REFUSAL_PRESET ? stage->prices.preset : stage->prices.given;
	struct mq_attr attr = mq_given;

	if (!price || (i == REFUSAL_PRESET && !mq_attributes(&stage->queues[QUEUE_PRESET], &attr)))
		return;
	judge_text(subject, "reason", "rlimit");
	judge_text(subject, "knob", "RLIMIT_MSGQUEUE");
	judge_number(subject, "asked", price);
	judge_number(subject, "charged", i == REFUSAL_LIMIT ? stage->prices.charged : 0);
	judge_user(subject, "limit_userns", stage->userns);
	judge_user(subject, "limit_uid", refusal->who->uid);
	judge_user(subject, "level", 0);
	judge_number(subject, "maxmsg", attr.mq_maxmsg);
	judge_number(subject, "msgsize", attr.mq_msgsize);
}

static void denial_judge(const struct subject *subject, const struct stage *stage, int i)
{
	const struct refusal *refusal = &stage->refusals[i];

	judge_range(subject, "time", refusal->earliest, refusal->latest);
	judge_pid(subject, "pid", refusal->who->pid);
	judge_text(subject, "comm", refusal->who->name);
	judge_user(subject, "uid", refusal->who->uid);
	judge_user(subject, "userns", stage->userns);
	judge_number(subject, "ipcns", stage->ipcns);
	judge_number(subject, "errno", refusal->error);
	judge_number(subject, "limit", refusal->limit);
	judge_text(subject, "name", refusal->path);
	if (i == REFUSAL_ATTR)
		denial_judge_attr(subject, refusal);
	else
		denial_judge_limit(subject, stage, i);
}

/** mq_judge_denials() - judge "mq_denials", which has a row for each refusal of the stage */
void mq_judge_denials(struct stage *stage, const struct section *section)
{
	static const char *const names[REFUSALS] = {
		[REFUSAL_ATTR] = "refusal of attributes",
		[REFUSAL_LIMIT] = "refusal by the maker's limit",
		[REFUSAL_PRESET] = "refusal of a preset queue",
		[REFUSAL_GIVEN] = "refusal by the payer's limit",
	};
	struct subject subject = { .findings = &stage->findings, .section = section };

	if (!stage->own_users)
		findings_skip_file(&stage->findings, "mq_denials", stage->users_problem);
	for (int i = 0; i < REFUSALS; i++) {
		if (!stage->refusals[i].who)
			continue;
		subject.name = names[i];
		if (denial_find(&subject, &stage->refusals[i]))
			denial_judge(&subject, stage, i);
		else
			findings_lack_row(&stage->findings, "mq_denials", names[i]);
	}
}
