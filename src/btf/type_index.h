/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds types of BTF by their whole contents, so that what is built over it need not repeat them.
 * Named structs and unions, variables and sections are not in the index: the first are found by
 * name, the others are never the same. Each object has indexes of its own types: one of functions,
 * one of prototypes and one of other kinds. Each is built for the first search and shared by all
 * threads. Functions are half of a kernel's types, but few modules search for one.
 */
#ifndef REBTF_BTF_TYPE_INDEX_H
#define REBTF_BTF_TYPE_INDEX_H

#include "btf/btf.h"

struct table;

/*
 * Sets @id to the lowest type of @btf or its bases with the same words as @type, which is @size
 * bytes long. 0: none has. Strings are compared by offset: @type must have the first offset of each
 * of its strings in @btf (see string_index_find()). Errors: NOMEM.
 */
struct rebtf_error *type_index_find(const struct rebtf_btf *btf, const struct rebtf_type *type,
				    size_t size, uint32_t *id);

void type_index_free(struct table *index);

#endif
