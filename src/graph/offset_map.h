/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * From old string offsets, or type ids, to new ones, for those few of a large base that a module
 * uses; and from other numbers that are not 0.
 */
#ifndef REBTF_GRAPH_OFFSET_MAP_H
#define REBTF_GRAPH_OFFSET_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct offset_map {
	struct offset_pair *slots;
	size_t mask;	 /* the number of slots less one */
	uint64_t factor; /* see hash_factor() */
	size_t count;
};

struct offset_pair {
	uint32_t from; /* 0: free */
	uint32_t to;
};

/* Room for @count pairs, so that the map need not grow. False when there is no memory. */
bool offset_map_init(struct offset_map *map, size_t count);

/* The pair for @from, or the free one where it belongs. */
static inline struct offset_pair *offset_map_find(const struct offset_map *map, uint32_t from)
{
	/*
	 * Offsets are spread by a multiplication, of which the upper half counts. It is another one
	 * in each process, as which offsets there are a file says.
	 */
	size_t at = (from * map->factor >> 32) & map->mask;

	while (map->slots[at].from && map->slots[at].from != from)
		at = (at + 1) & map->mask;
	return &map->slots[at];
}

/* Makes @pair, which offset_map_find() found free, that of @from. False when there is no memory. */
bool offset_map_add(struct offset_map *map, struct offset_pair *pair, uint32_t from, uint32_t to);

/* Frees the memory; the map is empty. */
void offset_map_release(struct offset_map *map);

#endif
