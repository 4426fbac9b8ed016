/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Whether a member of one type can stand in for a member of the other. */
#ifndef REBTF_GRAPH_SAME_TYPE_H
#define REBTF_GRAPH_SAME_TYPE_H

#include "graph/members.h"

/*
 * Whether the types are the same, ignoring typedefs, qualifiers and type tags. By value, structs
 * and unions must have the same kind, name and size. Behind a pointer, the same kind and name. In
 * anonymous ones, each old member must have a partner with the same offset and type. Integers must
 * have the same size and encoding.
 */
bool same_type(struct comparison *c, uint32_t old_id, uint32_t new_id);

#endif
