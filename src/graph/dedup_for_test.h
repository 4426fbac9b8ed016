/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Deduplicates BTF for unit tests, and builds the structs and pointers that these need. */
#ifndef REBTF_GRAPH_DEDUP_FOR_TEST_H
#define REBTF_GRAPH_DEDUP_FOR_TEST_H

#include "btf/build_for_test.h"
#include "graph/dedup.h"

/* Returns the deduplicated types, from the bytes of the result, so that they are checked. */
static inline struct rebtf_btf *dedup_checked(const struct rebtf_btf *btf)
{
	_cleanup_bytes_ struct bytes bytes = {};
	struct rebtf_btf *result, *checked;

	assert_ok(dedup_types(btf, &result, NULL));
	bytes = written(result, 0);
	assert_ok(open_bytes(&bytes, rebtf_btf_base(btf), &checked));
	rebtf_btf_unref(result);
	return checked;
}

/*
 * Deduplicates and frees the input. That of a builder is known to have each string only once, so
 * the same types from a file come to the same result in another way.
 */
static inline struct rebtf_btf *deduplicated(struct rebtf_btf *btf)
{
	_cleanup_unref_ struct rebtf_btf *from_file = NULL, *other = NULL;
	_cleanup_bytes_ struct bytes bytes = written(btf, 0);
	struct rebtf_btf *result = dedup_checked(btf);
	_cleanup_free_ char *text = dump_text(result);

	assert_ok(open_bytes(&bytes, rebtf_btf_base(btf), &from_file));
	other = dedup_checked(from_file);
	assert_dump(other, text);
	rebtf_btf_unref(btf);
	return result;
}

#define INT "INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"

static inline uint32_t add_struct(struct rebtf_builder *b, const char *name, const char *member,
				  uint32_t type)
{
	uint32_t id = rebtf_builder_struct(b, REBTF_KIND_STRUCT, name, 8);

	rebtf_builder_member(b, member, type, 0, 0);
	return id;
}

static inline uint32_t add_ptr(struct rebtf_builder *b, uint32_t type)
{
	return rebtf_builder_ref(b, REBTF_KIND_PTR, type);
}

/* struct NAME { struct TARGET *p; }, where @target is that struct or its declaration. */
static inline uint32_t add_holder(struct rebtf_builder *b, const char *name, uint32_t target)
{
	return add_struct(b, name, "p", add_ptr(b, target));
}

#endif
