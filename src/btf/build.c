/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The builder: its strings, the ids and the memory of its types, and the object that it becomes. */
#include <stdlib.h>
#include <string.h>

#include "btf/build.h"
#include "btf/header.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/options.h"

void builder_start(struct rebtf_builder *b, struct rebtf_btf *base)
{
	*b = (struct rebtf_builder){
		.base = base ? rebtf_btf_ref(base) : NULL,
		.big_endian = base ? base->big_endian : HOST_BIG_ENDIAN,
		.start_id = base ? rebtf_btf_type_count(base) : 1,
	};
	string_set_init(&b->strings, base);
}

void builder_release(struct rebtf_builder *b)
{
	rebtf_btf_unref(b->base);
	rebtf_btf_unref(b->source);
	buffer_release(&b->types);
	u32_vector_release(&b->offs);
	string_set_release(&b->strings);
	number_map_release(&b->source_offs);
	rebtf_error_free(b->err);
	*b = (struct rebtf_builder){};
}

struct rebtf_error *rebtf_builder_new(struct rebtf_btf *base, struct rebtf_builder **builder)
{
	struct rebtf_builder *b = malloc(sizeof(*b));

	if (!b)
		return error_nomem();
	builder_start(b, base);
	*builder = b;
	return NULL;
}

void rebtf_builder_free(struct rebtf_builder *b)
{
	if (!b)
		return;
	builder_release(b);
	free(b);
}

bool builder_check(struct rebtf_builder *b, const char *what, uint32_t value, uint32_t last)
{
	struct rebtf_error *err = options_check(what, value, last);

	if (err)
		builder_fail(b, err);
	return !err;
}

void rebtf_builder_set_byte_order(struct rebtf_builder *b, enum rebtf_byte_order order)
{
	builder_check(b, "byte order", order, REBTF_BYTE_ORDER_BIG);
	b->big_endian = byte_order_is_big(order, b->base ? b->base->big_endian : HOST_BIG_ENDIAN);
}

void rebtf_builder_set_layout(struct rebtf_builder *b, enum rebtf_layout layout)
{
	builder_check(b, "layout", layout, REBTF_LAYOUT_WITHOUT);
	b->layout = layout == REBTF_LAYOUT_WITH;
}

uint32_t builder_fail(struct rebtf_builder *b, struct rebtf_error *err)
{
	if (b->err)
		rebtf_error_free(err);
	else
		b->err = err;
	return 0;
}

uint32_t rebtf_builder_string(struct rebtf_builder *b, const char *s)
{
	uint32_t off;

	if (b->err)
		return 0;
	off = s ? string_set_add(&b->strings, s, strlen(s)) : 0;
	return b->strings.full ? builder_fail(b, error_nomem()) : off;
}

/* --- ids */

uint32_t rebtf_builder_next_id(const struct rebtf_builder *b)
{
	return b->start_id + builder_count(b);
}

/* Gives the next id to the type at @off. Returns the id, or 0 on error. */
static uint32_t builder_new_id(struct rebtf_builder *b, uint32_t off)
{
	uint32_t id = rebtf_builder_next_id(b);

	if (id == UINT32_MAX)
		return builder_fail(b, error_new(REBTF_ERR_FORMAT,
						 "too many types (ids have 32 bits)"));
	if (!u32_vector_append(&b->offs, off))
		return builder_fail(b, error_nomem());
	return id;
}

uint32_t rebtf_builder_reserve(struct rebtf_builder *b)
{
	if (b->err)
		return 0;
	b->scattered = true;
	return builder_new_id(b, NOT_BUILT);
}

bool rebtf_builder_fill(struct rebtf_builder *b, uint32_t id)
{
	if (b->err)
		return false;
	if (!builder_owns(b, id) || *builder_off(b, id) != NOT_BUILT)
		return builder_fail(b, error_new(REBTF_ERR_ARGUMENT, "type id %u is not reserved",
						 id));
	b->reserved = id;
	return true;
}

bool rebtf_builder_resume(struct rebtf_builder *b, uint32_t id)
{
	if (b->err)
		return false;
	if (!builder_owns(b, id) || *builder_off(b, id) == NOT_BUILT)
		return builder_fail(b, error_new(REBTF_ERR_ARGUMENT, "no type with id %u was added",
						 id));
	b->last = id;
	return true;
}

/* --- memory */

/* Appends to the types. Returns the address, or NULL on error. */
static void *builder_append_bytes(struct rebtf_builder *b, const void *data, uint64_t size)
{
	void *at;

	if (b->types.size + size > UINT32_MAX) {
		builder_fail(b, error_new(REBTF_ERR_FORMAT, "too many types (sizes have 32 bits)"));
		return NULL;
	}
	at = buffer_append(&b->types, data, size);
	if (!at)
		builder_fail(b, error_nomem());
	return at;
}

struct rebtf_type *builder_add(struct rebtf_builder *b, const struct rebtf_type *type, size_t size)
{
	uint32_t off = b->types.size / sizeof(uint32_t), id;
	struct rebtf_type *t;

	if (b->err)
		return NULL;
	t = builder_append_bytes(b, type, size);
	if (!t)
		return NULL;
	b->may_have_locsec |= type && rebtf_type_kind(type) == REBTF_KIND_LOCSEC;
	if (b->reserved) {
		id = b->reserved;
		*builder_off(b, id) = off;
		b->reserved = 0;
	} else {
		id = builder_new_id(b, off);
	}
	b->last = id;
	return id ? t : NULL;
}

