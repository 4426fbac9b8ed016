/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Decides whether two types are the same. Types can be recursive, so a pair counts as the same
 * while it is being compared. If a difference is found, this pair and all pairs added since are
 * removed again. A list of pairs that remain to be compared replaces recursion.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/resolve.h"
#include "graph/same_type.h"
#include "util/cleanup.h"
#include "util/hash.h"

struct pair_key {
	const struct pair_set *set;
	struct pair pair;
};

static inline bool pair_key_same(const void *arg, uint32_t number)
{
	const struct pair_key *key = arg;
	const struct pair *found = &key->set->pairs.items[number - 1];

	return found->old_id == key->pair.old_id && found->new_id == key->pair.new_id;
}

/* The pairs come from a possibly hostile file, so the hash is seeded. */
static uint32_t pair_hash(struct pair pair)
{
	return hash_string((const char *)&pair, sizeof(pair));
}

/* Returns the slot of the pair in the set, or the free slot where it belongs. */
static struct table_slot *pair_slot(const struct pair_set *set, struct pair pair)
{
	const struct pair_key key = { set, pair };

	return table_find(&set->numbers, pair_hash(pair), pair_key_same, &key);
}

/* Records the pair as the same. Returns false if the set has it already. */
static bool add_pair(struct comparison *c, struct pair pair)
{
	struct pair_set *set = &c->same;
	struct table_slot *slot;

	c->no_memory |= !pair_list_reserve(&set->pairs, 1) || !table_reserve(&set->numbers, 1);
	if (c->no_memory)
		return false;
	slot = pair_slot(set, pair);
	if (slot->value)
		return false;
	pair_list_append(&set->pairs, pair);
	return table_add(&set->numbers, slot, pair_hash(pair), set->pairs.count);
}

static void forget_pairs(struct pair_set *set, size_t kept)
{
	while (set->pairs.count > kept) {
		table_remove(&set->numbers, pair_slot(set, set->pairs.items[set->pairs.count - 1]));
		set->pairs.count--;
	}
}

/* Adds a pair to the list of pairs that must be the same, too. */
static bool demand(struct comparison *c, uint32_t old_id, uint32_t new_id)
{
	if (!spend(c, 1))
		return false;
	c->no_memory |= !pair_list_append(&c->to_do, (struct pair){ old_id, new_id });
	return !c->no_memory;
}

static bool members_same(struct comparison *c, const struct member_list *old_list,
			 const struct member_list *new_list, uint64_t mask)
{
	_cleanup_free_ uint32_t *partners = malloc((old_list->count + 1) * sizeof(*partners));

	if (!partners) {
		c->no_memory = true;
		return false;
	}
	if (!find_partners(c, old_list, new_list, partners))
		return false;
	for (size_t i = 0; i < old_list->count; i++) {
		const struct member *o = &old_list->items[i], *n;

		if (partners[i] == NOBODY)
			return false;
		n = &new_list->items[partners[i]];
		if (((o->place ^ n->place) & mask) || o->bits != n->bits ||
		    !demand(c, o->type, n->type))
			return false;
	}
	return true;
}

/* Compares two anonymous structs, unions or enumerations. */
static bool same_anonymous(struct comparison *c, struct pair pair)
{
	struct member_list old_list = {}, new_list = {};
	bool same;

	if (!add_pair(c, pair))
		return !c->no_memory;
	same = list_members(c, c->old_btf, pair.old_id, &old_list) &&
	       list_members(c, c->new_btf, pair.new_id, &new_list) &&
	       members_same(c, &old_list, &new_list,
			    place_mask(btf_type(c->old_btf, pair.old_id),
				       btf_type(c->new_btf, pair.new_id)));
	member_list_release(&old_list);
	member_list_release(&new_list);
	return same;
}

