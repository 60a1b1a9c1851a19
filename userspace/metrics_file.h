/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that is there as a whole or not at all, whoever looks and whatever fails.
 */
#ifndef IPCLENS_METRICS_FILE_H
#define IPCLENS_METRICS_FILE_H

#include <stddef.h>

int metrics_file_write(const char *path, const char *data, size_t size);

#endif /* IPCLENS_METRICS_FILE_H */
