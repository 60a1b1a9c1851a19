// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a peer can be told to do with message queues and descriptors. By system
 * call, so that names and errors are the kernel's and not the library's.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

static const struct timespec long_past;

static long peer_queue_open(const struct peer_request *request)
{
	const long long *arg = request->arg;
	struct mq_attr attr = { .mq_maxmsg = arg[1], .mq_msgsize = arg[2] };

	return syscall(SYS_mq_open, request->text, (int)arg[0], (mode_t)arg[3],
		       arg[1] == PEER_NO_ATTR ? NULL : &attr);
}

static long peer_queue_send(const long long *arg)
{
	static char message[65536];

	if ((size_t)arg[1] > sizeof(message)) {
		errno = EMSGSIZE;
		return -1;
	}
	return mq_timedsend(arg[0], message, arg[1], arg[2], &long_past);
}

static long peer_queue_receive(int fd)
{
	static char message[65536];

	return mq_timedreceive(fd, message, sizeof(message), NULL, &long_past);
}

static long peer_queue_notify(const long long *arg)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };

	return syscall(SYS_mq_notify, (int)arg[0], arg[1] ? &event : NULL);
}

/* What is granted against all expectation goes away at once. */
static long peer_queue_storm(const struct peer_request *request)
{
	const long long *arg = request->arg;
	struct mq_attr attr = { .mq_maxmsg = arg[1], .mq_msgsize = arg[2] };
	long n, fd, refused = 0;

	for (n = 0; n < arg[0]; n++) {
		fd = syscall(SYS_mq_open, request->text, O_CREAT | O_EXCL | O_RDWR, 0600,
			     arg[1] == PEER_NO_ATTR ? NULL : &attr);
		if (fd < 0) {
			refused += errno == EMFILE;
			continue;
		}
		close(fd);
		syscall(SYS_mq_unlink, request->text);
	}
	return refused;
}

static long peer_queue_dup(int fd)
{
	long n = 0;

	while (dup(fd) >= 0)
		n++;
	return n;
}

long long peer_queue_do(const struct peer_request *request)
{
	const long long *arg = request->arg;

	switch (request->op) {
	case PEER_MQ_OPEN:
		return peer_queue_open(request);
	case PEER_MQ_UNLINK:
		return syscall(SYS_mq_unlink, request->text);
	case PEER_MQ_SEND:
		return peer_queue_send(arg);
	case PEER_MQ_RECEIVE:
		return peer_queue_receive(arg[0]);
	case PEER_MQ_NOTIFY:
		return peer_queue_notify(arg);
	case PEER_MQ_STORM:
		return peer_queue_storm(request);
	case PEER_CLOSE:
		return close(arg[0]);
	case PEER_DUP:
		return peer_queue_dup(arg[0]);
	case PEER_OPEN:
		return open(request->text, arg[0], (mode_t)arg[1]);
	default:
		errno = ENOSYS;
		return -1;
	}
}
