// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ipc.h>

#include "objects.h"
#include "queues.h"

#define CREATE (IPC_CREAT | IPC_EXCL | 0600)

/* That many segments of the owner's, attached as long as it lives. 0 or -1. */
int objects_stay(struct owner *owner, int *ids, int count)
{
	int n;

	for (n = 0; n < count; n++) {
		ids[n] = peer_get(&owner->peer, IPC_PRIVATE, 4096, CREATE);
		if (ids[n] < 0 || peer_attach(&owner->peer, ids[n]) <= 0)
			return -1;
	}
	return 0;
}

/* Namespaces, segments and queues come and go, the last of them with their process. */
int objects_change(void)
{
	struct owner owner;
	char name[16];
	int n, id, fd, failed = 0;

	if (owner_start(&owner, OWNER_ROOT) || peer_unshare(&owner.peer, CLONE_NEWIPC))
		return -1;
	for (n = 0; n < 60; n++) {
		id = peer_get(&owner.peer, IPC_PRIVATE, 4096, CREATE);
		failed |= id < 0 || peer_attach(&owner.peer, id) <= 0;
		if (n % 3)
			failed |= peer_remove(&owner.peer, id);
		snprintf(name, sizeof(name), "change%d", n % 10);
		fd = queue_open(&owner, name, QUEUE_NEW, 1, 1);
		failed |= fd < 0 || queue_unlink(&owner, name);
		if (n % 2)
			failed |= queue_close(&owner, fd);
		if (n % 20 == 10)
			failed |= peer_unshare(&owner.peer, CLONE_NEWIPC);
	}
	return peer_end(&owner.peer) || failed ? -1 : 0;
}
