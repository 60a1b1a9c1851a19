// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file "namespaces" by SHM_INFO, sysctls and the tasks that are known.
 */
#define _GNU_SOURCE
#include "doctor_namespace.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "array.h"

#ifndef NS_GET_USERNS
#define NS_GET_USERNS _IO(0xb7, 1)
#endif

#define NAMESPACE_COMM_MAX 16

/* The user namespace that owns this process's IPC namespace. */
static uint64_t namespace_owner(const struct stage *stage)
{
	int ipc = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
	int owner = ipc < 0 ? -1 : ioctl(ipc, NS_GET_USERNS);
	struct stat user = { .st_ino = stage->userns };

	if (owner >= 0) {
		if (fstat(owner, &user))
			user.st_ino = stage->userns;
		close(owner);
	}
	if (ipc >= 0)
		close(ipc);
	return user.st_ino;
}

/* The lowest process in the namespace, where nobody is who is not known here. */
static void namespace_judge_task(const struct subject *subject, const struct stage *stage)
{
	char comm[NAMESPACE_COMM_MAX + 1] = "";
	const char *name = comm;
	pid_t lowest = getpid();

	prctl(PR_GET_NAME, comm, 0, 0, 0);
	for (int i = 0; i < ACTORS; i++) {
		const struct actor *actor = &stage->actors[i];

		if (!actor->pid || actor->pid > lowest ||
		    stage_space(actor->pid, "ipc", 0) != stage->ipcns)
			continue;
		lowest = actor->pid;
		name = actor->name;
	}
	judge_pid(subject, "pid", lowest);
	judge_text(subject, "comm", name);
}

static void namespace_judge_objects(const struct subject *subject, const struct stage *stage)
{
	static const char *const columns[] = { "pid", "comm", "shm_count", "shm_pages",
					       "mq_count" };
	uint64_t queues = 0;
	struct shm_info info;

	if (!stage->own_ipcns) {
		for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
			findings_skip(subject->findings, "namespaces", columns[i],
				      "others are in this namespace, too");
		return;
	}
	namespace_judge_task(subject, stage);
	if (shmctl(0, SHM_INFO, (struct shmid_ds *)&info) >= 0) {
		judge_number(subject, "shm_count", info.used_ids);
		judge_number(subject, "shm_pages", info.shm_tot);
	}
	for (int i = 0; i < QUEUES; i++)
		queues += stage->queues[i].fd >= 0;
	if (!*stage->mq_problem)
		judge_number(subject, "mq_count", queues);
}

/* A setting that has the number of its file; a file that is not there tells nothing. */
static void namespace_judge_sysctl(const struct subject *subject, const char *column,
				   const char *path)
{
	uint64_t number;

	if (stage_proc_number(path, &number))
		judge_number(subject, column, number);
	else
		findings_skip(subject->findings, "namespaces", column, "no such setting in /proc");
}

/* IPC_INFO would tell a program of 32 bits on a kernel of 64 less. */
static void namespace_judge_limits(const struct subject *subject, const struct stage *stage)
{
	namespace_judge_sysctl(subject, "shmmax", "/proc/sys/kernel/shmmax");
	namespace_judge_sysctl(subject, "shmall", "/proc/sys/kernel/shmall");
	namespace_judge_sysctl(subject, "shmmni", "/proc/sys/kernel/shmmni");
	namespace_judge_sysctl(subject, "rmid_forced", "/proc/sys/kernel/shm_rmid_forced");
	namespace_judge_sysctl(subject, "mq_queues_max", "/proc/sys/fs/mqueue/queues_max");
	namespace_judge_sysctl(subject, "mq_msg_max", "/proc/sys/fs/mqueue/msg_max");
	namespace_judge_sysctl(subject, "mq_msgsize_max", "/proc/sys/fs/mqueue/msgsize_max");
	if (stage->prices.preset)
		judge_number(subject, "mq_default_charge", stage->prices.preset);
	else
		findings_skip(subject->findings, "namespaces", "mq_default_charge",
			      *stage->users_problem ? stage->users_problem :
			      *stage->mq_problem    ? stage->mq_problem :
						      "a queue's price could not be had");
}

/** namespace_judge() - judge "namespaces" by its row of the stage's IPC namespace */
void namespace_judge(struct stage *stage, const struct section *section)
{
	struct subject subject = {
		.findings = &stage->findings,
		.section = section,
		.name = "the doctor's namespace",
	};

	if (!subject_find(&subject, "ipcns", stage->ipcns, NULL, 0)) {
		findings_lack_row(&stage->findings, "namespaces", subject.name);
		return;
	}
	judge_number(&subject, "ipcns", stage->ipcns);
	judge_user(&subject, "owner_userns", namespace_owner(stage));
	namespace_judge_objects(&subject, stage);
	namespace_judge_limits(&subject, stage);
}
