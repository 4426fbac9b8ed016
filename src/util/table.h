/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A hash table of numbers that stand for keys: indices into the caller's array, ids, offsets. The
 * caller keeps the keys, hashes them (util/hash.h) and compares them. The table stores the hashes,
 * so it grows without reading a key, and a search rarely compares a key that differs.
 *
 * Collisions are resolved by open addressing with linear probing. At least half of the slots are
 * free. If a hostile file controls the keys, the hash must depend on a seed.
 */
#ifndef REBTF_UTIL_TABLE_H
#define REBTF_UTIL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_slot {
	uint32_t hash;
	uint32_t value; /* 0: free */
};

/* {} is a table without slots. table_reserve() must come before the first search. */
struct table {
	struct table_slot *slots; /* malloced */
	size_t mask;		  /* number of slots minus one */
	uint8_t shift;		  /* the other bits of a hash are the slot where a search starts */
	size_t count;		  /* values in the table */
};

/* Whether @value stands for the key that is searched for. */
typedef bool (*table_same)(const void *key, uint32_t value);

static inline size_t table_start(const struct table *t, uint32_t hash)
{
	return hash >> t->shift;
}

/*
 * Makes room for @more values. @more may be 0. Afterwards, the table can be searched. Returns false
 * if out of memory; the table is unchanged then.
 */
bool table_reserve(struct table *t, size_t more);

/*
 * Returns the slot of @key, or the free slot where it belongs. The compiler inlines @same. If equal
 * hashes imply equal keys, @same may be NULL.
 */
static inline __attribute__((always_inline)) struct table_slot *table_find(const struct table *t,
									   uint32_t hash,
									   table_same same,
									   const void *key)
{
	for (size_t at = table_start(t, hash);; at = (at + 1) & t->mask) {
		struct table_slot *slot = &t->slots[at];

		if (!slot->value)
			return slot;
		if (slot->hash == hash && (!same || same(key, slot->value)))
			return slot;
	}
}

/*
 * Fills @slot, a free slot that table_find() returned for @hash, with @value, which is not 0.
 * Returns false if out of memory; the table is unchanged then. Slots may move.
 */
bool table_add(struct table *t, struct table_slot *slot, uint32_t hash, uint32_t value);

/* Frees the slot of a value. Other slots may move. */
void table_remove(struct table *t, struct table_slot *slot);

/* Frees the memory. The table is {} then. */
void table_release(struct table *t);

/* Releases and frees a malloced table. NULL is allowed. */
void table_free(struct table *t);

#endif
