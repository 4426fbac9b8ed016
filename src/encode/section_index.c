/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Searches sections by bisection. */
#include <stdlib.h>

#include "encode/section_index.h"
#include "util/order.h"

void section_index_init(struct section_index *index, const struct encode_object *object)
{
	*index = (struct section_index){ .all = object->sections.items };
}

void section_index_release(struct section_index *index)
{
	u32_vector_release(&index->by_address);
}

bool section_index_add(struct section_index *index, uint32_t i)
{
	return !index->all[i].size || u32_vector_append(&index->by_address, i);
}

static int section_index_compare(const void *a, const void *b, void *arg)
{
	const struct encode_section *all = ((const struct section_index *)arg)->all;
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return by_number(all[left].address, all[right].address) ?: by_number(left, right);
}

void section_index_sort(struct section_index *index)
{
	if (index->by_address.count)
		qsort_r(index->by_address.items, index->by_address.count, sizeof(uint32_t),
			section_index_compare, index);
}

uint32_t section_index_find(const struct section_index *index, uint64_t address)
{
	const struct encode_section *section;
	size_t low = 0, high = index->by_address.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->all[index->by_address.items[middle]].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return SECTION_INDEX_NONE;
	section = &index->all[index->by_address.items[low - 1]];
	return address - section->address < section->size ? index->by_address.items[low - 1]
							  : SECTION_INDEX_NONE;
}