static bool same_prototype(struct comparison *c, struct pair pair, const struct rebtf_type *o,
			   const struct rebtf_type *n)
{
	const struct rebtf_param *old_params = rebtf_params(o), *new_params = rebtf_params(n);

	if (rebtf_type_vlen(o) != rebtf_type_vlen(n))
		return false;
	if (!add_pair(c, pair))
		return !c->no_memory;
	for (uint32_t i = 0; i < rebtf_type_vlen(o); i++) {
		if (!demand(c, old_params[i].type, new_params[i].type))
			return false;
	}
	return demand(c, o->type, n->type);
}

/* Compares structs, unions and enumerations. */
static bool same_named(struct comparison *c, struct pair pair, const struct rebtf_type *o,
		       const struct rebtf_type *n, bool by_value)
{
	const char *old_name = btf_string(c->old_btf, o->name_off);
	const char *new_name = btf_string(c->new_btf, n->name_off);
	bool has_size = rebtf_type_kind(o) != REBTF_KIND_FWD &&
			rebtf_type_kind(n) != REBTF_KIND_FWD;

	spend_name(c, strlen(old_name));
	if (strcmp(old_name, new_name))
		return false;
	if (by_value && has_size && o->size != n->size)
		return false;
	return *old_name || !has_size || same_anonymous(c, pair);
}

/* The result of comparing two types. */
enum same_type_step {
	DIFFERENT,
	SAME,
	GO_ON, /* compare the types that the pair has now */
};

static enum same_type_step step_of(bool same)
{
	return same ? SAME : DIFFERENT;
}

static enum same_type_step go_on_to(struct pair *pair, uint32_t old_id, uint32_t new_id)
{
	*pair = (struct pair){ old_id, new_id };
	return GO_ON;
}

static enum same_type_step same_type_look_at(struct comparison *c, struct pair *pair,
					     bool *by_value)
{
	const struct rebtf_type *o = resolve_aliases(c->old_btf, &pair->old_id, &c->budget);
	const struct rebtf_type *n = resolve_aliases(c->new_btf, &pair->new_id, &c->budget);
	const struct rebtf_array *old_array, *new_array;

	if (!o || !n || !spend(c, 1) || declared_kind(o) != declared_kind(n))
		return DIFFERENT;
	if (o == n)
		return SAME;
	switch (declared_kind(o)) {
	case REBTF_KIND_VOID:
		return SAME;
	case REBTF_KIND_INT:
		return step_of(o->size == n->size && *(const uint32_t *)rebtf_type_data(o) ==
							     *(const uint32_t *)rebtf_type_data(n));
	case REBTF_KIND_FLOAT:
		return step_of(o->size == n->size);
	case REBTF_KIND_STRUCT:
	case REBTF_KIND_UNION:
	case REBTF_KIND_ENUM:
		return step_of(same_named(c, *pair, o, n, *by_value));
	case REBTF_KIND_PTR:
		*by_value = false;
		return go_on_to(pair, o->type, n->type);
	case REBTF_KIND_ARRAY:
		old_array = rebtf_array(o);
		new_array = rebtf_array(n);
		if (old_array->nelems != new_array->nelems)
			return DIFFERENT;
		return go_on_to(pair, old_array->type, new_array->type);
	case REBTF_KIND_FUNC_PROTO:
		return step_of(same_prototype(c, *pair, o, n));
	default:
		return DIFFERENT;
	}
}

bool same_type(struct comparison *c, uint32_t old_id, uint32_t new_id)
{
	size_t known = c->same.pairs.count;
	enum same_type_step step = SAME;

	if (!demand(c, old_id, new_id))
		return false;
	while (step == SAME && c->to_do.count) {
		struct pair pair = c->to_do.items[--c->to_do.count];
		bool by_value = true;

		do
			step = same_type_look_at(c, &pair, &by_value);
		while (step == GO_ON);
	}
	if (step == SAME)
		return true;
	c->to_do.count = 0;
	forget_pairs(&c->same, known);
	return false;
}
