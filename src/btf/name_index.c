/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Builds and searches the index of names: a hash table of names, each with its range in an array of
 * ids. Same-named types are adjacent in the array. Building lists the types, numbers their names,
 * and fills the array from the list. Ranges with several types are then sorted.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/name_filter.h"
#include "btf/name_index.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/hash.h"
#include "util/order.h"
#include "util/table.h"

struct name_index {
	struct table names; /* numbers of names, plus one */
	uint32_t *ends;	    /* name i has ids[ends[i - 1]] up to, but not including, ids[ends[i]] */
	uint32_t *ids;
	/*
	 * Parallel to the ids of a name that several types have: the lowest id of each kind among
	 * these types, one per kind. Ends with a 0 if there is room.
	 */
	uint32_t *lowest;
};

uint64_t match_key(const struct rebtf_type *t)
{
	enum match_class class = match_class(t);
	const uint32_t *info = rebtf_type_data(t);

	switch (class) {
	case MATCH_FWD_STRUCT:
	case MATCH_FWD_UNION:
		return match_key_of(class, 0);
	case MATCH_INT:
		return match_key_of(class, t->size) | (*info & MATCH_KEY_INT_MASK);
	case MATCH_OTHER:
		return match_key_of(class, rebtf_type_kind(t));
	default:
		return match_key_of(class, t->size);
	}
}

enum index_scope name_index_scope(uint32_t kind)
{
	return kind_is_relocatable(kind) ? INDEX_RELOCATABLE : INDEX_OTHER;
}

static bool in_scope(const struct rebtf_type *t, enum index_scope scope)
{
	return t->name_off && name_index_scope(rebtf_type_kind(t)) == scope;
}

/* A type to be indexed. */
struct entry {
	uint32_t id;
	uint32_t name; /* number of its name */
};

/* Temporary data while an index is built. */
struct draft {
	struct entry *entries;
	size_t count;
	uint32_t *name_offs; /* for each name, the string offset of its first occurrence */
	uint32_t names;
	const struct name_filter *filter; /* or NULL, for all names */
};

/* The name of a type to be indexed, and the names numbered so far. */
struct draft_key {
	const struct rebtf_btf *btf;
	const struct draft *draft;
	uint32_t name_off;
	const char *name;
};

static inline bool draft_key_same(const void *arg, uint32_t number)
{
	const struct draft_key *key = arg;
	uint32_t off = key->draft->name_offs[number - 1];

	return off == key->name_off || !strcmp(btf_string(key->btf, off), key->name);
}

/* The own types among which those of a scope are. */
struct scope_types {
	const uint32_t *indices; /* NULL: all own types */
	uint32_t count;
};

static struct scope_types scope_types(const struct rebtf_btf *btf, enum index_scope scope)
{
	if (scope == INDEX_RELOCATABLE && btf->relocatable)
		return (struct scope_types){ btf->relocatable, btf->relocatable_count };
	return (struct scope_types){ NULL, btf->own_count };
}

/* How far ahead types, and their names, are fetched into the CPU's caches. */
#define TYPES_AHEAD 16
#define NAMES_AHEAD 8

/* The types of a list are far apart, and so are their names. */
static inline void fetch_ahead(const struct rebtf_btf *btf, const uint32_t *indices)
{
	const struct rebtf_type *t = btf_own_type(btf, indices[NAMES_AHEAD]);

	__builtin_prefetch(btf_own_type(btf, indices[TYPES_AHEAD]));
	__builtin_prefetch(btf_string(btf, t->name_off));
}

/* Lists the types to be indexed. */
static void list_types(const struct rebtf_btf *btf, enum index_scope scope, struct draft *draft)
{
	struct scope_types types = scope_types(btf, scope);

	for (uint32_t i = 0; i < types.count; i++) {
		uint32_t index = types.indices ? types.indices[i] : i;
		const struct rebtf_type *t = btf_own_type(btf, index);

		if (types.indices && types.count - i > TYPES_AHEAD)
			fetch_ahead(btf, types.indices + i);
		if (in_scope(t, scope) &&
		    (!draft->filter || name_filter_has(draft->filter, btf, t)))
			draft->entries[draft->count++].id = btf->start_id + index;
	}
}

/* Numbers the names and counts the types of each in @index->ends. */
static void number_names(const struct rebtf_btf *btf, struct name_index *index, struct draft *draft)
{
	struct draft_key key = { .btf = btf, .draft = draft };

	for (size_t i = 0; i < draft->count; i++) {
		struct entry *entry = &draft->entries[i];
		struct table_slot *slot;
		uint32_t hash, number;

		key.name_off = btf_type(btf, entry->id)->name_off;
		key.name = btf_string(btf, key.name_off);
		hash = hash_string(key.name, strlen(key.name));
		slot = table_find(&index->names, hash, draft_key_same, &key);
		number = slot->value;
		if (!number) {
			draft->name_offs[draft->names] = key.name_off;
			number = ++draft->names;
			/* There is room for all names, so the table does not grow. */
			table_add(&index->names, slot, hash, number);
		}
		entry->name = number - 1;
		index->ends[number - 1]++;
	}
}

