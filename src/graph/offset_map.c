/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Grows and frees the map, an open-addressing hash table that is at most half full. */
#include <stdlib.h>

#include "graph/offset_map.h"
#include "util/hash.h"

bool offset_map_init(struct offset_map *map, size_t count)
{
	size_t slots = hash_table_size(count + 1);

	*map = (struct offset_map){
		.slots = calloc(slots, sizeof(*map->slots)),
		.mask = slots - 1,
		.factor = hash_factor(),
	};
	return map->slots;
}

static bool offset_map_grow(struct offset_map *map)
{
	struct offset_map bigger;

	if (!offset_map_init(&bigger, map->count * 2))
		return false;
	for (size_t i = 0; i <= map->mask; i++) {
		if (map->slots[i].from)
			*offset_map_find(&bigger, map->slots[i].from) = map->slots[i];
	}
	free(map->slots);
	map->slots = bigger.slots;
	map->mask = bigger.mask;
	return true;
}

bool offset_map_add(struct offset_map *map, struct offset_pair *pair, uint32_t from, uint32_t to)
{
	*pair = (struct offset_pair){ from, to };
	map->count++;
	return map->count * 2 < map->mask || offset_map_grow(map);
}

void offset_map_release(struct offset_map *map)
{
	free(map->slots);
	*map = (struct offset_map){};
}
