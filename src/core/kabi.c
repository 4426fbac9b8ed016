/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds old members that a kABI macro keeps in the new definition, and reserved bytes. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "btf/resolve.h"
#include "core/kabi.h"
#include "graph/same_type.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/order.h"

static bool starts_with(const char *name, const char *start)
{
	return !strncmp(name, start, strlen(start));
}

bool kabi_hides(const char *name)
{
	return starts_with(name, "rh_kabi_hidden_") || strstr(name, "kabi_hide") ||
	       starts_with(name, "__kabi_renamed") || starts_with(name, "__kabi_ignored");
}

static bool is_kabi_reserve(const char *name)
{
	static const char *const starts[] = {
		"rh_reserved",		 "rh_kabi_reserved",
		"android_kabi_reserved", "android_backport_reserved",
		"suse_kabi_padding",	 "__kabi_reserved",
		"kabi_reserved",
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		if (starts_with(name, starts[i]))
			return true;
	}
	return false;
}

/* Whether @name is a word that means unused bytes, perhaps with a number. */
static bool is_reserve_word(const char *name, bool *is_sure)
{
	static const char *const words[] = { "reserved", "rsvd",   "resv", "padding",
					     "pad",	 "unused", "spare" };
	const char *word = name;

	while (*word == '_')
		word++;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *end = word + strlen(words[i]);

		if (!starts_with(word, words[i]))
			continue;
		*is_sure = word > name || *end;
		while (isdigit((unsigned char)*end) || *end == '_')
			end++;
		if (!*end)
			return true;
	}
	return false;
}

bool kabi_reserves(const struct rebtf_btf *btf, const char *name, uint32_t type)
{
	const struct rebtf_type *t = btf_type(btf, type);
	bool is_sure, is_array;

	if (is_kabi_reserve(name))
		return true;
	if (!is_reserve_word(name, &is_sure))
		return false;
	is_array = rebtf_type_kind(t) == REBTF_KIND_ARRAY;
	t = resolve_skip(btf, FAMILY_ALIAS | FAMILY_ARRAY, &type);
	/* "u64 reserved" may well be a number of reserved things. */
	return t && rebtf_type_kind(t) == REBTF_KIND_INT && (is_sure || is_array);
}

/* --------------------------------------------------------------------------------- kept members */

struct kabi_level {
	const struct rebtf_type *type;
	uint32_t next;
	uint64_t place;
	bool is_hidden;
};

DEFINE_VECTOR(kabi_levels, struct kabi_level);

/* The search for kept members in the new definition. */
struct kabi_search {
	struct comparison c;
	struct member_list old_list;
	struct member_list kept; /* of the new definition */
};

/* Enters an unnamed struct or union, also if a macro gave the member a name. */
static bool enter_member(struct kabi_search *s, struct kabi_levels *levels,
			 const struct kabi_level *outer, const struct rebtf_member *m)
{
	const char *name = btf_string(s->c.new_btf, m->name_off);
	uint32_t id = m->type;
	const struct rebtf_type *t;
	struct kabi_level level = {
		.place = outer->place + rebtf_member_bit_offset(outer->type, m),
		.is_hidden = outer->is_hidden || kabi_hides(name),
	};

	if (*name && !kabi_hides(name))
		return true;
	t = resolve_aliases(s->c.new_btf, &id, &s->c.budget);
	if (!t)
		return false;
	if (!rebtf_is_composite(t) || t->name_off)
		return true;
	level.type = t;
	s->c.no_memory |= !kabi_levels_append(levels, level);
	return !s->c.no_memory;
}

static bool add_kept(struct kabi_search *s, const struct kabi_level *level,
		     const struct rebtf_member *m)
{
	const struct member kept = {
		.name = btf_string(s->c.new_btf, m->name_off),
		.place = level->place + rebtf_member_bit_offset(level->type, m),
		.type = m->type,
		.bits = rebtf_member_bitfield_size(level->type, m),
	};

	if (!level->is_hidden || !*kept.name)
		return true;
	s->c.no_memory |= !member_list_append(&s->kept, kept);
	return !s->c.no_memory;
}

static bool list_kept(struct kabi_search *s, uint32_t new_id)
{
	struct kabi_levels levels = {};
	const struct kabi_level first = { .type = btf_type(s->c.new_btf, new_id) };
	bool ok = kabi_levels_append(&levels, first);

	s->c.no_memory |= !ok;
	while (ok && levels.count) {
		struct kabi_level level = levels.items[levels.count - 1];
		const struct rebtf_member *m = &rebtf_members(level.type)[level.next];

		if (level.next == rebtf_type_vlen(level.type)) {
			levels.count--;
			continue;
		}
		levels.items[levels.count - 1].next++;
		ok = spend(&s->c, 1) && add_kept(s, &level, m) &&
		     enter_member(s, &levels, &level, m);
	}
	kabi_levels_release(&levels);
	return ok;
}

