/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Builds and searches the index of names: a hash table of names, each with its range in an array of
 * ids in which same-named types are adjacent. Building takes two passes over the types (number the
 * names, then fill the array). Ranges with several types are then sorted.
 */
#include <stdlib.h>
#include <string.h>

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

/* Temporary data while an index is built. Each array has room for all types. */
struct draft {
	struct entry *entries;
	size_t count;
	uint32_t *name_offs; /* for each name, the string offset of its first occurrence */
	uint32_t names;
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

/* Numbers the names and counts the types of each in @index->ends. */
static void number_names(const struct rebtf_btf *btf, enum index_scope scope,
			 struct name_index *index, struct draft *draft)
{
	struct draft_key key = { .btf = btf, .draft = draft };

	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);
		struct table_slot *slot;
		uint32_t hash, number;

		if (!in_scope(t, scope))
			continue;
		key.name_off = t->name_off;
		key.name = btf_string(btf, t->name_off);
		hash = hash_string(key.name, strlen(key.name));
		slot = table_find(&index->names, hash, draft_key_same, &key);
		number = slot->value;
		if (!number) {
			draft->name_offs[draft->names] = t->name_off;
			number = ++draft->names;
			/* There is room for all names, so the table does not grow. */
			table_add(&index->names, slot, hash, number);
		}
		draft->entries[draft->count++] = (struct entry){ btf->start_id + i, number - 1 };
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

static struct rebtf_error *name_index_build(const struct rebtf_btf *btf, enum index_scope scope,
					    struct name_index **result)
{
	/* An upper bound, because some types have no name. */
	size_t count = scope == INDEX_RELOCATABLE ? btf->relocatable_count : btf->own_count;
	_cleanup_free_ uint32_t *name_offs = malloc(count * sizeof(*name_offs) + 1);
	_cleanup_free_ struct entry *entries = malloc(count * sizeof(*entries) + 1);
	struct draft draft = { .entries = entries, .name_offs = name_offs };
	struct name_index *index = calloc(1, sizeof(*index));
	bool has_table = index && table_reserve(&index->names, count);

	if (index) {
		index->ends = calloc(count + 1, sizeof(*index->ends));
		index->ids = malloc(count * sizeof(*index->ids) + 1);
		index->lowest = malloc(count * sizeof(*index->lowest) + 1);
	}
	if (!has_table || !index->ends || !index->ids || !index->lowest || !name_offs || !entries) {
		name_index_free(index);
		return error_nomem();
	}
	number_names(btf, scope, index, &draft);
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
			err = name_index_build(btf, scope, &found);
			if (!err)
				atomic_store_explicit(&b->index[scope], found,
						      memory_order_release);
		}
		pthread_mutex_unlock(&b->index_lock);
	}
	*index = found;
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

/* Finds the lowest own type with this name and kind. @id is 0 if no type matches. */
static struct rebtf_error *name_index_find_own(const struct rebtf_btf *btf, const char *name,
					       uint32_t kind, uint32_t *id)
{
	const struct name_index *index;
	const uint32_t *lowest;
	struct id_run run;

	TRY(name_index_get(btf, name_index_scope(kind), &index));
	run = name_index_find(btf, index, name);
	lowest = run.count < 2 ? run.ids : index->lowest + (run.ids - index->ids);
	*id = 0;
	for (size_t i = 0; i < run.count && lowest[i]; i++) {
		if (rebtf_type_kind(btf_type(btf, lowest[i])) != kind)
			continue;
		*id = lowest[i];
		break;
	}
	return NULL;
}

/* A linear search, for lack of memory for an index. */
static uint32_t search_own(const struct rebtf_btf *btf, const char *name, uint32_t kind)
{
	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);

		if (rebtf_type_kind(t) == kind && !strcmp(rebtf_btf_type_name(btf, t), name))
			return btf->start_id + i;
	}
	return 0;
}

uint32_t rebtf_btf_find(const struct rebtf_btf *btf, const char *name, uint32_t kind)
{
	uint32_t lowest = 0;

	if (!*name)
		return 0;
	for (; btf; btf = btf->base) {
		struct rebtf_error *err;
		uint32_t id;

		err = name_index_find_own(btf, name, kind, &id);
		if (err) {
			rebtf_error_free(err);
			id = search_own(btf, name, kind);
		}
		if (id)
			lowest = id;
	}
	return lowest;
}
