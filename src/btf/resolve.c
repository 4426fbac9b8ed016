/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Walks along chains of typedefs, qualifiers, arrays and pointers. */
#include "btf/resolve.h"

const struct rebtf_type *resolve_skip(const struct rebtf_btf *btf, unsigned int families,
				      uint32_t *id)
{
	for (int types = 0; types < RESOLVE_TYPES_MAX; types++) {
		const struct rebtf_type *t = btf_type(btf, *id);

		if (!resolve_step(t, families, id))
			return t;
	}
	return NULL;
}

const struct rebtf_type *resolve_aliases(const struct rebtf_btf *btf, uint32_t *id,
					 uint64_t *budget)
{
	const struct rebtf_type *t = btf_type(btf, *id);

	for (; resolve_step(t, FAMILY_ALIAS, id); t = btf_type(btf, *id)) {
		*budget -= *budget > 0;
		if (!*budget)
			return NULL;
	}
	return t;
}

bool resolve_size(const struct rebtf_btf *btf, uint32_t id, uint32_t pointer_size, uint64_t *size)
{
	uint64_t elements = 1;

	for (int types = 0; types < RESOLVE_TYPES_MAX; types++) {
		const struct rebtf_type *t = btf_type(btf, id);
		const struct kind_layout *row = layout_of(t);
		const struct rebtf_array *array = rebtf_array(t);
		uint32_t size_of_one = row->family == FAMILY_POINTER ? pointer_size : t->size;

		if (row->family == FAMILY_POINTER || row->third == THIRD_SIZE)
			return !__builtin_mul_overflow(elements, size_of_one, size);
		if (row->family == FAMILY_ARRAY &&
		    __builtin_mul_overflow(elements, array->nelems, &elements))
			return false;
		if (!resolve_step(t, FAMILY_ALIAS | FAMILY_ARRAY | FAMILY_VARIABLE, &id))
			return false;
	}
	return false;
}

const struct rebtf_type *rebtf_btf_skip_modifiers(const struct rebtf_btf *btf, uint32_t *id)
{
	return resolve_skip(btf, FAMILY_ALIAS, id);
}

bool rebtf_btf_resolve_size(const struct rebtf_btf *btf, uint32_t id, uint32_t pointer_size,
			    uint64_t *size)
{
	return resolve_size(btf, id, pointer_size, size);
}
