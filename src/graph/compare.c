/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Lays two definitions of a type side by side: pairs members by name (members.c), and compares the
 * offsets and types of each pair (same_type.c). Also decides whether any difference does harm.
 */
#include <stdlib.h>

#include "graph/compare.h"
#include "graph/same_type.h"
#include "util/error.h"

struct rebtf_error *compare_check_arguments(const struct rebtf_btf *old_btf, uint32_t old_id,
					    const struct rebtf_btf *new_btf, uint32_t new_id)
{
	const struct rebtf_type *o = rebtf_btf_type(old_btf, old_id);
	const struct rebtf_type *n = rebtf_btf_type(new_btf, new_id);

	if (!o || !n)
		return error_new(REBTF_ERR_ARGUMENT, "cannot compare nonexistent type [%u]",
				 o ? new_id : old_id);
	if (!kind_has_members(rebtf_type_kind(o)) || !kind_has_members(rebtf_type_kind(n)) ||
	    kind_is_enum(rebtf_type_kind(o)) != kind_is_enum(rebtf_type_kind(n)))
		return error_new(REBTF_ERR_ARGUMENT, "cannot compare the members of %s and %s",
				 rebtf_kind_name(rebtf_type_kind(o)),
				 rebtf_kind_name(rebtf_type_kind(n)));
	return NULL;
}

void sides_release(struct sides *s)
{
	comparison_release(&s->c);
	member_list_release(&s->old_list);
	member_list_release(&s->new_list);
	free(s->partners);
}

bool sides_lay_out(struct sides *s, const struct rebtf_btf *old_btf, uint32_t old_id,
		   const struct rebtf_btf *new_btf, uint32_t new_id, uint64_t limit)
{
	const struct rebtf_type *o = btf_type(old_btf, old_id), *n = btf_type(new_btf, new_id);

	*s = (struct sides){
		.old_id = old_id,
		.new_id = new_id,
		.are_enums = kind_is_enum(rebtf_type_kind(o)),
		.mask = place_mask(o, n),
	};
	comparison_init(&s->c, old_btf, new_btf, rebtf_type_vlen(o), rebtf_type_vlen(n), limit);
	if (!list_members(&s->c, old_btf, old_id, &s->old_list) ||
	    !list_members(&s->c, new_btf, new_id, &s->new_list))
		return false;
	s->partners = malloc((s->old_list.count + 1) * sizeof(*s->partners));
	if (!s->partners) {
		s->c.no_memory = true;
		return false;
	}
	return find_partners(&s->c, &s->old_list, &s->new_list, s->partners);
}

bool sides_same_place(const struct sides *s, const struct member *o, const struct member *n)
{
	return !((o->place ^ n->place) & s->mask);
}

bool sides_same_type(struct sides *s, const struct member *o, const struct member *n)
{
	return o->bits == n->bits && same_type(&s->c, o->type, n->type);
}

static bool any_harm(struct sides *s)
{
	/* Cheap checks come first. */
	for (size_t i = 0; i < s->old_list.count; i++) {
		if (s->partners[i] == NOBODY ||
		    !sides_same_place(s, &s->old_list.items[i], &s->new_list.items[s->partners[i]]))
			return true;
	}
	for (size_t i = 0; i < s->old_list.count; i++) {
		if (!sides_same_type(s, &s->old_list.items[i], &s->new_list.items[s->partners[i]]))
			return true;
	}
	return false;
}

struct rebtf_error *compare_harmful(const struct rebtf_btf *old_btf, uint32_t old_id,
				    const struct rebtf_btf *new_btf, uint32_t new_id,
				    uint64_t *budget, bool *harmful)
{
	struct sides s;
	bool no_memory;

	TRY(compare_check_arguments(old_btf, old_id, new_btf, new_id));
	*harmful = !sides_lay_out(&s, old_btf, old_id, new_btf, new_id, *budget) || any_harm(&s);
	budget_spend(budget, comparison_cost(&s.c));
	no_memory = s.c.no_memory;
	sides_release(&s);
	return no_memory ? error_nomem() : NULL;
}
