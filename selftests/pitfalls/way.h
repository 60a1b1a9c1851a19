/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A case is a program with several ways to do one thing, wrong ones and right ones.
 * Without argument it tries all of them and prints KTAP; with the name of one it does
 * that alone, in this very process, so that a tracer can watch it.
 *
 * A comment like [wrong] is where Documentation/pitfalls takes a listing from.
 */
#ifndef PITFALLS_WAY_H
#define PITFALLS_WAY_H

#include <stddef.h>

/* By name only: it does to the machine what a test should not do unasked. */
enum { WAY_BY_NAME = 1 };

/**
 * struct way - one way to do it
 * @name: begins with "wrong" or "right"
 * @run: does it, says what it sees, and claims what must be true of that
 * @missing: why it cannot be tried here, or NULL if it can; may be absent
 * @flags: WAY_BY_NAME or 0
 */
struct way {
	const char *name;
	void (*run)(void);
	const char *(*missing)(void);
	int flags;
};

/* Ends the way as failed unless @truth. */
#define claim(truth) claim_check(!!(truth), #truth, __FILE__, __LINE__)

void claim_check(int good, const char *text, const char *file, int line);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
double seconds(void);
const char *root_missing(void);
const char *error_name(void);
int ways_main(int argc, char **argv, const struct way *ways, size_t count);

#endif /* PITFALLS_WAY_H */
