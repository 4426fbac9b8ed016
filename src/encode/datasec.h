/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Writes variables (VAR) and their sections (DATASEC) into BTF, except variables that would make a
 * kernel refuse all of it.
 */
#ifndef REBTF_ENCODE_DATASEC_H
#define REBTF_ENCODE_DATASEC_H

#include "encode/condense.h"
#include "encode/type_size.h"
#include "encode/variables.h"

/* Why a variable has no BTF. */
enum variable_reason {
	VARIABLE_CHOSEN,
	VARIABLE_INVALID_NAME, /* kernels refuse the name */
	VARIABLE_NO_TYPE,
	VARIABLE_NO_SIZE,   /* its type has no size, or one that is too large for BTF */
	VARIABLE_TOO_FAR,   /* its offset is too large for BTF */
	VARIABLE_DUPLICATE, /* another unit describes a variable of that name and address */
	VARIABLE_OVERLAPS,  /* the previous variable of the section */
	VARIABLE_TOO_MANY,  /* in the section */
};

/*
 * Adds a collector's variables, whose nodes and strings @map renumbers; NULL: they keep their
 * numbers. Returns false if out of memory.
 */
bool variable_list_add(struct variable_list *all, const struct variable_list *found,
		       const struct node_map *map);
void variable_list_release(struct variable_list *all);

/*
 * Adds the variables to @builder, and a DATASEC for each section that has some. @view->unit is
 * ignored. Sorts the variables by section and address, and sets *@reasons, malloced, to the enum
 * variable_reason of each. @with_tags: with their DECL_TAGs. Errors: NOMEM; the builder keeps its
 * own.
 */
struct rebtf_error *datasec_write(struct variable_list *all, const struct encode_object *object,
				  const struct type_view *view, bool with_tags,
				  struct condense *condense, struct rebtf_builder *builder,
				  uint8_t **reasons);

/* A reason in words: a sentence about "it", without a full stop. And its word for JSON. */
const char *variable_reason_text(enum variable_reason reason);
const char *variable_reason_word(enum variable_reason reason);

#endif
