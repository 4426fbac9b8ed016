/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Growing the memory of vectors. The room doubles, so appending n items one by one takes O(n) time.
 */
#include "util/vec.h"

/* Bytes of a vector's first allocation, unless one item is larger. */
#define FIRST_SIZE 512

void *vector_grow(void *items, size_t count, size_t *room, size_t more, size_t item_size)
{
	size_t most = SIZE_MAX / 2 / item_size;
	size_t grown = *room ? *room : FIRST_SIZE / item_size + 1;

	if (count > most || more > most - count)
		return NULL;
	while (grown - count < more)
		grown *= 2;
	items = reallocarray(items, grown, item_size);
	if (items)
		*room = grown;
	return items;
}
