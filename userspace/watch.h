/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command that is run again and again.
 */
#ifndef IPCLENS_WATCH_H
#define IPCLENS_WATCH_H

#include "options.h"

int watch_run(const struct options *options);

#endif /* IPCLENS_WATCH_H */
