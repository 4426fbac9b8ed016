/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: split BTF over its base. The input is up to four files, each after its length and
 * split from the one before. BTF that opens can be read, dumped and written over the same base, and
 * stays equal.
 */
#include "fuzz.h"
#include "mutate.h"

#define DEPTH 4

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_files(data, size, max_size, DEPTH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct rebtf_btf *base = NULL, *split;

	for (int depth = 0; depth < DEPTH; depth++) {
		split = next_btf(&input, base);
		/* The split holds its own reference. */
		rebtf_btf_unref(base);
		if (!split)
			return 0;
		look_at(split);
		must_reopen_in_all_ways(split);
		base = split;
	}
	rebtf_btf_unref(base);
	return 0;
}
