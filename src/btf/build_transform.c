/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The builder's functions for transforms: they append types and strings of a source unchanged or
 * nearly so, and make an object without checking it.
 */
#include <stdlib.h>
#include <string.h>

#include "btf/build.h"
#include "util/error.h"
#include "util/order.h"

void builder_start_like(struct rebtf_builder *b, struct rebtf_btf *base,
			const struct rebtf_btf *like, const char *doing)
{
	builder_start(b, base);
	b->like = like;
	b->big_endian = like->big_endian;
	b->doing = doing;
}

bool builder_set_source(struct rebtf_builder *b, const struct rebtf_btf *source, size_t names,
			bool by_offset)
{
	rebtf_btf_unref(b->source);
	b->source = rebtf_btf_ref(source);
	b->by_offset = by_offset;
	b->source_text = b->strings.text.size;
	number_map_release(&b->source_offs);
	return number_map_init(&b->source_offs, names) || builder_fail(b, error_nomem());
}

/* --- types */

static uint32_t builder_fail_too_many(struct rebtf_builder *b)
{
	return builder_fail(
		b,
		error_new(
			REBTF_ERR_UNSUPPORTED,
			"too many types or strings together with the base (ids and offsets have 32 bits)"));
}

void builder_make_room_like(struct rebtf_builder *b, const struct rebtf_btf *btf, size_t more)
{
	builder_make_room(b,
			  (size_t)btf->types_size + btf->strings_size +
				  btf->layout_count * sizeof(*btf->layout) + more,
			  btf->own_count);
}

void builder_append_own_types(struct rebtf_builder *b, const struct rebtf_btf *btf)
{
	b->may_have_locsec = true;
	if ((uint64_t)b->start_id + btf->own_count > UINT32_MAX)
		builder_fail_too_many(b);
	else if (!buffer_append(&b->types, btf->types, btf->types_size) ||
		 !u32_vector_extend(&b->offs, btf->places, btf->own_count))
		builder_fail(b, error_nomem());
}

void builder_keep_strings(struct rebtf_builder *b, const struct rebtf_btf *btf)
{
	if (!btf->strings_size)
		return;
	b->head = btf;
	b->strings.text.size = 0;
	b->source_text = 0;
	if ((uint64_t)b->strings.start + btf->strings_size > UINT32_MAX)
		builder_fail_too_many(b);
	else
		b->strings.start += btf->strings_size;
}

void builder_keep_own(struct rebtf_builder *b, const struct rebtf_btf *btf)
{
	builder_make_room_like(b, btf, 0);
	builder_append_own_types(b, btf);
	builder_keep_strings(b, btf);
}

uint32_t builder_append_type(struct rebtf_builder *b, const struct rebtf_btf *btf, uint32_t id)
{
	const struct rebtf_btf *owner = btf_of_id(btf, id);
	uint32_t i = id - owner->start_id;

	return builder_add(b, btf_own_type(owner, i), btf_own_type_size(owner, i)) ? b->last : 0;
}

/* --- strings */

static inline uint32_t builder_append_text(struct rebtf_builder *b, const char *s, size_t length)
{
	uint32_t off = string_set_append(&b->strings, s, length);

	if (off)
		return off;
	return b->strings.text.failed ? builder_fail(b, error_nomem()) : builder_fail_too_many(b);
}

uint32_t builder_append_string(struct rebtf_builder *b, const char *s)
{
	return b->err ? 0 : builder_append_text(b, s, strlen(s));
}

static inline uint32_t builder_enter_source_string(struct rebtf_builder *b, uint32_t off)
{
	const char *s;
	size_t length;
	uint32_t to;

	if (b->err)
		return 0;
	s = btf_string(b->source, off);
	length = strlen(s);
	if (b->doing &&
	    b->strings.text.size - b->source_text + length > rebtf_btf_string_end(b->source))
		return builder_fail(b, error_new(REBTF_ERR_UNSUPPORTED, "cannot %s: names overlap",
						 b->doing));
	if (b->by_offset)
		return builder_append_text(b, s, length);
	to = string_set_add(&b->strings, s, length);
	return b->strings.full ? builder_fail(b, error_nomem()) : to;
}

uint32_t builder_add_source_string(struct rebtf_builder *b, uint32_t off)
{
	return builder_enter_source_string(b, off);
}

uint32_t builder_map_source_string(struct rebtf_builder *b, struct table_slot *slot, uint32_t off)
{
	uint32_t to = builder_enter_source_string(b, off);

	/* By its text, the empty string has no offset. */
	if (to && !number_map_add(&b->source_offs, slot, off, to))
		builder_fail(b, error_nomem());
	return to;
}

/* --- locations */

static int builder_order_locations(const void *a, const void *b)
{
	const struct rebtf_locsec_entry *x = a, *y = b;

	return by_number(x->func, y->func) ?: by_number(x->offset, y->offset)
					  ?: by_number(x->loc_proto, y->loc_proto);
}

void builder_sort_locations(struct rebtf_builder *b)
{
	for (uint32_t i = 0; b->may_have_locsec && i < builder_count(b); i++) {
		struct rebtf_type *t =
			(struct rebtf_type *)((uint32_t *)b->types.data + b->offs.items[i]);

		if (rebtf_type_kind(t) == REBTF_KIND_LOCSEC)
			qsort(t + 1, rebtf_type_vlen(t), sizeof(struct rebtf_locsec_entry),
			      builder_order_locations);
	}
}

/* --- the result */

struct rebtf_error *builder_assemble(struct rebtf_builder *b, struct rebtf_btf **btf)
{
	struct btf_parts parts;

	TRY(builder_take_parts(b, &parts));
	return btf_assemble(&parts, b->base, btf);
}

void builder_go_on_over(struct rebtf_builder *b, struct rebtf_btf *base)
{
	rebtf_btf_unref(b->base);
	b->base = rebtf_btf_ref(base);
	b->start_id = rebtf_btf_type_count(base);
	b->strings.start = rebtf_btf_string_end(base);
}
