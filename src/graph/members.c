/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Lists the members of a type and pairs those of two definitions by name. */
#include <stdlib.h>
#include <string.h>

#include "btf/resolve.h"
#include "graph/members.h"
#include "util/cleanup.h"
#include "util/hash.h"

/*
 * The budget of a comparison: a fixed amount, because anonymous members and prototypes can be
 * larger than the type that contains them, plus an amount per member. The most complex types of a
 * kernel use a tenth of it.
 */
#define BUDGET_FIXED	  16384
#define BUDGET_PER_MEMBER 64

void comparison_init(struct comparison *c, const struct rebtf_btf *old_btf,
		     const struct rebtf_btf *new_btf, uint32_t old_count, uint32_t new_count,
		     uint64_t limit)
{
	uint64_t budget = BUDGET_FIXED + BUDGET_PER_MEMBER * ((uint64_t)old_count + new_count);

	if (budget > limit)
		budget = limit;
	*c = (struct comparison){
		.old_btf = old_btf,
		.new_btf = new_btf,
		.budget = budget,
		.granted = budget,
	};
}

void comparison_release(struct comparison *c)
{
	pair_list_release(&c->same.pairs);
	table_release(&c->same.numbers);
	pair_list_release(&c->to_do);
}

bool spend(struct comparison *c, uint64_t cost)
{
	c->budget = c->budget > cost ? c->budget - cost : 0;
	return c->budget;
}

void spend_name(struct comparison *c, size_t length)
{
	spend(c, length / 64);
}

/* ---------------------------------------------------------------------------------------- lists */

static bool members_append(struct comparison *c, struct member_list *list,
			   const struct member *member)
{
	c->no_memory |= !member_list_append(list, *member);
	return !c->no_memory;
}

static bool list_enumerators(struct comparison *c, const struct rebtf_btf *btf,
			     const struct rebtf_type *t, struct member_list *list)
{
	const struct rebtf_enum *e32 = rebtf_enums(t);
	const struct rebtf_enum64 *e64 = rebtf_enums64(t);
	bool is_signed = rebtf_type_kind_flag(t), is_64 = rebtf_type_kind(t) == REBTF_KIND_ENUM64;

	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		struct member m = {};

		if (is_64) {
			m.name = btf_string(btf, e64[i].name_off);
			m.place = rebtf_enum64_value(&e64[i]);
		} else {
			m.name = btf_string(btf, e32[i].name_off);
			m.place = is_signed ? (uint64_t)(int32_t)e32[i].val : e32[i].val;
		}
		if (!spend(c, 1) || !members_append(c, list, &m))
			return false;
	}
	return true;
}

/* The result is at place 0 and has no name. Parameter i is at place i + 1. */
static bool list_params(struct comparison *c, const struct rebtf_btf *btf,
			const struct rebtf_type *t, struct member_list *list)
{
	const struct rebtf_param *params = rebtf_params(t);
	struct member m = { .name = "", .type = t->type, .unnamed = true };

	if (!members_append(c, list, &m))
		return false;
	for (uint32_t i = 0; i < rebtf_type_vlen(t); i++) {
		m = (struct member){
			.name = btf_string(btf, params[i].name_off),
			.place = (uint64_t)i + 1,
			.type = params[i].type,
		};
		if (!spend(c, 1) || !members_append(c, list, &m))
			return false;
	}
	return true;
}

/* A struct or union whose members are being listed. */
struct members_level {
	const struct rebtf_type *type;
	uint32_t next;
	uint64_t place;
};

DEFINE_VECTOR(members_levels, struct members_level);

static bool members_enter(struct comparison *c, struct members_levels *levels,
			  const struct rebtf_type *t, uint64_t place)
{
	const struct members_level level = { .type = t, .place = place };

	c->no_memory |= !members_levels_append(levels, level);
	return !c->no_memory;
}

/*
 * An unnamed member whose type has a name (possible with -fms-extensions) is listed as one member,
 * because expectations do not have the members of named types.
 */
static bool list_member(struct comparison *c, const struct rebtf_btf *btf,
			const struct rebtf_type *t, const struct rebtf_member *m, uint64_t place,
			struct members_levels *levels, struct member_list *list)
{
	struct member member = {
		.name = btf_string(btf, m->name_off),
		.place = place + rebtf_member_bit_offset(t, m),
		.type = m->type,
		.bits = rebtf_member_bitfield_size(t, m),
	};

	if (!*member.name) {
		uint32_t inner_id = m->type;
		const struct rebtf_type *inner = resolve_aliases(btf, &inner_id, &c->budget);

		if (!inner)
			return false;
		member.name = btf_string(btf, inner->name_off);
		member.unnamed = true;
		if (kind_is_composite(rebtf_type_kind(inner)) && !*member.name)
			return members_enter(c, levels, inner, member.place);
	}
	return members_append(c, list, &member);
}

