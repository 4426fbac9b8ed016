/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Writes lists of nodes as LEB128 numbers of distances, whose lowest bit is the sign. */
#include <stdbool.h>
#include <stdlib.h>

#include "encode/unit_list.h"
#include "util/error.h"

/* Bytes of the largest distance, which has 33 bits. */
#define MAX_DISTANCE 5

struct rebtf_error *unit_list_make(struct unit_list *list, const uint32_t *nodes, size_t count,
				   uint32_t store)
{
	uint8_t *bytes = malloc(count * MAX_DISTANCE + 1), *end = bytes, *exact;
	uint32_t last = 0;

	if (!bytes)
		return error_nomem();
	for (size_t i = 0; i < count; i++) {
		int64_t distance = (int64_t)nodes[i] - last;
		uint64_t rest = distance < 0 ? ((uint64_t)~distance << 1 | 1)
					     : (uint64_t)distance << 1;

		for (; rest > 0x7f; rest >>= 7)
			*end++ = rest | 0x80;
		*end++ = rest;
		last = nodes[i];
	}
	exact = realloc(bytes, end - bytes + 1);
	*list = (struct unit_list){ exact ? exact : bytes, end - bytes, store };
	return NULL;
}

void unit_list_release(struct unit_list *list)
{
	free(list->bytes);
	*list = (struct unit_list){};
}
