/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What the verifier's second pass keeps of types that it is done with, so that types which refer to
 * them need not follow their chains again: what is below modifiers, and the sizes of arrays. The
 * types of a base count as done; what would have been kept of them is found out when it is needed.
 */
#ifndef REBTF_VERIFY_REFER_H
#define REBTF_VERIFY_REFER_H

#include "verify/verify.h"

#define KIND(kind) (1u << REBTF_KIND_##kind)

#define MODIFIERS  (KIND(TYPEDEF) | KIND(VOLATILE) | KIND(CONST) | KIND(RESTRICT) | KIND(TYPE_TAG))
#define COMPOSITES (KIND(STRUCT) | KIND(UNION))
/* The third word is their size. */
#define SIZED (KIND(INT) | COMPOSITES | KIND(ENUM) | KIND(DATASEC) | KIND(FLOAT) | KIND(ENUM64))
/* Nothing but a tag or a section refers to these. */
#define NEVER_INSIDE (KIND(VAR) | KIND(DATASEC) | KIND(DECL_TAG))
#define SIZELESS     (KIND(VOID) | KIND(FWD) | KIND(FUNC) | KIND(FUNC_PROTO) | KIND(DECL_TAG))
#define REFERRING    (MODIFIERS | KIND(PTR) | COMPOSITES | KIND(ARRAY) | NEVER_INSIDE | KIND(FUNC))

static inline bool is_one_of(const struct rebtf_type *t, uint32_t kinds)
{
	uint32_t kind = rebtf_type_kind(t);

	return kind < 32 && kinds >> kind & 1;
}

/* Whether that id, which is not void's, is one of the base's. */
bool is_in_base(const struct verifier *v, uint32_t id);

/* Errors: NOMEM. To be called before v->base_arrays is used. */
struct rebtf_error *make_base_arrays(struct verifier *v);

bool is_done(const struct verifier *v, uint32_t id);

/*
 * A type that the one at hand refers to; *@t is NULL if there is none. What is asked about it by the
 * functions below has to be looked up first. Errors: NOMEM.
 */
struct rebtf_error *look_up(struct verifier *v, uint32_t id, const struct rebtf_type **t);

/* What is below all modifiers, of a modifier that is done; else void. */
uint32_t final_of(const struct verifier *v, uint32_t id);

/* What has a size, below modifiers, and that size. */
struct sized {
	uint32_t id;
	const struct rebtf_type *t; /* NULL: nothing has */
	uint32_t size;
};

struct sized find_sized(const struct verifier *v, uint32_t id);

#endif
