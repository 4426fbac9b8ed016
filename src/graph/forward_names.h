/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Lists the names that have forward declarations, and their definitions. A FWD declares a struct or
 * union, an ENUM without values an ENUM or ENUM64. The names of structs, of unions and of
 * enumerations are different names.
 */
#ifndef REBTF_GRAPH_FORWARD_NAMES_H
#define REBTF_GRAPH_FORWARD_NAMES_H

#include "graph/partition.h"

/* A name with forward declarations of a kind. */
struct forward_name {
	uint32_t forward; /* id of a forward declaration */
	uint32_t first;	  /* index of its first definition in definitions */
	uint32_t count;	  /* of definitions */
	uint32_t chosen;  /* the block of the definition, or NO_BLOCK */
	bool several;	  /* its definitions are in several blocks */
	/* References see only the name, to the end, unless its definitions are in several blocks. */
	bool kept;
};

DEFINE_VECTOR(forward_name_vector, struct forward_name);

struct forward_names {
	struct forward_name_vector names; /* number 0 is not used */
	uint32_t *by_id;		  /* by id: the number of its name, or 0 */
	uint32_t *definitions;		  /* ids, grouped by name */
	bool *by_name;			  /* by number: see struct partition */
	bool *leading;			  /* by id: see struct partition */
	uint32_t *targets; /* by block: the block that its forward declarations stand for */
	/* For deduplication over a base: the ids of the base's types, which follow own_count types. */
	const uint32_t *base_ids;
	uint32_t own_count;
};

/* Whether @t is a forward declaration of a struct, union or enumeration. */
bool forward_is_declaration(const struct rebtf_type *t);

/*
 * A key that definitions share with their forward declarations, which is never 0. 0: @t is
 * neither.
 */
uint64_t forward_key(const struct rebtf_type *t);

/* The fate of a forward declaration. */
enum forward_use {
	FORWARD_RESOLVE, /* into its definition */
	FORWARD_KEEP,	 /* see struct forward_name */
	FORWARD_IGNORE,	 /* it is a type like others */
};

/*
 * Lists the names in @run that have forward declarations, and their definitions. @use decides the
 * fate of a forward declaration. Errors: NOMEM.
 */
struct rebtf_error *forward_names_list(struct forward_names *f, const struct type_run *run,
				       enum forward_use (*use)(const void *arg,
							       const struct rebtf_type *t),
				       const void *arg);

void forward_names_release(struct forward_names *f);

#endif
