/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Allocates, lists and frees sets of ids. The functions that run once per id are in id_set.h. */
#include <stdlib.h>

#include "graph/id_set.h"

bool id_set_init(struct id_set *set, uint32_t end)
{
	*set = (struct id_set){ .words = end / 64 + 1 };
	set->bits = calloc(set->words, sizeof(*set->bits));
	set->used = calloc(set->words / 64 + 1, sizeof(*set->used));
	set->ranks = malloc(set->words * sizeof(*set->ranks));
	if (set->bits && set->used && set->ranks)
		return true;
	id_set_release(set);
	return false;
}

void id_set_release(struct id_set *set)
{
	free(set->bits);
	free(set->used);
	free(set->ranks);
	*set = (struct id_set){};
}

/* Appends the members in one word to @list, which has @count entries. */
static uint32_t list_word(struct id_set *set, uint32_t word, uint32_t *list, uint32_t count)
{
	set->ranks[word] = count;
	for (uint64_t bits = set->bits[word]; bits; bits &= bits - 1)
		list[count++] = word * 64 + __builtin_ctzll(bits);
	return count;
}

uint32_t *id_set_list(struct id_set *set)
{
	uint32_t *list = malloc(((size_t)set->count + 1) * sizeof(*list));
	uint32_t count = 0;

	if (!list)
		return NULL;
	for (uint32_t i = 0; i <= set->words / 64; i++) {
		for (uint64_t used = set->used[i]; used; used &= used - 1)
			count = list_word(set, i * 64 + __builtin_ctzll(used), list, count);
	}
	return list;
}
