/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Pairs things of one name in steps, from certain to likely. First, those with the same definition
 * in the same member. Then, those left over in the same member, the most similar first. Then, a
 * type that one other member has instead. The rest was added or removed. Each step takes things in
 * the order of their ids, so that the result is the same in each run.
 */
#include <stdlib.h>

#include "core/diff_group.h"
#include "util/error.h"
#include "util/order.h"

void group_work_release(struct group_work *work)
{
	group_pair_list_release(&work->pairs);
	group_order_release(&work->old);
	group_order_release(&work->new);
}

static const struct rebtf_type *entity_type(const struct group_entity *entity)
{
	return btf_type(entity->member->btf, entity->id);
}

static bool is_declaration(const struct group_entity *entity)
{
	return rebtf_type_kind(entity_type(entity)) == REBTF_KIND_FWD;
}

static void add_pair_of(struct group_work *work, struct group_entity *old, struct group_entity *new)
{
	group_pair_list_append(&work->pairs, (struct group_pair){ old, new });
	if (old)
		old->is_done = true;
	if (new)
		new->is_done = true;
}

/* ------------------------------------------------------------------------------ same definition */

static int by_definition(const void *a, const void *b)
{
	const struct group_entity *left = *(struct group_entity *const *)a;
	const struct group_entity *right = *(struct group_entity *const *)b;

	return by_number(left->definition, right->definition)
		       ?: by_number(left->slot, right->slot)
		       ?: by_number(left->id, right->id);
}

static int by_slot_and_definition(const void *a, const void *b)
{
	const struct group_entity *left = *(struct group_entity *const *)a;
	const struct group_entity *right = *(struct group_entity *const *)b;

	return by_number(left->slot, right->slot) ?: by_definition(a, b);
}

/* Collects those of @entities that have no partner yet. */
static struct rebtf_error *collect(struct group_order *order, struct group_entity *entities,
				   size_t count, int (*compare)(const void *a, const void *b))
{
	order->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (!entities[i].is_done && !group_order_append(order, &entities[i]))
			return error_nomem();
	}
	if (order->count)
		qsort(order->items, order->count, sizeof(*order->items), compare);
	return NULL;
}

/* Things of both sides with the same definition, in any member or in the same one, are done. */
static void drop_same(struct group_work *work, bool in_any_member)
{
	size_t o = 0, n = 0;

	while (o < work->old.count && n < work->new.count) {
		struct group_entity *old = work->old.items[o], *new = work->new.items[n];
		int order = (in_any_member ? 0 : by_number(old->slot, new->slot))
				    ?: by_number(old->definition, new->definition);

		if (!order)
			old->is_done = new->is_done = true;
		o += order <= 0;
		n += order >= 0;
	}
}

/*
 * A declaration adds no information to a definition in the same member. The kernel's definition
 * counts for its modules, too.
 */
static void drop_declarations(struct group_entity *entities, size_t count)
{
	bool in_kernel = false;

	for (size_t first = 0, end; first < count; first = end) {
		bool defined = in_kernel;

		for (end = first; end < count && entities[end].slot == entities[first].slot; end++)
			defined |= !is_declaration(&entities[end]);
		if (!entities[first].member->base)
			in_kernel = defined;
		for (size_t i = first; defined && i < end; i++)
			entities[i].is_done |= is_declaration(&entities[i]);
	}
}

/* A declaration that is new or gone is no difference. */
static void drop_all_declarations(struct group_entity *entities, size_t count)
{
	for (size_t i = 0; i < count; i++)
		entities[i].is_done |= is_declaration(&entities[i]);
}

/* --------------------------------------------------------------------------------- same member */

/* More things of one name in one member are paired in order. */
#define SIMILAR_MAX	    8
#define SIMILAR_MEMBERS_MAX 32

/* The number of members that both have. A member that has the name of several counts once. */
static uint32_t common_members(const struct group_entity *old, const struct group_entity *new)
{
	const struct rebtf_type *o = entity_type(old), *n = entity_type(new);
	uint32_t common = 0, taken = 0; /* a bit for each member of @n */

	for (uint32_t i = 0; i < rebtf_type_vlen(o) && i < SIMILAR_MEMBERS_MAX; i++) {
		const char *name = btf_string(old->member->btf, rebtf_members(o)[i].name_off);

		for (uint32_t j = 0; j < rebtf_type_vlen(n) && j < SIMILAR_MEMBERS_MAX; j++) {
			uint32_t bit = UINT32_C(1) << j;

			if (taken & bit || strcmp(name, btf_string(new->member->btf,
								   rebtf_members(n)[j].name_off)))
				continue;
			taken |= bit;
			common++;
			break;
		}
	}
	return common;
}

/*
 * How similar two things are: the members that both have, and more for the same kind and size. It is
 * the same in both directions.
 */
