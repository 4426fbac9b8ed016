/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Whether a type of the kernel can stand for a type of a BPF program. The rules for fields differ
 * from those for types as such, and these have a loose and an exact form.
 *
 * Types contain others, so a comparison of types is a search in depth. Its stack has a fixed size,
 * because libbpf does not go deeper either.
 */
#include "btf/resolve.h"
#include "core/relo.h"

#define RELO_TYPES_DEPTH 32

/* Old compilers described bit-fields by INTs that do not start at bit 0. */
static bool relo_types_ints_fit(const struct rebtf_type *a, const struct rebtf_type *b)
{
	return !rebtf_int_offset(a) && !rebtf_int_offset(b);
}

/* -------------------------------------------------------------------------------------- fields */

static struct rebtf_error *relo_types_names_fit(const char *a, const char *b, uint64_t *budget,
						bool *fit)
{
	*fit = !*a || !*b;
	return *fit ? NULL : relo_names_equal(a, b, budget, fit);
}

struct rebtf_error *relo_fields_fit(const struct rebtf_btf *local_btf, uint32_t local,
				    const struct rebtf_btf *target_btf, uint32_t target,
				    uint64_t *budget, bool *fit)
{
	const struct rebtf_type *l, *t;

	for (;;) {
		TRY(relo_skip(local_btf, &local, budget, &l));
		TRY(relo_skip(target_btf, &target, budget, &t));
		if (rebtf_type_kind(l) != REBTF_KIND_ARRAY ||
		    rebtf_type_kind(t) != REBTF_KIND_ARRAY)
			break;
		TRY(relo_spend(budget, 1));
		local = rebtf_array(l)->type;
		target = rebtf_array(t)->type;
	}
	*fit = relo_kinds_fit(l, t) ||
	       (kind_is_composite(rebtf_type_kind(l)) && kind_is_composite(rebtf_type_kind(t)));
	if (!*fit)
		return NULL;
	switch (rebtf_type_kind(l)) {
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
	case REBTF_KIND_PTR:
	case REBTF_KIND_FLOAT:
		break;
	case REBTF_KIND_FWD:
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		return relo_types_names_fit(btf_string(local_btf, l->name_off),
					    btf_string(target_btf, t->name_off), budget, fit);
	case REBTF_KIND_INT:
		*fit = relo_types_ints_fit(l, t);
		break;
	default:
		*fit = false;
	}
	return NULL;
}

/* --------------------------------------------------------------------------------------- types */

/* Two types that are compared, and the position of the comparison in them. */
struct relo_pair {
	uint32_t local, target; /* type ids */
	const struct rebtf_type *l, *t;
	uint32_t chain; /* pointers, arrays and prototypes that led here without a new pair */
	bool behind_pointer;
	bool entered; /* the elements are being compared */
	uint32_t i;   /* the parameter or the local member to compare next */
	uint32_t j;   /* the member of the target to try next */
};

struct relo_comparison {
	const struct rebtf_btf *local_btf;
	const struct rebtf_btf *target_btf;
	bool exact;
	uint64_t *budget;
	uint32_t depth;
	struct relo_pair pairs[RELO_TYPES_DEPTH + 1];
};

/* The answer so far about the last pair. */
enum relo_answer {
	RELO_DIFFERENT,
	RELO_FITS,
	RELO_OPEN, /* depends on the pair that was added, or on the changed last pair */
};

static struct rebtf_error *relo_types_too_deep(void)
{
	return error_new(REBTF_ERR_FORMAT, "types are nested more than %d deep", RELO_TYPES_DEPTH);
}

static struct rebtf_error *relo_types_push(struct relo_comparison *c, uint32_t local,
					   uint32_t target, bool behind_pointer)
{
	/* libbpf compares one level more if it compares kinds only. */
	if (c->depth >= RELO_TYPES_DEPTH + (c->exact ? 0u : 1u))
		return relo_types_too_deep();
	c->pairs[c->depth++] = (struct relo_pair){ .local = local,
						   .target = target,
						   .behind_pointer = behind_pointer };
	return NULL;
}

