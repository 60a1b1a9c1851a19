// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets the scene and clears it. In a namespace of its own all objects go with its last
 * process; in the present one a process that waits for the end of all others removes
 * what they have created, whatever they end by.
 */
#define _GNU_SOURCE
#include "doctor_stage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "array.h"
#include "message.h"
#include "namespace.h"

/* Users and groups that nobody has: above all that systemd(1) gives to containers. */
#define STAGE_UID(n) (0x70000000u + 8u * ((unsigned int)getpid() & 0x3fffff) + (n))

#define STAGE_BUDGET 4000000

/* The initial pid namespace has the same number on each kernel. */
#define PIDNS_INIT 4026531836u

static const struct {
	const char *name;
	unsigned int user; /* which one of those that nobody has, 0 for this process's */
} stage_cast[ACTORS] = {
	[ACTOR_MAKER] = { "doctor-maker", 1 },	    [ACTOR_IDLER] = { "doctor-idler", 1 },
	[ACTOR_REMOVER] = { "doctor-remover", 0 },  [ACTOR_LEAVER] = { "doctor-leaver", 0 },
	[ACTOR_RECEIVER] = { "doctor-receive", 1 }, [ACTOR_SENDER] = { "doctor-sender", 1 },
	[ACTOR_PAYER] = { "doctor-payer", 2 },	    [ACTOR_INNER] = { "doctor-inner", 1 },
	[ACTOR_CHILD] = { "doctor-child", 0 },	    [ACTOR_USER] = { "doctor-user", 0 },
};

/**
 * stage_holds() - remember the first step that failed, as a reason to be told
 * @problem: STAGE_PROBLEM_MAX bytes, empty until then
 * @what: the step
 * @success: if false, errno says why
 *
 * Return: success, as it is.
 */
bool stage_holds(char *problem, const char *what, bool success)
{
	if (!success && !*problem)
		snprintf(problem, STAGE_PROBLEM_MAX, "%s: %s", what, strerror(errno));
	return success;
}

/**
 * stage_note() - put into the book what an actor has just done
 * @act: to which object, and what
 * @who: the actor; the time is that of its last order
 * @count: how often
 */
void stage_note(struct act *act, const struct actor *who, uint64_t count)
{
	act->count += count;
	act->who = who;
	act->pid = who->pid;
	act->earliest = who->earliest;
	act->latest = who->latest;
}

/** stage_wait_second() - let a second end: times are told in seconds, and must be told apart */
void stage_wait_second(void)
{
	/* The kernel's coarse clock is behind by up to a tick. */
	struct timespec rest = { .tv_sec = 1, .tv_nsec = 20000000 };

	while (nanosleep(&rest, &rest) && errno == EINTR)
		;
}

/**
 * stage_unshare() - move to namespaces of its own; an actor_fn
 * @args: CLONE_NEW... flags
 */
long stage_unshare(const long *args)
{
	pid_t parent = getppid();
	int ret = unshare((int)args[0]);
	int error = errno;

	/* The kernel has forgotten it if there were new rights to be had. */
	actor_bind(parent);
	errno = error;
	return ret;
}

/**
 * stage_space() - inode number of a namespace of a process
 * @pid: the process
 * @kind: of namespace, as /proc/PID/ns calls it
 * @otherwise: returned if the process or this kernel has none
 */
uint64_t stage_space(pid_t pid, const char *kind, uint64_t otherwise)
{
	char path[64];
	struct stat space;

	snprintf(path, sizeof(path), "/proc/%ld/ns/%s", (long)pid, kind);
	return stat(path, &space) ? otherwise : space.st_ino;
}

/**
 * stage_proc_number() - the decimal number that a file begins with
 * @path: of the file
 * @number: left alone if there is none
 *
 * Return: whether there is one.
 */
bool stage_proc_number(const char *path, uint64_t *number)
{
	FILE *file = fopen(path, "re");
	char text[32];
	bool found;

	if (!file)
		return false;
	found = fscanf(file, "%31s", text) == 1 && column_cell_value(COLUMN_NUM, text, number);
	fclose(file);
	return found;
}

