/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The types of one unit. unit_types_read() walks over the unit's DIEs once and keeps the types in
 * arrays (unit_types.c). Then it turns them into nodes (unit_nodes.c). Both use the same struct for
 * unit after unit.
 *
 * C has no word for some types of other languages. References to such a type become void. A member
 * that BTF cannot express is left out. Both are reported.
 */
#ifndef REBTF_ENCODE_UNIT_TYPES_H
#define REBTF_ENCODE_UNIT_TYPES_H

#include "encode/unit_nodes.h"

void unit_types_init(struct unit_types *t, struct node_store *store, uint32_t features);
void unit_types_release(struct unit_types *t);

/* t->functions wants variables, too. Most files have no variables that count. */
void unit_types_want_variables(struct unit_types *t);

/* Forgets the types of the last unit. */
void unit_types_clear(struct unit_types *t);

/*
 * Adds the types of the reader's unit, which has number @unit, to the store. Sets t->nodes. Shows
 * the DIEs of functions and variables to t->functions. Errors: those of die_next(), NOMEM.
 */
struct rebtf_error *unit_types_read(struct unit_types *t, struct unit_reader *reader,
				    uint32_t unit);

#endif
