/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Renumbering: every transform of split BTF copies types and then gives each type id and each string
 * offset in the copies a new value. That walk is here, once, driven by the table of kinds; the two
 * functions that say what becomes of a value are inlined into it.
 */
#ifndef REBTF_SPLIT_REWRITE_H
#define REBTF_SPLIT_REWRITE_H

#include "format/btf.h"

typedef uint32_t (*new_value_fn)(void *arg, uint32_t old);

static inline __attribute__((always_inline)) void rewrite_each(uint32_t *at, uint32_t count, uint32_t stride,
							       new_value_fn new_value, void *arg)
{
	for (; count; count--, at += stride) {
		if (*at)
			*at = new_value(arg, *at);
	}
}

/*
 * Rewrites the types from @at to before @end, which are of known kinds and whole. Zeroes (void, and no
 * name) stay.
 */
static inline __attribute__((always_inline)) void rewrite_types(uint32_t *at, const uint32_t *end,
								new_value_fn new_id,
								new_value_fn new_string, void *arg)
{
	while (at < end) {
		struct rebtf_type *t = (struct rebtf_type *)at;
		const struct kind_layout *row = kind_layout(rebtf_type_kind(t));
		uint32_t *info = (uint32_t *)(t + 1);
		uint32_t *elems = info + row->info_size / 4;
		uint32_t vlen = row->elem_size ? rebtf_type_vlen(t) : 0;
		uint32_t stride = row->elem_size / 4;

		rewrite_each(&t->name_off, 1, 0, new_string, arg);
		if (row->third == THIRD_TYPE)
			rewrite_each(&t->type, 1, 0, new_id, arg);
		rewrite_each(info, row->info_ids, 1, new_id, arg);
		if (row->elem_name != NO_FIELD)
			rewrite_each(elems + row->elem_name, vlen, stride, new_string, arg);
		if (row->elem_id != NO_FIELD)
			rewrite_each(elems + row->elem_id, vlen, stride, new_id, arg);
		at = elems + (size_t)vlen * stride;
	}
}

/*
 * What cannot be followed cannot be renumbered: fails if one of @btf's own types is of a kind that this
 * library does not know. @what names the transform. Errors: UNSUPPORTED.
 */
struct rebtf_error *require_known_kinds(const struct rebtf_btf *btf, const char *what);

#endif
