/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings of the kernel, which are files. */
#ifndef HELPERS_FILE_H
#define HELPERS_FILE_H

/* One write() of @text to a file that is there: 0 or -errno. */
int file_put(const char *path, const char *text);

#endif /* HELPERS_FILE_H */
