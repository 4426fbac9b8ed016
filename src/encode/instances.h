/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The instances of functions: a function as one unit describes it, with its prototype and with the
 * compiler's changes to it. A function has several: a unit can have one for inlining it and one for
 * its code, and all units that include a header have those of its inline functions.
 */
#ifndef REBTF_ENCODE_INSTANCES_H
#define REBTF_ENCODE_INSTANCES_H

#include "encode/nodes.h"
#include "encode/parameters.h"
#include "encode/variables.h"
#include "util/table.h"

enum instance_flag {
	INSTANCE_AT_SYMBOL = 1u << 0, /* its code is at the address of its group */
	INSTANCE_HAS_FACTS = 1u << 1, /* its code is in the file: its parameters have facts */
	INSTANCE_FROM_CLANG = 1u << 2,
	/* By clang's mark, the function does not follow the calling convention. */
	INSTANCE_NOCALL = 1u << 3,
	INSTANCE_REORDERED = 1u << 4, /* parameters are not in the order of the source */
	/* A parameter has no name, or there are too many. The instance has no prototype. */
	INSTANCE_UNNAMED = 1u << 5,
};

struct function_instance {
	uint64_t first;	     /* smallest position: unit << 32 | order in it */
	uint64_t die_offset; /* of the function at that position */
	uint32_t group;
	/*
	 * A FUNC_PROTO node. 0: the group is ambiguous, the instance is INSTANCE_UNNAMED, or (after
	 * merging) BTF cannot express the prototype.
	 */
	uint32_t proto;
	uint32_t facts; /* index of its first parameter's */
	uint32_t tags;	/* index of its first declaration tag */
	uint16_t tag_count;
	uint16_t parameter_count; /* without "..." */
	uint32_t flags;		  /* enum instance_flag */
};

DEFINE_VECTOR(instance_vector, struct function_instance);
DEFINE_VECTOR(facts_vector, struct parameter_facts);

/* Instances. Equal ones are there only once. {} is empty. */
struct function_instances {
	struct instance_vector list;
	struct facts_vector facts;
	struct decl_tag_vector tags;
	struct table table; /* indices in the list, plus 1 */
};

/*
 * Adds an instance, or lowers the position of an equal one. @instance->facts and ->tags are ignored:
 * they become copies of @facts and @tags. Returns false if out of memory.
 */
bool function_instances_add(struct function_instances *all,
			    const struct function_instance *instance,
			    const struct parameter_facts *facts, const struct decl_tag *tags);
void function_instances_release(struct function_instances *all);

#endif
