/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Sorts the named things of both sides by a hash of class and name, and pairs those of one name
 * (diff_group.c).
 */
#include <stdlib.h>

#include "core/diff_group.h"
#include "core/diff_pair.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hash.h"
#include "util/order.h"

/* ---------------------------------------------------------------------------------------- lists */

struct entity_scan {
	diff_name_filter filter;
	const void *filter_arg;
	bool is_new;
	struct hash_word_list words;
	struct group_entity_list *list;
};

/* Whether type @i is compared: it has a name, or is an enumeration that only declares constants. */
static bool is_entity(const struct diff_member *member, uint32_t i, const struct rebtf_type *t)
{
	if (t->name_off)
		return true;
	return kind_is_enum(rebtf_type_kind(t)) && rebtf_type_vlen(t) &&
	       !type_hash_is_referenced(&member->hashes, member->btf->start_id + i);
}

static struct rebtf_error *scan_type(struct entity_scan *scan, const struct diff_member *member,
				     uint32_t i)
{
	const struct rebtf_type *t = btf_own_type(member->btf, i);
	enum diff_class class = diff_class_of(t);
	struct group_entity entity = {
		.member = member,
		.id = member->btf->start_id + i,
		.slot = member->slot,
		.is_new = scan->is_new,
	};
	const char *name;

	if (class == DIFF_CLASS_NONE || !is_entity(member, i, t))
		return NULL;
	name = diff_entity_name(member->btf, t);
	if (!*name || (scan->filter && !scan->filter(scan->filter_arg, name)))
		return NULL;
	entity.key = (hash_string(name, strlen(name)) + !t->name_off) * 8 + class;
	TRY(type_hash_definition(&member->hashes, entity.id, &scan->words, &entity.definition));
	return group_entity_list_append(scan->list, entity) ? NULL : error_nomem();
}

static struct rebtf_error *scan_side(struct entity_scan *scan, const struct diff_side *side)
{
	for (size_t m = 0; m < side->members.count; m++) {
		const struct diff_member *member = side->members.items[m];

		for (uint32_t i = 0; !member->is_context && i < member->btf->own_count; i++)
			TRY(scan_type(scan, member, i));
	}
	return NULL;
}

static int by_key(const void *a, const void *b)
{
	const struct group_entity *left = a, *right = b;

	return by_number(left->key, right->key)
		       ?: by_number(left->is_new, right->is_new)
		       ?: by_number(left->slot, right->slot)
		       ?: by_number(left->id, right->id);
}

/* --------------------------------------------------------------------------------------- groups */

static bool all_alike(const struct group_entity *entities, size_t count)
{
	return count == 2 && !entities[0].is_new && entities[1].is_new &&
	       entities[0].slot == entities[1].slot &&
	       entities[0].definition == entities[1].definition;
}

static struct rebtf_error *pair_groups(struct group_entity_list *list,
				       struct diff_pairings *pairings)
{
	struct group_work work = { .pairings = pairings };
	struct rebtf_error *err = NULL;

	for (size_t first = 0, end; !err && first < list->count; first = end) {
		for (end = first + 1;
		     end < list->count && list->items[end].key == list->items[first].key; end++)
			;
		if (!all_alike(&list->items[first], end - first))
			err = group_pair(&work, &list->items[first], end - first);
	}
	group_work_release(&work);
	return err;
}

struct rebtf_error *diff_pair(const struct diff_side *old_side, const struct diff_side *new_side,
			      diff_name_filter filter, const void *filter_arg,
			      struct diff_pairings *pairings)
{
	struct group_entity_list list = {};
	struct entity_scan scan = { .filter = filter, .filter_arg = filter_arg, .list = &list };
	struct rebtf_error *err;

	err = scan_side(&scan, old_side);
	scan.is_new = true;
	if (!err)
		err = scan_side(&scan, new_side);
	if (!err && list.count) {
		qsort(list.items, list.count, sizeof(*list.items), by_key);
		err = pair_groups(&list, pairings);
	}
	hash_word_list_release(&scan.words);
	group_entity_list_release(&list);
	return err;
}

void diff_pairings_release(struct diff_pairings *pairings)
{
	diff_pairing_list_release(&pairings->list);
	diff_place_list_release(&pairings->places);
}
