/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Maps old string offsets, type ids or other non-zero numbers to new ones. Made for a module, which
 * uses only a few numbers of a large base.
 */
#ifndef REBTF_GRAPH_OFFSET_MAP_H
#define REBTF_GRAPH_OFFSET_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct offset_map {
	struct offset_pair *slots;
	size_t mask;	 /* number of slots minus one */
	uint64_t factor; /* see hash_factor() */
	size_t count;
};

struct offset_pair {
	uint32_t from; /* 0: free */
	uint32_t to;
};

/* Makes an empty map with room for @count pairs. Returns false if out of memory. */
bool offset_map_init(struct offset_map *map, size_t count);

/* Returns the pair of @from, or the free slot where it belongs. */
static inline struct offset_pair *offset_map_find(const struct offset_map *map, uint32_t from)
{
	/*
	 * Offsets are hashed by multiplication, using the upper half of the product. The factor
	 * differs between processes, because files control the offsets.
	 */
	size_t at = (from * map->factor >> 32) & map->mask;

	while (map->slots[at].from && map->slots[at].from != from)
		at = (at + 1) & map->mask;
	return &map->slots[at];
}

/*
 * Fills @pair, a free slot from offset_map_find(), with @from and @to. Returns false if out of
 * memory.
 */
bool offset_map_add(struct offset_map *map, struct offset_pair *pair, uint32_t from, uint32_t to);

/* Frees the memory. The map is empty then. */
void offset_map_release(struct offset_map *map);

#endif
