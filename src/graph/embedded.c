/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the types of the base that split BTF embeds: searches from the split's own types that
 * contain others, through every chain of typedefs, qualifiers and arrays, to the base. Base types
 * are not followed, because the references between them do not depend on the module.
 */
#include "btf/resolve.h"
#include "graph/embedded.h"
#include "util/error.h"

struct embedded_search {
	const struct rebtf_btf *split;
	enum embedding embedding;
	struct id_set *embedded; /* NULL: the search is recorded instead */
	struct reach_search reach;
	enum embedded_state state; /* of the types that the current type refers to */
};

/* Whether types of this kind contain other types by value. */
static bool holds_others(uint32_t kind, enum embedding embedding)
{
	return embedding == EMBEDDED_BY_VALUE ? kind_layout(kind)->below == BELOW_SIZE
					      : kind_is_composite(kind);
}

/* An own type that holds others has one state, because it decides theirs. */
static enum embedded_state state_of(const struct embedded_search *s, uint32_t id)
{
	if (s->state == EMBEDDED_OUTSIDE && id >= s->split->start_id &&
	    holds_others(rebtf_type_kind(btf_type(s->split, id)), s->embedding))
		return EMBEDDED_INSIDE;
	return s->state;
}

static inline void embedded_meet(void *arg, uint32_t id)
{
	struct embedded_search *s = arg;

	if (!reach_meet(&s->reach, state_of(s, id), id) || id >= s->split->start_id || !s->embedded)
		return;
	if (s->embedding == EMBEDDED_BY_VALUE ||
	    kind_is_composite(rebtf_type_kind(btf_type(s->split, id))))
		id_set_add(s->embedded, id);
}

static void embedded_follow(struct embedded_search *s, const struct rebtf_type *t,
			    enum embedded_state state)
{
	uint32_t id;

	if (holds_others(rebtf_type_kind(t), s->embedding)) {
		s->state = EMBEDDED_INSIDE;
		visit_ids(t, embedded_meet, s);
	} else if (s->embedding == EMBEDDED_BY_VALUE && layout_of(t)->below == BELOW_SAME) {
		s->state = state;
		visit_ids(t, embedded_meet, s);
	} else if (resolve_step(t, FAMILY_ALIAS | FAMILY_ARRAY, &id)) {
		s->state = state;
		embedded_meet(s, id);
	}
}

static void embedded_run(void *arg)
{
	struct embedded_search *s = arg;
	uint32_t state, id;

	while (reach_next(&s->reach, &state, &id)) {
		if (id >= s->split->start_id)
			embedded_follow(s, btf_type(s->split, id), state);
	}
}

static void embedded_start(void *arg, uint32_t id)
{
	struct embedded_search *s = arg;

	s->state = EMBEDDED_OUTSIDE;
	reach_start(&s->reach, state_of(s, id), id);
}

struct rebtf_error *find_embedded(const struct rebtf_btf *split, enum embedding embedding,
				  struct id_set *embedded)
{
	struct embedded_search s = { .split = split, .embedding = embedding, .embedded = embedded };
	struct rebtf_error *err = reach_init(&s.reach, split, 1, false);

	if (!err && !id_set_init(embedded, split->start_id))
		err = error_nomem();
	for (uint32_t i = 0; !err && i < split->own_count; i++) {
		if (holds_others(rebtf_type_kind(btf_own_type(split, i)), embedding))
			reach_start(&s.reach, EMBEDDED_INSIDE, split->start_id + i);
	}
	if (!err)
		embedded_run(&s);
	reach_release(&s.reach);
	return err;
}

struct rebtf_error *trace_embedded(const struct rebtf_btf *split, enum embedding embedding,
				   struct reach_search *reach)
{
	struct embedded_search s = { .split = split, .embedding = embedding };
	struct rebtf_error *err = reach_init(&s.reach, split, EMBEDDED_STATES, true);

	if (err) {
		reach_release(&s.reach);
		return err;
	}
	reach_from_landmarks(split, embedding == EMBEDDED_BY_VALUE, embedded_start, embedded_run,
			     &s);
	reach_finish(&s.reach);
	*reach = s.reach;
	return NULL;
}
