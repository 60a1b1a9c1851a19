/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where text comes from: the running kernel's debugfs, a directory, a file or
 * standard input. Tells the user why there is none; knows nothing of its content.
 */
#ifndef IPCLENS_SOURCE_H
#define IPCLENS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct source_text {
	char *data; /* size bytes, and room for one more */
	size_t size;
	char *name; /* for messages */
	bool partial; /* reading failed part of the way */
};

bool source_is_split(const char *from);
int source_read(struct source_text *text, const char *from, const char *file);
int source_read_quietly(struct source_text *text, const char *from, const char *file);
void source_free(struct source_text *text);

#endif /* IPCLENS_SOURCE_H */