static int compare_keys(const void *a, const void *b, void *arg)
{
	const struct rebtf_btf *btf = *(const struct rebtf_btf *const *)arg;
	uint32_t id_a = *(const uint32_t *)a, id_b = *(const uint32_t *)b;

	return by_number(match_key(btf_type(btf, id_a)), match_key(btf_type(btf, id_b)))
		       ?: by_number(id_a, id_b);
}

/* @ids are still in ascending order. */
static void note_lowest(const struct rebtf_btf *btf, const uint32_t *ids, size_t count,
			uint32_t *lowest)
{
	bool seen[REBTF_MAX_KINDS] = {};
	size_t kinds = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t kind = rebtf_type_kind(btf_type(btf, ids[i]));

		if (!seen[kind])
			lowest[kinds++] = ids[i];
		seen[kind] = true;
	}
	if (kinds < count)
		lowest[kinds] = 0;
}

/*
 * Turns the counts of same-named types into ranges of ids and fills each range from its end,
 * starting with the last type. This leaves ends[i] at the start of name i. It is then set to the
 * end.
 */
static void place_same_named(const struct rebtf_btf *btf, struct name_index *index,
			     const struct draft *draft)
{
	uint32_t end = 0;

	for (uint32_t i = 0; i < draft->names; i++)
		index->ends[i] = end += index->ends[i];
	for (size_t i = draft->count; i-- > 0;)
		index->ids[--index->ends[draft->entries[i].name]] = draft->entries[i].id;
	for (uint32_t i = 0; i < draft->names; i++) {
		uint32_t start = index->ends[i];

		index->ends[i] = i + 1 < draft->names ? index->ends[i + 1] : draft->count;
		if (index->ends[i] - start < 2)
			continue;
		note_lowest(btf, index->ids + start, index->ends[i] - start, index->lowest + start);
		qsort_r(index->ids + start, index->ends[i] - start, sizeof(*index->ids),
			compare_keys, &btf);
	}
}

static struct name_index *name_index_alloc(size_t count)
{
	struct name_index *index = calloc(1, sizeof(*index));

	if (!index)
		return NULL;
	index->ends = calloc(count + 1, sizeof(*index->ends));
	index->ids = malloc(count * sizeof(*index->ids) + 1);
	index->lowest = malloc(count * sizeof(*index->lowest) + 1);
	if (!table_reserve(&index->names, count) || !index->ends || !index->ids || !index->lowest) {
		name_index_free(index);
		return NULL;
	}
	return index;
}

static struct rebtf_error *name_index_build(const struct rebtf_btf *btf, enum index_scope scope,
					    const struct name_filter *filter,
					    struct name_index **result)
{
	/* An upper bound, because some types have no name. */
	size_t most = scope == INDEX_RELOCATABLE ? btf->relocatable_count : btf->own_count;
	_cleanup_free_ struct entry *entries = malloc(most * sizeof(*entries) + 1);
	_cleanup_free_ uint32_t *name_offs = NULL;
	struct draft draft = { .entries = entries, .filter = filter };
	struct name_index *index;

	if (!entries)
		return error_nomem();
	list_types(btf, scope, &draft);
	draft.name_offs = name_offs = malloc(draft.count * sizeof(*name_offs) + 1);
	index = name_offs ? name_index_alloc(draft.count) : NULL;
	if (!index)
		return error_nomem();
	number_names(btf, index, &draft);
	place_same_named(btf, index, &draft);
	*result = index;
	return NULL;
}

struct rebtf_error *name_index_get(const struct rebtf_btf *btf, enum index_scope scope,
				   const struct name_index **index)
{
	struct rebtf_btf *b = btf_mutable(btf);
	struct name_index *found = atomic_load_explicit(&b->index[scope], memory_order_acquire);
	struct rebtf_error *err = NULL;

	if (!found) {
		pthread_mutex_lock(&b->index_lock);
		found = atomic_load_explicit(&b->index[scope], memory_order_relaxed);
		if (!found) {
			err = name_index_build(btf, scope, NULL, &found);
			if (!err)
				atomic_store_explicit(&b->index[scope], found,
						      memory_order_release);
		}
		pthread_mutex_unlock(&b->index_lock);
	}
	*index = found;
	return err;
}

/*
 * Many programs look up a few names in a kernel's BTF, once. Building an index takes as long as
 * several searches without one, so it is built when there have been so many.
 */
#define SEARCHES_WITHOUT_INDEX 4

