/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Creates and frees the map of numbers. */
#include "util/hash.h"
#include "util/number_map.h"

bool number_map_init(struct number_map *map, size_t count)
{
	*map = (struct number_map){ .factor = hash_factor() };
	return table_reserve(&map->table, count);
}

void number_map_release(struct number_map *map)
{
	table_release(&map->table);
}
