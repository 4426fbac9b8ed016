/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Shared by tests of standalone BTF: the step from a builder to the result, which is checked like a
 * file, types to build with, and a base.
 */
#ifndef REBTF_SPLIT_STANDALONE_FOR_TEST_H
#define REBTF_SPLIT_STANDALONE_FOR_TEST_H

#include "split/split_for_test.h"

static inline struct rebtf_btf *made_standalone(const struct rebtf_btf *split, bool full)
{
	REBTF_OPTIONS(rebtf_standalone_options, extent, .full = full);
	struct rebtf_btf *result;

	assert_ok(rebtf_standalone(split, &extent, &result));
	assert_null(rebtf_btf_base(result));
	assert_reopens(result);
	return result;
}

/* Makes the split that @b builds standalone. */
static inline struct rebtf_btf *built_standalone(struct rebtf_builder *b, bool full)
{
	_cleanup_unref_ struct rebtf_btf *split = built(b);

	return made_standalone(split, full);
}

static inline void assert_standalone(struct rebtf_builder *b, bool full, const char *want)
{
	_cleanup_unref_ struct rebtf_btf *result = built_standalone(b, full);

	assert_dump(result, want);
}

#define INT_LINE(id) "[" #id "] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"

/* A struct of one member "x" at its start. */
static inline uint32_t add_struct(struct rebtf_builder *b, const char *name, uint32_t size,
				  uint32_t type)
{
	uint32_t id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, size);

	rebtf_builder_member(b, "x", type, 0, 0);
	return id;
}

enum { INT = 1, INNER, PTR_INNER, OUTER, PTR_OUTER, UNUSED, TOP, LIKE_INT };

/* A base: OUTER has a pointer to INNER, and TOP contains an OUTER. */
static inline struct rebtf_btf *build_base(void)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	add_struct(b, "inner", 4, LIKE_INT);
	rebtf_builder_ref(b, REBTF_KIND_PTR, INNER);
	add_struct(b, "outer", 8, PTR_INNER);
	rebtf_builder_ref(b, REBTF_KIND_PTR, OUTER);
	rebtf_builder_float(b, "unused", 8);
	add_struct(b, "top", 8, OUTER);
	rebtf_builder_typedef(b, "int_t", INT);
	return built(b);
}

#endif
