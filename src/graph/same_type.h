/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Whether two types are as good as one another to whom a member of the one is one of the other. */
#ifndef REBTF_GRAPH_SAME_TYPE_H
#define REBTF_GRAPH_SAME_TYPE_H

#include "graph/members.h"

/*
 * Whether the types are the same but for typedefs, qualifiers and type tags. By value, structs and
 * unions are the same if kind, name and size are; behind a pointer, if kind and name are; anonymous
 * ones, if each old member has a partner at the same place and of the same type. Integers go by
 * size and encoding.
 */
bool same_type(struct comparison *c, uint32_t old_id, uint32_t new_id);

#endif
