/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: any bytes as a module, which is an ELF file or raw BTF: sections, the mark, what was
 * kept, expectations, a signature, and all that writing it again touches.
 */
#include "modules.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	mutate_start(seed);
	return mutate_file(data, size, max_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rebtf_module *module;

	if (ok(rebtf_module_open(file_of(data, size), &module))) {
		look_at_module(module);
		rebtf_module_free(module);
	}
	return 0;
}
