// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test's end of a peer: starting it, telling it what to do, seeing it off.
 * Must not know what the commands do.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "peer.h"

#define PEER_PATIENCE_MS 120000

/* Channels of the peers this process has, to be closed in those it starts. */
static int peer_fds[1024];

/* ends[0] is the test's: with each message it learns who sent it, in its own numbers. */
int peer_channel(int ends[2])
{
	int on = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	if (setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)))
		return -errno;
	return 0;
}

/*
 * One message: its value, and what came with it (@passed a descriptor, @sender
 * a pid; either may be NULL).
 */
static long long peer_receive(int fd, int *passed, pid_t *sender)
{
	char control[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
	struct peer_reply reply;
	struct iovec part = { &reply, sizeof(reply) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct cmsghdr *header;

	if (poll(&ready, 1, PEER_PATIENCE_MS) != 1)
		return -ETIMEDOUT;
	if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) != sizeof(reply))
		return -EPIPE;
	for (header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
		struct ucred creds;

		if (header->cmsg_type == SCM_RIGHTS && passed)
			memcpy(passed, CMSG_DATA(header), sizeof(*passed));
		if (header->cmsg_type == SCM_CREDENTIALS && sender) {
			memcpy(&creds, CMSG_DATA(header), sizeof(creds));
			*sender = creds.pid;
		}
	}
	return reply.value;
}

/* The new peer speaks first: its thread number is the message, its pid is known by it. */
static int peer_meet(struct peer *peer)
{
	long tid = peer_receive(peer->fd, NULL, &peer->pid);

	if (tid < 0)
		return tid;
	peer->tid = tid;
	peer->pidfd = syscall(SYS_pidfd_open, peer->pid, 0);
	if (peer->pidfd < 0)
		return -errno;
	fcntl(peer->pidfd, F_SETFD, FD_CLOEXEC);
	if (peer->fd < 1024)
		peer_fds[peer->fd] = 1;
	return 0;
}

int peer_start(struct peer *peer, unsigned long flags)
{
	int ends[2], fd, ret;
	pid_t pid;

	ret = peer_channel(ends);
	if (ret)
		return ret;
	fflush(NULL);
	pid = flags ? syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0) : fork();
	if (!pid) {
		close(ends[0]);
		for (fd = 0; fd < 1024; fd++)
			if (peer_fds[fd])
				close(fd);
		peer_loop(ends[1]);
		_exit(0);
	}
	ret = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (ret) {
		close(ends[0]);
		return ret;
	}
	peer->fd = ends[0];
	return peer_meet(peer);
}

static long long peer_exchange(struct peer *peer, const struct peer_request *request, int *passed)
{
	if (send(peer->fd, request, sizeof(*request), MSG_NOSIGNAL) != sizeof(*request))
		return -EPIPE;
	return peer_receive(peer->fd, passed, NULL);
}

int peer_tell(struct peer *peer, const struct peer_request *request)
{
	return send(peer->fd, request, sizeof(*request), MSG_NOSIGNAL) == sizeof(*request) ?
		       0 :
		       -EPIPE;
}

long long peer_hear(struct peer *peer)
{
	return peer_receive(peer->fd, NULL, NULL);
}

long long peer_ask(struct peer *peer, const struct peer_request *request)
{
	return peer_exchange(peer, request, NULL);
}

long long peer_call(struct peer *peer, enum peer_op op, long long a, long long b, long long c,
		    long long d)
{
	struct peer_request request = { .op = op, .arg = { a, b, c, d } };

	return peer_exchange(peer, &request, NULL);
}

long long peer_say(struct peer *peer, enum peer_op op, const char *text, long long a)
{
	struct peer_request request = { .op = op, .arg = { a } };

	snprintf(request.text, sizeof(request.text), "%s", text);
	return peer_exchange(peer, &request, NULL);
}

/* Has @parent clone itself with @flags; the child (or thread) is @peer. */
int peer_spawn(struct peer *parent, struct peer *peer, unsigned long flags)
{
	struct peer_request request = { .op = PEER_SPAWN, .arg = { flags } };
	long ret;

	peer->fd = -1;
	ret = peer_exchange(parent, &request, &peer->fd);
	if (ret < 0)
		return ret;
	return peer->fd < 0 ? -EBADF : peer_meet(peer);
}

static void peer_forget(struct peer *peer)
{
	if (peer->fd >= 0 && peer->fd < 1024)
		peer_fds[peer->fd] = 0;
	close(peer->fd);
	close(peer->pidfd);
	peer->fd = -1;
	peer->pidfd = -1;
}

/* Until the process has let go of memory and namespaces; a child of ours is reaped. */
static int peer_wait(struct peer *peer)
{
	struct pollfd gone = { .fd = peer->pidfd, .events = POLLIN };

	if (poll(&gone, 1, PEER_PATIENCE_MS) != 1)
		return -ETIMEDOUT;
	waitpid(peer->pid, NULL, WNOHANG | __WALL);
	peer_forget(peer);
	return 0;
}

/* Ends the process. */
int peer_end(struct peer *peer)
{
	struct peer_request request = { .op = PEER_EXIT };

	if (peer->fd < 0)
		return 0;
	if (send(peer->fd, &request, sizeof(request), MSG_NOSIGNAL) != sizeof(request))
		return -EPIPE;
	return peer_wait(peer);
}

int peer_kill(struct peer *peer, int signal)
{
	if (kill(peer->pid, signal))
		return -errno;
	return peer_wait(peer);
}

/* The process becomes @program; until that has ended. */
int peer_exec(struct peer *peer, const char *program)
{
	struct peer_request request = { .op = PEER_EXEC };

	snprintf(request.text, sizeof(request.text), "%s", program);
	if (peer_tell(peer, &request))
		return -EPIPE;
	return peer_wait(peer);
}

/* 'Z' for a leader whose threads live on; 0 if there is no such thread any more. */
static char peer_thread_state(const struct peer *peer)
{
	char path[64], line[256], state = 0;
	FILE *file;
	char *name;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", peer->pid, peer->tid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fgets(line, sizeof(line), file)) {
		name = strrchr(line, ')');
		state = name ? name[2] : 0;
	}
	fclose(file);
	return state;
}

/* Ends one thread and waits until the kernel is done with it. */
int peer_leave(struct peer *peer)
{
	struct peer_request request = { .op = PEER_LEAVE };
	int n;

	if (send(peer->fd, &request, sizeof(request), MSG_NOSIGNAL) != sizeof(request))
		return -EPIPE;
	for (n = 0; n < PEER_PATIENCE_MS; n++) {
		char state = peer_thread_state(peer);

		if (!state || state == 'Z') {
			peer_forget(peer);
			return 0;
		}
		usleep(1000);
	}
	return -ETIMEDOUT;
}

static int peer_proc_write(const struct peer *peer, const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", peer->pid, name);
	return file_put(path, text);
}

/* For a peer in a user namespace of its own: ids from 0 are ours from @first. */
int peer_map_ids(const struct peer *peer, unsigned int first, unsigned int count)
{
	char text[64];
	int ret;

	snprintf(text, sizeof(text), "0 %u %u\n", first, count);
	ret = peer_proc_write(peer, "uid_map", text);
	return ret ? ret : peer_proc_write(peer, "gid_map", text);
}
