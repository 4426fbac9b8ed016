/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Walks the graphs of two types side by side. Pairs are visited in the order of a recursive walk, but
 * wait on a stack. If a type of the other graph was in a pair before, it must be the same pair: both
 * graphs are taken to be compiled, each without equal types of its own. Compilers do emit some, so
 * then the two types may also be identical.
 */
#include "libbpf/unify.h"
#include "libbpf/unify_equal.h"

/* The depth of members for a comparison in full, and the types that all of them may visit. */
#define IDENTICAL_DEPTH 16
#define IDENTICAL_STEPS 100000

/* Each type refers to one other, without a name or number of its own. */
static bool unify_is_reference(uint32_t kind)
{
	return kind == REBTF_KIND_PTR || kind == REBTF_KIND_FUNC || kind_is_alias(kind);
}

/* Whether two types of one kind without references are the same, or one declares the other. */
static bool unify_plain_fit(const struct rebtf_type *t, const struct rebtf_type *u)
{
	return kind_is_enum(rebtf_type_kind(t)) ? unify_enums_fit(t, u) : unify_same_words(t, u);
}

/* --- identical types */

static bool unify_is_identical(struct unifier *m, uint32_t a, uint32_t b, unsigned int depth);

static bool unify_elements_identical(struct unifier *m, const struct rebtf_type *t,
				     const struct rebtf_type *u, unsigned int depth)
{
	struct rebtf_field_iter at, at_other;
	const uint32_t *a, *b;

	field_iter_init(&at, t, REBTF_FIELD_IDS);
	field_iter_init(&at_other, u, REBTF_FIELD_IDS);
	while ((a = field_iter_next(&at))) {
		b = field_iter_next(&at_other);
		if (*a != *b && !unify_is_identical(m, *a, *b, depth - 1))
			return false;
	}
	return true;
}

static bool unify_contents_identical(struct unifier *m, const struct rebtf_type *t,
				     const struct rebtf_type *u, unsigned int depth)
{
	switch (rebtf_type_kind(t)) {
	case REBTF_KIND_VOID:
		return true;
	case REBTF_KIND_INT:
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
	case REBTF_KIND_FWD:
	case REBTF_KIND_FLOAT:
		return unify_plain_fit(t, u);
	case REBTF_KIND_ARRAY:
		/* libbpf compares the element type with itself, so it does not count. */
		return unify_same_length(t, u);
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		return unify_same_members(t, u) && unify_elements_identical(m, t, u, depth);
	case REBTF_KIND_FUNC_PROTO:
		return unify_same_parameters(t, u) && unify_elements_identical(m, t, u, depth);
	default:
		return false;
	}
}

/* Calls itself for members and parameters, to a small depth. */
static bool unify_is_identical(struct unifier *m, uint32_t a, uint32_t b, unsigned int depth)
{
	const struct rebtf_type *t = object_type(m->btf, a), *u = object_type(m->btf, b);

	if (!depth)
		return false;
	while (unify_is_reference(rebtf_type_kind(t))) {
		if (!m->steps || t->info != u->info || t->name_off != u->name_off)
			return false;
		m->steps--;
		t = object_type(m->btf, t->type);
		u = object_type(m->btf, u->type);
	}
	if (!m->steps || rebtf_type_kind(t) != rebtf_type_kind(u))
		return false;
	m->steps--;
	return unify_contents_identical(m, t, u, depth);
}

/* --- the walk */

/* Notes that a pair must be visited, unless both are the same type already. */
static int unify_push(struct unifier *m, uint32_t type, uint32_t other)
{
	if (unify_target(m, type) == unify_target(m, other))
		return 1;
	return unify_pairs_append(&m->stack, (struct unify_pair){ type, other }) ? 1 : -ENOMEM;
}

/* The last pair is visited first, so elements are pushed from the last to the first. */
static int unify_push_elements(struct unifier *m, const struct rebtf_type *t,
			       const struct rebtf_type *u)
{
	const struct kind_layout *row = layout_of(t);
	const uint32_t *a = (const uint32_t *)(t + 1) + row->elem_id;
	const uint32_t *b = (const uint32_t *)(u + 1) + row->elem_id;
	size_t stride = row->elem_size / sizeof(uint32_t);
	int result = 1;

	for (size_t i = rebtf_type_vlen(t); i-- && result > 0;)
		result = unify_push(m, a[i * stride], b[i * stride]);
	return result;
}

static int unify_push_array(struct unifier *m, const struct rebtf_array *a,
			    const struct rebtf_array *b)
{
	int result = unify_push(m, a->type, b->type);

	return result < 0 ? result : unify_push(m, a->index_type, b->index_type);
}

