/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Hashes types, and compares two types by their contents. */
#ifndef REBTF_LIBBPF_UNIFY_EQUAL_H
#define REBTF_LIBBPF_UNIFY_EQUAL_H

#include <string.h>

#include "btf/kind.h"

/*
 * Hashes the parts of a type that are compared before its references are. The order in the table
 * depends on the hash (unify_table.h), so this is libbpf's.
 */
uint64_t unify_hash(const struct rebtf_type *t);

/* Whether names, infos and sizes (or references) are the same. */
static inline bool unify_same_start(const struct rebtf_type *a, const struct rebtf_type *b)
{
	return a->name_off == b->name_off && a->info == b->info && a->size == b->size;
}

/* Whether two types without elements, of the same kind, are the same. */
static inline bool unify_same_words(const struct rebtf_type *a, const struct rebtf_type *b)
{
	return unify_same_start(a, b) && !memcmp(a + 1, b + 1, layout_of(a)->info_size);
}

/* Whether all words of the two types are the same. */
static inline bool unify_equal(const struct rebtf_type *a, const struct rebtf_type *b)
{
	return unify_same_words(a, b) &&
	       !memcmp((const uint8_t *)(a + 1) + layout_of(a)->info_size,
		       (const uint8_t *)(b + 1) + layout_of(b)->info_size,
		       (size_t)layout_of(a)->elem_size * rebtf_type_vlen(a));
}

/* Whether a type is an enumeration without values, which declares one with values. */
static inline bool unify_is_enum_declaration(const struct rebtf_type *t)
{
	return kind_is_enum(rebtf_type_kind(t)) && !rebtf_type_vlen(t);
}

/* Whether two enumerations are the same, or one declares the other. */
bool unify_enums_fit(const struct rebtf_type *a, const struct rebtf_type *b);

/* Whether two structs or unions are the same but for the types of their members. */
bool unify_same_members(const struct rebtf_type *a, const struct rebtf_type *b);

/* Whether two prototypes are the same but for their types. */
bool unify_same_parameters(const struct rebtf_type *a, const struct rebtf_type *b);

/* Whether two arrays are the same but for their types. */
static inline bool unify_same_length(const struct rebtf_type *a, const struct rebtf_type *b)
{
	return unify_same_start(a, b) && rebtf_array(a)->nelems == rebtf_array(b)->nelems;
}

#endif
