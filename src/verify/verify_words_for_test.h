/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * For tests of the verifier: BTF as a list of words, with names from a fixed set of strings, and
 * the verdict of a kernel on it.
 */
#ifndef REBTF_VERIFY_WORDS_FOR_TEST_H
#define REBTF_VERIFY_WORDS_FOR_TEST_H

#include "verify/verify_for_test.h"

/* The strings of most tests, and their offsets. */
#define STRINGS "\0int\0x y\0.bss\0tag"
#define S_INT	1
#define S_SPACE 5
#define S_BSS	9
#define S_TAG	14
#define S_END	18

/* Type 1 of most tests. */
#define AN_INT S_INT, INFO(INT, 0), 4, INT_DATA(1, 0, 32)

#define EXPECT(kernel, kernel_btf, base, part, ...)                                                \
	do {                                                                                       \
		const uint32_t raw_words[] = { __VA_ARGS__ };                                      \
		expect_raw(raw_words, sizeof(raw_words), STRINGS, sizeof(STRINGS), base, kernel,   \
			   kernel_btf, part, __LINE__);                                            \
	} while (0)

/* Rules that all versions have. */
#define ACCEPTS(...)	   EXPECT("6.18", false, NULL, NULL, __VA_ARGS__)
#define REFUSES(part, ...) EXPECT("6.18", false, NULL, part, __VA_ARGS__)

#endif