/**
 * stage_proc_kilobytes() - the number in a line of /proc/meminfo
 * @label: that the line begins with
 * @bytes: 0 if there is no such line
 *
 * Return: whether there is one.
 */
bool stage_proc_kilobytes(const char *label, uint64_t *bytes)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128], text[32];
	size_t len = strlen(label);
	bool found = false;

	*bytes = 0;
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = !strncmp(line, label, len) && sscanf(line + len, " %31s", text) == 1 &&
			column_cell_value(COLUMN_NUM, text, bytes);
	fclose(file);
	*bytes *= 1024;
	return found;
}

/*
 * Both limits are the same number in a new namespace, where they would not be told apart.
 * Where /proc cannot be written to, so be it.
 */
static void stage_part_limits(void)
{
	static const struct {
		const char *path;
		uint64_t part;
	} limits[] = { { "/proc/sys/kernel/shmmax", 2 }, { "/proc/sys/kernel/shmall", 4 } };

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		uint64_t limit;
		FILE *file;

		if (!stage_proc_number(limits[i].path, &limit))
			continue;
		file = fopen(limits[i].path, "we");
		if (!file)
			continue;
		fprintf(file, "%" PRIu64, limit / limits[i].part);
		fclose(file);
	}
}

static void stage_look(struct stage *stage, bool visible)
{
	pid_t self = getpid();

	stage->page = sysconf(_SC_PAGESIZE);
	stage->own_ipcns = visible && !unshare(CLONE_NEWIPC);
	if (!stage->own_ipcns)
		message_error(
			"no IPC namespace for the doctor alone (%s), so the objects are made in the present one",
			visible ? strerror(errno) : "the module would not see it");
	else
		stage_part_limits();
	stage->ipcns = stage_space(self, "ipc", IPCNS_INIT);
	stage->userns = stage_space(self, "user", USERNS_INIT);
	if (stage_space(self, "pid", PIDNS_INIT) != PIDNS_INIT)
		stage->findings.no_pids = "not in the initial pid namespace";
	if (stage->userns != USERNS_INIT)
		stage->findings.no_users = "not in the initial user namespace";
}

/* Known before anything is created, for whoever may have to remove it. */
static void stage_name_queues(struct stage *stage)
{
	for (int i = 0; i < QUEUES; i++)
		snprintf(stage->queues[i].path, STAGE_NAME_MAX, "ipclens-doctor-%ld-%d",
			 (long)getpid(), i);
	for (int i = 0; i < REFUSALS; i++)
		snprintf(stage->refusals[i].path, STAGE_NAME_MAX, "ipclens-doctor-%ld-refused-%d",
			 (long)getpid(), i);
}

static void stage_cast_all(struct stage *stage)
{
	for (int i = 0; i < ACTORS; i++) {
		unsigned int user = stage->own_users ? stage_cast[i].user : 0;

		stage->actors[i] = (struct actor){
			.name = stage_cast[i].name,
			.uid = user ? STAGE_UID(user) : geteuid(),
			.gid = user ? STAGE_UID(user + 2) : getegid(),
			/* Each another one, so that lowest and highest differ. */
			.budget = STAGE_BUDGET + 100000 * i,
		};
	}
}

/* The child is started later, by the user. */
static int stage_start_all(struct stage *stage)
{
	for (int i = 0; i < ACTORS; i++) {
		struct actor *actor = &stage->actors[i];
		int ret = i == ACTOR_CHILD ? actor_prepare(actor) : actor_start(actor);

		if (ret)
			return -1;
	}
	actor_entrust(&stage->actors[ACTOR_CHILD]);
	return 0;
}

static void stage_end_all(struct stage *stage)
{
	for (int i = 0; i < ACTORS; i++)
		actor_end(&stage->actors[i]);
}

