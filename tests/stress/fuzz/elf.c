/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Fuzz target: any bytes as a module, an ELF file or raw BTF. Covers sections, the note, the saved
 * original, expectations, a signature, and rewriting the module.
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

	if (ok(rebtf_module_open(file_of(data, size), NULL, &module))) {
		look_at_module(module);
		rebtf_module_free(module);
	}
	return 0;
}
