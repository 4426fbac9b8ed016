/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Turns nodes into types of BTF: one type for a node, or for each instance of a mixed node. They
 * are in the order of their first occurrence in the units, which does not depend on threads.
 */
#ifndef REBTF_ENCODE_CONDENSE_H
#define REBTF_ENCODE_CONDENSE_H

#include "encode/contexts.h"

struct condense;

/*
 * Returns the INT that is the type of array indices, which C compilers do not record: the first
 * "int" of the units, or else a new node. Must precede contexts_make(). 0: out of memory.
 */
uint32_t condense_index_type(struct node_store *store);

/*
 * Adds the types of all nodes that units have to @builder. @contexts, which may get more instances,
 * and @builder must outlive the result. @index_type: from condense_index_type(). Errors: those of the
 * builder.
 */
struct rebtf_error *condense_new(struct contexts *contexts, uint32_t index_type,
				 struct rebtf_builder *builder, struct condense **condense);
void condense_free(struct condense *c); /* NULL is allowed */

/*
 * Returns the BTF id of @node as @unit sees it, or 0: void, or the builder has an error. Adds the
 * type to the builder if it is not there yet. So the builder's last type can change.
 */
uint32_t condense_id(struct condense *c, uint32_t node, uint32_t unit);

/* Returns the offset of a string of the store in the builder's strings. */
uint32_t condense_string(struct condense *c, uint32_t string);

#endif
