/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds types of BTF by their whole contents, so that BTF over it need not repeat them. Named
 * structs and unions, variables and sections are not in the index: the first are found by name, the
 * others are never the same. Each object has indexes of its own types: one of functions, one of
 * prototypes and one of other kinds. Each is built for the first search and shared by all threads.
 * Functions are half of a kernel's types, but few modules search for one.
 */
#ifndef REBTF_BTF_TYPE_INDEX_H
#define REBTF_BTF_TYPE_INDEX_H

#include "btf/btf.h"

struct table;

/*
 * The types of a base that a few types may equal. Indexing only these costs a tenth of indexing all.
 * {} selects no type.
 */
struct type_filter {
	uint64_t bits[1024]; /* by type_filter_bit() */
};

/* A type will be searched for. Only its names and kind count: its ids may change. */
void type_filter_add(struct type_filter *filter, const struct rebtf_type *type);

/*
 * Sets @few to an index of the types of @btf that pass the filter, which the caller frees with
 * table_free(). Sets @few to NULL if @btf has a base or was searched before: use its full indexes
 * then. Errors: NOMEM.
 */
struct rebtf_error *type_index_of_few(const struct rebtf_btf *btf, const struct type_filter *filter,
				      struct table **few);

/*
 * Sets @id to the lowest type of @btf or its bases with the same words as @type, which is @size
 * bytes long. 0: no such type. Strings are compared by offset: @type must have the first offset of
 * each of its strings in @btf (see string_index_find()). @few: NULL, or an index for @type among
 * others. Errors: NOMEM.
 */
struct rebtf_error *type_index_find(const struct rebtf_btf *btf, const struct table *few,
				    const struct rebtf_type *type, size_t size, uint32_t *id);

#endif