/* Counts a search and returns whether it should use the index. */
static bool index_is_due(const struct rebtf_btf *btf, enum index_scope scope)
{
	struct rebtf_btf *b = btf_mutable(btf);

	return atomic_load_explicit(&b->index[scope], memory_order_relaxed) ||
	       atomic_fetch_add_explicit(&b->searches[scope], 1, memory_order_relaxed) >=
		       SEARCHES_WITHOUT_INDEX;
}

struct rebtf_error *name_index_of_names(const struct rebtf_btf *btf, const struct rebtf_btf *wanted,
					const struct name_index **index, struct name_index **own)
{
	struct name_filter filter;
	struct rebtf_error *err;

	*own = NULL;
	if (index_is_due(btf, INDEX_RELOCATABLE))
		return name_index_get(btf, INDEX_RELOCATABLE, index);
	if (!name_filter_init(&filter, wanted))
		return error_nomem();
	err = name_index_build(btf, INDEX_RELOCATABLE, &filter, own);
	*index = *own;
	name_filter_release(&filter);
	return err;
}

/* A name to be looked up. */
struct name_key {
	const struct rebtf_btf *btf;
	const struct name_index *index;
	const char *name;
};

/* The name with a number is that of any of its types. */
static inline bool name_key_same(const void *arg, uint32_t number)
{
	const struct name_key *key = arg;
	uint32_t id = key->index->ids[key->index->ends[number - 1] - 1];

	return !strcmp(rebtf_btf_type_name(key->btf, btf_type(key->btf, id)), key->name);
}

struct id_run name_index_find(const struct rebtf_btf *btf, const struct name_index *index,
			      const char *name)
{
	const struct name_key key = { btf, index, name };
	uint32_t hash = hash_string(name, strlen(name));
	uint32_t number = table_find(&index->names, hash, name_key_same, &key)->value;
	uint32_t start = number > 1 ? index->ends[number - 2] : 0;

	if (!number)
		return (struct id_run){};
	return (struct id_run){ index->ids + start, index->ends[number - 1] - start };
}

/* How many ids of the run have a key below @key. */
static size_t count_below(const struct rebtf_btf *btf, struct id_run run, uint64_t key)
{
	size_t low = 0, high = run.count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (match_key(btf_type(btf, run.ids[mid])) < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct id_run id_run_between(const struct rebtf_btf *btf, struct id_run run, uint64_t first,
			     uint64_t end)
{
	size_t from, to;

	if (!run.count)
		return run; /* run.ids may be NULL */
	from = count_below(btf, run, first);
	to = count_below(btf, run, end);
	return (struct id_run){ run.ids + from, to - from };
}

void name_index_free(struct name_index *index)
{
	if (!index)
		return;
	table_release(&index->names);
	free(index->ends);
	free(index->ids);
	free(index->lowest);
	free(index);
}

/* Finds the lowest own type with this name and kind, or 0. */
static uint32_t find_in_index(const struct rebtf_btf *btf, const struct name_index *index,
			      const char *name, uint32_t kind)
{
	struct id_run run = name_index_find(btf, index, name);
	const uint32_t *lowest = run.count < 2 ? run.ids : index->lowest + (run.ids - index->ids);

	for (size_t i = 0; i < run.count && lowest[i]; i++) {
		if (rebtf_type_kind(btf_type(btf, lowest[i])) == kind)
			return lowest[i];
	}
	return 0;
}

/* The same, as a linear search. */
static uint32_t find_in_types(const struct rebtf_btf *btf, const char *name, uint32_t kind)
{
	struct scope_types types = scope_types(btf, name_index_scope(kind));

	for (uint32_t i = 0; i < types.count; i++) {
		uint32_t index = types.indices ? types.indices[i] : i;
		const struct rebtf_type *t = btf_own_type(btf, index);

		if (rebtf_type_kind(t) == kind && !strcmp(rebtf_btf_type_name(btf, t), name))
			return btf->start_id + index;
	}
	return 0;
}

/* Finds the lowest own type with this name and kind, or 0. Lack of memory only makes it slower. */
static uint32_t find_own(const struct rebtf_btf *btf, const char *name, uint32_t kind)
{
	enum index_scope scope = name_index_scope(kind);
	const struct name_index *index;
	struct rebtf_error *err;

	if (!index_is_due(btf, scope))
		return find_in_types(btf, name, kind);
	err = name_index_get(btf, scope, &index);
	if (!err)
		return find_in_index(btf, index, name, kind);
	rebtf_error_free(err);
	return find_in_types(btf, name, kind);
}

uint32_t rebtf_btf_find(const struct rebtf_btf *btf, const char *name, uint32_t kind)
{
	uint32_t lowest = 0;

	if (!*name)
		return 0;
	for (; btf; btf = btf->base)
		lowest = find_own(btf, name, kind) ?: lowest;
	return lowest;
}
