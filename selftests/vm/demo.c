// SPDX-License-Identifier: GPL-2.0-only
/*
 * The program of "make demo": twice the same shmget, shmat, IPC_STAT, as somebody
 * would write it who wonders what IPC_RMID does. Knows nothing of ipclens.
 *
 * -d detaches, -r removes, -1 does it once only. After each round it prints "--"
 * and waits for a line, so that whoever started it can look.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

enum { SEGMENT_SIZE = 1024 };

static int opt_detach;
static int opt_remove;
static int opt_rounds = 2;

static int call_report(const char *call, long result)
{
	if (result == -1)
		printf("%s = -1: %s\n", call, strerror(errno));
	else
		printf("%s = %ld\n", call, result);
	return result != -1;
}

static void segment_use(int id)
{
	struct shmid_ds stat;
	void *memory = shmat(id, NULL, 0);

	if (memory == (void *)-1) {
		call_report("shmat(id, NULL, 0)", -1);
		return;
	}
	strcpy(memory, "something worth keeping");
	printf("shmat(id, NULL, 0) = an address\n");
	if (call_report("shmctl(id, IPC_STAT, &stat)", shmctl(id, IPC_STAT, &stat)))
		printf("stat.shm_nattch is %lu\n", (unsigned long)stat.shm_nattch);
	if (opt_detach)
		call_report("shmdt(address)", shmdt(memory));
	if (opt_remove)
		call_report("shmctl(id, IPC_RMID, NULL)", shmctl(id, IPC_RMID, NULL));
}

static void round_run(void)
{
	key_t key = ftok("/usr", 0);
	int id = shmget(key, SEGMENT_SIZE, IPC_CREAT | IPC_EXCL | 0666);

	printf("key = ftok(\"/usr\", 0) = 0x%08x\n", key);
	if (call_report("id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0666)", id))
		segment_use(id);
}

static void watcher_wait(void)
{
	char line[8];

	printf("--\n");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		_exit(1);
}

int main(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "dr1")) != -1) {
		switch (opt) {
		case 'd':
			opt_detach = 1;
			break;
		case 'r':
			opt_remove = 1;
			break;
		case '1':
			opt_rounds = 1;
			break;
		default:
			return 2;
		}
	}
	while (opt_rounds--) {
		round_run();
		watcher_wait();
	}
	return 0;
}
