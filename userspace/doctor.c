// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of an examination: look at the module, make objects and use them, ask for
 * prices, read every file, judge, clear away. What is made and what is right is known to
 * the other files of the doctor.
 */
#define _GNU_SOURCE
#include "doctor.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../kmod/ipclens_abi.h"
#include "doctor_history.h"
#include "doctor_module.h"
#include "doctor_mq.h"
#include "doctor_namespace.h"
#include "doctor_shm.h"
#include "doctor_verdict.h"
#include "input.h"
#include "message.h"

/* How often a file is read again when memory was moved meanwhile. */
#define DOCTOR_TRIES 5

enum doctor_file {
	FILE_STATUS_BEFORE,
	FILE_PROBES_BEFORE,
	FILE_CLAIMS_NAMESPACES,
	FILE_CLAIMS_MQUEUE,
	FILE_CLAIMS_USERS,
	FILE_HISTORY,
	FILE_MQ_DENIALS,
	FILE_MQ_USERS,
	FILE_MQUEUE,
	FILE_NAMESPACES,
	FILE_PROBES,
	FILE_SHM,
	FILE_SHM_HOLDERS,
	FILE_STATUS,
	DOCTOR_FILES,
};

static const char *const doctor_names[DOCTOR_FILES] = {
	[FILE_STATUS_BEFORE] = "status",
	[FILE_PROBES_BEFORE] = "probes",
	[FILE_CLAIMS_NAMESPACES] = "namespaces",
	[FILE_CLAIMS_MQUEUE] = "mqueue",
	[FILE_CLAIMS_USERS] = "mq_users",
	[FILE_HISTORY] = "history",
	[FILE_MQ_DENIALS] = "mq_denials",
	[FILE_MQ_USERS] = "mq_users",
	[FILE_MQUEUE] = "mqueue",
	[FILE_NAMESPACES] = "namespaces",
	[FILE_PROBES] = "probes",
	[FILE_SHM] = "shm",
	[FILE_SHM_HOLDERS] = "shm_holders",
	[FILE_STATUS] = "status",
};

struct doctor {
	struct stage stage;
	struct input inputs[DOCTOR_FILES];
	const struct section *sections[DOCTOR_FILES];
	uint64_t earliest, latest; /* round the last reading of status */
	bool shm_settled;
};

/* Of no account that a section has no row that can be used: that is to be found out. */
static int doctor_read(struct doctor *doctor, enum doctor_file file)
{
	const struct view *view = view_find_file(doctor_names[file]);
	struct input *input = &doctor->inputs[file];
	const struct section *section;
	size_t count;

	input_free(input);
	if (input_read(input, NULL, doctor_names[file]))
		return -1;
	section = parse_section(&input->capture, view, &count);
	if (!section || !section->columns || section->format != IPCLENS_FORMAT)
		section = input_section(input, view);
	doctor->sections[file] = section;
	return section ? 0 : -1;
}

/* The kernel is asked before and after the file is read, until it says the same. */
static int doctor_read_shm(struct doctor *doctor)
{
	for (int tries = 0; tries < DOCTOR_TRIES && !doctor->shm_settled; tries++) {
		shm_look(&doctor->stage);
		if (doctor_read(doctor, FILE_SHM))
			return -1;
		doctor->shm_settled = shm_look(&doctor->stage);
	}
	return 0;
}

static int doctor_read_all(struct doctor *doctor)
{
	for (int file = FILE_HISTORY; file < FILE_STATUS; file++)
		if (file == FILE_SHM ? doctor_read_shm(doctor) : doctor_read(doctor, file))
			return -1;
	doctor->earliest = time(NULL);
	if (doctor_read(doctor, FILE_STATUS))
		return -1;
	doctor->latest = time(NULL) + 1;
	return 0;
}

static void doctor_use(struct stage *stage)
{
	shm_make(stage);
	mq_make(stage);
	stage_wait_second();
	shm_attach(stage);
	mq_use(stage);
	stage_wait_second();
	shm_copy(stage);
	stage_wait_second();
	shm_change(stage);
	mq_refuse(stage);
}

/* The number that a file claims for a row, 0 if it has none. */
static uint64_t doctor_claim(const struct section *section, const char *key, uint64_t value,
			     const char *other_key, uint64_t other, const char *column)
{
	struct subject subject = { .section = section };
	uint64_t number = 0;

	if (subject_find(&subject, key, value, other_key, other))
		section_number(section, subject.row, column, &number);
	return number;
}

static int doctor_price(struct doctor *doctor)
{
	const struct section **sections = doctor->sections;
	struct stage *stage = &doctor->stage;

	for (int file = FILE_CLAIMS_NAMESPACES; file <= FILE_CLAIMS_USERS; file++)
		if (doctor_read(doctor, file))
			return -1;
	mq_price(stage,
		 doctor_claim(sections[FILE_CLAIMS_NAMESPACES], "ipcns", stage->ipcns, NULL, 0,
			      "mq_default_charge"),
		 doctor_claim(sections[FILE_CLAIMS_MQUEUE], "ino",
			      stage->queues[QUEUE_GIVEN].stat.st_ino, NULL, 0, "charge"),
		 doctor_claim(sections[FILE_CLAIMS_USERS], "userns", stage->userns, "uid",
			      stage->actors[ACTOR_MAKER].uid, "bytes"));
	return 0;
}

