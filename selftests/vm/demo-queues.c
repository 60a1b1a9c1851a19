// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other program of "make demo": opens message queues with default attributes
 * until it is refused, and keeps them open. Knows nothing of ipclens.
 *
 * -n NAME begins the queues' names, -c COUNT is the most to open, -u UID becomes
 * that user, -U enters a user and IPC namespace of its own, -f leaves no
 * descriptor free, -d unlinks what it has opened. Then it prints "--", waits
 * for a line, and ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const char *opt_name = "queue";
static int opt_count = 20;
static int opt_uid;
static int opt_new_namespaces;
static int opt_no_descriptors;
static int opt_unlink;

static void program_fail(const char *what)
{
	perror(what);
	exit(1);
}

static void map_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		program_fail(path);
	close(fd);
}

static void namespaces_enter(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWIPC))
		program_fail("unshare");
	map_write("/proc/self/uid_map", "0 0 1\n");
	map_write("/proc/self/setgroups", "deny");
	map_write("/proc/self/gid_map", "0 0 1\n");
	printf("unshare(CLONE_NEWUSER | CLONE_NEWIPC)\n");
}

static void descriptors_use_up(void)
{
	struct rlimit limit = { 16, 16 };
	int count = 0;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		program_fail("setrlimit");
	while (dup(0) >= 0)
		count++;
	printf("dup(0), %d times, until there is no descriptor left\n", count);
}

static int queue_open(int number)
{
	char name[64];

	snprintf(name, sizeof(name), "/%s-%d", opt_name, number);
	if (mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, NULL) == (mqd_t)-1) {
		printf("mq_open(\"%s\") = -1: %s\n", name, strerror(errno));
		return 0;
	}
	printf("mq_open(\"%s\")\n", name);
	if (opt_unlink && !mq_unlink(name))
		printf("mq_unlink(\"%s\")\n", name);
	return 1;
}

static void options_take(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "n:c:u:Ufd")) != -1) {
		switch (opt) {
		case 'n':
			opt_name = optarg;
			break;
		case 'c':
			opt_count = atoi(optarg);
			break;
		case 'u':
			opt_uid = atoi(optarg);
			break;
		case 'U':
			opt_new_namespaces = 1;
			break;
		case 'f':
			opt_no_descriptors = 1;
			break;
		case 'd':
			opt_unlink = 1;
			break;
		default:
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	int number = 0;

	options_take(argc, argv);
	if (opt_uid && setresuid(opt_uid, opt_uid, opt_uid))
		program_fail("setresuid");
	if (opt_new_namespaces)
		namespaces_enter();
	if (opt_no_descriptors)
		descriptors_use_up();
	while (number < opt_count && queue_open(number))
		number++;
	printf("--\n");
	fflush(stdout);
	return getchar() == EOF;
}
