/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Chooses the functions that get BTF. A BPF program attaches to a function by its name, and trusts
 * the prototype. So a function is left out if its name stands for several functions, if units
 * disagree about the prototype, or if the parameters are not where the calling convention puts them.
 * docs/encode.md lists the rules.
 */
#ifndef REBTF_ENCODE_FUNCTIONS_H
#define REBTF_ENCODE_FUNCTIONS_H

#include "encode/condense.h"
#include "encode/function_groups.h"
#include "encode/function_judge.h"

/* Why a function has no BTF. A later reason hides an earlier one. */
enum function_reason {
	FUNCTION_CHOSEN,
	FUNCTION_NO_DWARF,     /* no unit describes it */
	FUNCTION_UNNAMED,      /* no description names all parameters, or there are too many */
	FUNCTION_FOREIGN,      /* no description has types that BTF can express */
	FUNCTION_INVALID_NAME, /* kernels refuse the name */
	FUNCTION_UNEXPECTED,   /* a parameter is in another register */
	FUNCTION_INCONSISTENT, /* units disagree about the prototype */
	FUNCTION_UNCERTAIN,    /* a parameter may be in registers or on the stack */
	FUNCTION_REORDERED,    /* the compiler changed the order of parameters */
	FUNCTION_OPTIMIZED,    /* the compiler removed or replaced parameters */
	FUNCTION_AMBIGUOUS,    /* several functions have the name */
};

#define NO_INSTANCE UINT32_MAX

/* The decision about a group. */
struct function_choice {
	uint32_t instance; /* whose prototype counts; NO_INSTANCE: the group has no instance */
	uint32_t other;	   /* FUNCTION_INCONSISTENT: one that disagrees. Else: as @instance */
	uint8_t reason;	   /* enum function_reason */
	uint8_t found, expected; /* FUNCTION_UNEXPECTED: DWARF's numbers of registers */
	bool is_true;		 /* it gets the name of its symbol and its true signature */
	/* Index of the parameter. FUNCTION_INCONSISTENT: COUNT_DIFFERS, RESULT_DIFFERS */
	uint16_t parameter;
};

enum {
	COUNT_DIFFERS = UINT16_MAX,
	RESULT_DIFFERS = UINT16_MAX - 1,
};

DEFINE_VECTOR(choice_vector, struct function_choice);

/* All functions of a file. {} is empty. */
struct functions {
	const struct function_groups *groups;
	struct function_instances instances; /* of all units */
	struct choice_vector choices;	     /* by group */
};

/*
 * Adds a collector's instances, whose nodes and strings @map renumbers; NULL: they keep their
 * numbers. Returns false if out of memory.
 */
bool functions_add(struct functions *all, const struct function_instances *instances,
		   const struct node_map *map);

/* The features that matter: CONSISTENT, DECL_TAG, KFUNCS, ATTRIBUTES, SIGNATURES. */
struct function_rules {
	uint32_t features; /* enum encode_feature */
	const struct abi_registers *abi;
	uint8_t pointer_size;
};

/* Fills all->choices. Errors: NOMEM. */
struct rebtf_error *functions_choose(struct functions *all, const struct function_groups *groups,
				     struct node_store *store, struct contexts *contexts,
				     const struct function_rules *rules);

/*
 * Describes in words why the function of @group is not in the BTF, or that it is. Returns a malloced
 * sentence without a full stop, or NULL if out of memory.
 */
char *function_reason_text(const struct functions *all, uint32_t group,
			   const struct node_store *store);

/* The word for a reason in JSON. */
const char *function_reason_word(enum function_reason reason);

/*
 * Adds the chosen functions to @builder, sorted by name: each with its FUNC_PROTO, FUNC and
 * DECL_TAGs. Errors: NOMEM; the builder keeps its own.
 */
struct rebtf_error *functions_write(const struct functions *all, const struct node_store *store,
				    struct contexts *contexts, const struct function_rules *rules,
				    struct condense *condense, struct rebtf_builder *builder);

void functions_release(struct functions *all);

#endif
