/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Fills the set of names with the names of one BTF object. */
#include <stdlib.h>

#include "btf/name_filter.h"
#include "util/hash.h"

/* With this many bits per name, about one in a hundred other names passes. */
#define BITS_PER_NAME 64

bool name_filter_init(struct name_filter *filter, const struct rebtf_btf *btf)
{
	size_t size = hash_table_size((size_t)btf->own_count * BITS_PER_NAME / 2);

	*filter = (struct name_filter){
		.bits = calloc(size / 64 + 1, sizeof(*filter->bits)),
		.factor = hash_factor(),
		.shift = 64 - (unsigned int)__builtin_ctzll(size),
	};
	if (!filter->bits)
		return false;
	for (uint32_t i = 0; i < btf->own_count; i++) {
		uint64_t bit = name_filter_bit(filter, btf, btf_own_type(btf, i)->name_off);

		filter->bits[bit / 64] |= (uint64_t)1 << bit % 64;
	}
	return true;
}

void name_filter_release(struct name_filter *filter)
{
	free(filter->bits);
	*filter = (struct name_filter){};
}
