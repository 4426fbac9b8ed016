/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Copies the parts of a BTF object and checks its kinds, before rewrite.h renumbers the copy. */
#include <stdlib.h>
#include <string.h>

#include "split/rewrite.h"
#include "util/cleanup.h"
#include "util/error.h"

/* @from may be NULL if @size is 0. */
static void *rewrite_append(void *to, const void *from, size_t size)
{
	if (size)
		memcpy(to, from, size);
	return (uint8_t *)to + size;
}

struct rebtf_error *copy_parts(const struct rebtf_btf *btf, const struct buffer *more_types,
			       const struct u32_vector *more_places, struct btf_parts *parts)
{
	size_t layout_size = btf->layout_count * sizeof(*btf->layout);
	size_t places_size = btf->own_count * sizeof(*btf->places);
	size_t types_size = btf->types_size + more_types->size;
	_cleanup_free_ uint8_t *memory = malloc(types_size + layout_size + btf->strings_size + 1);
	_cleanup_free_ uint32_t *places =
		malloc(places_size + more_places->count * sizeof(*places) + 1);
	uint8_t *at = memory;

	if (!memory || !places)
		return error_nomem();
	at = rewrite_append(at, btf->types, btf->types_size);
	at = rewrite_append(at, more_types->data, more_types->size);
	at = rewrite_append(at, btf->layout, layout_size);
	rewrite_append(at, btf->strings, btf->strings_size);
	rewrite_append(places, btf->places, places_size);
	for (uint32_t i = 0; i < more_places->count; i++)
		places[btf->own_count + i] = btf->types_size / sizeof(uint32_t) +
					     more_places->items[i];
	*parts = (struct btf_parts){
		.types = (uint32_t *)memory,
		.types_size = types_size,
		.strings = (char *)at,
		.strings_size = btf->strings_size,
		.layout = layout_size ? (const struct layout_entry *)(memory + types_size) : NULL,
		.layout_count = btf->layout_count,
		.own_count = btf->own_count + more_places->count,
		.big_endian = btf->big_endian,
	};
	parts->memory = take_ptr(&memory);
	parts->places = take_ptr(&places);
	return NULL;
}

/* Strings are last in the memory, so growing it is enough. */
struct rebtf_error *append_strings(struct btf_parts *parts, const struct buffer *added)
{
	size_t before = parts->strings - (const char *)parts->memory + parts->strings_size;
	size_t strings_at = parts->strings - (const char *)parts->memory;
	uint8_t *memory;

	if (added->failed)
		return error_nomem();
	if ((uint64_t)parts->strings_size + added->size > UINT32_MAX)
		return error_new(
			REBTF_ERR_UNSUPPORTED,
			"too many strings together with those of the base (offsets have 32 bits)");
	if (!added->size)
		return NULL;
	memory = realloc(parts->memory, before + added->size);
	if (!memory)
		return error_nomem();
	memcpy(memory + before, added->data, added->size);
	parts->memory = memory;
	parts->types = (uint32_t *)memory;
	if (parts->layout)
		parts->layout = (const struct layout_entry *)(memory + parts->types_size);
	parts->strings = (char *)memory + strings_at;
	parts->strings_size += added->size;
	return NULL;
}

void parts_release(struct btf_parts *parts)
{
	free(parts->memory);
	free(parts->places);
}

struct rebtf_error *require_known_kinds(const struct rebtf_btf *btf, const char *what)
{
	if (!btf->has_unknown)
		return NULL;
	for (uint32_t i = 0; i < btf->own_count; i++) {
		uint32_t kind = rebtf_type_kind(btf_own_type(btf, i));

		if (!kind_is_known(kind))
			return btf_error_at(
				error_new(REBTF_ERR_UNSUPPORTED,
					  "cannot %s: unknown kind %u may hold references", what,
					  kind),
				btf, btf->start_id + i);
	}
	return NULL;
}
