/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Builds and searches the indexes of types, hash tables of their ids. */
#include <stdlib.h>
#include <string.h>

#include "btf/type_index.h"
#include "util/error.h"
#include "util/hash.h"
#include "util/table.h"

/* A type to search for. */
struct type_key {
	const struct rebtf_btf *btf;
	const struct rebtf_type *type;
	size_t size;
};

static inline bool type_key_same(const void *arg, uint32_t id)
{
	const struct type_key *key = arg;
	uint32_t i = id - key->btf->start_id;

	return btf_own_type_size(key->btf, i) == key->size &&
	       !memcmp(btf_own_type(key->btf, i), key->type, key->size);
}

/* The number of the index for types of @kind. TYPE_INDEXES: no index has them. */
static inline size_t type_index_of(const struct rebtf_type *t)
{
	uint32_t kind = rebtf_type_kind(t);

	if (kind == REBTF_KIND_FUNC)
		return 0;
	if (kind == REBTF_KIND_FUNC_PROTO)
		return 1;
	if (!kind_is_known(kind) || layout_of(t)->single ||
	    (kind_is_composite(kind) && t->name_off))
		return TYPE_INDEXES;
	return 2;
}

static inline uint32_t type_index_hash(const uint64_t *keys, const struct type_key *key)
{
	return hash_words(keys, (const uint32_t *)key->type, key->size / sizeof(uint32_t));
}

/*
 * Where the filter has a type: by its kind, its name and the name of its first element, if it has
 * one. Most types without names are pointers and the like.
 */
static inline uint32_t type_filter_bit(const struct rebtf_type *t)
{
	const struct kind_layout *row = layout_of(t);
	const uint32_t *words = (const uint32_t *)t;
	uint32_t first = 0;

	if (rebtf_type_vlen(t) && row->elem_name != NO_FIELD)
		first = words[3 + row->info_size / 4 + row->elem_name];
	return (t->name_off * 0x9e3779b1 + first * 0x85ebca6b + t->info * 0xc2b2ae35) >> 16;
}

void type_filter_add(struct type_filter *filter, const struct rebtf_type *type)
{
	uint32_t bit = type_filter_bit(type);

	filter->bits[bit / 64] |= (uint64_t)1 << bit % 64;
}

static inline bool type_filter_passes(const struct type_filter *filter, const struct rebtf_type *t)
{
	uint32_t bit = type_filter_bit(t);

	return filter->bits[bit / 64] >> bit % 64 & 1;
}

/* Adds the types of index @number; or, if there is a filter, those of all indexes that pass it. */
static bool type_index_fill(const struct rebtf_btf *btf, size_t number,
			    const struct type_filter *filter, struct table *index)
{
	const uint64_t *keys = hash_keys();
	struct type_key key = { .btf = btf };

	if (!table_reserve(index, 1))
		return false;
	for (uint32_t i = 0; i < btf->own_count; i++) {
		struct table_slot *slot;
		uint32_t hash;

		key.type = btf_own_type(btf, i);
		if (filter ? !type_filter_passes(filter, key.type) ||
				     type_index_of(key.type) == TYPE_INDEXES
			   : type_index_of(key.type) != number)
			continue;
		key.size = btf_own_type_size(btf, i);
		hash = type_index_hash(keys, &key);
		slot = table_find(index, hash, type_key_same, &key);
		if (!slot->value && !table_add(index, slot, hash, btf->start_id + i))
			return false;
	}
	return true;
}

static struct rebtf_error *type_index_build(const struct rebtf_btf *btf, size_t number,
					    const struct type_filter *filter, struct table **result)
{
	struct table *index = calloc(1, sizeof(*index));

	if (!index || !type_index_fill(btf, number, filter, index)) {
		table_free(index);
		return error_nomem();
	}
	*result = index;
	return NULL;
}

static struct rebtf_error *type_index_get(const struct rebtf_btf *btf, size_t number,
					  const struct table **index)
{
	struct rebtf_btf *b = btf_mutable(btf);
	struct table *found = atomic_load_explicit(&b->type_index[number], memory_order_acquire);
	struct rebtf_error *err = NULL;

	if (!found) {
		pthread_mutex_lock(&b->index_lock);
		found = atomic_load_explicit(&b->type_index[number], memory_order_relaxed);
		if (!found) {
			err = type_index_build(btf, number, NULL, &found);
			if (!err)
				atomic_store_explicit(&b->type_index[number], found,
						      memory_order_release);
		}
		pthread_mutex_unlock(&b->index_lock);
	}
	*index = found;
	return err;
}

struct rebtf_error *type_index_of_few(const struct rebtf_btf *btf, const struct type_filter *filter,
				      struct table **few)
{
	*few = NULL;
	/* A program that searches for the types of one module does so once. */
	if (btf->base || atomic_fetch_add(&btf_mutable(btf)->type_searches, 1))
		return NULL;
	return type_index_build(btf, 0, filter, few);
}

static uint32_t type_index_lookup(const struct table *index, const struct type_key *key)
{
	return table_find(index, type_index_hash(hash_keys(), key), type_key_same, key)->value;
}

struct rebtf_error *type_index_find(const struct rebtf_btf *btf, const struct table *few,
				    const struct rebtf_type *type, size_t size, uint32_t *id)
{
	size_t number = type_index_of(type);

	*id = 0;
	for (; btf && number < TYPE_INDEXES; btf = btf->base) {
		const struct type_key key = { btf, type, size };
		const struct table *index = few;
		uint32_t here;

		if (!index)
			TRY(type_index_get(btf, number, &index));
		here = type_index_lookup(index, &key);
		if (here)
			*id = here;
	}
	return NULL;
}
