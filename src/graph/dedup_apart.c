/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Visits each unnamed type after those that it refers to, and named structs and unions last. */
#include <stdlib.h>

#include "graph/dedup_apart.h"
#include "util/error.h"

struct apart_visit {
	const struct apart_types *types;
	const struct forward_names *f;
	const struct partition *p;
	uint32_t own_count;
	unsigned int found; /* enum apart_cause */
};

/*
 * The types that a type refers to, directly or through unnamed types, and that the base only
 * declares.
 */
enum apart_cause {
	APART_STRUCT = 1 << 0,
	APART_ENUM = 1 << 1,
};

/* Whether forward declarations may have the name of the type. */
static bool apart_is_definition(const struct rebtf_type *t)
{
	return forward_key(t) && !forward_is_declaration(t);
}

/* In the end, only names that the base declares are still seen by name. */
static inline void apart_note(void *arg, uint32_t id)
{
	struct apart_visit *v = arg;

	if (!id || id > v->own_count)
		return;
	if (!apart_is_definition(run_type(v->p->run, id)))
		v->found |= v->types->apart[id];
	else if (v->f->by_name[v->f->by_id[id]])
		v->found |= run_is_named_composite(v->p->run, id) ? APART_STRUCT : APART_ENUM;
}

static void apart_set(struct apart_types *a, struct apart_visit *v, uint32_t id)
{
	v->found = 0;
	visit_ids(run_type(v->p->run, id), apart_note, v);
	if (run_is_named_composite(v->p->run, id))
		v->found &= APART_STRUCT;
	a->apart[id] = v->found;
}

struct rebtf_error *apart_types_find(struct apart_types *a, const struct forward_names *f,
				     const struct partition *p, uint32_t own_count)
{
	struct apart_visit v = { a, f, p, own_count, 0 };
	bool any = false;

	for (size_t i = 1; i < f->names.count; i++)
		any |= f->by_name[i];
	if (!any)
		return NULL;
	a->apart = calloc((size_t)p->run->count + 1, sizeof(*a->apart));
	a->ids = calloc(p->blocks.count + 1, sizeof(*a->ids));
	a->first = calloc(p->blocks.count + 1, sizeof(*a->first));
	if (!a->apart || !a->ids || !a->first)
		return error_nomem();
	for (uint32_t i = 0; i < p->ordered_count; i++) {
		if (p->ordered[i] <= own_count)
			apart_set(a, &v, p->ordered[i]);
	}
	for (uint32_t id = 1; id <= own_count; id++) {
		if (run_is_named_composite(p->run, id))
			apart_set(a, &v, id);
	}
	for (uint32_t id = own_count; id; id--) {
		if (a->apart[id])
			a->first[p->block_of[id]] = id;
	}
	return NULL;
}

void apart_types_release(struct apart_types *a)
{
	free(a->apart);
	free(a->ids);
	free(a->first);
}
