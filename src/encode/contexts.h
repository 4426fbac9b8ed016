/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the definition that a node of kind FWD stands for. If all units agree on the definition of a
 * name, it is that one, also in units that only have a declaration. Otherwise the name is ambiguous:
 * the answer depends on the unit, and so does the meaning of each node that leads to the name. Such
 * nodes are *mixed*. Units that agree on all ambiguous names are a *group*. A mixed node is a type
 * of its own, an *instance*, in each group that has it.
 *
 * Only a few names of a kernel are ambiguous, and few nodes are mixed.
 */
#ifndef REBTF_ENCODE_CONTEXTS_H
#define REBTF_ENCODE_CONTEXTS_H

#include "encode/node_merge.h"
#include "encode/unit_list.h"
#include "util/table.h"
#include "util/vec.h"

/* A mixed node as the units of a group see it. */
struct node_instance {
	uint32_t node, group;
	uint64_t first; /* smallest position of a DIE in the group's units */
};

DEFINE_VECTOR(node_instance_vector, struct node_instance);

/* The definition of an ambiguous name in a group. */
struct group_choice {
	uint32_t forward, definition;
};

DEFINE_VECTOR(group_choice_vector, struct group_choice);

struct contexts {
	const struct node_store *store;
	/*
	 * By node. Of a FWD: its only definition, 0 without a definition, or AMBIGUOUS. Of a
	 * definition: its FWD. Of another: 0.
	 */
	uint32_t *definitions;
	uint8_t *mixed; /* by node */
	uint32_t node_count;
	uint32_t *groups; /* by unit. Group 0 has no definition of an ambiguous name. */
	uint32_t unit_count;
	struct group_choice_vector choices; /* of all groups, by forward in each */
	struct u32_vector starts;	    /* by group: its first choice; and the end */
	struct node_instance_vector instances;
	struct table by_key;	 /* of node and group: index of the instance plus 1 */
	uint32_t *only_instance; /* by node: index plus 1; SEVERAL_INSTANCES; 0 */
	uint32_t *first_units;	 /* by node, for contexts_unit_with(); or NULL */
};

#define AMBIGUOUS	  UINT32_MAX
#define SEVERAL_INSTANCES UINT32_MAX

/*
 * Finds out about all nodes of @store, which came from the stores of @maps. @lists: one for each of
 * @count units. Adds FWD nodes for definitions that lack one. Errors: NOMEM.
 */
struct rebtf_error *contexts_make(struct contexts *c, struct node_store *store,
				  const struct node_map *maps, const struct unit_list *lists,
				  uint32_t count);
void contexts_release(struct contexts *c);

/*
 * The type that units of *@group mean by *@node, which becomes the definition if it is a FWD with
 * one. Returns whether it is mixed. Then *@group is the group of the instance, which the group of a
 * unit that only declares the type does not have.
 */
bool contexts_resolve(const struct contexts *c, uint32_t *node, uint32_t *group);

/*
 * Returns the index of the instance of the mixed node @node in @group, plus 1. Adds one if necessary,
 * with @first. 0: out of memory.
 */
uint32_t contexts_instance(struct contexts *c, uint32_t node, uint32_t group, uint64_t first);

/*
 * Returns a unit that has the type @node: @unit if its group does, or else the first one that does. A
 * function's unit can lack its types, because dwz moves them to a unit that several units share.
 * Returns @unit if no unit has the type.
 */
uint32_t contexts_unit_with(struct contexts *c, uint32_t node, uint32_t unit);

/*
 * The STRUCT or UNION that the node @forward, of kind FWD, stands for in @unit. 0: no such node, or
 * the unit does not tell which.
 */
uint32_t contexts_definition(const struct contexts *c, uint32_t forward, uint32_t unit);

#endif
