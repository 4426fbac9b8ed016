/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Collects the functions and variables of units. unit_types.c walks the DIEs of a unit once and
 * shows each DIE of a function, parameter, variable or annotation to unit_functions_die(). When the
 * unit's types have nodes, unit_functions_finish() makes an instance (instances.h) of each function
 * whose name has a group.
 */
#ifndef REBTF_ENCODE_UNIT_FUNCTIONS_H
#define REBTF_ENCODE_UNIT_FUNCTIONS_H

#include "encode/function_groups.h"
#include "encode/instances.h"
#include "encode/unit_nodes.h"
#include "encode/variables.h"

struct unit_functions;

/*
 * Makes a collector for one thread. @store gets the prototypes and strings. @units and
 * @supplementary: all units of @file and of its supplementary file. Errors: NOMEM.
 */
struct rebtf_error *unit_functions_new(const struct dwarf_file *file,
				       const struct dwarf_unit_vector *units,
				       const struct dwarf_unit_vector *supplementary,
				       const struct function_groups *groups,
				       const struct variable_sections *sections,
				       struct node_store *store, struct unit_functions **functions);
void unit_functions_free(struct unit_functions *f); /* NULL is allowed */

/* Starts with the unit of @reader, number @unit. */
void unit_functions_start(struct unit_functions *f, struct unit_reader *reader, uint32_t unit);

/* Whether unit_functions_die() wants DIEs of this tag. */
static inline bool unit_functions_wants(uint16_t tag)
{
	return tag == DW_TAG_subprogram || tag == DW_TAG_formal_parameter ||
	       tag == DW_TAG_unspecified_parameters || tag == DW_TAG_variable ||
	       tag == DW_TAG_LLVM_annotation;
}

/*
 * Looks at the next wanted DIE of the unit, outside of inlined subroutines. @parent: tag of the DIE
 * around it. Errors: as die_next().
 */
struct rebtf_error *unit_functions_die(struct unit_functions *f, const struct die *die,
				       uint16_t parent);

/* Makes the unit's instances and variables. @types has the unit's types. Errors: NOMEM. */
struct rebtf_error *unit_functions_finish(struct unit_functions *f, struct unit_types *types);

/* All that the collector found so far. */
const struct function_instances *unit_functions_instances(const struct unit_functions *f);
const struct variable_list *unit_functions_variables(const struct unit_functions *f);

#endif
