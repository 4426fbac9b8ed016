/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads BTF from bytes, with libbpf's checks: the parts lie inside the file, types are complete, and
 * names and type ids exist. Beyond that, types can be anything, for instance contain themselves.
 */
#include <byteswap.h>
#include <stdlib.h>
#include <string.h>

#include "btf/btf.h"
#include "libbpf/message.h"
#include "libbpf/object.h"

/* Offsets in the header count from its end, and 64 bits hold each sum. */
static bool parse_places_fit(const struct btf_header *h, size_t size)
{
	uint64_t strings_end = (uint64_t)h->str_off + h->str_len;
	uint64_t types_end = (uint64_t)h->type_off + h->type_len;
	uint64_t layout_end = (uint64_t)h->layout_off + h->layout_len;

	if (strings_end > size - h->hdr_len || types_end > h->str_off || h->type_off % 4)
		return false;
	return !h->layout_len ||
	       (h->layout_off % 4 == 0 && h->layout_off >= types_end && layout_end <= h->str_off);
}

static int parse_header(struct btf *btf, const uint8_t *data, size_t size)
{
	struct btf_header *h = &btf->header;
	uint32_t header_size;

	*h = (struct btf_header){};
	if (size < HEADER_SIZE)
		return -EINVAL;
	memcpy(h, data, HEADER_SIZE);
	btf->swapped = h->magic == bswap_16(BTF_MAGIC);
	if (!btf->swapped && h->magic != BTF_MAGIC)
		return -EINVAL;
	header_size = btf->swapped ? bswap_32(h->hdr_len) : h->hdr_len;
	if (btf->swapped && header_size < HEADER_SIZE) {
		message_warn("BTF of the other byte order: header of %u bytes (expected at least "
			     "%u)\n",
			     header_size, HEADER_SIZE);
		return -ENOTSUP;
	}
	if (header_size > size)
		return -EINVAL;
	*h = (struct btf_header){};
	memcpy(h, data, header_size < sizeof(*h) ? header_size : sizeof(*h));
	if (btf->swapped)
		swap_header(h);
	h->hdr_len = header_size;
	/*
	 * Modern headers can be longer. A program that does not know the rest must not change the
	 * file.
	 */
	for (size_t i = sizeof(*h); i < header_size; i++)
		btf->has_more_header |= data[i] != 0;
	return parse_places_fit(h, size) ? 0 : -EINVAL;
}

static int parse_strings(struct btf *btf)
{
	const struct buffer *s = &btf->strings;

	if (btf->base && !s->size)
		return 0;
	if (!s->size || s->size - 1 > OBJECT_MAX_STRING || s->data[s->size - 1])
		return -EINVAL;
	return !btf->base && s->data[0] ? -EINVAL : 0;
}

size_t object_type_size(const struct btf *btf, const struct rebtf_type *t)
{
	const struct kind_layout *row = layout_of(t);
	uint32_t kind = rebtf_type_kind(t);
	uint8_t info = row->info_size, elem = row->elem_size;

	if (!object_kind_is_known(kind)) {
		const struct btf *owner = btf->layout || !btf->base ? btf : btf->base;

		if (!owner->layout || kind >= owner->layout_count)
			return 0;
		info = owner->layout[kind].info_size;
		elem = owner->layout[kind].elem_size;
		if (info % 4 || elem % 4)
			return 0;
	}
	return sizeof(*t) + info + (size_t)elem * rebtf_type_vlen(t);
}

static int parse_types(struct btf *btf)
{
	const struct rebtf_type *t;
	size_t at = 0, size;

	while (btf->types.size - at >= sizeof(*t)) {
		t = (const struct rebtf_type *)(btf->types.data + at);
		size = object_type_size(btf, t);
		if (!size || (btf->swapped && !object_kind_is_known(rebtf_type_kind(t))))
			return -EINVAL;
		if (size > btf->types.size - at) {
			message_warn("type [%u] is incomplete\n", object_end_id(btf));
			return -EINVAL;
		}
		if (!u32_vector_append(&btf->places, at / 4))
			return -ENOMEM;
		at += size;
	}
	if (at == btf->types.size)
		return 0;
	message_warn("type section: %zu bytes after the last type\n", btf->types.size - at);
	return -EINVAL;
}

/* --- names and ids */

