/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * What became of each member of a type. First the names are told apart (members.c), then of each
 * pair of partners the places and types are compared (same_type.c), and what is left over on both
 * sides at one place and of one type was renamed.
 */
#include <stdlib.h>
#include <string.h>

#include "split/compare.h"
#include "split/same_type.h"
#include "util/cleanup.h"
#include "util/error.h"

/* The two definitions, laid side by side. */
struct sides {
	struct comparison c;
	uint32_t old_id;
	uint32_t new_id;
	bool are_enums;
	uint64_t mask; /* of places */
	struct member_list old_list;
	struct member_list new_list;
	uint32_t *partners; /* of the old members: numbers of new ones, or NOBODY */
};

static bool is_comparable(uint32_t kind)
{
	return kind_is_composite(kind) || kind_is_enum(kind);
}

static struct rebtf_error *check_arguments(const struct rebtf_btf *old_btf, uint32_t old_id,
					   const struct rebtf_btf *new_btf, uint32_t new_id)
{
	const struct rebtf_type *o = rebtf_type_by_id(old_btf, old_id);
	const struct rebtf_type *n = rebtf_type_by_id(new_btf, new_id);

	if (!o || !n)
		return error_new(REBTF_ERR_ARGUMENT, "there is no type [%u] to compare",
				 o ? new_id : old_id);
	if (!is_comparable(rebtf_type_kind(o)) || !is_comparable(rebtf_type_kind(n)) ||
	    kind_is_enum(rebtf_type_kind(o)) != kind_is_enum(rebtf_type_kind(n)))
		return error_new(REBTF_ERR_ARGUMENT, "%s and %s cannot be compared by members",
				 rebtf_kind_name(rebtf_type_kind(o)),
				 rebtf_kind_name(rebtf_type_kind(n)));
	return NULL;
}

static void sides_release(struct sides *s)
{
	comparison_release(&s->c);
	member_list_release(&s->old_list);
	member_list_release(&s->new_list);
	free(s->partners);
}

/* False if the comparison gave up. */
static bool lay_side_by_side(struct sides *s, const struct rebtf_btf *old_btf, uint32_t old_id,
			     const struct rebtf_btf *new_btf, uint32_t new_id)
{
	const struct rebtf_type *o = btf_type(old_btf, old_id), *n = btf_type(new_btf, new_id);

	*s = (struct sides){
		.old_id = old_id,
		.new_id = new_id,
		.are_enums = kind_is_enum(rebtf_type_kind(o)),
		.mask = place_mask(o, n),
	};
	comparison_init(&s->c, old_btf, new_btf, rebtf_type_vlen(o), rebtf_type_vlen(n));
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

static bool same_place(const struct sides *s, const struct member *o, const struct member *n)
{
	return !((o->place ^ n->place) & s->mask);
}

static bool same_member_type(struct sides *s, const struct member *o, const struct member *n)
{
	return o->bits == n->bits && same_type(&s->c, o->type, n->type);
}

static bool any_harm(struct sides *s)
{
	/* What costs least comes first. */
	for (size_t i = 0; i < s->old_list.count; i++) {
		if (s->partners[i] == NOBODY ||
		    !same_place(s, &s->old_list.members[i], &s->new_list.members[s->partners[i]]))
			return true;
	}
	for (size_t i = 0; i < s->old_list.count; i++) {
		if (!same_member_type(s, &s->old_list.members[i],
				      &s->new_list.members[s->partners[i]]))
			return true;
	}
	return false;
}

struct rebtf_error *compare_harmful(const struct rebtf_btf *old_btf, uint32_t old_id,
				    const struct rebtf_btf *new_btf, uint32_t new_id, bool *harmful)
{
	struct sides s;
	bool no_memory;

	TRY(check_arguments(old_btf, old_id, new_btf, new_id));
	*harmful = !lay_side_by_side(&s, old_btf, old_id, new_btf, new_id) || any_harm(&s);
	no_memory = s.c.no_memory;
	sides_release(&s);
	return no_memory ? error_nomem() : NULL;
}
