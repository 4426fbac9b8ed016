/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Looks up the types that references lead to, and their sizes. */
#include <stdlib.h>

#include "btf/btf.h"
#include "verify/verify_refer.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/vec.h"

struct rebtf_error *make_base_arrays(struct verifier *v)
{
	if (!v->base_final)
		v->base_final = calloc(v->start_id, sizeof(*v->base_final));
	if (!v->base_arrays)
		v->base_arrays = calloc(v->start_id, sizeof(*v->base_arrays));
	return v->base_final && v->base_arrays ? NULL : error_nomem();
}

/*
 * Types of a base count as resolved. The results that kernels would have stored for them are
 * computed on demand: down a chain of modifiers and arrays, then back up to store the result for
 * each of them. The base was checked when it was opened, so the chain ends.
 */
static struct rebtf_error *settle_in_base(struct verifier *v, uint32_t id)
{
	_cleanup_(u32_vector_release) struct u32_vector path = {};
	uint32_t final;

	TRY(make_base_arrays(v));
	while (!v->base_final[id]) {
		const struct rebtf_type *t = btf_type(v->base, id);

		if (!u32_vector_append(&path, id))
			return error_nomem();
		if (!is_one_of(t, MODIFIERS | KIND(ARRAY)))
			break;
		id = is_one_of(t, MODIFIERS) ? t->type
					     : ((const struct rebtf_array *)(t + 1))->type;
	}
	final = v->base_final[id] - 1;
	while (path.count) {
		uint32_t link = path.items[--path.count];
		const struct rebtf_type *t = btf_type(v->base, link), *inner;

		if (is_one_of(t, KIND(ARRAY))) {
			inner = btf_type(v->base, final);
			v->base_arrays[link] = ((const struct rebtf_array *)(t + 1))->nelems *
					       (is_one_of(inner, SIZED) ? inner->size
						: is_one_of(inner, KIND(PTR))
							? v->pointer_size
							: v->base_arrays[final]);
		}
		if (!is_one_of(t, MODIFIERS))
			final = is_one_of(t, KIND(FUNC)) ? t->type : link;
		v->base_final[link] = final + 1;
	}
	return NULL;
}

bool is_in_base(const struct verifier *v, uint32_t id)
{
	return v->base && id < v->start_id;
}

uint32_t final_of(const struct verifier *v, uint32_t id)
{
	return is_in_base(v, id) ? v->base_final[id] - 1 : v->final[id - v->start_id];
}

static uint32_t array_size_of(const struct verifier *v, uint32_t id)
{
	return is_in_base(v, id) ? v->base_arrays[id] : v->array_size[id - v->start_id];
}

bool is_done(const struct verifier *v, uint32_t id)
{
	return is_in_base(v, id) || (id && v->state[id - v->start_id] == RESOLVE_DONE);
}

struct rebtf_error *look_up(struct verifier *v, uint32_t id, const struct rebtf_type **t)
{
	*t = verifier_type(v, id);
	if (*t && id && is_in_base(v, id) && is_one_of(*t, MODIFIERS | KIND(ARRAY) | KIND(FUNC)))
		return settle_in_base(v, id);
	return NULL;
}

struct sized refer_find_sized(const struct verifier *v, uint32_t id)
{
	struct sized s = { .id = id, .t = verifier_type(v, id) };

	if (s.t && is_one_of(s.t, MODIFIERS)) {
		s.id = final_of(v, id);
		s.t = verifier_type(v, s.id);
	}
	if (s.t && is_one_of(s.t, SIZED))
		s.size = s.t->size;
	else if (s.t && is_one_of(s.t, KIND(ARRAY)))
		s.size = array_size_of(v, s.id);
	else if (s.t && is_one_of(s.t, KIND(PTR)))
		s.size = v->pointer_size;
	else
		s.t = NULL;
	return s;
}
