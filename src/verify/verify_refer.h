/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The results that the second pass stores for resolved types: the type below modifiers, and the
 * sizes of arrays. Types that refer to resolved types need not follow their chains again. The types
 * of a base count as resolved; their results are computed on demand.
 */
#ifndef REBTF_VERIFY_REFER_H
#define REBTF_VERIFY_REFER_H

#include "verify/verify.h"

#define KIND(kind) (1u << REBTF_KIND_##kind)

#define MODIFIERS  (KIND(TYPEDEF) | KIND(VOLATILE) | KIND(CONST) | KIND(RESTRICT) | KIND(TYPE_TAG))
#define COMPOSITES (KIND(STRUCT) | KIND(UNION))
/* Kinds whose third word is their size. */
#define SIZED	  (KIND(INT) | COMPOSITES | KIND(ENUM) | KIND(DATASEC) | KIND(FLOAT) | KIND(ENUM64))
#define LOCATIONS (KIND(LOC_PARAM) | KIND(LOC_PROTO) | KIND(LOCSEC))
/* Only tags, sections and locations refer to these kinds. */
#define NEVER_INSIDE (KIND(VAR) | KIND(DATASEC) | KIND(DECL_TAG) | LOCATIONS)
#define SIZELESS                                                                                   \
	(KIND(VOID) | KIND(FWD) | KIND(FUNC) | KIND(FUNC_PROTO) | KIND(DECL_TAG) | LOCATIONS)
#define REFERRING                                                                                  \
	(MODIFIERS | KIND(PTR) | COMPOSITES | KIND(ARRAY) | KIND(VAR) | KIND(DATASEC) |            \
	 KIND(DECL_TAG) | KIND(FUNC))

static inline bool is_one_of(const struct rebtf_type *t, uint32_t kinds)
{
	uint32_t kind = rebtf_type_kind(t);

	return kind < 32 && kinds >> kind & 1;
}

/* Whether @id, which must not be 0, belongs to the base. */
bool is_in_base(const struct verifier *v, uint32_t id);

/* Must be called before v->base_arrays is used. Errors: NOMEM. */
struct rebtf_error *make_base_arrays(struct verifier *v);

bool is_done(const struct verifier *v, uint32_t id);

/*
 * Looks up a type that the current type refers to. *@t is NULL if it does not exist. Required
 * before the functions below are called for this type. Errors: NOMEM.
 */
struct rebtf_error *look_up(struct verifier *v, uint32_t id, const struct rebtf_type **t);

/* The type below all modifiers, if @id is a resolved modifier. Otherwise void. */
uint32_t final_of(const struct verifier *v, uint32_t id);

/* The type with a size below all modifiers, and that size. */
struct sized {
	uint32_t id;
	const struct rebtf_type *t; /* NULL: the type has no size */
	uint32_t size;
};

struct sized refer_find_sized(const struct verifier *v, uint32_t id);

#endif
