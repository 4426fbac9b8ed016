/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The sizes of nodes. A node names a struct only, so its size depends on the unit. */
#ifndef REBTF_ENCODE_TYPE_SIZE_H
#define REBTF_ENCODE_TYPE_SIZE_H

#include "encode/contexts.h"

/* The view of types that a unit has. */
struct type_view {
	const struct node_store *store;
	struct contexts *contexts;
	uint32_t unit;
	uint8_t pointer_size;
};

/* Skips typedefs and qualifiers. Returns 0 for void. */
uint32_t type_stripped(const struct type_view *view, uint32_t node);

/* The definition of @node if it is a struct or union with a definition in the unit; otherwise 0. */
uint32_t type_definition(const struct type_view *view, uint32_t node);

/* In bytes. 0: unknown, or larger than UINT32_MAX. */
uint64_t type_view_size(const struct type_view *view, uint32_t node);

/* Whether a struct or union definition must have been declared as packed. */
bool type_is_packed(const struct type_view *view, uint32_t definition);

#endif
