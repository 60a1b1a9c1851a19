// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations on namespaces. Each has a keeper, an idle process that lets it be
 * seen; when the keeper goes and nobody else is in it, its rows must go.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "operations.h"
#include "truth.h"

static int space_add(struct model *model, const struct peer *keeper)
{
	struct model_space *space = &model->space[model->spaces];
	struct stat st;

	space->keeper = *keeper;
	space->fd = truth_space_open(keeper->pid);
	if (space->fd < 0 || fstat(space->fd, &st))
		return OPERATION_ERROR;
	space->inum = st.st_ino;
	space->live = true;
	model->spaces++;
	return OPERATION_DONE;
}

int space_first(struct model *model)
{
	struct peer keeper;
	int ret = operation_result("keeper", peer_start(&keeper, CLONE_NEWIPC));

	return ret == OPERATION_DONE ? space_add(model, &keeper) : ret;
}

static int space_live(const struct model *model)
{
	int n, live = 0;

	for (n = 0; n < model->spaces; n++)
		live += model->space[n].live;
	return live;
}

/* Enters the namespace that @pid is in, by setns(). */
static int space_enter_of(struct peer *peer, pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", pid);
	return operation_result("setns", peer_say(peer, PEER_MEET, path, CLONE_NEWIPC));
}

/* The keeper comes from here, not from @process: it must hold no mapping. */
int space_unshare(struct model *model, struct model_process *process)
{
	struct peer keeper;
	int ret;

	if (space_live(model) >= MODEL_SPACES_LIVE || model->spaces == MODEL_SPACES)
		return OPERATION_IDLE;
	ret = operation_result("unshare", peer_unshare(&process->peer, CLONE_NEWIPC));
	if (ret == OPERATION_DONE)
		ret = operation_result("keeper", peer_start(&keeper, 0));
	if (ret == OPERATION_DONE)
		ret = space_enter_of(&keeper, process->peer.pid);
	if (ret != OPERATION_DONE)
		return ret;
	model_left_creations(model, process);
	process->space = model->spaces;
	return space_add(model, &keeper);
}

static int space_pick(struct model *model)
{
	int n, from = model_random(model, model->spaces);

	for (n = 0; n < model->spaces; n++)
		if (model->space[(from + n) % model->spaces].live)
			return (from + n) % model->spaces;
	return -1;
}

/* setns() does not make the kernel forget what @process created. */
int space_join(struct model *model, struct model_process *process)
{
	int space = space_pick(model), ret;

	if (space < 0 || space == process->space)
		return OPERATION_IDLE;
	ret = space_enter_of(&process->peer, model->space[space].keeper.pid);
	if (ret == OPERATION_DONE)
		process->space = space;
	return ret;
}

/* Ends a namespace that no process is in, whatever still maps its segments. */
int space_retire(struct model *model, struct model_process *process)
{
	int space = space_pick(model), p, ret;

	for (p = 0; p < MODEL_PROCESSES; p++)
		if (model->process[p].live && model->process[p].space == space)
			return OPERATION_IDLE;
	if (space_live(model) < 2)
		return OPERATION_IDLE;
	ret = operation_result("keeper", peer_end(&model->space[space].keeper));
	close(model->space[space].fd);
	model_space_ended(model, space);
	return ret;
}
