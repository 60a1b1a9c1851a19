// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the reader makes of the text of a process's "cgroup" on standard input, or with a
 * number as argument of that process itself: one value a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/container.h"

#define INPUT_MAX (1 << 20)

static bool find(struct container *container, char **argv)
{
	char *text;
	bool found;

	if (argv[1])
		return container_find(container, strtoull(argv[1], NULL, 10));
	text = calloc(1, INPUT_MAX + 1);
	if (!text)
		return false;
	text[fread(text, 1, INPUT_MAX, stdin)] = '\0';
	/* As small as it is, so that a checker of memory notices a step beyond. */
	text = realloc(text, strlen(text) + 1);
	found = container_parse(container, text);
	free(text);
	return found;
}

int main(int argc, char **argv)
{
	struct container container;
	char text[CONTAINER_TEXT_MAX] = "-";

	(void)argc;
	if (!find(&container, argv)) {
		puts("none");
		return 0;
	}
	if (container.kind)
		container_describe(&container, text, sizeof(text));
	printf("%s\n%s\n%s\n%s\n%s\n", container.kind ?: "-",
	       *container.name ? container.name : "-", *container.pod ? container.pod : "-", text,
	       container.path);
	return 0;
}