/* A process of another pid namespace has the number 0, as has an actor that is not there. */
static bool guard_knows(const struct stage *stage, const struct shmid_ds *stat, time_t since)
{
	for (int i = 0; i < ACTORS; i++) {
		const struct actor *actor = &stage->actors[i];

		if (actor->pid > 0 && stat->shm_cpid == actor->pid &&
		    stat->shm_perm.cuid == actor->uid && stat->shm_ctime >= since)
			return true;
	}
	return false;
}

/* Segments of the doctor's, by who has created them, in the namespace of this process. */
static void guard_sweep(const struct stage *stage, time_t since)
{
	struct shm_info info;
	struct shmid_ds stat;
	int last = shmctl(0, SHM_INFO, (struct shmid_ds *)&info), id;

	for (int index = 0; index <= last; index++) {
		id = shmctl(index, SHM_STAT, &stat);
		if (id >= 0 && guard_knows(stage, &stat, since))
			shmctl(id, IPC_RMID, NULL);
	}
	for (int i = 0; i < QUEUES; i++)
		syscall(SYS_mq_unlink, stage->queues[i].path);
	for (int i = 0; i < REFUSALS; i++)
		syscall(SYS_mq_unlink, stage->refusals[i].path);
}

/* Neither the keyboard nor a polite signal ends it before its work is done. */
static void guard_live(const struct stage *stage, int fd, time_t since)
{
	static const int polite[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE };
	char byte;

	for (size_t i = 0; i < ARRAY_SIZE(polite); i++)
		signal(polite[i], SIG_IGN);
	while (read(fd, &byte, 1) < 0 && errno == EINTR)
		;
	guard_sweep(stage, since);
	_exit(0);
}

/*
 * ends are of a pipe that all others have open, and this one waits to be closed. It
 * knows them by their numbers, so they must have been started.
 */
static int guard_start(struct stage *stage, int ends[2], time_t since)
{
	stage->guard_pid = fork();
	if (!stage->guard_pid) {
		close(ends[1]);
		for (int i = 0; i < ACTORS; i++)
			close(stage->actors[i].orders[1]);
		guard_live(stage, ends[0], since);
	}
	close(ends[0]);
	stage->guard = ends[1];
	return stage->guard_pid < 0 ? -1 : 0;
}

static int stage_populate(struct stage *stage)
{
	time_t since = time(NULL) - 1;
	int ends[2] = { -1, -1 };

	if (!stage->own_ipcns && pipe2(ends, O_CLOEXEC))
		return -1;
	stage->own_users = true;
	stage_cast_all(stage);
	if (stage_start_all(stage)) {
		/* A kernel without users, or no right to be one of them. */
		stage_holds(stage->users_problem, "cannot become another user", false);
		stage_end_all(stage);
		stage->own_users = false;
		stage_cast_all(stage);
		if (stage_start_all(stage))
			return -1;
	}
	return stage->own_ipcns ? 0 : guard_start(stage, ends, since);
}

/**
 * stage_open() - find an IPC namespace, and start the actors in it
 * @stage: all zeros; for stage_close() even if this fails
 * @visible: the module sees other namespaces than the initial one
 *
 * The namespace is the present one if none can be had for this alone, which the user is told.
 *
 * Return: -1 on failure, of which the user has been told.
 */
int stage_open(struct stage *stage, bool visible)
{
	stage->guard = -1;
	if (findings_init(&stage->findings))
		return -1;
	stage_look(stage, visible);
	stage_name_queues(stage);
	if (!stage_populate(stage))
		return 0;
	message_error("cannot start the processes that are to use the objects: %s",
		      strerror(errno));
	return -1;
}

/**
 * stage_close() - end the actors, and have removed what they have created
 * @stage: open, or all zeros but for a guard of -1
 */
void stage_close(struct stage *stage)
{
	stage_end_all(stage);
	if (stage->guard >= 0) {
		close(stage->guard);
		waitpid(stage->guard_pid, NULL, 0);
	}
	findings_exit(&stage->findings);
}
