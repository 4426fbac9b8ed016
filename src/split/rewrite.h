/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Renumbering: every transform of split BTF copies types and then gives each type id and each
 * string offset in the copies a new value. That walk is here, once, driven by the table of kinds;
 * the two functions that say what becomes of a value are inlined into it.
 */
#ifndef REBTF_SPLIT_REWRITE_H
#define REBTF_SPLIT_REWRITE_H

#include "btf/btf.h"
#include "util/buffer.h"

/*
 * Gives the field at @field, which is of a type in memory that is ours to change, its new value.
 * Zeroes (void, and no name) must stay.
 */
typedef void (*renumber_fn)(void *arg, const uint32_t *field);

/* Rewrites the @count types at @places (in words from @types), which are of known kinds. */
static inline __attribute__((always_inline)) void rewrite_types(uint32_t *types,
								const uint32_t *places,
								uint32_t count,
								renumber_fn renumber_id,
								renumber_fn renumber_string,
								void *arg)
{
	for (uint32_t i = 0; i < count; i++)
		visit_fields((const struct rebtf_type *)(types + places[i]), renumber_id,
			     renumber_string, arg);
}

/*
 * A copy of @btf's own part: types, with @more_types after them, layout and strings in one piece of
 * memory; and their places, those of @more_types being words from the first of these. Errors:
 * NOMEM.
 */
struct rebtf_error *copy_parts(const struct rebtf_btf *btf, const struct buffer *more_types,
			       const struct buffer *more_places, struct btf_parts *parts);

/*
 * Appends strings to @parts, which copy_parts() made. Errors: NOMEM (also when appending to @added
 * failed before), UNSUPPORTED (too large). @parts stays as it is then.
 */
struct rebtf_error *append_strings(struct btf_parts *parts, const struct buffer *added);

/* Frees parts of which no object was made. */
void parts_release(struct btf_parts *parts);

/*
 * What cannot be followed cannot be renumbered: fails if one of @btf's own types is of a kind that
 * this library does not know. @what names the transform. Errors: UNSUPPORTED.
 */
struct rebtf_error *require_known_kinds(const struct rebtf_btf *btf, const char *what);

#endif
