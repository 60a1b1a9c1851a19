/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the user is told on standard error, one safe line each. Knows no cause.
 */
#ifndef IPCLENS_MESSAGE_H
#define IPCLENS_MESSAGE_H

#include <stdbool.h>

__attribute__((format(printf, 1, 2))) void message_error(const char *format, ...);
__attribute__((format(printf, 1, 2))) void message_warn(const char *format, ...);
bool message_warned(void);
void message_forget(void);
void message_no_memory(void);

#endif /* IPCLENS_MESSAGE_H */
