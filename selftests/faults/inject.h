/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Allocations of the calling task that fail: the kernel's fault injection. Knows
 * nothing of what is called meanwhile.
 */
#ifndef FAULTS_INJECT_H
#define FAULTS_INJECT_H

#include <stdbool.h>

#define INJECT_NONE "this kernel has no fault injection (debug-faults and debug-forky have)"

bool inject_present(void);
int inject_prepare(void);

/* The @nth allocation from now on fails, and no other; inject_end() is true if it came. */
int inject_nth(int nth);
bool inject_end(void);

/* The @nth allocation fails and all after it, up to inject_end(). */
int inject_from(int nth);

/* Every page is refused once the task has got @pages; to the end of the task. */
int inject_pages(int pages);

#endif /* FAULTS_INJECT_H */
