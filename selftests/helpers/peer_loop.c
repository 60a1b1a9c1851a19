// SPDX-License-Identifier: GPL-2.0-only
/*
 * The far end of a peer: does what it is told and answers with the result of
 * the system call. Peers that share memory (threads, CLONE_VM) share errno at
 * worst; they never run at the same time, since each command waits for its answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "peer.h"

#define PEER_STACK (256 * 1024)

/* Where user numbers have grown, the old system calls are for the old ones. */
#ifdef SYS_setresuid32
#define PEER_SETRESUID SYS_setresuid32
#define PEER_SETRESGID SYS_setresgid32
#else
#define PEER_SETRESUID SYS_setresuid
#define PEER_SETRESGID SYS_setresgid
#endif

/* An address as it travels, and back; MAP_FAILED is the failure of shmat() as well. */
static long long peer_number(const void *address)
{
	return address == MAP_FAILED ? -1 : (long long)(unsigned long)address;
}

static void *peer_address(long long number)
{
	return (void *)(unsigned long)number;
}

struct peer_start_args {
	int ends[2];
};

static int peer_answer(int fd, long long value, int passed)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct peer_reply reply = { value };
	struct iovec part = { &reply, sizeof(reply) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *header;

	if (passed >= 0) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &passed, sizeof(int));
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL) == sizeof(reply) ? 0 : -1;
}

static int peer_process_main(void *data)
{
	struct peer_start_args args = *(struct peer_start_args *)data;

	close(args.ends[0]);
	peer_loop(args.ends[1]);
	_exit(0);
}

static void *peer_thread_main(void *data)
{
	struct peer_start_args args = *(struct peer_start_args *)data;

	peer_loop(args.ends[1]);
	close(args.ends[1]);
	return NULL;
}

/* A new stack each time; the few there are go with the process. */
static long peer_clone(unsigned long flags, struct peer_start_args *args)
{
	pthread_t thread;
	char *stack;

	if (flags & CLONE_THREAD)
		return -pthread_create(&thread, NULL, peer_thread_main, args);
	if (!(flags & CLONE_VM)) {
		long pid = flags ? syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0) : fork();

		if (!pid)
			peer_process_main(args);
		return pid;
	}
	stack = mmap(NULL, PEER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack == MAP_FAILED)
		return -1;
	return clone(peer_process_main, stack + PEER_STACK, flags | SIGCHLD, args);
}

/*
 * The answer, with the new peer's channel, goes out before the clone: after
 * CLONE_VFORK nothing could be said any more. A clone that failed is noticed
 * by the new channel's end.
 */
static void peer_spawn_do(int fd, unsigned long flags)
{
	struct peer_start_args *args = malloc(sizeof(*args));

	if (!args || peer_channel(args->ends)) {
		peer_answer(fd, -ENOMEM, -1);
		return;
	}
	peer_answer(fd, 0, args->ends[0]);
	close(args->ends[0]);
	args->ends[0] = fd;
	if (peer_clone(flags, args) < 0 || !(flags & CLONE_THREAD))
		close(args->ends[1]);
}

static long peer_touch_do(void *address, long length)
{
	volatile char *p = address;
	long page = sysconf(_SC_PAGESIZE), n;

	for (n = 0; n < length; n += page)
		p[n]++;
	return 0;
}

static long peer_own_do(const long long *arg)
{
	struct shmid_ds ds;

	if (shmctl(arg[0], IPC_STAT, &ds))
		return -1;
	ds.shm_perm.uid = arg[1];
	ds.shm_perm.gid = arg[2];
	ds.shm_perm.mode = arg[3];
	return shmctl(arg[0], IPC_SET, &ds);
}

static long peer_write_do(char *text)
{
	char *what = strchr(text, '\n');
	long ret = -1;
	int fd;

	if (!what)
		return -1;
	*what++ = '\0';
	fd = open(text, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		ret = write(fd, what, strlen(what)) < 0 ? -1 : 0;
		close(fd);
	}
	return ret;
}

/*
 * setres*id() of the calling thread alone, as the kernel has it. Its files in
 * /proc are the new user's.
 */
static long peer_become_do(long uid, long gid)
{
	if (syscall(PEER_SETRESGID, gid, gid, gid) || syscall(PEER_SETRESUID, uid, uid, uid))
		return -1;
	return prctl(PR_SET_DUMPABLE, 1);
}

static long peer_meet_do(const char *path, long type)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long ret = fd < 0 ? -1 : setns(fd, type);

	if (fd >= 0)
		close(fd);
	return ret;
}

static long long peer_memory_do(const struct peer_request *request)
{
	const long long *arg = request->arg;
	void *address = peer_address(arg[0]);

	switch (request->op) {
	case PEER_PROTECT:
		return mprotect(address, arg[1], arg[2]);
	case PEER_UNMAP:
		return munmap(address, arg[1]);
	case PEER_MOVE:
		return peer_number(mremap(address, arg[1], arg[1],
					  arg[2] ? MREMAP_MAYMOVE | MREMAP_FIXED : MREMAP_MAYMOVE,
					  peer_address(arg[2])));
	case PEER_SHUFFLE:
		return syscall(SYS_remap_file_pages, address, (long)arg[1], 0, (long)arg[2], 0);
	case PEER_ADVISE:
		return madvise(address, arg[1], arg[2]);
	case PEER_TOUCH:
		return peer_touch_do(address, arg[1]);
	default:
		return peer_queue_do(request);
	}
}

static long long peer_do(struct peer_request *request)
{
	const long long *arg = request->arg;

	switch (request->op) {
	case PEER_SHMGET:
		return shmget(arg[0], arg[1], arg[2]);
	case PEER_SHMAT:
		return peer_number(shmat(arg[0], peer_address(arg[1]), arg[2]));
	case PEER_SHMDT:
		return shmdt(peer_address(arg[0]));
	case PEER_RMID:
		return shmctl(arg[0], IPC_RMID, NULL);
	case PEER_OWN:
		return peer_own_do(arg);
	case PEER_LOCK:
		return shmctl(arg[0], arg[1] ? SHM_LOCK : SHM_UNLOCK, NULL);
	case PEER_UNSHARE:
		return unshare(arg[0]);
	case PEER_BECOME:
		return peer_become_do(arg[0], arg[1]);
	case PEER_NAME:
		return prctl(PR_SET_NAME, request->text);
	case PEER_WRITE:
		return peer_write_do(request->text);
	case PEER_QUEUE:
		return mq_open(request->text, O_CREAT | O_EXCL | O_RDWR, 0600, NULL);
	case PEER_EXEC:
		return execl(request->text, request->text, NULL);
	case PEER_MEET:
		return peer_meet_do(request->text, arg[0]);
	default:
		return peer_memory_do(request);
	}
}

/* Serves one command after the other until the test goes away. */
void peer_loop(int fd)
{
	struct peer_request request;
	long long value;

	signal(SIGCHLD, SIG_IGN);
	peer_answer(fd, syscall(SYS_gettid), -1);
	while (recv(fd, &request, sizeof(request), 0) == sizeof(request)) {
		switch (request.op) {
		case PEER_SPAWN:
			peer_spawn_do(fd, request.arg[0]);
			break;
		case PEER_EXIT:
			_exit(request.arg[0]);
		case PEER_LEAVE:
			syscall(SYS_exit, 0);
			break;
		default:
			value = peer_do(&request);
			if (peer_answer(fd, value == -1 ? -errno : value, -1))
				return;
		}
	}
}
