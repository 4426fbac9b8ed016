/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Turns bytes into an object: locates the sections, byte-swaps them to host order, finds the start
 * of each type and checks every reference. The bytes stay where they are and are not copied again.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "btf/btf.h"
#include "btf/check.h"
#include "btf/header.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/file.h"

/* Creates an object without types and strings. It takes over @memory, even on error. */
static struct rebtf_error *btf_open_new_object(void *memory, struct rebtf_btf *base,
					       struct rebtf_btf **btf)
{
	struct rebtf_btf *b = calloc(1, sizeof(*b));

	if (!b) {
		free(memory);
		return error_nomem();
	}
	pthread_mutex_init(&b->index_lock, NULL);
	atomic_init(&b->refs, 1);
	b->memory = memory;
	b->base = base ? rebtf_btf_ref(base) : NULL;
	b->start_id = base ? rebtf_btf_type_count(base) : 1;
	b->start_string = base ? rebtf_btf_string_end(base) : 0;
	*btf = b;
	return NULL;
}

/*
 * If a layout section contradicts the known kinds, its entries for unknown kinds cannot be trusted.
 */
static struct rebtf_error *btf_open_check_layout(const struct rebtf_btf *btf)
{
	for (uint32_t kind = 0; kind < btf->layout_count && kind < REBTF_KNOWN_KINDS; kind++) {
		const struct layout_entry *entry = &btf->layout[kind];
		const struct kind_layout *row = kind_layout(kind);

		if (entry->info_size != row->info_size || entry->elem_size != row->elem_size)
			return error_new(
				REBTF_ERR_FORMAT,
				"invalid layout entry of %s (found %u + %u bytes, expected %u + %u)",
				row->name, entry->info_size, entry->elem_size, row->info_size,
				row->elem_size);
	}
	return NULL;
}

/*
 * The kernel accepts names of up to 512 bytes. Without a limit, a small hostile file could have all
 * its names in one long string, each starting a byte after the previous one. It would take as long
 * to process as a file whose size is the square of its own.
 */
#define LONGEST_STRING 4095u

/* Searches for the last NUL within the limit, and continues after it. */
static struct rebtf_error *check_string_lengths(const struct rebtf_btf *btf)
{
	const char *at = btf->strings, *end = at + btf->strings_size;

	while ((size_t)(end - at) > LONGEST_STRING + 1) {
		const char *nul = memrchr(at, 0, LONGEST_STRING + 1);

		if (!nul)
			return error_new(REBTF_ERR_FORMAT,
					 "string at offset %zu is too long (maximum %u bytes)",
					 btf->start_string + (size_t)(at - btf->strings),
					 LONGEST_STRING);
		at = nul + 1;
	}
	return NULL;
}

static struct rebtf_error *btf_open_check_strings(const struct rebtf_btf *btf)
{
	if (!btf->strings_size)
		return NULL;
	if (btf->strings[btf->strings_size - 1])
		return error_new(REBTF_ERR_FORMAT, "the string section does not end with a NUL");
	if (!btf->base && btf->strings[0])
		return error_new(REBTF_ERR_FORMAT,
				 "the string section does not start with an empty string");
	if ((uint64_t)btf->start_string + btf->strings_size > UINT32_MAX)
		return error_new(REBTF_ERR_FORMAT, "too many strings (offsets have 32 bits)");
	return check_string_lengths(btf);
}

/* Locates the sections in @data and byte-swaps them if they are not in the host's order. */
static struct rebtf_error *btf_open_find_sections(struct rebtf_btf *btf, uint8_t *data, size_t size,
						  struct btf_sections *s)
{
	TRY(header_parse(data, size, s));
	btf->big_endian = s->big_endian;
	btf->header_size = s->header_size;
	btf->types = (const uint32_t *)(data + s->types.start);
	btf->types_size = s->types.size;
	btf->strings = (const char *)(data + s->strings.start);
	btf->strings_size = s->strings.size;
	if (s->layout.size) {
		btf->layout = (const struct layout_entry *)(data + s->layout.start);
		btf->layout_count = s->layout.size / sizeof(struct layout_entry);
	}
	if (s->types.size % 4)
		return error_new(REBTF_ERR_FORMAT, "type section size %u is not a multiple of 4",
				 s->types.size);
	if (s->big_endian != HOST_BIG_ENDIAN) {
		swap_types(data + s->types.start, s->types.size);
		swap_layout(data + s->layout.start, s->layout.size);
	}
	return NULL;
}

/* Checks an object whose sections are known. */
static struct rebtf_error *btf_open_check(struct rebtf_btf *btf)
{
	if (btf->base && btf->base->big_endian != btf->big_endian && btf->types_size)
		return error_new(REBTF_ERR_WRONG_BASE,
				 "byte order differs from the base (found %s-endian)",
				 btf->big_endian ? "big" : "little");
	TRY(btf_open_check_strings(btf));
	TRY(btf_open_check_layout(btf));
	return check_types(btf);
}

static struct rebtf_error *open_checked(struct rebtf_btf *btf, size_t size)
{
	struct btf_sections sections;

	TRY(btf_open_find_sections(btf, btf->memory, size, &sections));
	return btf_open_check(btf);
}

/* Only large blocks have much to spare. For others, malloc() is as cheap. */
#define SPARE_FROM ((size_t)1 << 20)

