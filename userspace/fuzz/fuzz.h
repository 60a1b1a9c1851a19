/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the fuzz target have in common.
 */
#ifndef IPCLENS_FUZZ_H
#define IPCLENS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "../parse.h"

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);  \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* libFuzzer's names. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void check_bytes(const char *s, size_t size);
void fuzz_triage(const struct capture *capture, uint8_t choice);
void fuzz_story(const struct capture *capture, uint8_t choice);

#endif /* IPCLENS_FUZZ_H */
