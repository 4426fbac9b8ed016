/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Implements type_writer: appends copies of types, adds their strings once, and assembles the
 * result.
 */
#include <string.h>

#include "split/type_writer.h"
#include "util/error.h"

bool type_writer_init(struct type_writer *w, const struct rebtf_btf *from, size_t names)
{
	*w = (struct type_writer){ .from = from };
	return number_map_init(&w->names, names);
}

void type_writer_release(struct type_writer *w)
{
	buffer_release(&w->types);
	u32_vector_release(&w->places);
	buffer_release(&w->strings);
	number_map_release(&w->names);
}

void type_writer_copy(struct type_writer *w, uint32_t id)
{
	const struct rebtf_btf *owner = btf_of_id(w->from, id);

	type_writer_place(w);
	buffer_append(&w->types, btf_own_type(owner, id - owner->start_id),
		      btf_own_type_size(owner, id - owner->start_id));
}

uint32_t type_writer_add_string(struct type_writer *w, struct table_slot *slot, uint32_t off,
				uint32_t start)
{
	const char *s = btf_string(w->from, off);
	size_t size = strlen(s) + 1;
	uint32_t to = start + w->strings.size;

	/* A larger total means that names start inside other names. */
	if (w->strings.size + size > (size_t)rebtf_btf_string_end(w->from) + 1)
		w->overlapping = true;
	if (w->overlapping)
		return 0;
	buffer_append(&w->strings, s, size);
	if (!number_map_add(&w->names, slot, off, to))
		w->strings.failed = true;
	return to;
}

struct rebtf_error *type_writer_finish(struct type_writer *w, const struct rebtf_btf *like,
				       const char *first_strings, size_t first_size,
				       struct rebtf_btf *base, const char *doing,
				       struct rebtf_btf **btf)
{
	size_t layout_size = like->layout_count * sizeof(*like->layout);
	struct btf_parts parts = {
		.types_size = w->types.size,
		.strings_size = first_size + w->strings.size,
		.layout_count = like->layout_count,
		.places = w->places.items,
		.own_count = w->places.count,
		.big_endian = like->big_endian,
	};
	uint8_t *memory;

	/* Order: types, layout, strings. The first two keep the next part aligned. */
	buffer_append(&w->types, like->layout, layout_size);
	buffer_append(&w->types, first_strings, first_size);
	buffer_append(&w->types, w->strings.data, w->strings.size);
	if (w->types.failed || w->strings.failed || w->places.failed)
		return error_nomem();
	if (w->overlapping)
		return error_new(REBTF_ERR_UNSUPPORTED, "cannot %s: names of the base overlap",
				 doing);
	if (w->types.size > UINT32_MAX / 2)
		return error_new(REBTF_ERR_UNSUPPORTED, "cannot %s: the result exceeds 2 GiB",
				 doing);
	memory = w->types.data;
	parts.memory = memory;
	parts.types = (uint32_t *)memory;
	if (layout_size)
		parts.layout = (const struct layout_entry *)(memory + parts.types_size);
	parts.strings = (char *)memory + parts.types_size + layout_size;
	w->types = (struct buffer){};
	w->places = (struct u32_vector){};
	w->strings.size = 0;
	return btf_assemble(&parts, base, btf);
}
