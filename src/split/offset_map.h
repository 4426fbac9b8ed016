/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * From old string offsets to new ones, for those few of a large base that a module uses.
 */
#ifndef REBTF_SPLIT_OFFSET_MAP_H
#define REBTF_SPLIT_OFFSET_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct offset_map {
	struct offset_pair *slots;
	size_t mask; /* the number of slots less one; meaningless while there are none */
	size_t count;
};

struct offset_pair {
	uint32_t from; /* 0: free */
	uint32_t to;
};

/*
 * The pair for @from, which is not 0; a new one has 0 in @to. Good until the next call. NULL when
 * there is no memory for it.
 */
struct offset_pair *offset_map_get(struct offset_map *map, uint32_t from);

/* Frees the memory; the map is empty. */
void offset_map_release(struct offset_map *map);

#endif
