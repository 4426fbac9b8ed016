/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Finds lists of words by their contents. */
#include <string.h>

#include "encode/word_lists.h"
#include "util/hash.h"

struct word_lists_key {
	const struct word_lists *lists;
	const uint32_t *words;
	size_t count;
};

static inline bool word_lists_same(const void *arg, uint32_t number)
{
	const struct word_lists_key *key = arg;
	uint32_t count;
	const uint32_t *words = word_lists_get(key->lists, number, &count);

	return count == key->count &&
	       (!count || !memcmp(words, key->words, count * sizeof(*words)));
}

uint32_t word_lists_add(struct word_lists *lists, const uint32_t *words, size_t count)
{
	const struct word_lists_key key = { lists, words, count };
	uint32_t hash = hash_words(hash_keys(), words, count);
	struct table_slot *slot;

	if (!table_reserve(&lists->table, 1))
		return 0;
	slot = table_find(&lists->table, hash, word_lists_same, &key);
	if (slot->value)
		return slot->value;
	if (lists->words.count + count > UINT32_MAX ||
	    (count && !u32_vector_extend(&lists->words, words, count)) ||
	    !u32_vector_append(&lists->ends, (uint32_t)lists->words.count) ||
	    !table_add(&lists->table, slot, hash, (uint32_t)lists->ends.count))
		return 0;
	return (uint32_t)lists->ends.count;
}

void word_lists_release(struct word_lists *lists)
{
	u32_vector_release(&lists->words);
	u32_vector_release(&lists->ends);
	table_release(&lists->table);
}
