/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the operations of a random caller share. Not for tests.
 */
#ifndef STRESS_CALLER_H
#define STRESS_CALLER_H

#include "calls.h"

#include <errno.h>

unsigned int caller_random(struct caller *caller, unsigned int below);
size_t caller_size(struct caller *caller);
off_t caller_offset(struct caller *caller);

/* The descriptor was opened for reading. */
bool caller_reads(const struct caller *caller);

/* @what had a result that it must not have. */
void caller_tell(struct caller *caller, const char *what, long result);

/* @got bytes of @file have come from @offset on, of which @size were asked for. */
void caller_compare(struct caller *caller, const struct calls_file *file, off_t offset,
		    size_t size, ssize_t got);

/* The result must be -1 with one of the errors. */
#define MUST_FAIL(caller, call, ...) do { \
	const int errors_[] = { __VA_ARGS__ }; \
	long got_ = (call); \
	unsigned int n_; \
	for (n_ = 0; got_ == -1 && n_ < sizeof(errors_) / sizeof(errors_[0]); n_++) \
		if (errno == errors_[n_]) \
			break; \
	if (got_ != -1 || n_ == sizeof(errors_) / sizeof(errors_[0])) \
		caller_tell(caller, #call, got_); \
} while (0)

/* Operations that hardly any program asks of such a file. */
void caller_read_flags(struct caller *caller);
void caller_copy_range(struct caller *caller);
void caller_lock(struct caller *caller);
void caller_own(struct caller *caller);
void caller_submit(struct caller *caller);
void caller_describe(struct caller *caller);
void caller_attributes(struct caller *caller);

#endif /* STRESS_CALLER_H */
