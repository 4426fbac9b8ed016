/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Marks the types and members of a kernel that the relocations of programs need. */
#include <stdlib.h>

#include "core/minimal_marks.h"

/* The types that one relocation leads to. */
struct minimal_walk {
	struct minimal_marks *marks;
	const struct rebtf_btf *btf;
	struct minimal_member *kernel;
	struct minimal_member *member; /* may be the kernel */
};

struct rebtf_error *minimal_marks_new(size_t members, struct minimal_marks *marks)
{
	*marks = (struct minimal_marks){ .count = members };
	marks->members = calloc(members, sizeof(*marks->members));
	return marks->members ? NULL : error_nomem();
}

void minimal_marks_release(struct minimal_marks *marks)
{
	for (size_t i = 0; i < marks->count && marks->members; i++) {
		free(marks->members[i].rules);
		free(marks->members[i].elements);
	}
	free(marks->members);
	minimal_mark_list_release(&marks->to_do);
}

static struct rebtf_error *minimal_start(struct minimal_member *m, const struct rebtf_btf *btf)
{
	if (m->btf)
		return NULL;
	m->rules = calloc(btf->own_count + (size_t)1, sizeof(*m->rules));
	m->elements = calloc(btf->types_size / 4 / 8 + (size_t)1, sizeof(*m->elements));
	if (!m->rules || !m->elements)
		return error_nomem();
	m->btf = btf;
	return NULL;
}

static struct minimal_member *minimal_owner(const struct minimal_walk *w, uint32_t id)
{
	return id < w->member->btf->start_id ? w->kernel : w->member;
}

/* Marks a type. The types that it takes along follow later. */
static void minimal_mark(struct minimal_walk *w, uint32_t id, uint8_t rule)
{
	struct minimal_member *owner = minimal_owner(w, id);
	uint8_t *rules;

	if (!id)
		return;
	rules = &owner->rules[id - owner->btf->start_id];
	if (*rules & rule)
		return;
	*rules |= rule;
	minimal_mark_list_append(&w->marks->to_do, (struct minimal_mark){ id, rule });
}

static void minimal_mark_element(struct minimal_walk *w, uint32_t id,
				 const struct rebtf_member *element)
{
	struct minimal_member *owner = minimal_owner(w, id);
	size_t word = (const uint32_t *)element - owner->btf->types;

	owner->elements[word / 8] |= (uint8_t)(1 << word % 8);
}

static void minimal_mark_members(struct minimal_walk *w, uint32_t id, const struct rebtf_type *t)
{
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		minimal_mark_element(w, id, &rebtf_members(t)[i]);
		minimal_mark(w, rebtf_members(t)[i].type, MINIMAL_MATCH);
	}
}

/* The rule for the types that a type refers to. 0: it does not take them along. */
static uint8_t minimal_rule_below(const struct rebtf_type *t, uint8_t rule)
{
	bool exact = rule & (MINIMAL_MATCH | MINIMAL_MATCH_BEHIND);

	switch (layout_of(t)->family) {
	case FAMILY_COMPOSITE:
		return 0;
	case FAMILY_POINTER:
		return rule == MINIMAL_VALUE ? 0 : exact ? MINIMAL_MATCH_BEHIND : rule;
	case FAMILY_ALIAS:
		return rule;
	default:
		/* Elements of arrays, parameters and results. */
		return exact ? MINIMAL_MATCH : rule;
	}
}

static void minimal_follow(struct minimal_walk *w, const struct minimal_mark *mark)
{
	const struct rebtf_type *t = btf_type(w->btf, mark->id);
	uint8_t rule = minimal_rule_below(t, mark->rule);
	struct rebtf_field_iter it;
	const uint32_t *id;

	if (mark->rule == MINIMAL_MATCH && kind_is_composite(rebtf_type_kind(t)))
		minimal_mark_members(w, mark->id, t);
	if (!rule)
		return;
	field_iter_init(&it, t, REBTF_FIELD_IDS);
	while ((id = field_iter_next(&it)))
		minimal_mark(w, *id, rule);
}

/* Marks the members on the path of a field, unnamed ones too, and their types. */
static void minimal_mark_path(struct minimal_walk *w, const struct relo_spec *target)
{
	uint32_t id = target->root;

	minimal_mark(w, id, MINIMAL_VALUE);
	for (uint32_t i = 1; i < target->raw_count; i++) {
		const struct rebtf_type *t = btf_type(w->btf, id);

		while (kind_is_alias(rebtf_type_kind(t))) {
			id = t->type;
			t = btf_type(w->btf, id);
		}
		if (rebtf_type_kind(t) == REBTF_KIND_ARRAY) {
			id = rebtf_array(t)->type;
			continue;
		}
		minimal_mark_element(w, id, &rebtf_members(t)[target->raw[i]]);
		id = rebtf_members(t)[target->raw[i]].type;
		minimal_mark(w, id, MINIMAL_VALUE);
	}
}

struct rebtf_error *minimal_marks_add(struct minimal_marks *marks, size_t member,
				      const struct rebtf_btf *kernel,
				      const struct relo_spec *target)
{
	struct minimal_walk w = {
		.marks = marks,
		.btf = target->btf,
		.kernel = &marks->members[SET_KERNEL],
		.member = &marks->members[member],
	};

	TRY(minimal_start(w.kernel, kernel));
	TRY(minimal_start(w.member, target->btf));
	if (relo_is_of_field(target->kind))
		minimal_mark_path(&w, target);
	else if (relo_is_of_enumerator(target->kind))
		minimal_mark(&w, target->root, MINIMAL_VALUE);
	else
		minimal_mark(&w, target->root,
			     target->kind == REBTF_RELO_TYPE_MATCHES ? MINIMAL_MATCH
								     : MINIMAL_POINTER);
	while (marks->to_do.count) {
		const struct minimal_mark mark = marks->to_do.items[--marks->to_do.count];

		minimal_follow(&w, &mark);
	}
	return marks->to_do.failed ? error_nomem() : NULL;
}