/* A line that is no row is one that the reader cannot show. */
static void doctor_judge_form(struct doctor *doctor)
{
	for (int file = FILE_HISTORY; file < DOCTOR_FILES; file++)
		if (doctor->sections[file]->dropped)
			findings_doubt(&doctor->stage.findings, doctor_names[file],
				       "a line of the file is no row");
}

static void doctor_judge_shm(struct doctor *doctor)
{
	struct stage *stage = &doctor->stage;

	if (*stage->shm_problem) {
		findings_skip_file(&stage->findings, "shm", stage->shm_problem);
		findings_skip_file(&stage->findings, "shm_holders", stage->shm_problem);
		findings_skip_file(&stage->findings, "history", stage->shm_problem);
		findings_skip_file(&stage->findings, "namespaces", stage->shm_problem);
		return;
	}
	shm_judge(stage, doctor->sections[FILE_SHM], doctor->shm_settled);
	shm_judge_holders(stage, doctor->sections[FILE_SHM_HOLDERS]);
}

static void doctor_judge_mq(struct doctor *doctor)
{
	struct stage *stage = &doctor->stage;

	if (*stage->mq_problem) {
		findings_skip_file(&stage->findings, "mqueue", stage->mq_problem);
		findings_skip_file(&stage->findings, "mq_users", stage->mq_problem);
		findings_skip_file(&stage->findings, "mq_denials", stage->mq_problem);
		findings_skip(&stage->findings, "namespaces", "mq_count", stage->mq_problem);
		return;
	}
	mq_judge(stage, doctor->sections[FILE_MQUEUE]);
	mq_judge_users(stage, doctor->sections[FILE_MQ_USERS]);
	mq_judge_denials(stage, doctor->sections[FILE_MQ_DENIALS]);
}

static void doctor_judge(struct doctor *doctor)
{
	const struct section **sections = doctor->sections;
	struct module_view view = {
		.probes_before = sections[FILE_PROBES_BEFORE],
		.probes = sections[FILE_PROBES],
		.status_before = sections[FILE_STATUS_BEFORE],
		.status = sections[FILE_STATUS],
		.history = sections[FILE_HISTORY],
		.mq_denials = sections[FILE_MQ_DENIALS],
		.earliest = doctor->earliest,
		.latest = doctor->latest,
		.path = doctor->inputs[FILE_PROBES].text.name,
	};

	doctor->stage.findings.probes_before = view.probes_before;
	doctor->stage.findings.probes = view.probes;
	doctor->stage.findings.status_before = view.status_before;
	doctor->stage.findings.status = view.status;
	doctor_judge_form(doctor);
	doctor_judge_shm(doctor);
	doctor_judge_mq(doctor);
	history_judge(&doctor->stage, sections[FILE_HISTORY]);
	namespace_judge(&doctor->stage, sections[FILE_NAMESPACES]);
	module_judge_probes(&doctor->stage, &view);
	module_judge_status(&doctor->stage, &view);
}

static int doctor_work(struct doctor *doctor, struct section *verdict)
{
	const char *namespaces, *accounting;
	struct stage *stage = &doctor->stage;

	if (doctor_read(doctor, FILE_STATUS_BEFORE) || doctor_read(doctor, FILE_PROBES_BEFORE))
		return -1;
	if (access("/proc/self/maps", R_OK)) {
		message_error("cannot see the processes; mount -t proc none /proc");
		return -1;
	}
	namespaces = module_status(doctor->sections[FILE_STATUS_BEFORE], "namespaces");
	accounting = module_status(doctor->sections[FILE_STATUS_BEFORE], "user_accounting");
	stage->ucounts = accounting && !strcmp(accounting, "ucounts");
	if (stage_open(stage, !namespaces || strcmp(namespaces, "initial_only")))
		return -1;
	doctor_use(stage);
	if (doctor_price(doctor) || doctor_read_all(doctor))
		return -1;
	if (actor_lost()) {
		message_error("process '%s' has ended before its time; try again", actor_lost());
		return -1;
	}
	doctor_judge(doctor);
	return verdict_make(verdict, &stage->findings);
}

/**
 * doctor_examine() - examine the module that is loaded
 * @verdict: a row for each column of its files; for doctor_free() even if this fails
 *
 * All that is made for that is gone afterwards, but this process may be in another IPC
 * namespace.
 *
 * Return: -1 on failure, of which the user has been told.
 */
int doctor_examine(struct section *verdict)
{
	struct doctor *doctor = calloc(1, sizeof(*doctor));
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	int ret;

	*verdict = (struct section){ 0 };
	if (!doctor) {
		message_no_memory();
		return -1;
	}
	/* An actor that has gone is noticed by who talks to it. */
	sigaction(SIGPIPE, &ignore, &before);
	doctor->stage.guard = -1;
	ret = doctor_work(doctor, verdict);
	stage_close(&doctor->stage);
	sigaction(SIGPIPE, &before, NULL);
	for (int file = 0; file < DOCTOR_FILES; file++)
		input_free(&doctor->inputs[file]);
	free(doctor);
	return ret;
}
