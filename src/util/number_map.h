/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Maps numbers to numbers above 0: old string offsets or type ids to new ones. Made for a module,
 * which uses only a few numbers of a large base.
 */
#ifndef REBTF_UTIL_NUMBER_MAP_H
#define REBTF_UTIL_NUMBER_MAP_H

#include "util/table.h"

struct number_map {
	struct table table;
	uint32_t factor; /* see hash_factor() */
};

/* Makes an empty map with room for @count numbers. Returns false if out of memory. */
bool number_map_init(struct number_map *map, size_t count);

/*
 * Different numbers have different hashes, because each step can be undone. The second step is for
 * the reason that hash_spread() gives.
 */
static inline uint32_t number_map_hash(const struct number_map *map, uint32_t from)
{
	uint32_t hash = from * map->factor;

	hash ^= hash >> 15;
	return hash * 0x2c1b3c6d;
}

/* Returns the slot of @from. Its value is the number that @from maps to, or 0. */
static inline struct table_slot *number_map_find(const struct number_map *map, uint32_t from)
{
	return table_find(&map->table, number_map_hash(map, from), NULL, NULL);
}

/*
 * Maps @from to @to. @slot is the free slot from number_map_find(). Returns false if out of memory;
 * the map is unchanged then.
 */
static inline bool number_map_add(struct number_map *map, struct table_slot *slot, uint32_t from,
				  uint32_t to)
{
	return table_add(&map->table, slot, number_map_hash(map, from), to);
}

/* Frees the memory. */
void number_map_release(struct number_map *map);

#endif
