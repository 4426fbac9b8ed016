/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The nodes of a unit. Most nodes follow the node before them in the store, so the list has the
 * distances, and a distance takes a byte on average.
 */
#ifndef REBTF_ENCODE_UNIT_LIST_H
#define REBTF_ENCODE_UNIT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {} has no nodes. */
struct unit_list {
	uint8_t *bytes; /* malloced */
	size_t size;
	uint32_t store; /* index of the store that has the nodes */
};

/* Makes a list of @count nodes, in the order of their DIEs' ends. Errors: NOMEM. */
struct rebtf_error *unit_list_make(struct unit_list *list, const uint32_t *nodes, size_t count,
				   uint32_t store);
void unit_list_release(struct unit_list *list);

/* Sets *@node to the next node. *@at is 0 at first, and *@node is. Returns false at the end. */
static inline bool unit_list_next(const struct unit_list *list, size_t *at, uint32_t *node)
{
	uint64_t distance = 0; /* the lowest bit is the sign */
	uint8_t byte = 0x80;

	if (*at == list->size)
		return false;
	for (int shift = 0; byte & 0x80; shift += 7) {
		byte = list->bytes[(*at)++];
		distance |= (uint64_t)(byte & 0x7f) << shift;
	}
	*node += (uint32_t)(distance >> 1) ^ -(uint32_t)(distance & 1);
	return true;
}

#endif
