/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Comparing names, sizes, and the budget: all steps of a CO-RE relocation use these. */
#include <string.h>

#include "btf/resolve.h"
#include "core/relo.h"
#include "util/glob.h"

/* A step pays for so many bytes of names. Most names of kernels are shorter. */
#define RELO_NAME_BYTES 32

struct rebtf_error *relo_spend(uint64_t *budget, uint64_t cost)
{
	if (*budget <= cost) {
		*budget = 0;
		return error_new(REBTF_ERR_UNSUPPORTED, "the relocations take too much work");
	}
	*budget -= cost;
	return NULL;
}

struct rebtf_error *relo_names_equal(const char *a, const char *b, uint64_t *budget, bool *equal)
{
	size_t length = name_essential_length(a);

	*equal = length == name_essential_length(b) && !memcmp(a, b, length);
	return relo_spend(budget, 1 + (strlen(a) + strlen(b)) / RELO_NAME_BYTES);
}

struct rebtf_error *relo_skip(const struct rebtf_btf *btf, uint32_t *id, uint64_t *budget,
			      const struct rebtf_type **t)
{
	*t = resolve_aliases(btf, id, budget);
	return *t ? NULL : relo_spend(budget, 1);
}

bool relo_is_flexible(const struct rebtf_btf *btf, const struct relo_step *member,
		      const struct rebtf_array *array)
{
	return member->name && !array->nelems &&
	       member->index == rebtf_type_vlen(btf_type(btf, member->type_id)) - 1;
}

struct rebtf_error *relo_add_elements(struct relo_spec *spec, uint32_t element, uint32_t index)
{
	uint64_t size, offset;

	if (!resolve_size(spec->btf, element, spec->pointer_size, &size) || size > UINT32_MAX)
		return error_new(REBTF_ERR_FORMAT, "type [%u] has no size", element);
	if (__builtin_mul_overflow(size * 8, index, &offset) ||
	    __builtin_add_overflow(offset, spec->bit_offset, &offset) || offset > UINT32_MAX)
		return error_new(REBTF_ERR_FORMAT, "element %u of %llu bytes is out of range",
				 index, (unsigned long long)size);
	spec->bit_offset = (uint32_t)offset;
	return NULL;
}
