/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Redirects references from forward declarations to their struct or union, if the BTF has both. */
#ifndef REBTF_GRAPH_FORWARDS_H
#define REBTF_GRAPH_FORWARDS_H

#include "graph/partition.h"

/* The FWD was not made from a struct or union. */
#define NOT_CUT UINT32_MAX

/*
 * Sets targets[id], for 0 and each type id of @run, to the new target of references to that type. A
 * FWD is redirected to the only struct or union of its name, other types keep their id.
 * cut_sizes[id] is the size in bytes of the struct or union that a FWD was made from, otherwise
 * NOT_CUT. If that size differs from the definition's, they are different types. Sets @found to the
 * number of redirected FWDs. Errors: NOMEM.
 */
struct rebtf_error *resolve_forwards(const struct type_run *run, const uint32_t *cut_sizes,
				     uint32_t *targets, uint32_t *found);

/*
 * Sets contained[id] for the types that structs, unions, arrays and sections contain by value.
 * Compilers never emit a struct that contains a declared type by value. If one does so anyway, the
 * declaration must be kept, otherwise the struct might come to contain itself.
 */
void forwards_find_contained(const struct type_run *run, uint8_t *contained);

#endif
