/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Builds and searches the index of types, a hash table of their ids. */
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

static bool type_index_has(const struct rebtf_type *t)
{
	uint32_t kind = rebtf_type_kind(t);

	return kind_is_known(kind) && kind != REBTF_KIND_VAR && kind != REBTF_KIND_DATASEC &&
	       !(kind_is_composite(kind) && t->name_off);
}

static bool type_index_fill(const struct rebtf_btf *btf, struct table *index)
{
	struct type_key key = { .btf = btf };

	if (!table_reserve(index, btf->own_count))
		return false;
	for (uint32_t i = 0; i < btf->own_count; i++) {
		struct table_slot *slot;
		uint32_t hash;

		key.type = btf_own_type(btf, i);
		if (!type_index_has(key.type))
			continue;
		key.size = btf_own_type_size(btf, i);
		hash = hash_string((const char *)key.type, key.size);
		slot = table_find(index, hash, type_key_same, &key);
		/* There is room for all types, so the table does not grow. */
		if (!slot->value)
			table_add(index, slot, hash, btf->start_id + i);
	}
	return true;
}

static struct rebtf_error *type_index_build(const struct rebtf_btf *btf, struct table **result)
{
	struct table *index = calloc(1, sizeof(*index));

	if (!index || !type_index_fill(btf, index)) {
		type_index_free(index);
		return error_nomem();
	}
	*result = index;
	return NULL;
}

static struct rebtf_error *type_index_get(const struct rebtf_btf *btf, const struct table **index)
{
	struct rebtf_btf *b = btf_mutable(btf);
	struct table *found = atomic_load_explicit(&b->type_index, memory_order_acquire);
	struct rebtf_error *err = NULL;

	if (!found) {
		pthread_mutex_lock(&b->index_lock);
		found = atomic_load_explicit(&b->type_index, memory_order_relaxed);
		if (!found) {
			err = type_index_build(btf, &found);
			if (!err)
				atomic_store_explicit(&b->type_index, found, memory_order_release);
		}
		pthread_mutex_unlock(&b->index_lock);
	}
	*index = found;
	return err;
}

struct rebtf_error *type_index_find(const struct rebtf_btf *btf, const struct rebtf_type *type,
				    size_t size, uint32_t *id)
{
	uint32_t hash = hash_string((const char *)type, size), found = 0;

	for (; btf; btf = btf->base) {
		const struct type_key key = { btf, type, size };
		const struct table *index;
		uint32_t here;

		TRY(type_index_get(btf, &index));
		here = table_find(index, hash, type_key_same, &key)->value;
		if (here)
			found = here;
	}
	*id = found;
	return NULL;
}

void type_index_free(struct table *index)
{
	if (!index)
		return;
	table_release(index);
	free(index);
}
