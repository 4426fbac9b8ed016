/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Adds types that exist already: copies from objects, and all types of another builder. Their
 * strings are entered once each, and their fields then get the new offsets.
 */
#include <string.h>

#include "btf/build.h"
#include "util/cleanup.h"
#include "util/error.h"

/* --- copies from an object */

struct builder_copy {
	struct rebtf_builder *builder;
	const uint32_t *map; /* NULL: ids stay */
};

static inline uint32_t copied_id(const void *arg, uint32_t id)
{
	const struct builder_copy *copy = arg;

	return copy->map ? copy->map[id] : id;
}

static inline uint32_t copied_string(void *arg, uint32_t off)
{
	const struct builder_copy *copy = arg;

	return off ? builder_source_string(copy->builder, off) : 0;
}

uint32_t rebtf_builder_copy(struct rebtf_builder *b, const struct rebtf_btf *src, uint32_t id,
			    const uint32_t *map)
{
	struct builder_copy copy = { b, map };
	const struct rebtf_btf *owner;
	const struct rebtf_type *t;
	struct rebtf_type *added;
	struct rebtf_error *err;

	if (b->err)
		return 0;
	if (!id || id >= rebtf_btf_type_count(src))
		return builder_fail(b, error_new(REBTF_ERR_ARGUMENT,
						 "cannot copy nonexistent type [%u]", id));
	t = btf_type(src, id);
	err = btf_require_known_kind(src, id, "copy");
	if (err)
		return builder_fail(b, err);
	if (b->source != src && !builder_set_source(b, src, 0, false))
		return 0;
	owner = btf_of_id(src, id);
	added = builder_add(b, t, btf_own_type_size(owner, id - owner->start_id));
	if (!added)
		return 0;
	map_fields(added, copied_id, copied_string, &copy);
	return b->err ? 0 : b->last;
}

/* --- another builder */

struct builder_append {
	struct rebtf_builder *to;
	struct number_map offs; /* new offsets of the other builder's own strings */
	uint32_t start_id;	/* the other builder's first id */
	uint32_t next_id;	/* its next id */
	uint32_t add_to_ids;
	bool stray_id;
};

static inline uint32_t appended_id(const void *arg, uint32_t id)
{
	const struct builder_append *a = arg;

	return id < a->start_id ? id : id + a->add_to_ids;
}

static inline uint32_t appended_string(void *arg, uint32_t off)
{
	const struct builder_append *a = arg;

	return off < a->to->strings.start ? off : number_map_find(&a->offs, off)->value;
}

/* In the order of the other builder, so the result does not depend on hashes. */
static struct rebtf_error *append_strings_of(struct builder_append *a,
					     const struct string_set *strings)
{
	const char *text = (const char *)strings->text.data;

	if (!number_map_init(&a->offs, strings->offs.count))
		return error_nomem();
	for (size_t at = 0, length; at < strings->text.size; at += length + 1) {
		uint32_t off = strings->start + at, to;

		length = strlen(text + at);
		if (!length)
			continue;
		to = string_set_add(&a->to->strings, text + at, length);
		if (!to || !number_map_add(&a->offs, number_map_find(&a->offs, off), off, to))
			return error_nomem();
	}
	return NULL;
}

static struct rebtf_error *append_types_of(struct builder_append *a,
					   const struct rebtf_builder *other)
{
	struct rebtf_builder *b = a->to;
	uint32_t words_before = b->types.size / sizeof(uint32_t);

	if (b->types.size + other->types.size > UINT32_MAX ||
	    (uint64_t)rebtf_builder_next_id(b) + builder_count(other) > UINT32_MAX)
		return error_new(REBTF_ERR_FORMAT, "too many types (ids and sizes have 32 bits)");
	if (!u32_vector_reserve(&b->offs, other->offs.count) ||
	    !buffer_append(&b->types, other->types.data, other->types.size))
		return error_nomem();
	for (uint32_t i = 0; i < builder_count(other); i++) {
		uint32_t off = *builder_off(other, other->start_id + i);

		if (off != NOT_BUILT) {
			off += words_before;
			map_fields((struct rebtf_type *)((uint32_t *)b->types.data + off),
				   appended_id, appended_string, a);
		}
		u32_vector_append(&b->offs, off);
	}
	b->scattered |= other->scattered;
	b->may_have_locsec |= other->may_have_locsec;
	return NULL;
}

/* Ids past the end would refer to types that are added to the other builder later. */
static struct rebtf_error *require_own_references(const struct rebtf_builder *b)
{
	struct rebtf_field_iter it;
	const uint32_t *id;

	for (uint32_t i = 0; i < builder_count(b); i++) {
		if (*builder_off(b, b->start_id + i) == NOT_BUILT)
			continue;
		field_iter_init(&it, builder_type(b, b->start_id + i), REBTF_FIELD_IDS);
		while ((id = field_iter_next(&it))) {
			if (*id >= rebtf_builder_next_id(b))
				return error_new(
					REBTF_ERR_ARGUMENT,
					"type [%u] of the appended builder: invalid type id %u",
					b->start_id + i, *id);
		}
	}
	return NULL;
}

static struct rebtf_error *builder_append(struct rebtf_builder *b, struct rebtf_builder *other)
{
	struct builder_append a = { .to = b, .start_id = other->start_id };
	struct rebtf_error *err;

	if (b->err)
		return NULL;
	if (other->err)
		return take_ptr(&other->err);
	if (other == b || other->base != b->base)
		return error_new(REBTF_ERR_ARGUMENT,
				 "cannot append a builder to itself or over another base");
	TRY(require_own_references(other));
	TRY(builder_gather(other));
	a.add_to_ids = builder_count(b);
	err = append_strings_of(&a, &other->strings);
	if (!err)
		err = append_types_of(&a, other);
	number_map_release(&a.offs);
	return err;
}

uint32_t rebtf_builder_append(struct rebtf_builder *b, struct rebtf_builder *other)
{
	uint32_t first = rebtf_builder_next_id(b);
	struct rebtf_error *err = builder_append(b, other);

	if (err)
		builder_fail(b, err);
	if (other != b)
		rebtf_builder_free(other);
	return b->err ? 0 : first;
}
