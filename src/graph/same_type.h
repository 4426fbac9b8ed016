/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Whether a member of one type can stand in for a member of the other. */
#ifndef REBTF_GRAPH_SAME_TYPE_H
#define REBTF_GRAPH_SAME_TYPE_H

#include "graph/members.h"

/*
 * Whether the types are the same, ignoring typedefs, qualifiers and type tags. Structs and unions
 * must have the same kind and name and, unless they are behind a pointer, the same size. In an
 * anonymous struct or union, each old member must have a partner with the same offset and type.
 * Integers must have the same size and encoding.
 */
bool same_type(struct comparison *c, uint32_t old_id, uint32_t new_id);

#endif
