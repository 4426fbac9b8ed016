/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds types that are kept apart from the base. The base only declares a struct that the split BTF
 * defines. Own types that refer to that struct, directly or through unnamed types, do not become
 * types of the base, because these refer to its declaration. But types that refer to them do:
 * otherwise a module that defines such a struct would repeat most types of its kernel.
 *
 * If the base only declares an enumeration, only the unnamed types are kept apart. A struct that
 * refers to it has the same members and sizes whether its values are known or not.
 */
#ifndef REBTF_GRAPH_DEDUP_APART_H
#define REBTF_GRAPH_DEDUP_APART_H

#include "graph/forward_names.h"

struct apart_types {
	uint8_t *apart;	 /* by id: whether it is kept apart; NULL: no type is */
	uint32_t *ids;	 /* by block: room for the ids of these types in the result */
	uint32_t *first; /* by block: the first of these types, or 0 */
};

/* Only the first @own_count types of the partition are own types. Errors: NOMEM. */
struct rebtf_error *apart_types_find(struct apart_types *a, const struct forward_names *f,
				     const struct partition *p, uint32_t own_count);
void apart_types_release(struct apart_types *a);

static inline bool apart_is(const struct apart_types *a, uint32_t id)
{
	return a->apart && a->apart[id];
}

static inline uint32_t apart_first(const struct apart_types *a, uint32_t block)
{
	return a->apart ? a->first[block] : 0;
}

#endif
