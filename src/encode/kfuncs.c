/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds kfuncs by the symbols of .BTF_ids. */
#include <stdlib.h>
#include <string.h>

#include "encode/kfuncs.h"
#include "util/bytes.h"
#include "util/error.h"
#include "util/order.h"

#define SET8_PREFIX "__BTF_ID__set8__"
#define FUNC_PREFIX "__BTF_ID__func__"

/* A flag of a set: its functions are kfuncs. Other sets list functions for other purposes. */
#define SET8_KFUNCS 1u

/* A set starts with its count and its flags. An id and its flags follow for each function. */
#define SET8_PAIR 8

struct kfunc_set {
	uint64_t start, end; /* offsets in the section */
};

DEFINE_VECTOR(kfunc_set_vector, struct kfunc_set);

/* .BTF_ids */
struct kfunc_ids {
	const struct encode_object *object;
	uint32_t index; /* of the section */
	uint64_t address, size;
	const uint8_t *data;
};

static int kfunc_set_by_start(const void *a, const void *b)
{
	const struct kfunc_set *left = a, *right = b;

	return by_number(left->start, right->start) ?: by_number(left->end, right->end);
}

/* Whether the pair of words at @offset lies within @set. */
static bool kfunc_set_has(const struct kfunc_set *set, uint64_t offset)
{
	return set->end >= SET8_PAIR && offset >= set->start && offset <= set->end - SET8_PAIR;
}

/* Finds the set with the pair at @offset. Sets do not overlap in a file of the kernel's build. */
static bool kfunc_sets_have(const struct kfunc_set_vector *sets, uint64_t offset)
{
	size_t low = 0, high = sets->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sets->items[middle].start <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low && kfunc_set_has(&sets->items[low - 1], offset);
}

/*
 * Whether @symbol is one of .BTF_ids that starts with @prefix and has a pair of words within the
 * section. Sets *@offset to its offset there.
 */
static bool is_ids_symbol(const struct kfunc_ids *ids, const struct encode_symbol *symbol,
			  const char *prefix, uint64_t *offset)
{
	if (symbol->section != ids->index || strncmp(symbol->name, prefix, strlen(prefix)))
		return false;
	*offset = symbol->address - ids->address;
	return symbol->address >= ids->address && ids->size >= SET8_PAIR &&
	       *offset <= ids->size - SET8_PAIR;
}

/* The second word of the pair at @offset. */
static uint32_t flags_at(const struct kfunc_ids *ids, uint64_t offset)
{
	return get32(ids->data + offset + 4, ids->object->dwarf.big_endian);
}

static struct rebtf_error *collect_sets(const struct kfunc_ids *ids, struct kfunc_set_vector *sets)
{
	for (size_t i = 0; i < ids->object->symbols.count; i++) {
		const struct encode_symbol *symbol = &ids->object->symbols.items[i];
		struct kfunc_set set;

		if (!is_ids_symbol(ids, symbol, SET8_PREFIX, &set.start) ||
		    symbol->size > ids->size - set.start)
			continue;
		set.end = set.start + symbol->size;
		if ((flags_at(ids, set.start) & SET8_KFUNCS) && !kfunc_set_vector_append(sets, set))
			return error_nomem();
	}
	if (sets->count)
		qsort(sets->items, sets->count, sizeof(*sets->items), kfunc_set_by_start);
	return NULL;
}

/* Finds the length of NAME in "NAME__1234". 0: the symbol names no function. */
static size_t kfunc_name_length(const char *name)
{
	const char *end = strrchr(name, '_');

	return end && end > name && end[-1] == '_' ? (size_t)(end - 1 - name) : 0;
}

static void visit_kfuncs(const struct kfunc_ids *ids, const struct kfunc_set_vector *sets,
			 kfunc_visit *visit, void *arg)
{
	for (size_t i = 0; i < ids->object->symbols.count; i++) {
		const struct encode_symbol *symbol = &ids->object->symbols.items[i];
		const char *name;
		uint64_t offset;

		if (!is_ids_symbol(ids, symbol, FUNC_PREFIX, &offset) ||
		    !kfunc_sets_have(sets, offset))
			continue;
		name = symbol->name + strlen(FUNC_PREFIX);
		visit(arg, name, kfunc_name_length(name), flags_at(ids, offset));
	}
}

struct rebtf_error *kfuncs_each(const struct encode_object *object, kfunc_visit *visit, void *arg)
{
	struct kfunc_ids ids = { .object = object };
	struct kfunc_set_vector sets = {};
	struct rebtf_error *err;

	for (size_t i = 0; i < object->sections.count; i++) {
		const struct encode_section *section = &object->sections.items[i];

		if (!section->data || strcmp(section->name, ".BTF_ids"))
			continue;
		ids.index = (uint32_t)i;
		ids.address = section->address;
		ids.size = section->size;
		ids.data = section->data;
	}
	if (!ids.data)
		return NULL;
	err = collect_sets(&ids, &sets);
	if (!err && sets.count)
		visit_kfuncs(&ids, &sets, visit, arg);
	kfunc_set_vector_release(&sets);
	return err;
}
