/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A text and its sections, and what the user is told when there is no section or
 * only a part of one. Knows no column.
 */
#ifndef IPCLENS_INPUT_H
#define IPCLENS_INPUT_H

#include "parse.h"
#include "source.h"

struct input {
	const char *from; /* NULL for the running kernel */
	struct source_text text;
	struct capture capture;
};

int input_read(struct input *input, const char *from, const char *file);
int input_take(struct input *input, char *data, size_t size, const char *name);
void input_free(struct input *input);
const struct section *input_section(const struct input *input, const struct view *view);
const struct section *input_other(const struct input *input, struct input *other, const char *file);
void input_warn_twice(const struct input *input, const struct section *section);
void input_warn_dropped(const struct input *input, const struct section *section);
void input_warn_cut(const struct input *input);
void input_warn(const struct input *input, const struct section *section);

#endif /* IPCLENS_INPUT_H */
