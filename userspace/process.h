/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /proc tells of this machine and of one of its processes. Knows no view.
 */
#ifndef IPCLENS_PROCESS_H
#define IPCLENS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool process_boot_time(uint64_t *time);
const char *process_stat(uint64_t pid, char *line, size_t size);
bool process_start_time(uint64_t pid, uint64_t boot, uint64_t *time);
bool process_limits(uint64_t pid, const char *label, uint64_t *soft, uint64_t *hard);
bool process_nr_open(uint64_t *most);
bool process_file_max(uint64_t *used, uint64_t *max);

#endif /* IPCLENS_PROCESS_H */