static uint32_t similarity(const struct group_entity *old, const struct group_entity *new)
{
	const struct rebtf_type *o = entity_type(old), *n = entity_type(new);
	uint32_t score = 0;

	if (declared_kind(o) != declared_kind(n) || is_declaration(old) != is_declaration(new))
		return 0;
	score = 1;
	if (!rebtf_is_composite(o) || !rebtf_is_composite(n))
		return score + (rebtf_type_vlen(o) == rebtf_type_vlen(n));
	return score + (o->size == n->size) + 2 * common_members(old, new);
}

/*
 * Pairs the most similar of @old and @new, until one of them is used up. Of equally similar pairs, those
 * that come first on both sides together are taken. Pairs that are alike in this, too, have no part in
 * common, so the pairs are the same if the sides are exchanged.
 */
static void pair_similar(struct group_work *work, struct group_entity **old, size_t old_count,
			 struct group_entity **new, size_t new_count)
{
	uint32_t scores[SIMILAR_MAX][SIMILAR_MAX];
	size_t left = old_count < new_count ? old_count : new_count;

	for (size_t o = 0; o < old_count; o++) {
		for (size_t n = 0; n < new_count; n++)
			scores[o][n] = similarity(old[o], new[n]);
	}
	while (left--) {
		size_t best_old = 0, best_new = 0;
		int64_t best = -1;

		for (size_t o = 0; o < old_count; o++) {
			for (size_t n = 0; n < new_count; n++) {
				if (old[o]->is_done || new[n]->is_done || scores[o][n] < best ||
				    (scores[o][n] == best && o + n >= best_old + best_new))
					continue;
				best = scores[o][n];
				best_old = o;
				best_new = n;
			}
		}
		add_pair_of(work, old[best_old], new[best_new]);
	}
}

static void pair_in_member(struct group_work *work, struct group_entity **old, size_t old_count,
			   struct group_entity **new, size_t new_count)
{
	if (old_count == 1 && new_count == 1) {
		add_pair_of(work, old[0], new[0]);
	} else if (old_count <= SIMILAR_MAX && new_count <= SIMILAR_MAX) {
		pair_similar(work, old, old_count, new, new_count);
	} else {
		for (size_t i = 0; i < old_count && i < new_count; i++)
			add_pair_of(work, old[i], new[i]);
	}
}

static int by_slot_and_id(const void *a, const void *b)
{
	const struct group_entity *left = *(struct group_entity *const *)a;
	const struct group_entity *right = *(struct group_entity *const *)b;

	return by_number(left->slot, right->slot) ?: by_number(left->id, right->id);
}

static size_t run_of_slot(const struct group_order *order, size_t first)
{
	size_t end = first;

	while (end < order->count && order->items[end]->slot == order->items[first]->slot)
		end++;
	return end;
}

static void pair_in_members(struct group_work *work)
{
	size_t o = 0, n = 0;

	while (o < work->old.count && n < work->new.count) {
		size_t old_end = run_of_slot(&work->old, o), new_end = run_of_slot(&work->new, n);
		int order = by_number(work->old.items[o]->slot, work->new.items[n]->slot);

		if (!order)
			pair_in_member(work, &work->old.items[o], old_end - o, &work->new.items[n],
				       new_end - n);
		o = order <= 0 ? old_end : o;
		n = order >= 0 ? new_end : n;
	}
}

/* ----------------------------------------------------------------------------- across members */

/* Things without a partner are no difference if any member of the other side has the same. */
static void drop_known(struct group_order *wanted, const struct group_order *known)
{
	size_t w = 0, k = 0;

	while (w < wanted->count && k < known->count) {
		uint64_t definition = wanted->items[w]->definition;

		if (known->items[k]->definition < definition) {
			k++;
			continue;
		}
		if (known->items[k]->definition == definition)
			wanted->items[w]->is_done = true;
		w++;
	}
}

/* All of @entities, with or without a partner, by definition. */
static struct rebtf_error *collect_known(struct group_order *order, struct group_entity *entities,
					 size_t count)
{
	order->count = 0;
	for (size_t i = 0; i < count; i++) {
		if (!group_order_append(order, &entities[i]))
			return error_nomem();
	}
	if (count)
		qsort(order->items, count, sizeof(*order->items), by_definition);
	return NULL;
}

/* Drops those of @wanted that moved to another member unchanged. */
static struct rebtf_error *drop_moved(struct group_work *work, struct group_entity *wanted,
				      size_t wanted_count, struct group_entity *known,
				      size_t known_count)
{
	TRY(collect(&work->old, wanted, wanted_count, by_definition));
	TRY(collect_known(&work->new, known, known_count));
	drop_known(&work->old, &work->new);
	return NULL;
}

static bool is_one_definition(const struct group_order *order)
{
	for (size_t i = 1; i < order->count; i++) {
		if (order->items[i]->definition != order->items[0]->definition)
			return false;
	}
	return order->count;
}

