/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * A set of type ids that can be read out in ascending order, and that knows of each member how many
 * are below it: its number in that order. One bit for each id there could be, so it costs next to
 * nothing even over a kernel's 100,000 types; and above those, one bit for each word that is not
 * zero, so that reading out a few members does not take going through all words.
 */
#ifndef REBTF_GRAPH_ID_SET_H
#define REBTF_GRAPH_ID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id_set {
	uint64_t *bits;
	uint64_t *used;	 /* a bit for each word of bits */
	uint32_t *ranks; /* members in all words before this one, if it has any itself */
	uint32_t words;
	uint32_t count;
};

/* An empty set for ids below @end. False when there is no memory. */
bool id_set_init(struct id_set *set, uint32_t end);
void id_set_release(struct id_set *set);
#define _cleanup_id_set_ __attribute__((cleanup(id_set_release)))

static inline bool id_set_has(const struct id_set *set, uint32_t id)
{
	return set->bits[id / 64] >> id % 64 & 1;
}

/* True if it was not in there yet. */
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
 * All members, ascending: malloced, the caller's. From then on, and until an id is added,
 * id_set_rank() knows a member's place in the list. NULL when there is no memory.
 */
uint32_t *id_set_list(struct id_set *set);

/* The number of bits set, without asking for a processor that has an instruction for it. */
static inline uint32_t count_bits(uint64_t bits)
{
	bits -= bits >> 1 & 0x5555555555555555;
	bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return bits * 0x0101010101010101 >> 56;
}

/* How many members are below the member @id. */
static inline uint32_t id_set_rank(const struct id_set *set, uint32_t id)
{
	uint64_t below = set->bits[id / 64] & (((uint64_t)1 << id % 64) - 1);

	return set->ranks[id / 64] + count_bits(below);
}

#endif
