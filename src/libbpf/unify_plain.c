/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Merges types by their contents: those without references, and those whose references are merged. */
#include "libbpf/unify.h"
#include "libbpf/unify_equal.h"
#include "util/cleanup.h"

/* Type @id becomes @target. If that is itself, others can become it. */
static int unify_decide(struct unifier *m, uint32_t id, uint32_t target, uint64_t hash)
{
	m->map[id] = target;
	return id != target || unify_table_add(&m->table, hash, id) ? 0 : -ENOMEM;
}

/* Returns the first type with the same contents, or @id. */
static uint32_t unify_find_same(const struct unifier *m, uint32_t id, const struct rebtf_type *t,
				uint64_t hash)
{
	const struct unify_entry *e = unify_table_first(&m->table, hash);

	for (; e; e = unify_table_next(&m->table, e)) {
		if (unify_equal(t, object_type(m->btf, e->id)))
			return e->id;
	}
	return id;
}

/* --- types without references */

/* Declarations that were found before their definition become that. */
static uint32_t unify_find_enum(struct unifier *m, uint32_t id, const struct rebtf_type *t,
				uint64_t hash)
{
	const struct unify_entry *e = unify_table_first(&m->table, hash);

	for (; e; e = unify_table_next(&m->table, e)) {
		const struct rebtf_type *found = object_type(m->btf, e->id);

		if (unify_equal(t, found))
			return e->id;
		if (!unify_enums_fit(t, found))
			continue;
		if (unify_is_enum_declaration(t))
			return e->id;
		m->map[e->id] = id;
	}
	return id;
}

int unify_plain_types(struct unifier *m)
{
	int err = 0;

	for (uint32_t id = m->btf->start_id; !err && id < object_end_id(m->btf); id++) {
		const struct rebtf_type *t = object_type(m->btf, id);
		uint64_t hash = unify_hash(t);

		switch (rebtf_type_kind(t)) {
		case REBTF_KIND_ENUM:
		case REBTF_KIND_ENUM64:
			err = unify_decide(m, id, unify_find_enum(m, id, t, hash), hash);
			break;
		case REBTF_KIND_INT:
		case REBTF_KIND_FLOAT:
		case REBTF_KIND_FWD:
			err = unify_decide(m, id, unify_find_same(m, id, t, hash), hash);
			break;
		}
	}
	return err;
}

/* --- types with references */

/* A type that waits for the types that it refers to. */
struct unify_visit_state {
	uint32_t id;
	struct rebtf_field_iter next; /* its references that were not looked at yet */
};

DEFINE_VECTOR(unify_visits, struct unify_visit_state);

static bool unify_has_references(uint32_t kind)
{
	return kind == REBTF_KIND_PTR || kind == REBTF_KIND_ARRAY || kind == REBTF_KIND_FUNC ||
	       kind == REBTF_KIND_FUNC_PROTO || kind == REBTF_KIND_DECL_TAG || kind_is_alias(kind);
}

static int unify_start_visit(struct unifier *m, struct unify_visits *visits, uint32_t id)
{
	const struct rebtf_type *t = object_type(m->btf, id);
	struct unify_visit_state visit = { .id = id };

	if (!unify_has_references(rebtf_type_kind(t)))
		return -EINVAL;
	m->map[id] = UNIFY_WAITING;
	field_iter_init(&visit.next, t, REBTF_FIELD_IDS);
	return unify_visits_append(visits, visit) ? 0 : -ENOMEM;
}

static uint32_t unify_target_id(const void *arg, uint32_t id)
{
	return unify_target(arg, id);
}

static int unify_end_visit(struct unifier *m, uint32_t id)
{
	struct rebtf_type *t = object_type(m->btf, id);
	uint64_t hash;

	map_ids(t, unify_target_id, m);
	hash = unify_hash(t);
	return unify_decide(m, id, unify_find_same(m, id, t, hash), hash);
}

/* Merges type @id after the types that it refers to. */
static int unify_reference(struct unifier *m, struct unify_visits *visits, uint32_t id)
{
	int err = unify_start_visit(m, visits, id);

	while (!err && visits->count) {
		struct unify_visit_state *top = &visits->items[visits->count - 1];
		const uint32_t *field = field_iter_next(&top->next);

		if (!field) {
			err = unify_end_visit(m, top->id);
			visits->count--;
		} else if (m->map[*field] == UNIFY_WAITING) {
			err = -ELOOP;
		} else if (!unify_is_done(m, *field)) {
			err = unify_start_visit(m, visits, *field);
		}
	}
	return err;
}

int unify_references(struct unifier *m)
{
	struct unify_visits visits = {};
	int err = 0;

	for (uint32_t id = m->btf->start_id; !err && id < object_end_id(m->btf); id++) {
		if (!unify_is_done(m, id))
			err = unify_reference(m, &visits, id);
	}
	unify_visits_release(&visits);
	return err;
}