static struct rebtf_error *pair_across(struct group_work *work, struct group_entity *entities,
				       size_t old_count, size_t count)
{
	struct group_entity *new = entities + old_count;
	enum diff_class class = diff_class_of(entity_type(entities));

	if (class == DIFF_CLASS_FUNC || class == DIFF_CLASS_VAR) {
		/* A function or variable in another member is the same one if that has no partner. */
		TRY(collect(&work->old, entities, old_count, by_definition));
		TRY(collect(&work->new, new, count - old_count, by_definition));
		drop_same(work, true);
		return NULL;
	}
	TRY(drop_moved(work, entities, old_count, new, count - old_count));
	TRY(drop_moved(work, new, count - old_count, entities, old_count));
	TRY(collect(&work->old, entities, old_count, by_slot_and_id));
	TRY(collect(&work->new, new, count - old_count, by_slot_and_id));
	if (!is_one_definition(&work->old) || !is_one_definition(&work->new))
		return NULL;
	for (size_t i = 0; i < work->old.count; i++)
		add_pair_of(work, work->old.items[i], work->new.items[0]);
	for (size_t i = 0; i < work->new.count; i++)
		work->new.items[i]->is_done = true;
	return NULL;
}

/* --------------------------------------------------------------------------------------- result */

static uint64_t definition_or_0(const struct group_entity *entity)
{
	return entity ? entity->definition : 0;
}

static const struct group_entity *either(const struct group_pair *pair)
{
	return pair->old ?: pair->new;
}

static bool are_one_difference(const struct group_pair *a, const struct group_pair *b)
{
	return definition_or_0(a->old) == definition_or_0(b->old) &&
	       definition_or_0(a->new) == definition_or_0(b->new);
}

static int by_difference(const void *a, const void *b)
{
	const struct group_pair *left = a, *right = b;

	return by_number(definition_or_0(left->old), definition_or_0(right->old))
		       ?: by_number(definition_or_0(left->new), definition_or_0(right->new))
		       ?: by_number(either(left)->slot, either(right)->slot)
		       ?: by_number(either(left)->id, either(right)->id);
}

static struct diff_entity entity_of(const struct group_entity *entity)
{
	return entity ? (struct diff_entity){ entity->member, entity->id } : (struct diff_entity){};
}

static struct diff_place place_of(const struct group_pair *pair)
{
	return (struct diff_place){
		.slot = either(pair)->slot,
		.number = pair->old ? diff_member_number(pair->old->member, pair->old->id) : 0,
	};
}

/* Adds all pairs, each difference once with its places. */
static struct rebtf_error *add_differences(struct group_work *work)
{
	struct diff_pairings *pairings = work->pairings;
	const struct group_pair *pairs = work->pairs.items;

	if (work->pairs.failed)
		return error_nomem();
	if (work->pairs.count)
		qsort(work->pairs.items, work->pairs.count, sizeof(*pairs), by_difference);
	for (size_t i = 0, end; i < work->pairs.count; i = end) {
		struct diff_pairing pairing = {
			.old = entity_of(pairs[i].old),
			.new = entity_of(pairs[i].new),
			.first_place = pairings->places.count,
		};

		for (end = i; end < work->pairs.count && are_one_difference(&pairs[i], &pairs[end]);
		     end++)
			diff_place_list_append(&pairings->places, place_of(&pairs[end]));
		pairing.place_count = end - i;
		diff_pairing_list_append(&pairings->list, pairing);
	}
	return pairings->places.failed || pairings->list.failed ? error_nomem() : NULL;
}

/* Adds the things without a partner, but only counts those of a member without a partner. */
static void add_rest(struct group_work *work, struct group_entity *entities, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct group_entity *entity = &entities[i];

		if (entity->is_done)
			continue;
		if (!entity->member->is_alone)
			add_pair_of(work, entity->is_new ? NULL : entity,
				    entity->is_new ? entity : NULL);
		else if (entity->is_new)
			work->pairings->only_new++;
		else
			work->pairings->only_old++;
	}
}

struct rebtf_error *group_pair(struct group_work *work, struct group_entity *entities, size_t count)
{
	size_t old_count = 0;
	struct group_entity *new;

	while (old_count < count && !entities[old_count].is_new)
		old_count++;
	new = entities + old_count;
	work->pairs.count = 0;
	TRY(collect(&work->old, entities, old_count, by_slot_and_definition));
	TRY(collect(&work->new, new, count - old_count, by_slot_and_definition));
	drop_same(work, false);
	drop_declarations(entities, old_count);
	drop_declarations(new, count - old_count);
	TRY(collect(&work->old, entities, old_count, by_slot_and_id));
	TRY(collect(&work->new, new, count - old_count, by_slot_and_id));
	pair_in_members(work);
	drop_all_declarations(entities, count);
	TRY(pair_across(work, entities, old_count, count));
	add_rest(work, entities, count);
	return add_differences(work);
}
