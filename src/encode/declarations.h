/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The functions and variables of a file, from its symbols to the BTF:
 *
 *   1. Group the symbols (function_groups.h) and find the sections of variables (variables.h).
 *   2. Each thread collects the functions and variables of its units (unit_functions.h).
 *   3. Gather the collections of the threads.
 *   4. Choose functions (functions.h) and write them, then the variables (datasec.h).
 */
#ifndef REBTF_ENCODE_DECLARATIONS_H
#define REBTF_ENCODE_DECLARATIONS_H

#include "encode/datasec.h"
#include "encode/functions.h"
#include "encode/unit_functions.h"

/* {} is empty. */
struct declarations {
	const struct encode_object *object;
	struct function_rules rules;
	struct function_groups groups;
	struct variable_sections sections;
	struct functions functions;
	struct variable_list variables;
	/* enum variable_reason, by variable; after declarations_write() */
	uint8_t *variable_reasons;
};

/* @features: enum encode_feature. @object must outlive @d. Errors: NOMEM. */
struct rebtf_error *declarations_init(struct declarations *d, const struct encode_object *object,
				      uint32_t features);
void declarations_release(struct declarations *d);

/*
 * Makes a collector for a thread. @store, of the thread, gets strings and prototypes. @units and
 * @supplementary are all units of the file and of its supplementary file. Errors: NOMEM.
 */
struct rebtf_error *declarations_collector(const struct declarations *d,
					   const struct dwarf_unit_vector *units,
					   const struct dwarf_unit_vector *supplementary,
					   struct node_store *store,
					   struct unit_functions **collector);

/* Gathers the collection of a thread. @map: of its store, in the merged one. Errors: NOMEM. */
struct rebtf_error *declarations_gather(struct declarations *d,
					const struct unit_functions *collector,
					const struct node_map *map);

/*
 * Adds functions and variables to @builder. @store is the merged one. Errors: NOMEM; the builder
 * keeps its own.
 */
struct rebtf_error *declarations_write(struct declarations *d, struct node_store *store,
				       struct contexts *contexts, struct condense *condense,
				       struct rebtf_builder *builder);

/* A function or variable, and why it has BTF or not. */
struct declaration_fate {
	char *name;	  /* malloced */
	char *reason;	  /* malloced: a sentence without a full stop */
	const char *word; /* the reason in JSON; "encoded" if it has BTF */
	bool is_variable;
	bool has_die;	     /* the next two are valid */
	uint32_t unit;	     /* that describes it */
	uint64_t die_offset; /* in the unit's section */
};

DEFINE_VECTOR(fate_vector, struct declaration_fate);

/* After declarations_write(): appends the fates of all that have no BTF, by name. Errors: NOMEM. */
struct rebtf_error *declarations_skipped(const struct declarations *d,
					 const struct node_store *store, struct fate_vector *fates);

/*
 * After declarations_write(): appends the fate of the functions and variables with that name. Errors:
 * NOMEM.
 */
struct rebtf_error *declarations_explain(const struct declarations *d,
					 const struct node_store *store, const char *name,
					 struct fate_vector *fates);

void fates_release(struct fate_vector *fates);

#endif