static struct rebtf_error *relo_types_names_equal(struct relo_comparison *c, uint32_t local,
						  uint32_t target, bool *equal)
{
	return relo_names_equal(btf_string(c->local_btf, local), btf_string(c->target_btf, target),
				c->budget, equal);
}

/* Every enumerator of the program must exist, with any value. */
static struct rebtf_error *relo_types_enums(struct relo_comparison *c, const struct relo_pair *p,
					    enum relo_answer *answer)
{
	uint32_t count = rebtf_type_vlen(p->l), target_count = rebtf_type_vlen(p->t);

	*answer = RELO_DIFFERENT;
	if (!kind_is_enum(rebtf_type_kind(p->t)) || p->l->size != p->t->size ||
	    count > target_count)
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t name = enumerator_name_off(p->l, i);
		bool found = false;

		for (uint32_t j = 0; j < target_count && !found; j++)
			TRY(relo_types_names_equal(c, name, enumerator_name_off(p->t, j), &found));
		if (!found)
			return NULL;
	}
	*answer = RELO_FITS;
	return NULL;
}

/* A FWD stands for a struct or, with its kind flag, for a union. Sets *@is_union. */
static bool relo_types_is_composite(const struct rebtf_type *t, bool *is_union)
{
	uint32_t kind = rebtf_type_kind(t);

	*is_union = kind == REBTF_KIND_UNION || (kind == REBTF_KIND_FWD && rebtf_type_kind_flag(t));
	return kind == REBTF_KIND_FWD || kind_is_composite(kind);
}

/* Behind a pointer, a declaration is as good as a definition. */
static enum relo_answer relo_types_composites(struct relo_pair *p)
{
	bool local_union, target_union;

	relo_types_is_composite(p->l, &local_union);
	if (!relo_types_is_composite(p->t, &target_union) || local_union != target_union)
		return RELO_DIFFERENT;
	if (p->behind_pointer)
		return RELO_FITS;
	if (rebtf_type_kind(p->l) != rebtf_type_kind(p->t))
		return RELO_DIFFERENT;
	if (rebtf_type_kind(p->l) == REBTF_KIND_FWD)
		return RELO_FITS;
	if (rebtf_type_vlen(p->l) > rebtf_type_vlen(p->t))
		return RELO_DIFFERENT;
	p->entered = true;
	return RELO_OPEN;
}

static struct rebtf_error *relo_types_follow(struct relo_pair *p, uint32_t local, uint32_t target,
					     enum relo_answer *answer)
{
	*answer = RELO_OPEN;
	p->local = local;
	p->target = target;
	p->entered = false;
	return ++p->chain < RELO_TYPES_DEPTH ? NULL : relo_types_too_deep();
}

/* Decides the loose form, for a kind that the exact form would compare further. */
static enum relo_answer relo_types_kinds(const struct relo_pair *p)
{
	switch (rebtf_type_kind(p->l)) {
	case REBTF_KIND_VOID:
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
	case REBTF_KIND_FWD:
		return RELO_FITS;
	case REBTF_KIND_INT:
		return relo_types_ints_fit(p->l, p->t) ? RELO_FITS : RELO_DIFFERENT;
	default:
		return RELO_DIFFERENT;
	}
}

static struct rebtf_error *relo_types_exact(struct relo_comparison *c, struct relo_pair *p,
					    enum relo_answer *answer)
{
	switch (rebtf_type_kind(p->l)) {
	case REBTF_KIND_VOID:
		*answer = RELO_FITS;
		return NULL;
	case REBTF_KIND_FWD:
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		*answer = relo_types_composites(p);
		return NULL;
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
		return relo_types_enums(c, p, answer);
	case REBTF_KIND_INT:
		*answer = p->l->size == p->t->size &&
					  !((rebtf_int_encoding(p->l) ^ rebtf_int_encoding(p->t)) &
					    REBTF_INT_SIGNED)
				  ? RELO_FITS
				  : RELO_DIFFERENT;
		return NULL;
	default:
		*answer = RELO_DIFFERENT;
		return NULL;
	}
}

/* Looks at the types of the last pair for the first time. */
static struct rebtf_error *relo_types_start(struct relo_comparison *c, struct relo_pair *p,
					    enum relo_answer *answer)
{
	bool same_kind, one_array, same_name = true;

