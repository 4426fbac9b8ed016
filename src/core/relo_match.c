/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Follows the path of a CO-RE relocation, by names, in a type of the kernel. */
#include <string.h>

#include "core/relo.h"

struct relo_matching {
	const struct relo_spec *local;
	struct relo_spec *target;
	uint64_t *budget;
	bool matches;
};

static struct rebtf_error *relo_match_push(struct relo_spec *target, uint32_t index)
{
	if (target->raw_count == RELO_STEPS_MAX)
		return error_new(REBTF_ERR_FORMAT,
				 "the kernel's types are nested more than %d deep", RELO_STEPS_MAX);
	target->raw[target->raw_count++] = index;
	return NULL;
}

/* ------------------------------------------------------------------------------------- members */

/* A struct or union that is searched for a member. */
struct relo_level {
	const struct rebtf_type *t;
	uint32_t id;
	uint32_t next;	     /* index of the next member to look at */
	uint32_t bit_offset; /* of the struct */
};

/* Continues the search in type @id at @bit_offset if that is a struct or union. */
static struct rebtf_error *relo_match_enter(struct relo_matching *m, struct relo_level *levels,
					    uint32_t *depth, uint32_t id, uint32_t bit_offset)
{
	const struct rebtf_type *t;

	TRY(relo_skip(m->target->btf, &id, m->budget, &t));
	if (kind_is_composite(rebtf_type_kind(t)))
		levels[(*depth)++] = (struct relo_level){ t, id, 0, bit_offset };
	return NULL;
}

/*
 * Searches struct @*id, with its unnamed members, for the member of @step, and sets @*id to the type
 * of that. A member of the right name but with a type that does not fit ends the search of its own
 * struct only.
 */
static struct rebtf_error *relo_match_member(struct relo_matching *m, const struct relo_step *step,
					     uint32_t *id)
{
	const struct rebtf_type *local = btf_type(m->local->btf, step->type_id);
	const struct rebtf_member *wanted = &rebtf_members(local)[step->index];
	struct relo_level levels[RELO_STEPS_MAX + 1];
	struct relo_spec *target = m->target;
	uint32_t depth = 0, first_raw = target->raw_count;

	m->matches = false;
	TRY(relo_match_enter(m, levels, &depth, *id, target->bit_offset));
	while (depth) {
		struct relo_level *level = &levels[depth - 1];
		const struct rebtf_member *member = &rebtf_members(level->t)[level->next];
		uint32_t bit_offset;
		const char *name;

		target->raw_count = first_raw + depth - 1;
		if (level->next == rebtf_type_vlen(level->t)) {
			depth--;
			continue;
		}
		TRY(relo_spend(m->budget, 1));
		TRY(relo_match_push(target, level->next++));
		bit_offset = level->bit_offset + rebtf_member_bit_offset(level->t, member);
		name = btf_string(target->btf, member->name_off);
		if (!*name) {
			TRY(relo_match_enter(m, levels, &depth, member->type, bit_offset));
			continue;
		}
		if (strcmp(name, step->name) != 0)
			continue;
		TRY(relo_fields_fit(m->local->btf, wanted->type, target->btf, member->type,
				    m->budget, &m->matches));
		if (m->matches) {
			relo_add_step(target, level->id, level->next - 1, name);
			target->bit_offset = bit_offset;
			*id = member->type;
			return NULL;
		}
		depth--;
	}
	return NULL;
}

/* ---------------------------------------------------------------------------------- other steps */

static struct rebtf_error *relo_match_element(struct relo_matching *m, uint32_t i, uint32_t *id)
{
	const struct relo_step *step = &m->local->steps[i];
	struct relo_spec *target = m->target;
	const struct rebtf_type *t;

	m->matches = false;
	TRY(relo_skip(target->btf, id, m->budget, &t));
	/* The first step is the root itself, at an index behind the program's pointer. */
	if (i) {
		const struct rebtf_array *array = rebtf_array(t);

		if (rebtf_type_kind(t) != REBTF_KIND_ARRAY)
			return NULL;
		if (step->index >= array->nelems &&
		    !relo_is_flexible(target->btf, &target->steps[i - 1], array))
			return NULL;
		*id = array->type;
		TRY(relo_skip(target->btf, id, m->budget, &t));
	}
	TRY(relo_match_push(target, step->index));
	relo_add_step(target, *id, step->index, NULL);
	m->matches = true;
	return relo_add_elements(target, *id, step->index);
}

static struct rebtf_error *relo_match_enumerator(struct relo_matching *m, uint32_t id)
{
	const char *wanted = m->local->steps[0].name;
	struct relo_spec *target = m->target;
	const struct rebtf_type *t;

	TRY(relo_skip(target->btf, &id, m->budget, &t));
	if (!kind_is_enum(rebtf_type_kind(t)))
		return NULL;
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		const char *name = btf_string(target->btf, enumerator_name_off(t, i));

		TRY(relo_names_equal(name, wanted, m->budget, &m->matches));
		if (!m->matches)
			continue;
		relo_add_step(target, id, i, name);
		target->raw[target->raw_count++] = i;
		return NULL;
	}
	return NULL;
}

static struct rebtf_error *relo_match_path(struct relo_matching *m, uint32_t id)
{
	m->matches = true;
	for (uint32_t i = 0; i < m->local->step_count && m->matches; i++) {
		const struct relo_step *step = &m->local->steps[i];

		TRY(step->name ? relo_match_member(m, step, &id) : relo_match_element(m, i, &id));
	}
	return NULL;
}

struct rebtf_error *relo_match(const struct relo_spec *local, const struct rebtf_btf *btf,
			       uint32_t pointer_size, uint32_t root, uint64_t *budget,
			       struct relo_spec *target, bool *matches)
{
	struct relo_matching m = { .local = local, .target = target, .budget = budget };

	target->btf = btf;
	target->pointer_size = pointer_size;
	target->kind = local->kind;
	target->root = root;
	target->step_count = target->raw_count = target->bit_offset = 0;
	if (relo_is_of_type(local->kind))
		return relo_types_fit(local->btf, local->root, btf, root,
				      local->kind == REBTF_RELO_TYPE_MATCHES, budget, matches);
	TRY(relo_is_of_enumerator(local->kind) ? relo_match_enumerator(&m, root)
					       : relo_match_path(&m, root));
	*matches = m.matches;
	return NULL;
}