static int unify_push_prototype(struct unifier *m, const struct rebtf_type *t,
				const struct rebtf_type *u)
{
	int result = unify_push_elements(m, t, u);

	return result < 0 ? result : unify_push(m, t->type, u->type);
}

/* One is a forward declaration. @other_id is the id of @u. */
static int unify_declaration_fits(struct unifier *m, const struct rebtf_type *t,
				  const struct rebtf_type *u, uint32_t other_id)
{
	bool fits;

	if (rebtf_type_kind(t) == REBTF_KIND_FWD)
		return fwd_kind(t) == rebtf_type_kind(u);
	fits = fwd_kind(u) == rebtf_type_kind(t);
	if (fits && other_id < m->btf->start_id)
		m->changes_base = true;
	return fits;
}

static int unify_visit_kind(struct unifier *m, const struct rebtf_type *t,
			    const struct rebtf_type *u)
{
	uint32_t kind = rebtf_type_kind(t);

	if (unify_is_reference(kind))
		return t->info == u->info ? unify_push(m, t->type, u->type) : 0;
	switch (kind) {
	case REBTF_KIND_INT:
	case REBTF_KIND_ENUM:
	case REBTF_KIND_ENUM64:
	case REBTF_KIND_FWD:
	case REBTF_KIND_FLOAT:
		return unify_plain_fit(t, u);
	case REBTF_KIND_ARRAY:
		return unify_same_length(t, u) ? unify_push_array(m, rebtf_array(t), rebtf_array(u))
					       : 0;
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
		return unify_same_members(t, u) ? unify_push_elements(m, t, u) : 0;
	case REBTF_KIND_FUNC_PROTO:
		return unify_same_parameters(t, u) ? unify_push_prototype(m, t, u) : 0;
	default:
		return -EINVAL;
	}
}

/* If a forward declaration became a definition, it counts as that. */
static uint32_t unify_definition(const struct unifier *m, uint32_t id)
{
	uint32_t target;

	if (rebtf_type_kind(object_type(m->btf, id)) != REBTF_KIND_FWD)
		return id;
	target = unify_target(m, id);
	return rebtf_type_kind(object_type(m->btf, target)) != REBTF_KIND_FWD ? target : id;
}

static int unify_visit(struct unifier *m, struct unify_pair pair)
{
	uint32_t other = unify_definition(m, pair.other), partner = m->partner[other];
	const struct rebtf_type *t, *u;

	if (partner <= OBJECT_MAX_ID) {
		m->steps = IDENTICAL_STEPS;
		return partner == pair.type ||
		       unify_is_identical(m, partner, pair.type, IDENTICAL_DEPTH);
	}
	if (!u32_vector_append(&m->partners, other))
		return -ENOMEM;
	m->partner[other] = pair.type;
	t = object_type(m->btf, pair.type);
	u = object_type(m->btf, other);
	if (t->name_off != u->name_off)
		return 0;
	if (rebtf_type_kind(t) == rebtf_type_kind(u))
		return unify_visit_kind(m, t, u);
	if (rebtf_type_kind(t) == REBTF_KIND_FWD || rebtf_type_kind(u) == REBTF_KIND_FWD)
		return unify_declaration_fits(m, t, u, other);
	return 0;
}

static void unify_forget_walk(struct unifier *m)
{
	for (size_t i = 0; i < m->partners.count; i++)
		m->partner[m->partners.items[i]] = UNIFY_TODO;
	m->partners.count = 0;
	m->stack.count = 0;
	m->changes_base = false;
}

int unify_walk(struct unifier *m, uint32_t type, uint32_t other)
{
	int result;

	unify_forget_walk(m);
	result = unify_push(m, type, other);
	while (result > 0 && m->stack.count)
		result = unify_visit(m, m->stack.items[--m->stack.count]);
	return result;
}

/* --- its result */

static void unify_keep_pair(struct unifier *m, uint32_t type, uint32_t other)
{
	uint32_t t = unify_target(m, type), o = unify_target(m, other);
	uint32_t kind = rebtf_type_kind(object_type(m->btf, t));
	bool is_fwd = kind == REBTF_KIND_FWD;
	bool other_is_fwd = rebtf_type_kind(object_type(m->btf, o)) == REBTF_KIND_FWD;

	if (!is_fwd && other_is_fwd)
		m->map[o] = t;
	if (m->changes_base)
		return;
	if (is_fwd && !other_is_fwd)
		m->map[t] = o;
	/* Saves the walk for this struct. */
	if (kind_is_composite(kind) && !other_is_fwd && unify_is_done(m, o) && !unify_is_done(m, t))
		m->map[t] = o;
}

void unify_keep_walk(struct unifier *m)
{
	for (size_t i = 0; i < m->partners.count; i++) {
		uint32_t other = m->partners.items[i];

		unify_keep_pair(m, m->partner[other], other);
	}
}
