/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Determines the size of pointers from the types named "long". Looks them up by name in an object.
 * For BTF that was not opened, the caller passes one type after another.
 */
#include <string.h>

#include "btf/pointer_size.h"

/* The names in GCC and clang, most reliable first. */
static const char *const longs[] = { "long unsigned int", "unsigned long", "long int", "long" };

#define LONGS (sizeof(longs) / sizeof(*longs))

uint32_t pointer_size(const struct rebtf_btf *btf)
{
	for (size_t i = 0; i < LONGS; i++) {
		uint32_t id = rebtf_btf_find(btf, longs[i], REBTF_KIND_INT);
		uint32_t size = id ? rebtf_btf_type(btf, id)->size : 0;

		if (pointer_size_is_valid(size))
			return size;
	}
	return 0;
}

uint32_t pointer_size_from(const struct rebtf_type *t, const char *name, unsigned int *rank)
{
	if (rebtf_type_kind(t) != REBTF_KIND_INT || !pointer_size_is_valid(t->size))
		return 0;
	for (*rank = 0; *rank < LONGS; ++*rank) {
		if (!strcmp(name, longs[*rank]))
			return t->size;
	}
	return 0;
}
