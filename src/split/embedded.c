/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * See embedded.h. Each chain of typedefs and modifiers is followed to its end once only: where it
 * meets one that was walked before, the end is known to be marked.
 */
#include "split/embedded.h"
#include "util/error.h"

static bool holds_others(uint32_t kind)
{
	return kind_is_composite(kind) || kind == REBTF_KIND_ARRAY || kind == REBTF_KIND_VAR;
}

/* Whether the type is another one by a new name or with a qualifier: a link of a chain. */
static bool is_link(const struct rebtf_type *t)
{
	return layout_of(t)->third == THIRD_TYPE && layout_of(t)->by_value &&
	       !holds_others(rebtf_type_kind(t));
}

struct search {
	const struct rebtf_btf *split;
	struct id_set *embedded;
	struct id_set
		seen; /* own types whose chain was followed; ids count from the split's start */
};

static inline void mark(void *arg, const uint32_t *field)
{
	struct search *s = arg;
	const struct rebtf_btf *split = s->split;
	uint32_t id = *field;

	while (id >= split->start_id) {
		uint32_t own = id - split->start_id;
		const struct rebtf_type *t = btf_own_type(split, own);

		/*
		 * Those that hold others are walked for their own sake, and a DATASEC's third word
		 * is a size.
		 */
		if (!is_link(t) || !id_set_add(&s->seen, own))
			return;
		id = t->type;
	}
	if (id && kind_is_composite(rebtf_type_kind(btf_type(split, id))))
		id_set_add(s->embedded, id);
}

struct rebtf_error *find_embedded(const struct rebtf_btf *split, struct id_set *embedded)
{
	struct search s = { .split = split, .embedded = embedded };

	if (!id_set_init(embedded, split->start_id))
		return error_nomem();
	if (!id_set_init(&s.seen, split->own_count)) {
		id_set_release(embedded);
		return error_nomem();
	}
	for (uint32_t i = 0; i < split->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(split, i);

		if (holds_others(rebtf_type_kind(t)))
			visit_ids(t, mark, &s);
	}
	id_set_release(&s.seen);
	return NULL;
}