static bool parse_ids_exist(const struct btf *btf, const struct rebtf_type *t, uint32_t id)
{
	struct rebtf_field_iter it;
	const uint32_t *field;

	if (!object_kind_is_known(rebtf_type_kind(t)))
		return true;
	field_iter_init(&it, t, REBTF_FIELD_IDS);
	/* libbpf does not look at the type that a function returns. */
	if (rebtf_type_kind(t) == REBTF_KIND_FUNC_PROTO)
		field_iter_next(&it);
	while ((field = field_iter_next(&it))) {
		if (*field >= object_end_id(btf)) {
			message_warn("type [%u]: type id %u does not exist\n", id, *field);
			return false;
		}
	}
	return true;
}

static bool parse_names_exist(const struct btf *btf, const struct rebtf_type *t, uint32_t id)
{
	struct rebtf_field_iter it;
	const uint32_t *field;

	field_iter_init(&it, t, REBTF_FIELD_STRINGS);
	while ((field = field_iter_next(&it))) {
		if (*field >= object_end_string(btf)) {
			message_warn("type [%u]: string offset %u does not exist\n", id, *field);
			return false;
		}
	}
	return true;
}

static int parse_check(const struct btf *btf)
{
	for (uint32_t id = btf->start_id; id < object_end_id(btf); id++) {
		const struct rebtf_type *t = object_type(btf, id);

		if (!parse_names_exist(btf, t, id) || !parse_ids_exist(btf, t, id))
			return -EINVAL;
		if (rebtf_type_kind(t) != REBTF_KIND_FUNC)
			continue;
		if (rebtf_type_kind(object_type(btf, t->type)) != REBTF_KIND_FUNC_PROTO) {
			message_warn("type [%u] FUNC: type [%u] is no FUNC_PROTO\n", id, t->type);
			return -EINVAL;
		}
	}
	return 0;
}

/* Notes where named types start if the names never decrease. Then searches by name are short. */
static void parse_find_order(struct btf *btf)
{
	const char *last = NULL;
	uint32_t named_id = 0;

	for (uint32_t id = btf->start_id; id < object_end_id(btf); id++) {
		const char *name = object_string(btf, object_type(btf, id)->name_off);

		if (last && strcmp(last, name) > 0)
			return;
		if (!named_id && *name)
			named_id = id;
		last = name;
	}
	if (object_count(btf) > 1)
		btf->named_id = named_id;
}

/*
 * Types are words, but a header can have any length, and they begin at a multiple of 4 behind it. So
 * the copy starts where types are aligned.
 */
static int parse_copy(struct btf *btf, const void *data, size_t size)
{
	const struct btf_header *h = &btf->header;
	size_t shift = -(size_t)h->hdr_len % sizeof(uint32_t);

	btf->memory = malloc(size + sizeof(uint32_t));
	if (!btf->memory)
		return -ENOMEM;
	btf->raw = (uint8_t *)btf->memory + shift;
	btf->raw_size = size;
	memcpy(btf->raw, data, size);
	btf->types.data = btf->raw + h->hdr_len + h->type_off;
	btf->types.size = h->type_len;
	btf->strings.data = btf->raw + h->hdr_len + h->str_off;
	btf->strings.size = h->str_len;
	if (!h->layout_len)
		return 0;
	if (h->layout_len % sizeof(struct layout_entry))
		return -EINVAL;
	btf->layout = (struct layout_entry *)(btf->raw + h->hdr_len + h->layout_off);
	btf->layout_count = h->layout_len / sizeof(struct layout_entry);
	return 0;
}

/* The bytes of the other byte order are made from the parts when they are wanted. */
static void parse_swap(struct btf *btf)
{
	swap_types(btf->types.data, btf->types.size & ~(size_t)3);
	swap_layout(btf->layout, btf->layout_count * sizeof(*btf->layout));
	btf->raw = NULL;
}

static int parse_all(struct btf *btf, const void *data, size_t size)
{
	int err = parse_header(btf, data, size);

	if (!err)
		err = parse_copy(btf, data, size);
	if (err)
		return err;
	if (btf->swapped)
		parse_swap(btf);
	err = parse_strings(btf);
	if (!err)
		err = parse_types(btf);
	if (!err)
		err = parse_check(btf);
	if (!err)
		parse_find_order(btf);
	return err;
}

int object_parse(const void *data, size_t size, struct btf *base, struct btf **btf)
{
	struct btf *made = object_new(base);
	int err = made ? parse_all(made, data, size) : -ENOMEM;

	if (err)
		btf__free(made);
	else
		*btf = made;
	return err;
}

struct btf *btf__new_split(const void *data, uint32_t size, struct btf *base)
{
	struct btf *btf;
	int err = object_parse(data, size, base, &btf);

	return err ? object_null(err) : btf;
}

struct btf *btf__new(const void *data, uint32_t size)
{
	return btf__new_split(data, size, NULL);
}
