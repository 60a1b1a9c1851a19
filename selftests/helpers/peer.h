/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Peers: processes (or threads) that do one thing at a time when told to, so
 * that tests need no sleeping. peer.c is the test's end, peer_loop.c the
 * other. A peer that loses its test ends itself.
 */
#ifndef HELPERS_PEER_H
#define HELPERS_PEER_H

#include <sched.h>
#include <stddef.h>
#include <sys/types.h>

enum peer_op {
	PEER_SHMGET, /* key, size, flags: the id */
	PEER_SHMAT, /* id, address, flags: the address */
	PEER_SHMDT, /* address */
	PEER_RMID, /* id */
	PEER_OWN, /* id, uid, gid, mode: IPC_SET */
	PEER_LOCK, /* id, 1 or 0 */
	PEER_PROTECT, /* address, length, protection */
	PEER_UNMAP, /* address, length */
	PEER_MOVE, /* old address, length, new address: mremap() */
	PEER_SHUFFLE, /* address, length, page offset: remap_file_pages() */
	PEER_ADVISE, /* address, length, advice */
	PEER_TOUCH, /* address, length: writes to every page */
	PEER_UNSHARE, /* flags */
	PEER_BECOME, /* uid, gid: all three of each */
	PEER_NAME, /* text: prctl(PR_SET_NAME) */
	PEER_WRITE, /* text: path, newline, what to write there */
	PEER_QUEUE, /* text: name of a message queue to create */
	PEER_SPAWN, /* clone flags: a process or thread that is a peer itself */
	PEER_EXIT, /* status: the whole process */
	PEER_LEAVE, /* this thread alone */
	PEER_MEET, /* descriptor of a namespace in text as path, type: setns() */
	PEER_MQ_OPEN, /* text: name without slash; flags, maxmsg, msgsize, mode: descriptor */
	PEER_MQ_UNLINK, /* text: name without slash */
	PEER_MQ_SEND, /* descriptor, length, priority; does not block */
	PEER_MQ_RECEIVE, /* descriptor; does not block */
	PEER_MQ_NOTIFY, /* descriptor, 1 or 0 */
	PEER_MQ_STORM, /* text: name; how often, maxmsg, msgsize: how many refused by EMFILE */
	PEER_CLOSE, /* descriptor */
	PEER_DUP, /* descriptor; copies it until there is no room: how many */
	PEER_OPEN, /* text: path; flags, mode: descriptor */
	PEER_EXEC, /* text: program, which gets no arguments; see peer_exec() */
};

/* Wide enough for an address to be positive on every machine. */
struct peer_request {
	long op;
	long long arg[4];
	char text[320];
};

/* PEER_MQ_OPEN: no attributes. */
#define PEER_NO_ATTR (-99)

struct peer_reply {
	long long value; /* negative: -errno */
};

struct peer {
	int fd;
	int pidfd;
	pid_t pid; /* all numbers are those of the test's own pid namespace */
	pid_t tid;
};

/* Threads: with CLONE_THREAD the new peer shares the process of the one told. */
#define PEER_THREAD CLONE_THREAD

/* -EPIPE from here on means that the peer is dead. */
int peer_start(struct peer *peer, unsigned long flags);
int peer_spawn(struct peer *parent, struct peer *peer, unsigned long flags);
long long peer_call(struct peer *peer, enum peer_op op, long long a, long long b, long long c,
		    long long d);
long long peer_say(struct peer *peer, enum peer_op op, const char *text, long long a);
/* In two halves, for several peers to be at work at once. */
int peer_tell(struct peer *peer, const struct peer_request *request);
long long peer_hear(struct peer *peer);
long long peer_ask(struct peer *peer, const struct peer_request *request);
int peer_end(struct peer *peer);
int peer_kill(struct peer *peer, int signal);
int peer_leave(struct peer *peer);
int peer_exec(struct peer *peer, const char *program);
int peer_map_ids(const struct peer *peer, unsigned int first, unsigned int count);

static inline int peer_get(struct peer *peer, long key, size_t size, int flags)
{
	return peer_call(peer, PEER_SHMGET, key, size, flags, 0);
}

static inline long long peer_attach(struct peer *peer, int id)
{
	return peer_call(peer, PEER_SHMAT, id, 0, 0, 0);
}

static inline int peer_detach(struct peer *peer, long long address)
{
	return peer_call(peer, PEER_SHMDT, address, 0, 0, 0);
}

static inline int peer_remove(struct peer *peer, int id)
{
	return peer_call(peer, PEER_RMID, id, 0, 0, 0);
}

static inline int peer_touch(struct peer *peer, long long address, size_t length)
{
	return peer_call(peer, PEER_TOUCH, address, length, 0, 0);
}

static inline int peer_unshare(struct peer *peer, int flags)
{
	return peer_call(peer, PEER_UNSHARE, flags, 0, 0, 0);
}

/* Between peer.c and peer_loop.c. */
void peer_loop(int fd);
long long peer_queue_do(const struct peer_request *request);
int peer_channel(int ends[2]);

#endif /* HELPERS_PEER_H */
