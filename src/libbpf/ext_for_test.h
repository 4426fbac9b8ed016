/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* A .BTF.ext for the tests: one function, one line and one relocation. */
#ifndef REBTF_LIBBPF_EXT_FOR_TEST_H
#define REBTF_LIBBPF_EXT_FOR_TEST_H

#include "libbpf/built_for_test.h"

enum {
	EXT_SECTION_NAME = 9, /* words of the functions' list: the name of the ELF section, ... */
	EXT_FUNC_TYPE = 12,
	EXT_LINE_FILE = 17,
	EXT_RELO_TYPE = 24,
	EXT_RELO_ACCESS = 25,
	EXT_WORDS = 27,
};

/* The strings of the lists and records, and the types of records. */
struct ext_words {
	uint32_t words[EXT_WORDS];
};

static inline struct ext_words ext_of(uint32_t string, uint32_t type)
{
	const uint32_t start = built_start(BTF_MAGIC, 1, 0);

	return (struct ext_words){ {
		start, 32,     0, 20, 20,     28,     48,
		28,			    /* header */
		8,     string, 1, 0,  type, /* functions */
		16,    string, 1, 0,  string, string, 0 /* lines */,
		16,    string, 1, 0,  type,   string, 0 /* relocations */
	} };
}

static inline struct ext_section *ext_opened(const struct ext_words *w)
{
	return btf_ext__new((const uint8_t *)w->words, sizeof(w->words));
}

static inline uint32_t ext_word_at(const struct ext_section *ext, size_t word)
{
	uint32_t size;

	return ((const uint32_t *)btf_ext__raw_data(ext, &size))[word];
}

static inline void ext_free(struct ext_section **ext)
{
	btf_ext__free(*ext);
}

#define _cleanup_ext_ _cleanup_(ext_free)

#endif
