/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Groups function symbols by the name before the first dot. */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "encode/function_groups.h"
#include "encode/kfuncs.h"
#include "util/error.h"
#include "util/hash.h"
#include "util/order.h"

/* --------------------------------------------------------------------------------------- search */

struct function_group_key {
	const struct function_group *list;
	const char *name;
	size_t length;
};

static bool function_group_same(const void *arg, uint32_t value)
{
	const struct function_group_key *key = arg;
	const struct function_group *group = &key->list[value - 1];

	return group->length == key->length && !memcmp(group->name, key->name, key->length);
}

static struct table_slot *group_slot(const struct function_groups *groups, const char *name,
				     size_t length, uint32_t hash)
{
	const struct function_group_key key = { groups->list.items, name, length };

	return table_find(&groups->table, hash, function_group_same, &key);
}

struct function_group *function_groups_find(const struct function_groups *groups, const char *name,
					    size_t length)
{
	struct table_slot *slot;

	if (!groups->list.count)
		return NULL;
	slot = group_slot(groups, name, length, (uint32_t)hash_string(name, length));
	return slot->value ? &groups->list.items[slot->value - 1] : NULL;
}

/* -------------------------------------------------------------------------------------- symbols */

/*
 * The compiler moves rarely executed code of a function to NAME.cold, and code that several callers
 * share to NAME.part. Neither is a function of the source. Such a word can follow other suffixes:
 * NAME.isra.0.cold.
 */
static bool is_part_of_function(const char *suffix)
{
	return strstr(suffix, ".cold") || strstr(suffix, ".part");
}

/*
 * objtool and clang make symbols for the padding in front of functions. There are as many of them as
 * there are functions.
 */
static bool is_padding(const char *name)
{
	return !strncmp(name, "__pfx_", 6) || !strncmp(name, "__cfi_", 6);
}

/*
 * Whether the suffix tells that the compiler removed parameters or replaced them by constants or
 * members.
 */
static bool is_optimized(const char *suffix)
{
	return strstr(suffix, ".isra") || strstr(suffix, ".constprop");
}

static void group_add_symbol(struct function_group *group, const struct encode_symbol *symbol)
{
	if (symbol->address != group->address) {
		group->ambiguous = true;
		group->other_address = symbol->address;
	} else if (symbol->name[group->length]) {
		if (!group->suffixed)
			group->suffixed = symbol->name;
		group->optimized |= is_optimized(symbol->name + group->length);
	}
}

static bool groups_add_symbol(struct function_groups *groups, const struct encode_symbol *symbol)
{
	const char *dot = strchrnul(symbol->name, '.');
	size_t length = (size_t)(dot - symbol->name);
	struct function_group group = { .name = symbol->name,
					.length = (uint32_t)length,
					.address = symbol->address };
	struct table_slot *slot;
	uint32_t hash;

	if (!length || is_part_of_function(dot))
		return true;
	hash = (uint32_t)hash_string(symbol->name, length);
	slot = group_slot(groups, symbol->name, length, hash);
	if (!slot->value) {
		if (!function_group_vector_append(&groups->list, group) ||
		    !table_add(&groups->table, slot, hash, (uint32_t)groups->list.count))
			return false;
		group_add_symbol(&groups->list.items[groups->list.count - 1], symbol);
		return true;
	}
	group_add_symbol(&groups->list.items[slot->value - 1], symbol);
	return true;
}

/* If a function is in several sets, it gets the flags of all. */
static void group_mark_kfunc(void *arg, const char *name, size_t length, uint32_t flags)
{
	struct function_group *group = function_groups_find(arg, name, length);

	if (!group)
		return;
	group->is_kfunc = true;
	group->kfunc_flags |= flags;
}

struct rebtf_error *function_groups_init(struct function_groups *groups,
					 const struct encode_object *object)
{
	size_t count = 0;

	*groups = (struct function_groups){};
	for (size_t i = 0; i < object->symbols.count; i++)
		count += object->symbols.items[i].type == STT_FUNC &&
			 !is_padding(object->symbols.items[i].name);
	if (!table_reserve(&groups->table, count) ||
	    !function_group_vector_reserve(&groups->list, count))
		return error_nomem();
	for (size_t i = 0; i < object->symbols.count; i++) {
		const struct encode_symbol *symbol = &object->symbols.items[i];

		if (symbol->type == STT_FUNC && !is_padding(symbol->name) &&
		    !groups_add_symbol(groups, symbol))
			return error_nomem();
	}
	return kfuncs_each(object, group_mark_kfunc, groups);
}

void function_groups_release(struct function_groups *groups)
{
	function_group_vector_release(&groups->list);
	table_release(&groups->table);
}

/* ---------------------------------------------------------------------------------------- order */

/* The first eight bytes of a name decide most comparisons without a look at the name. */
struct group_order {
	uint64_t start; /* big-endian */
	uint32_t index;
};

static uint64_t group_start(const struct function_group *group)
{
	uint64_t start = 0;

	for (size_t i = 0; i < sizeof(start); i++)
		start = start << 8 | (i < group->length ? (uint8_t)group->name[i] : 0);
	return start;
}

static int group_by_name(const void *a, const void *b, void *arg)
{
	const struct group_order *left = a, *right = b;
	const struct function_group *groups = arg, *l, *r;
	int order = by_number(left->start, right->start);

	if (order)
		return order;
	l = &groups[left->index];
	r = &groups[right->index];
	return memcmp(l->name, r->name, l->length < r->length ? l->length : r->length)
		       ?: by_number(l->length, r->length);
}

struct rebtf_error *function_groups_sort(const struct function_groups *groups, uint32_t *indices,
					 size_t count)
{
	struct group_order *sorted = calloc(count + 1, sizeof(*sorted));

	if (!sorted)
		return error_nomem();
	for (size_t i = 0; i < count; i++) {
		sorted[i].start = group_start(&groups->list.items[indices[i]]);
		sorted[i].index = indices[i];
	}
	if (count)
		qsort_r(sorted, count, sizeof(*sorted), group_by_name, groups->list.items);
	for (size_t i = 0; i < count; i++)
		indices[i] = sorted[i].index;
	free(sorted);
	return NULL;
}