/* The block at @b->memory has more bytes than the @size that are used: see file_memory(). */
static void find_spare(struct rebtf_btf *b, size_t size)
{
	size_t block = size < SPARE_FROM ? 0 : malloc_usable_size(b->memory);

	size = (size + SPARE_ALIGN - 1) / SPARE_ALIGN * SPARE_ALIGN;
	if (size >= block)
		return;
	b->spare = (uint8_t *)b->memory + size;
	b->spare_end = (uint8_t *)b->memory + block;
}

struct rebtf_error *btf_open(void *memory, size_t size, const char *name, struct rebtf_btf *base,
			     struct rebtf_btf **btf)
{
	_cleanup_unref_ struct rebtf_btf *b = NULL;

	TRY(btf_open_new_object(memory, base, &b));
	find_spare(b, size);
	TRY(error_at(open_checked(b, size), name, NULL));
	*btf = take_ptr(&b);
	return NULL;
}

static void btf_open_set_parts(struct rebtf_btf *b, const struct btf_parts *parts)
{
	b->big_endian = parts->big_endian;
	b->types = parts->types;
	b->types_size = parts->types_size;
	b->strings = parts->strings;
	b->strings_size = parts->strings_size;
	b->layout = parts->layout;
	b->layout_count = parts->layout_count;
	b->header_size = parts->header_size;
}

struct rebtf_error *btf_assemble(const struct btf_parts *parts, struct rebtf_btf *base,
				 struct rebtf_btf **btf)
{
	struct rebtf_btf *b;
	struct rebtf_error *err = btf_open_new_object(parts->memory, base, &b);

	if (err) {
		free(parts->places);
		return err;
	}
	btf_open_set_parts(b, parts);
	b->places = parts->places;
	b->own_count = parts->own_count;
	b->relocatable_count = parts->own_count;
	if ((uint64_t)b->start_id + b->own_count > UINT32_MAX ||
	    (uint64_t)b->start_string + b->strings_size > UINT32_MAX) {
		rebtf_btf_unref(b);
		return error_new(
			REBTF_ERR_UNSUPPORTED,
			"too many types or strings together with the base (ids and offsets have 32 bits)");
	}
	*btf = b;
	return NULL;
}

struct rebtf_error *btf_assemble_checked(const struct btf_parts *parts, struct rebtf_btf *base,
					 struct rebtf_btf **btf)
{
	_cleanup_unref_ struct rebtf_btf *b = NULL;

	TRY(btf_open_new_object(parts->memory, base, &b));
	btf_open_set_parts(b, parts);
	TRY(btf_open_check(b));
	*btf = take_ptr(&b);
	return NULL;
}

struct rebtf_error *rebtf_btf_open_mem(const void *data, size_t size, const char *name,
				       struct rebtf_btf *base, struct rebtf_btf **btf)
{
	void *memory = file_memory(size ?: 1);

	if (!memory)
		return error_nomem();
	if (size)
		memcpy(memory, data, size);
	return btf_open(memory, size, name, base, btf);
}

struct rebtf_error *rebtf_btf_open_fd(int fd, const char *name, struct rebtf_btf *base,
				      struct rebtf_btf **btf)
{
	struct file_bytes bytes;

	TRY(file_read_fd(fd, name, NULL, &bytes));
	return btf_open(bytes.data, bytes.size, name, base, btf);
}

struct rebtf_error *rebtf_btf_open(const char *path, struct rebtf_btf *base, struct rebtf_btf **btf)
{
	struct file_bytes bytes;

	TRY(file_read(path, &bytes));
	return btf_open(bytes.data, bytes.size, path, base, btf);
}

/* Whether the sections can be read where they are. */
static bool btf_open_fits_host(const void *data, const struct btf_sections *s)
{
	return s->big_endian == HOST_BIG_ENDIAN &&
	       ((uintptr_t)data + s->types.start) % sizeof(uint32_t) == 0 &&
	       ((uintptr_t)data + s->layout.start) % sizeof(uint16_t) == 0;
}

struct rebtf_error *btf_open_unchecked(const void *data, size_t size, struct rebtf_btf **btf,
				       uint32_t *header_size)
{
	_cleanup_unref_ struct rebtf_btf *b = NULL;
	struct btf_sections sections;
	uint8_t *bytes = NULL;

	TRY(header_parse(data, size, &sections));
	if (!btf_open_fits_host(data, &sections)) {
		bytes = malloc(size);
		if (!bytes)
			return error_nomem();
		memcpy(bytes, data, size);
	}
	TRY(btf_open_new_object(bytes, NULL, &b));
	TRY(btf_open_find_sections(b, bytes ?: (uint8_t *)(uintptr_t)data, size, &sections));
	TRY(find_types(b));
	if (header_size)
		*header_size = sections.header_size;
	*btf = take_ptr(&b);
	return NULL;
}

struct rebtf_error *rebtf_survey(const void *data, size_t size, const char *name,
				 struct rebtf_survey **survey)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_survey *found;
	uint32_t header_size;

	TRY(error_at(btf_open_unchecked(data, size, &btf, &header_size), name, NULL));
	found = malloc(sizeof(*found));
	if (!found)
		return error_nomem();
	*found = (struct rebtf_survey){
		.big_endian = btf->big_endian,
		.header_size = header_size,
		.types_size = btf->types_size,
		.layout_size = btf->layout_count * sizeof(struct layout_entry),
		.strings_size = btf->strings_size,
		.type_count = btf->own_count,
	};
	for (uint32_t i = 0; i < btf->own_count; i++)
		found->kind_counts[rebtf_type_kind(btf_own_type(btf, i))]++;
	*survey = found;
	return NULL;
}

void rebtf_survey_free(struct rebtf_survey *survey)
{
	free(survey);
}
