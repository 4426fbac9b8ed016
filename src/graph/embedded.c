/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Finds the types of the base that split BTF embeds. Each chain of typedefs, modifiers and arrays
 * is followed to its end only once: if it meets a chain that was followed before, the end is
 * already in the set.
 */
#include "btf/resolve.h"
#include "graph/embedded.h"
#include "util/error.h"

/* Whether types of this kind contain other types by value. */
static bool holds_others(uint32_t kind, enum embedding embedding)
{
	return embedding == EMBEDDED_BY_VALUE ? kind_layout(kind)->below == BELOW_SIZE
					      : kind_is_composite(kind);
}

struct embedded_search {
	const struct rebtf_btf *split;
	enum embedding embedding;
	struct id_set *embedded;
	struct id_set seen; /* own types whose chain was followed, numbered from 0 */
};

static inline void mark(void *arg, const uint32_t *field)
{
	struct embedded_search *s = arg;
	const struct rebtf_btf *split = s->split;
	uint32_t id = *field;

	while (id >= split->start_id) {
		uint32_t own = id - split->start_id;

		if (!resolve_step(btf_own_type(split, own), FAMILY_ALIAS | FAMILY_ARRAY, &id) ||
		    !id_set_add(&s->seen, own))
			return;
	}
	if (id && (s->embedding == EMBEDDED_BY_VALUE ||
		   kind_is_composite(rebtf_type_kind(btf_type(split, id)))))
		id_set_add(s->embedded, id);
}

struct rebtf_error *find_embedded(const struct rebtf_btf *split, enum embedding embedding,
				  struct id_set *embedded)
{
	struct embedded_search s = { .split = split, .embedding = embedding, .embedded = embedded };

	if (!id_set_init(embedded, split->start_id))
		return error_nomem();
	if (!id_set_init(&s.seen, split->own_count)) {
		id_set_release(embedded);
		return error_nomem();
	}
	for (uint32_t i = 0; i < split->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(split, i);

		if (holds_others(rebtf_type_kind(t), embedding))
			visit_ids(t, mark, &s);
	}
	id_set_release(&s.seen);
	return NULL;
}
