// SPDX-License-Identifier: GPL-2.0-only
/*
 * corpus_run FILE...: hands each file to the fuzz target, as libFuzzer would, so that
 * the target is built and its rules hold where nothing is fuzzed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

int main(int argc, char **argv)
{
	int n;

	MUST(argc > 1);
	LLVMFuzzerInitialize(&argc, &argv);
	for (n = 1; n < argc; n++) {
		FILE *file = fopen(argv[n], "re");
		uint8_t *data;
		size_t size;

		MUST(file && !fseek(file, 0, SEEK_END));
		size = (size_t)ftell(file);
		rewind(file);
		data = malloc(size + 1);
		MUST(data && fread(data, 1, size, file) == size);
		fclose(file);
		fprintf(stderr, "%s\n", argv[n]);
		LLVMFuzzerTestOneInput(data, size);
		free(data);
	}
	return 0;
}
