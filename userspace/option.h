/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of options: each one's name, help, the commands that it goes with, and what
 * it does.
 */
#ifndef IPCLENS_OPTION_H
#define IPCLENS_OPTION_H

#include "options.h"

struct option_row {
	const char *name;
	char letter; /* 0 for none */
	const char *argument; /* as the help has it, in brackets if optional; NULL: takes none */
	const char *help; /* lines */
	unsigned int kinds; /* enum command_kind, of the commands that it goes with */
	/* Tells the user if the argument cannot be meant; NULL for help and version. */
	bool (*take)(struct options *options, const char *argument);
};

const struct option_row *option_next(const struct option_row *row);
const struct option_row *option_find(char letter);
bool option_argument_optional(const struct option_row *row);

#endif /* IPCLENS_OPTION_H */
