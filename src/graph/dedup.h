/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Deduplicates BTF: of equal types, which have the same contents and refer to equal types at any
 * depth, the result has one. Which types are equal does not depend on their order (partition.h).
 * Variables and sections are equal only to themselves.
 *
 * Forward declarations become the definition that they stand for (forward_resolve.h).
 *
 * Over a base, a type that equals a base type becomes that. The base stays as it is and counts as
 * deduplicated: if it has equal types, a type can match either. The base is searched by name and by
 * contents, with indexes that are built once, so the work depends on the size of the split BTF.
 * Types that refer to themselves without a named struct or union in between are not searched for:
 * they are not valid C.
 */
#ifndef REBTF_GRAPH_DEDUP_H
#define REBTF_GRAPH_DEDUP_H

#include "graph/partition.h"

/*
 * Sets @result to the deduplicated types of @btf, over the same base. Types keep their order: that
 * of the first of each class which is not a forward declaration. So do strings: that of the first
 * reference in @btf.
 *
 * Sets @map, malloced, to the new id of each own type of @btf, by its number from 0: in @result or
 * its base. Base types keep their ids. @map may be NULL. Errors: NOMEM; UNSUPPORTED (a type of
 * unknown kind, or names inside other names); WRONG_BASE (a reference of split BTF that no compiler
 * makes).
 */
struct rebtf_error *dedup_types(const struct rebtf_btf *btf, struct rebtf_btf **result,
				uint32_t **map);

#endif
