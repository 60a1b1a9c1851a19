/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has which message queue open: descriptors in /proc against the module's list
 * of queues. Writes text in the form of the module's files.
 */
#ifndef IPCLENS_MQHOLDERS_H
#define IPCLENS_MQHOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parse.h"

int mqholders_write(const struct section *queues, const uint64_t *ipcns, char **text, size_t *size);
void mqholders_report(int error, bool one_namespace, void (*say)(const char *format, ...));

#endif /* IPCLENS_MQHOLDERS_H */
