/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The parts of id_set.h that are not called once for each id.
 */
#include <stdlib.h>

#include "split/id_set.h"

bool id_set_init(struct id_set *set, uint32_t end)
{
	*set = (struct id_set){ .words = end / 64 + 1 };
	set->bits = calloc(set->words, sizeof(*set->bits));
	set->ranks = malloc(set->words * sizeof(*set->ranks));
	if (set->bits && set->ranks)
		return true;
	id_set_release(set);
	return false;
}

void id_set_release(struct id_set *set)
{
	free(set->bits);
	free(set->ranks);
	*set = (struct id_set){};
}

uint32_t *id_set_list(struct id_set *set)
{
	uint32_t *list = malloc(((size_t)set->count + 1) * sizeof(*list));
	uint32_t count = 0;

	if (!list)
		return NULL;
	for (uint32_t i = 0; i < set->words; i++) {
		uint64_t bits = set->bits[i];

		set->ranks[i] = count;
		for (; bits; bits &= bits - 1)
			list[count++] = i * 64 + __builtin_ctzll(bits);
	}
	return list;
}
