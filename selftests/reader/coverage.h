/* SPDX-License-Identifier: GPL-2.0-only */
/* Included in every file of a reader that "coverage" builds: _exit() tells what was run, too. */
#ifndef READER_COVERAGE_H
#define READER_COVERAGE_H

#include <unistd.h>

void __gcov_dump(void);

static inline void __attribute__((noreturn, unused)) coverage_exit(int status)
{
	__gcov_dump();
	_exit(status);
}

#define _exit(status) coverage_exit(status)

#endif /* READER_COVERAGE_H */
