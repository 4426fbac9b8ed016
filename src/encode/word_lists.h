/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* A set of lists of words. Equal lists have one number. */
#ifndef REBTF_ENCODE_WORD_LISTS_H
#define REBTF_ENCODE_WORD_LISTS_H

#include "util/table.h"
#include "util/vec.h"

/* {} is empty. */
struct word_lists {
	struct u32_vector words;
	struct u32_vector ends; /* of each list in words */
	struct table table;
};

/* Returns the number of a list, from 1, and adds it if it is new. 0: out of memory. */
uint32_t word_lists_add(struct word_lists *lists, const uint32_t *words, size_t count);

/* The number of lists. */
static inline uint32_t word_lists_count(const struct word_lists *lists)
{
	return (uint32_t)lists->ends.count;
}

/* Returns the words of a list, valid until the set gets another one. */
static inline const uint32_t *word_lists_get(const struct word_lists *lists, uint32_t number,
					     uint32_t *count)
{
	uint32_t start = number > 1 ? lists->ends.items[number - 2] : 0;

	*count = lists->ends.items[number - 1] - start;
	return *count ? lists->words.items + start : NULL;
}

void word_lists_release(struct word_lists *lists);

#endif