/* ------------------------------------------------------------------------------------- excuses */

static void excuse_change(struct rebtf_change_list *list, struct rebtf_change *change,
			  enum rebtf_excuse excuse)
{
	change->harmless = true;
	change->excuse = excuse;
	list->harmful--;
}

static int by_member_place(const void *a, const void *b)
{
	const struct member *left = a, *right = b;

	return by_number(left->place, right->place);
}

/* The first of @list, which is in order of places, with this place or a later one. */
static size_t first_at(const struct member_list *list, uint64_t place)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle].place < place)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The member of @list that the change is about, by its name and place. */
static const struct member *member_named(struct kabi_search *s, const struct member_list *list,
					 const char *name, uint64_t place)
{
	for (size_t i = first_at(list, place); i < list->count && list->items[i].place == place;
	     i++) {
		spend_name(&s->c, strlen(name));
		if (!spend(&s->c, 1))
			break;
		if (!strcmp(list->items[i].name, name))
			return &list->items[i];
	}
	return NULL;
}

static bool is_kept(struct kabi_search *s, const struct member *old)
{
	const struct member *kept = member_named(s, &s->kept, old->name, old->place);

	return kept && kept->bits == old->bits && same_type(&s->c, old->type, kept->type);
}

/* An array of one element, "u8[1]", that is now without elements. */
static bool became_flexible(const struct rebtf_change *change)
{
	size_t length;

	if (change->kind != REBTF_CHANGE_RETYPED || !change->old_type || !change->new_type)
		return false;
	length = strlen(change->old_type);
	return length > 3 && strlen(change->new_type) == length &&
	       !strncmp(change->old_type, change->new_type, length - 2) &&
	       !strcmp(change->old_type + length - 3, "[1]") &&
	       !strcmp(change->new_type + length - 3, "[0]");
}

static void look_for_excuse(struct kabi_search *s, struct rebtf_change_list *list,
			    struct rebtf_change *change)
{
	const struct member *old;

	if (change->harmless || !change->old_name)
		return;
	if (became_flexible(change)) {
		excuse_change(list, change, REBTF_EXCUSE_FLEXIBLE);
		return;
	}
	/* The number of a line or a macro's counter is a part of these names. */
	if (change->kind == REBTF_CHANGE_RENAMED && kabi_hides(change->old_name) &&
	    kabi_hides(change->new_name)) {
		excuse_change(list, change, REBTF_EXCUSE_KABI);
		return;
	}
	old = member_named(s, &s->old_list, change->old_name, change->old_offset);
	if (!old || old->unnamed)
		return;
	if (kabi_reserves(s->c.old_btf, old->name, old->type))
		excuse_change(list, change, REBTF_EXCUSE_RESERVED);
	else if (is_kept(s, old))
		excuse_change(list, change, REBTF_EXCUSE_KABI);
}

/* An addition is harmless unless a member behind it moved. */
static void judge_additions(struct rebtf_change_list *list)
{
	uint64_t end = 0;

	for (size_t i = 0; i < list->changes.count; i++) {
		const struct rebtf_change *change = &list->changes.items[i];

		if (change->kind == REBTF_CHANGE_MOVED && !change->harmless &&
		    change->new_offset > end)
			end = change->new_offset;
	}
	for (size_t i = 0; i < list->changes.count; i++) {
		struct rebtf_change *change = &list->changes.items[i];

		if (change->kind == REBTF_CHANGE_ADDED && !change->harmless &&
		    change->new_offset >= end)
			excuse_change(list, change, REBTF_EXCUSE_NONE);
	}
}

static void sort_by_place(struct member_list *list)
{
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), by_member_place);
}

struct rebtf_error *kabi_excuse(struct rebtf_change_list *list, uint32_t old_id, uint32_t new_id,
				uint64_t *budget)
{
	struct kabi_search s = {};
	bool no_memory;

	if (!list->harmful)
		return NULL;
	comparison_init(&s.c, list->old_btf, list->new_btf,
			rebtf_type_vlen(btf_type(list->old_btf, old_id)),
			rebtf_type_vlen(btf_type(list->new_btf, new_id)), *budget);
	/* If the definitions are too complex, changes stay as they are. */
	if (list_members(&s.c, list->old_btf, old_id, &s.old_list) && list_kept(&s, new_id)) {
		sort_by_place(&s.old_list);
		sort_by_place(&s.kept);
		for (size_t i = 0; i < list->changes.count; i++)
			look_for_excuse(&s, list, &list->changes.items[i]);
		judge_additions(list);
	}
	no_memory = s.c.no_memory;
	budget_spend(budget, comparison_cost(&s.c));
	comparison_release(&s.c);
	member_list_release(&s.old_list);
	member_list_release(&s.kept);
	return no_memory ? error_nomem() : NULL;
}
