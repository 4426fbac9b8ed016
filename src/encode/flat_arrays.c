/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Searches the kernel's BTF for arrays of arrays, once. */
#include "encode/flat_arrays.h"

/* The fewest arrays that show how arrays of arrays are encoded. */
#define ARRAYS_MIN 500

enum flat_arrays {
	FLAT_ARRAYS_UNKNOWN,
	FLAT_ARRAYS_NO,
	FLAT_ARRAYS_YES,
};

static enum flat_arrays flat_arrays_find(const struct rebtf_btf *btf)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < btf->own_count; i++) {
		const struct rebtf_type *t = btf_own_type(btf, i);
		uint32_t element;

		if (rebtf_type_kind(t) != REBTF_KIND_ARRAY)
			continue;
		count++;
		element = rebtf_array(t)->type;
		if (element && rebtf_type_kind(btf_type(btf, element)) == REBTF_KIND_ARRAY)
			return FLAT_ARRAYS_NO;
	}
	return count < ARRAYS_MIN ? FLAT_ARRAYS_NO : FLAT_ARRAYS_YES;
}

bool flat_arrays_count(const uint32_t *dimensions, uint32_t count, uint32_t *elements)
{
	uint64_t product = count != 0;

	*elements = 0;
	for (uint32_t i = 0; i < count; i++) {
		product *= dimensions[i];
		if (product > UINT32_MAX)
			return false;
	}
	*elements = product;
	return true;
}

bool flat_arrays_in(const struct rebtf_btf *base)
{
	atomic_uint *known;

	while (base->base)
		base = base->base;
	known = &btf_mutable(base)->flat_arrays;
	if (*known == FLAT_ARRAYS_UNKNOWN)
		*known = flat_arrays_find(base);
	return *known == FLAT_ARRAYS_YES;
}