bool list_members(struct comparison *c, const struct rebtf_btf *btf, uint32_t id,
		  struct member_list *list)
{
	const struct rebtf_type *t = btf_type(btf, id);
	struct members_levels levels = {};
	bool ok;

	if (kind_is_enum(rebtf_type_kind(t)))
		return list_enumerators(c, btf, t, list);
	if (rebtf_type_kind(t) == REBTF_KIND_FUNC_PROTO)
		return list_params(c, btf, t, list);
	ok = members_enter(c, &levels, t, 0);
	while (ok && levels.count) {
		struct members_level *level = &levels.items[levels.count - 1];
		const struct rebtf_member *members = rebtf_members(level->type);

		if (level->next == rebtf_type_vlen(level->type))
			levels.count--;
		else
			ok = spend(c, 1) &&
			     list_member(c, btf, level->type, &members[level->next++], level->place,
					 &levels, list);
	}
	members_levels_release(&levels);
	return ok;
}

uint64_t place_mask(const struct rebtf_type *old_type, const struct rebtf_type *new_type)
{
	if (kind_is_enum(rebtf_type_kind(old_type)) && old_type->size == new_type->size &&
	    old_type->size < 8)
		return ((uint64_t)1 << old_type->size * 8) - 1;
	return UINT64_MAX;
}

/* ------------------------------------------------------------------------------------- partners */

static bool members_same_name(struct comparison *c, const struct member *a, const struct member *b)
{
	spend_name(c, strlen(a->name));
	return a->unnamed == b->unnamed && !strcmp(a->name, b->name);
}

/*
 * The new members without a partner, by name. Each slot is the head of a list. Members with the
 * same name stay in order.
 */
struct name_table {
	uint32_t *heads;
	uint32_t *next;
	size_t mask;
};

static uint32_t *slot_of(struct comparison *c, const struct name_table *table,
			 const struct member *m)
{
	size_t length = strlen(m->name);

	spend_name(c, length);
	return &table->heads[hash_string(m->name, length) & table->mask];
}

static bool name_table_init(struct comparison *c, struct name_table *table,
			    const struct member_list *list, const bool *taken)
{
	size_t slots = hash_table_size(list->count);

	table->heads = malloc(slots * sizeof(*table->heads));
	table->next = malloc((list->count + 1) * sizeof(*table->next));
	table->mask = slots - 1;
	if (!table->heads || !table->next) {
		c->no_memory = true;
		return false;
	}
	memset(table->heads, 0xff, slots * sizeof(*table->heads));
	for (size_t i = list->count; i--;) {
		uint32_t *slot;

		if (taken[i])
			continue;
		slot = slot_of(c, table, &list->items[i]);
		table->next[i] = *slot;
		*slot = i;
	}
	return true;
}

static uint32_t take_by_name(struct comparison *c, const struct name_table *table,
			     const struct member_list *list, const struct member *wanted)
{
	for (uint32_t *at = slot_of(c, table, wanted); *at != NOBODY; at = &table->next[*at]) {
		uint32_t i = *at;

		if (!spend(c, 1))
			break;
		if (members_same_name(c, wanted, &list->items[i])) {
			*at = table->next[i];
			return i;
		}
	}
	return NOBODY;
}

/*
 * Pairs members in order. Most definitions hardly change, so partners have the same order, except
 * for a few members that were added or removed. Returns how many old members at the start were
 * paired.
 */
static size_t find_in_order(struct comparison *c, const struct member_list *old_list,
			    const struct member_list *new_list, uint32_t *partners, bool *taken)
{
	size_t i;

	for (i = 0; i < old_list->count && i < new_list->count; i++) {
		if (!members_same_name(c, &old_list->items[i], &new_list->items[i]))
			break;
		partners[i] = i;
		taken[i] = true;
	}
	return i;
}

bool find_partners(struct comparison *c, const struct member_list *old_list,
		   const struct member_list *new_list, uint32_t *partners)
{
	_cleanup_free_ bool *taken = calloc(new_list->count + 1, sizeof(*taken));
	struct name_table table = {};
	size_t i;

	if (!taken) {
		c->no_memory = true;
		return false;
	}
	i = find_in_order(c, old_list, new_list, partners, taken);
	if (i < old_list->count && name_table_init(c, &table, new_list, taken)) {
		for (; i < old_list->count; i++)
			partners[i] = take_by_name(c, &table, new_list, &old_list->items[i]);
	}
	free(table.heads);
	free(table.next);
	return !comparison_is_incomplete(c);
}
