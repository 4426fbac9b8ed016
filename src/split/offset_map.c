/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * See offset_map.h: an open hash table. Offsets are spread by a multiplication, of which the upper
 * half counts.
 */
#include <stdlib.h>

#include "format/hash.h"
#include "split/offset_map.h"

static struct offset_pair *find(const struct offset_map *map, uint32_t from)
{
	size_t at = ((uint64_t)from * 0x9e3779b97f4a7c15u >> 32) & map->mask;

	while (map->slots[at].from && map->slots[at].from != from)
		at = (at + 1) & map->mask;
	return &map->slots[at];
}

static bool grow(struct offset_map *map)
{
	size_t slots = hash_table_size(map->count < 64 ? 64 : map->count * 2);
	struct offset_map bigger = { .slots = calloc(slots, sizeof(*map->slots)),
				     .mask = slots - 1 };

	if (!bigger.slots)
		return false;
	for (size_t i = 0; map->slots && i <= map->mask; i++) {
		if (map->slots[i].from)
			*find(&bigger, map->slots[i].from) = map->slots[i];
	}
	free(map->slots);
	map->slots = bigger.slots;
	map->mask = bigger.mask;
	return true;
}

struct offset_pair *offset_map_get(struct offset_map *map, uint32_t from)
{
	struct offset_pair *pair;

	if ((!map->slots || map->count * 2 >= map->mask) && !grow(map))
		return NULL;
	pair = find(map, from);
	if (!pair->from) {
		*pair = (struct offset_pair){ .from = from };
		map->count++;
	}
	return pair;
}

void offset_map_release(struct offset_map *map)
{
	free(map->slots);
	*map = (struct offset_map){};
}
