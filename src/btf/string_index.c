/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Builds and searches the index of strings, a hash table of their offsets. */
#include <stdlib.h>
#include <string.h>

#include "btf/string_index.h"
#include "util/error.h"
#include "util/hash.h"

/* Strings of kernels are longer than this on average. */
#define TYPICAL_STRING 12

/*
 * So many strings are hashed before they are entered: the slots, which are far apart, are loaded in
 * the meantime.
 */
#define STRINGS_AT_ONCE 16

/* A string to enter. */
struct string_entry {
	uint32_t at, length, hash;
};

/*
 * Hashes the strings at *@at and behind it, and moves *@at. Empty strings and one at offset 0, which
 * means "no name", are of no use. Returns how many there are.
 */
static size_t string_index_read(const struct rebtf_btf *btf, const struct table *index, size_t *at,
				struct string_entry *entries)
{
	size_t count = 0, length;

	for (; *at < btf->strings_size && count < STRINGS_AT_ONCE; *at += length + 1) {
		const char *text = btf->strings + *at;
		uint32_t hash;

		length = strlen(text);
		if (!length || !(btf->start_string + *at))
			continue;
		hash = hash_string(text, length);
		__builtin_prefetch(&index->slots[table_start(index, hash)], 1);
		entries[count++] = (struct string_entry){ *at, length, hash };
	}
	return count;
}

static bool string_index_fill(struct rebtf_btf *btf, struct table *index)
{
	struct string_key key = { .section = btf->strings, .start = btf->start_string };
	struct string_entry entries[STRINGS_AT_ONCE];
	size_t at = 0, count;

	if (!table_reserve(index, btf->strings_size / TYPICAL_STRING))
		return false;
	while ((count = string_index_read(btf, index, &at, entries))) {
		for (size_t i = 0; i < count; i++) {
			struct string_entry entry = entries[i];
			struct table_slot *slot;

			key.text = btf->strings + entry.at;
			key.length = entry.length;
			slot = table_find(index, entry.hash, string_key_same, &key);
			if (slot->value)
				btf->repeats_strings = true;
			else if (!table_add(index, slot, entry.hash, btf->start_string + entry.at))
				return false;
		}
	}
	return true;
}

static struct rebtf_error *string_index_build(struct rebtf_btf *btf, struct table **result)
{
	struct table *index = calloc(1, sizeof(*index));

	if (!index || !string_index_fill(btf, index)) {
		table_free(index);
		return error_nomem();
	}
	*result = index;
	return NULL;
}

static struct rebtf_error *string_index_get(const struct rebtf_btf *btf, const struct table **index)
{
	struct rebtf_btf *b = btf_mutable(btf);
	struct table *found = atomic_load_explicit(&b->string_index, memory_order_acquire);
	struct rebtf_error *err = NULL;

	if (!found) {
		pthread_mutex_lock(&b->index_lock);
		found = atomic_load_explicit(&b->string_index, memory_order_relaxed);
		if (!found) {
			err = string_index_build(b, &found);
			if (!err)
				atomic_store_explicit(&b->string_index, found,
						      memory_order_release);
		}
		pthread_mutex_unlock(&b->index_lock);
	}
	*index = found;
	return err;
}

struct rebtf_error *string_index_find(const struct rebtf_btf *btf, const char *text, size_t length,
				      uint32_t hash, uint32_t *off)
{
	uint32_t found = 0;

	for (; btf; btf = btf->base) {
		const struct string_key key = {
			.section = btf->strings,
			.start = btf->start_string,
			.text = text,
			.length = length,
		};
		const struct table *index;
		uint32_t here;

		TRY(string_index_get(btf, &index));
		here = table_find(index, hash, string_key_same, &key)->value;
		if (here)
			found = here;
	}
	*off = found;
	return NULL;
}

bool string_index_is_first(const struct rebtf_btf *btf, uint32_t off)
{
	uint32_t at = off - btf->start_string;

	return atomic_load_explicit(&btf_mutable(btf)->string_index, memory_order_acquire) &&
	       !btf->base && !btf->repeats_strings && at && !btf->strings[at - 1];
}
