// SPDX-License-Identifier: GPL-2.0-only
/*
 * "ipcrm -m ID" for machines that lack it, since the reader tells people to run that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>

int main(int argc, char **argv)
{
	if (argc != 3 || strcmp(argv[1], "-m"))
		return 2;
	if (!shmctl(atoi(argv[2]), IPC_RMID, NULL))
		return 0;
	perror("ipcrm");
	return 1;
}
