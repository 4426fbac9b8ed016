/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * See embedded.h. Each chain of typedefs and modifiers is followed to its end once only: where it meets one
 * that was walked before, the end is known to be marked.
 */
#include "split/embedded.h"
#include "util/error.h"

static bool holds_others(uint32_t kind)
{
	return kind_is_composite(kind) || kind == REBTF_KIND_ARRAY || kind == REBTF_KIND_VAR;
}

/* @seen holds own types of the split whose chain was followed; its ids count from the split's start. */
static void mark(const struct rebtf_btf *split, uint32_t id, struct id_set *embedded, struct id_set *seen)
{
	while (id >= split->start_id) {
		uint32_t own = id - split->start_id;
		const struct rebtf_type *t = btf_own_type(split, own);

		/* Those that hold others are walked for their own sake. */
		if (id_set_has(seen, own) || !kind_layout(rebtf_type_kind(t))->by_value ||
		    holds_others(rebtf_type_kind(t)))
			return;
		id_set_add(seen, own);
		id = t->type;
	}
	if (id && kind_is_composite(rebtf_type_kind(btf_type(split, id))))
		id_set_add(embedded, id);
}

struct rebtf_error *find_embedded(const struct rebtf_btf *split, struct id_set *embedded)
{
	struct id_set seen;

	if (!id_set_init(embedded, split->start_id))
		return error_nomem();
	if (!id_set_init(&seen, split->own_count)) {
		id_set_release(embedded);
		return error_nomem();
	}
	for (uint32_t i = 0; i < split->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(split, i);
		struct rebtf_field_iter it;
		const uint32_t *id;

		if (!holds_others(rebtf_type_kind(t)))
			continue;
		rebtf_field_iter_init(&it, t, REBTF_FIELD_IDS);
		while ((id = rebtf_field_iter_next(&it)))
			mark(split, *id, embedded, &seen);
	}
	id_set_release(&seen);
	return NULL;
}
