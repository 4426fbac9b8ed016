/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Objects with a .BTF_ids for tests, made by libelf alone. */
#ifndef REBTF_MODULE_TEST_IDS_H
#define REBTF_MODULE_TEST_IDS_H

#include <stdint.h>

#include "util/file.h"

struct test_symbol {
	const char *name;
	uint64_t value;
	uint64_t size;
};

/* An object with .BTF_ids (and without .BTF, which is not needed). */
struct test_ids {
	int elf_class; /* ELFCLASS64 if 0 */
	int encoding;  /* the host's if 0 */
	uint16_t type; /* ET_REL if 0 */
	uint64_t address;
	const uint32_t *words;
	size_t word_count;
	const struct test_symbol *symbols;
	size_t symbol_count;
};

void test_ids_make(const struct test_ids *ids, struct file_bytes *bytes);

#endif