/*
 * Moves the last type, of @size bytes, to the end of the buffer, with room for twice @new_size
 * bytes. So each byte is moved a constant number of times on average.
 */
static bool move_to_end(struct rebtf_builder *b, size_t size, size_t new_size)
{
	uint32_t off = b->types.size / sizeof(uint32_t) + 1;
	uint64_t room = (uint64_t)new_size * 2;
	uint32_t *at = builder_append_bytes(b, NULL, sizeof(*at) + room);

	if (!at)
		return false;
	*at = room;
	memcpy(at + 1, builder_type(b, b->last), size);
	*builder_off(b, b->last) = off | MOVED;
	b->scattered = true;
	return true;
}

uint32_t *builder_extend(struct rebtf_builder *b, size_t size)
{
	struct rebtf_type *t = builder_type(b, b->last);
	size_t old_size = builder_type_size(t), new_size = old_size + size;
	bool moved = *builder_off(b, b->last) & MOVED;

	if (!moved && (uint8_t *)t + old_size == b->types.data + b->types.size)
		return builder_append_bytes(b, NULL, size);
	if (!moved || ((const uint32_t *)t)[-1] < new_size) {
		if (!move_to_end(b, old_size, new_size))
			return NULL;
		t = builder_type(b, b->last);
	}
	return (uint32_t *)((uint8_t *)t + old_size);
}

struct rebtf_error *builder_gather(struct rebtf_builder *b)
{
	uint32_t *offs = b->offs.items, count = builder_count(b);
	struct buffer types = {};
	bool all_built = true;
	size_t size = 0;

	if (!b->scattered)
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		if (offs[i] != NOT_BUILT)
			size += builder_type_size(builder_type(b, b->start_id + i));
	}
	if (!buffer_reserve(&types, size))
		return error_nomem();
	for (uint32_t i = 0; i < count; i++) {
		const struct rebtf_type *t;

		all_built &= offs[i] != NOT_BUILT;
		if (offs[i] == NOT_BUILT)
			continue;
		t = builder_type(b, b->start_id + i);
		offs[i] = types.size / sizeof(uint32_t);
		buffer_append(&types, t, builder_type_size(t));
	}
	buffer_release(&b->types);
	b->types = types;
	b->scattered = !all_built;
	return NULL;
}

/* --- the result */

static struct rebtf_error *require_all_built(const struct rebtf_builder *b)
{
	for (uint32_t i = 0; b->scattered && i < builder_count(b); i++) {
		if (*builder_off(b, b->start_id + i) == NOT_BUILT)
			return error_new(REBTF_ERR_ARGUMENT,
					 "type id %u is reserved, but no type was added for it",
					 b->start_id + i);
	}
	return NULL;
}

/* Layout and strings follow the types, in the same memory. The layout stays aligned. */
struct rebtf_error *builder_take_parts(struct rebtf_builder *b, struct btf_parts *parts)
{
	uint32_t layout_count = b->like	    ? b->like->layout_count
				: b->layout ? layout_kinds((const uint32_t *)b->types.data,
							   b->offs.items, builder_count(b))
					    : 0;
	size_t layout_size = layout_count * sizeof(struct layout_entry);
	size_t head_size = b->head ? b->head->strings_size : 0;
	size_t types_size = b->types.size;
	uint8_t *layout, *strings;

	TRY(take_ptr(&b->err));
	if (b->strings.text.failed ||
	    !buffer_reserve(&b->types, layout_size + head_size + b->strings.text.size))
		return error_nomem();
	layout = buffer_append(&b->types, b->like ? b->like->layout : NULL, layout_size);
	if (layout_count && !b->like)
		layout_write((struct layout_entry *)layout, layout_count);
	strings = buffer_append(&b->types, b->head ? b->head->strings : NULL, head_size);
	buffer_append(&b->types, b->strings.text.data, b->strings.text.size);
	*parts = (struct btf_parts){
		.memory = b->types.data,
		.types = (uint32_t *)b->types.data,
		.types_size = types_size,
		.strings = (char *)strings,
		.strings_size = head_size + b->strings.text.size,
		.layout = layout_count ? (const struct layout_entry *)layout : NULL,
		.layout_count = layout_count,
		.places = b->offs.items,
		.own_count = builder_count(b),
		.header_size = b->like ? b->like->header_size : 0,
		.big_endian = b->big_endian,
	};
	b->types = (struct buffer){};
	b->offs = (struct u32_vector){};
	b->strings.text.size = 0;
	b->source_text = 0;
	return NULL;
}

static struct rebtf_error *builder_finish(struct rebtf_builder *b, struct rebtf_btf **btf)
{
	struct btf_parts parts;

	TRY(require_all_built(b));
	TRY(builder_gather(b));
	TRY(builder_take_parts(b, &parts));
	/* Its types were found while it was built, but their fields were not checked. */
	free(parts.places);
	TRY(btf_assemble_checked(&parts, b->base, btf));
	(*btf)->unique_strings = true;
	return NULL;
}

struct rebtf_error *rebtf_builder_finish(struct rebtf_builder *b, struct rebtf_btf **btf)
{
	struct rebtf_error *err = take_ptr(&b->err) ?: builder_finish(b, btf);

	rebtf_builder_free(b);
	return err;
}
