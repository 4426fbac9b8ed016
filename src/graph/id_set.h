/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A set of type ids. It lists its members in ascending order and knows the rank of each member in
 * that order. One bit per possible id makes it cheap even over a kernel's 100,000 types. A second
 * level has one bit per non-zero word, so that listing a few members does not scan all words.
 */
#ifndef REBTF_GRAPH_ID_SET_H
#define REBTF_GRAPH_ID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_set {
	uint64_t *bits;
	uint64_t *used;	 /* one bit per word of bits */
	uint32_t *ranks; /* number of members before this word; set only for words with members */
	uint32_t words;
	uint32_t count;
};

/* An empty set for ids below @end. Returns false if out of memory. */
bool id_set_init(struct id_set *set, uint32_t end);
void id_set_release(struct id_set *set);
#define _cleanup_id_set_ __attribute__((cleanup(id_set_release)))

static inline bool id_set_has(const struct id_set *set, uint32_t id)
{
	return set->bits[id / 64] >> id % 64 & 1;
}

/* Returns true if the id was not a member before. */
static inline bool id_set_add(struct id_set *set, uint32_t id)
{
	uint64_t bit = (uint64_t)1 << id % 64;
	bool is_new = !(set->bits[id / 64] & bit);

	set->bits[id / 64] |= bit;
	set->used[id / 64 / 64] |= (uint64_t)1 << id / 64 % 64;
	set->count += is_new;
	return is_new;
}

/*
 * Returns all members in ascending order, malloced. Until the next id is added, id_set_rank() gives
 * the index of a member in this list. Returns NULL if out of memory.
 */
uint32_t *id_set_list(struct id_set *set);

/* The number of set bits, on CPUs with or without an instruction for it. */
static inline uint32_t count_bits(uint64_t bits)
{
	bits -= bits >> 1 & 0x5555555555555555;
	bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return bits * 0x0101010101010101 >> 56;
}

/* The number of members below the member @id. */
static inline uint32_t id_set_rank(const struct id_set *set, uint32_t id)
{
	uint64_t below = set->bits[id / 64] & (((uint64_t)1 << id % 64) - 1);

	return set->ranks[id / 64] + count_bits(below);
}

#endif
