/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What --help prints.
 */
#ifndef IPCLENS_HELP_H
#define IPCLENS_HELP_H

#include "options.h"

void help_print(void);
void help_print_command(const struct options *options);

#endif /* IPCLENS_HELP_H */
