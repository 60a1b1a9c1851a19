/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which container a process is in, by the path of its control group. Whoever may make
 * a control group chooses its name, so this is what is said, not what is proved, and
 * nothing of it is safe for a terminal. Prints nothing.
 */
#ifndef IPCLENS_CONTAINER_H
#define IPCLENS_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel cuts a longer path. */
#define CONTAINER_PATH_MAX 4096

#define CONTAINER_NAME_MAX 65

/* For what container_describe() writes. */
#define CONTAINER_TEXT_MAX (CONTAINER_NAME_MAX + 32)

struct container {
	/* docker, podman, containerd, cri-o, kubernetes, lxc, nspawn, machine, unknown; NULL */
	const char *kind;
	char name[CONTAINER_NAME_MAX]; /* its id as the runtimes abbreviate it, or its name */
	char pod[CONTAINER_NAME_MAX]; /* uid of its Kubernetes pod, empty if it has none */
	char path[CONTAINER_PATH_MAX]; /* of the control group */
};

bool container_parse(struct container *container, const char *text);
bool container_find(struct container *container, uint64_t pid);
void container_describe(const struct container *container, char *text, size_t size);

#endif /* IPCLENS_CONTAINER_H */
