// SPDX-License-Identifier: GPL-2.0-only
/*
 * Root of a container: with namespaces of all kinds and a tree of mounts of its own it finds
 * no file of ipclens, and cannot mount debugfs to have them. Where debugfs is in its tree
 * but it is not the machine's root, it cannot open them.
 */
#include <linux/capability.h>
#include <ftw.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "file.h"
#include "fixture.h"

#define OUTSIDE 100000 /* user number of the container's root, seen from outside */
#define TREE "/tmp/contained"

static const char *const file_names[] = { "history", "mq_denials", "mq_users", "mqueue", "namespaces",
					  "probes", "shm", "shm_holders", "status" };

/* What a container has found out; 0 is good. */
enum finding {
	FOUND_NOTHING,
	FOUND_FILE, /* something of the module's in the tree */
	FOUND_MOUNT, /* debugfs or tracefs could be mounted */
	FOUND_OPEN, /* a file could be opened */
	FOUND_BROKEN = 100, /* the container could not be made */
};

static int found;

/*
 * Processes and devices are many, and have no files of a module; that it is loaded, and
 * what its types are, everybody may know.
 */
static int tree_look(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	static const char *const others[] = { "/proc", "/sys/devices", "/sys/module",
					      "/sys/kernel/btf" };
	int n;

	for (n = 0; n < ARRAY_SIZE(others); n++)
		if (!strcmp(path, others[n]))
			return FTW_SKIP_SUBTREE;
	if (!strcmp(path + ftw->base, "ipclens") || !strcmp(path + ftw->base, "shm_holders")) {
		fprintf(stderr, "# found %s\n", path);
		found = FOUND_FILE;
	}
	return FTW_CONTINUE;
}

static int debugfs_try(void)
{
	static const char *const types[] = { "debugfs", "tracefs" };
	int n;

	mkdir("/debug", 0755);
	for (n = 0; n < ARRAY_SIZE(types); n++)
		if (!mount(types[n], "/debug", types[n], 0, NULL) || errno != EPERM)
			return FOUND_MOUNT;
	return FOUND_NOTHING;
}

/* A tree with nothing in it but what every container has. */
static int tree_enter(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || (mkdir(TREE, 0755) && errno != EEXIST) ||
	    mount("tree", TREE, "tmpfs", 0, NULL) || mkdir(TREE "/proc", 0755) ||
	    mkdir(TREE "/sys", 0755) || mount("proc", TREE "/proc", "proc", 0, NULL) ||
	    mount("sys", TREE "/sys", "sysfs", 0, NULL) || chroot(TREE) || chdir("/"))
		return FOUND_BROKEN;
	return 0;
}

static int tree_judge(void)
{
	int ret = debugfs_try();

	if (ret)
		return ret;
	nftw("/", tree_look, 16, FTW_PHYS | FTW_ACTIONRETVAL);
	return found;
}

/* The other processes' trees must not be a way round. */
static int files_try(const char *top)
{
	char path[128];
	int n;

	for (n = 0; n < ARRAY_SIZE(file_names); n++) {
		snprintf(path, sizeof(path), "%s" LENS_DIR "/%s", top, file_names[n]);
		if (open(path, O_RDONLY | O_CLOEXEC) >= 0)
			return FOUND_OPEN;
	}
	return 0;
}

static int id_map(pid_t pid, const char *which)
{
	char path[64], text[32];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, which);
	snprintf(text, sizeof(text), "0 %d 1000", OUTSIDE);
	return file_put(path, text);
}

/* Whether the module's parameters, which sysfs shows, can be read. */
static int parameters_try(void)
{
	return open("/sys/module/ipclens/parameters/history", O_RDONLY | O_CLOEXEC) >= 0 ? FOUND_OPEN : 0;
}

/* First process of the container's pid namespace. */
static int container_mapped(void)
{
	int ret = files_try("");

	if (!ret)
		ret = tree_enter();
	if (!ret)
		ret = tree_judge();
	if (!ret)
		ret = parameters_try();
	/* a child of the machine's root, if /proc had it */
	return ret ? ret : files_try("/proc/1/root");
}

/* Becomes the parent of a container; what its first process has found. */
static int container_start(int (*first)(void))
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS))
		return FOUND_BROKEN;
	pid = fork();
	if (!pid)
		_exit(first());
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return FOUND_BROKEN;
	return WEXITSTATUS(status);
}

/* Waits on @ready until its numbers are mapped. */
static int container_run_mapped(int ready)
{
	char byte;

	if (unshare(CLONE_NEWUSER) || write(ready, "", 1) != 1 || read(ready, &byte, 1) != 1 ||
	    setgid(0) || setuid(0))
		return FOUND_BROKEN;
	return container_start(container_mapped);
}

FIXTURE(contained) {
	mode_t mode;
};

/* Even where the administrator has opened up the top. */
FIXTURE_SETUP(contained)
{
	struct stat st;

	ASSERT_TRUE(lens_present());
	ASSERT_EQ(0, stat("/sys/kernel/debug", &st));
	self->mode = st.st_mode & 07777;
	ASSERT_EQ(0, chmod("/sys/kernel/debug", 0755));
}

FIXTURE_TEARDOWN(contained)
{
	chmod("/sys/kernel/debug", self->mode);
}

TEST_SLOW(contained, root_of_a_user_namespace)
{
	int ends[2], status;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, peer_channel(ends));
	pid = fork();
	if (!pid)
		_exit(container_run_mapped(ends[1]));
	ASSERT_EQ(1, read(ends[0], &byte, 1));
	ASSERT_EQ(0, id_map(pid, "uid_map"));
	ASSERT_EQ(0, id_map(pid, "gid_map"));
	ASSERT_EQ(1, write(ends[0], "", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(FOUND_NOTHING, WEXITSTATUS(status));
	close(ends[0]);
	close(ends[1]);
}

/* Of capabilities, what runtimes leave a container without a user namespace: not this one. */
static int mounting_drop(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return -1;
	data[0].effective &= ~(1U << CAP_SYS_ADMIN);
	data[0].permitted &= ~(1U << CAP_SYS_ADMIN);
	return syscall(SYS_capset, &head, data);
}

static int container_unmapped(void)
{
	int ret = tree_enter();

	if (!ret && mounting_drop())
		ret = FOUND_BROKEN;
	return ret ? ret : tree_judge();
}

TEST_SLOW(contained, true_root)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(container_start(container_unmapped));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(FOUND_NOTHING, WEXITSTATUS(status));
}

TEST_HARNESS_MAIN
