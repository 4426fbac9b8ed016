/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Renumbering: every transform of split BTF copies types, and then gives each type id and string
 * offset in the copies a new value. This file has the loops that do this, driven by the table of
 * kinds. The compiler inlines the functions that map old values to new ones.
 */
#ifndef REBTF_SPLIT_REWRITE_H
#define REBTF_SPLIT_REWRITE_H

#include "btf/btf.h"
#include "util/buffer.h"
#include "util/vec.h"

/* Rewrites the @count types at @places (in words from @types). Their kinds must be known. */
static inline __attribute__((always_inline)) void rewrite_types(uint32_t *types,
								const uint32_t *places,
								uint32_t count, id_mapper map_id,
								string_mapper map_string, void *arg)
{
	for (uint32_t i = 0; i < count; i++)
		map_fields((struct rebtf_type *)(types + places[i]), map_id, map_string, arg);
}

/* As rewrite_types(), but strings keep their offsets. */
static inline __attribute__((always_inline)) void rewrite_ids(uint32_t *types,
							      const uint32_t *places,
							      uint32_t count, id_mapper map_id,
							      const void *arg)
{
	for (uint32_t i = 0; i < count; i++)
		map_ids((struct rebtf_type *)(types + places[i]), map_id, arg);
}

/*
 * Copies @btf's own part into one piece of memory: types, then @more_types, layout and strings.
 * Also copies their offsets; @more_places are in words from the start of @more_types. Errors:
 * NOMEM.
 */
struct rebtf_error *copy_parts(const struct rebtf_btf *btf, const struct buffer *more_types,
			       const struct u32_vector *more_places, struct btf_parts *parts);

/*
 * Appends strings to @parts, which copy_parts() made. On errors @parts is unchanged. Errors: NOMEM
 * (also if appending to @added failed before), UNSUPPORTED (too large).
 */
struct rebtf_error *append_strings(struct btf_parts *parts, const struct buffer *added);

/* Frees parts that did not become an object. */
void parts_release(struct btf_parts *parts);

/*
 * Fails if one of @btf's own types has a kind that this library does not know: its references
 * cannot be renumbered. @what names the transform. Errors: UNSUPPORTED.
 */
struct rebtf_error *require_known_kinds(const struct rebtf_btf *btf, const char *what);

#endif