	TRY(relo_spend(c->budget, 1));
	TRY(relo_skip(c->local_btf, &p->local, c->budget, &p->l));
	TRY(relo_skip(c->target_btf, &p->target, c->budget, &p->t));
	*answer = RELO_DIFFERENT;
	if (c->exact)
		TRY(relo_types_names_equal(c, p->l->name_off, p->t->name_off, &same_name));
	if (!same_name)
		return NULL;
	same_kind = rebtf_type_kind(p->l) == rebtf_type_kind(p->t);
	if (!same_kind && !relo_kinds_fit(p->l, p->t) &&
	    !(c->exact && kind_layout(rebtf_type_kind(p->l))->role & ROLE_TAGGABLE))
		return NULL;
	switch (rebtf_type_kind(p->l)) {
	case REBTF_KIND_PTR:
		p->behind_pointer = true;
		return relo_types_follow(p, p->l->type, p->t->type, answer);
	case REBTF_KIND_ARRAY:
		one_array = rebtf_array(p->l)->nelems == rebtf_array(p->t)->nelems;
		if (c->exact && !one_array)
			return NULL;
		return relo_types_follow(p, rebtf_array(p->l)->type, rebtf_array(p->t)->type,
					 answer);
	case REBTF_KIND_FUNC_PROTO:
		p->entered = rebtf_type_vlen(p->l) == rebtf_type_vlen(p->t);
		p->i = 0;
		*answer = p->entered ? RELO_OPEN : RELO_DIFFERENT;
		return NULL;
	default:
		if (c->exact)
			return relo_types_exact(c, p, answer);
		*answer = relo_types_kinds(p);
		return NULL;
	}
}

/* Adds the next pair of parameters. Follows the result once all fit. */
static struct rebtf_error *relo_types_parameters(struct relo_comparison *c, struct relo_pair *p,
						 enum relo_answer *answer)
{
	const struct rebtf_param *l = rebtf_params(p->l), *t = rebtf_params(p->t);
	uint32_t i = p->i;

	if (*answer == RELO_DIFFERENT)
		return NULL;
	if (i == rebtf_type_vlen(p->l))
		return relo_types_follow(p, p->l->type, p->t->type, answer);
	*answer = RELO_OPEN;
	p->i++;
	return relo_types_push(c, l[i].type, t[i].type, p->behind_pointer);
}

/* Adds the next pair of members with equal names. Each local member needs one that fits. */
static struct rebtf_error *relo_types_members(struct relo_comparison *c, struct relo_pair *p,
					      enum relo_answer *answer)
{
	const struct rebtf_member *l = rebtf_members(p->l), *t = rebtf_members(p->t);
	bool found = false;

	if (*answer == RELO_FITS) {
		p->i++;
		p->j = 0;
	}
	if (p->i == rebtf_type_vlen(p->l)) {
		*answer = RELO_FITS;
		return NULL;
	}
	while (p->j < rebtf_type_vlen(p->t) && !found)
		TRY(relo_types_names_equal(c, l[p->i].name_off, t[p->j++].name_off, &found));
	if (!found) {
		*answer = RELO_DIFFERENT;
		return NULL;
	}
	*answer = RELO_OPEN;
	return relo_types_push(c, l[p->i].type, t[p->j - 1].type, p->behind_pointer);
}

struct rebtf_error *relo_types_fit(const struct rebtf_btf *local_btf, uint32_t local,
				   const struct rebtf_btf *target_btf, uint32_t target, bool exact,
				   uint64_t *budget, bool *fit)
{
	struct relo_comparison c = { local_btf, target_btf, exact, budget, 0, {} };
	enum relo_answer answer = RELO_OPEN;

	TRY(relo_types_push(&c, local, target, false));
	while (c.depth) {
		struct relo_pair *p = &c.pairs[c.depth - 1];

		if (!p->entered)
			TRY(relo_types_start(&c, p, &answer));
		else if (kind_is_composite(rebtf_type_kind(p->l)))
			TRY(relo_types_members(&c, p, &answer));
		else
			TRY(relo_types_parameters(&c, p, &answer));
		if (answer != RELO_OPEN)
			c.depth--;
	}
	*fit = answer == RELO_FITS;
	return NULL;
}
