// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program of "make demo": attaches segments that its clients share with it, as a display
 * server does, and never lets go of them. Knows nothing of ipclens.
 *
 * -c COUNT is how many segments, 250 if not given. The clients mark theirs and end. Then it
 * prints "--", waits for a line, and ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SEGMENT_SIZE = 32 << 20, PER_CLIENT = 50 };

static void program_fail(const char *what)
{
	perror(what);
	exit(1);
}

/* A segment is told of, and marked once the server has it. */
static void client_run(int to, int from, int count)
{
	char byte;
	int id;

	while (count--) {
		id = shmget(IPC_PRIVATE, SEGMENT_SIZE, IPC_CREAT | 0600);
		if (id < 0)
			program_fail("shmget");
		if (write(to, &id, sizeof(id)) != sizeof(id) || read(from, &byte, 1) != 1)
			program_fail("pipe");
		if (shmctl(id, IPC_RMID, NULL))
			program_fail("shmctl");
	}
	_exit(0);
}

static void client_serve(int count)
{
	int ids[2], acks[2], id;

	if (pipe(ids) || pipe(acks))
		program_fail("pipe");
	if (!fork())
		client_run(ids[1], acks[0], count);
	while (count--) {
		if (read(ids[0], &id, sizeof(id)) != sizeof(id))
			program_fail("pipe");
		if (shmat(id, NULL, 0) == (void *)-1)
			program_fail("shmat");
		if (write(acks[1], "", 1) != 1)
			program_fail("pipe");
	}
	wait(NULL);
	close(ids[0]);
	close(ids[1]);
	close(acks[0]);
	close(acks[1]);
}

int main(int argc, char **argv)
{
	int count = 250, opt;

	while ((opt = getopt(argc, argv, "c:")) != -1) {
		if (opt != 'c')
			return 2;
		count = atoi(optarg);
	}
	printf("%d segments of %d bytes from clients\n", count, SEGMENT_SIZE);
	fflush(stdout);
	for (; count > 0; count -= PER_CLIENT)
		client_serve(count < PER_CLIENT ? count : PER_CLIENT);
	printf("--\n");
	fflush(stdout);
	return getchar() == EOF;
}
