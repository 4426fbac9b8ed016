/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads .BTF.ext with libbpf's checks, which do not look at types and strings: those of core/btf_ext.h
 * need the BTF. A section can lie, and its parts can overlap, so each walk checks the lengths anew.
 */
#include <byteswap.h>
#include <stdlib.h>
#include <string.h>

#include "core/btf_ext.h"
#include "libbpf/ext.h"
#include "libbpf/object.h"

#define EXT_VERSION 1
/* Offsets of the header's members. */
#define EXT_VERSION_AT	  2
#define EXT_FLAGS_AT	  3
#define EXT_HEADER_LEN_AT 4
#define EXT_FIRST_PART_AT 8
#define EXT_HEADER_MIN	  24 /* has two parts */
#define EXT_HEADER_RELOS  32 /* has the third one, too */
#define EXT_LIST_HEADER	  8  /* before the records: the name of the ELF section, and their number */

struct ext_part {
	size_t start; /* of the lists; the size of a record is before */
	size_t size;  /* 0: no such part */
	uint32_t record_size;
};

struct ext_section {
	uint8_t *data; /* in host byte order */
	uint8_t *data_swapped;
	uint32_t size;
	bool swapped; /* the file has the other byte order */
	struct ext_part parts[BTF_EXT_PARTS];
};

/* Headers of any length leave the words without alignment. */
static uint32_t ext_word(const uint8_t *data, size_t at)
{
	uint32_t word;

	memcpy(&word, data + at, sizeof(word));
	return word;
}

static void ext_set_word(uint8_t *data, size_t at, uint32_t word)
{
	memcpy(data + at, &word, sizeof(word));
}

static uint32_t ext_read(const struct ext_section *ext, size_t at, bool swap)
{
	uint32_t word = ext_word(ext->data, at);

	return swap ? bswap_32(word) : word;
}

/* --- checks */

/* Checks the lists of a part up to its end. */
static bool ext_lists_fit(const struct ext_section *ext, const struct ext_part *part, bool swap)
{
	size_t at = part->start, left = part->size;

	if (!left)
		return false;
	while (left) {
		uint64_t count, size;

		if (left < EXT_LIST_HEADER)
			return false;
		count = ext_read(ext, at + sizeof(uint32_t), swap);
		size = EXT_LIST_HEADER + count * part->record_size;
		if (!count || size > left)
			return false;
		at += size;
		left -= size;
	}
	return true;
}

static int ext_parse_part(struct ext_section *ext, enum btf_ext_part number, uint32_t header_size,
			  bool swap)
{
	struct ext_part *part = &ext->parts[number];
	uint32_t off = ext_read(ext, EXT_FIRST_PART_AT + 8 * number, swap);
	uint32_t size = ext_read(ext, EXT_FIRST_PART_AT + 8 * number + 4, swap);
	uint64_t start = (uint64_t)header_size + off;
	uint32_t known = btf_ext_kinds[number].record_words * 4;

	if (!size)
		return 0;
	if (off % 4 || start + size > ext->size || size < sizeof(uint32_t))
		return -EINVAL;
	part->record_size = ext_read(ext, start, swap);
	/* Longer records have words that we cannot swap: we do not know that they are words. */
	if (part->record_size < known || (swap && part->record_size != known) ||
	    part->record_size % 4)
		return -EINVAL;
	part->start = start + sizeof(uint32_t);
	part->size = size - sizeof(uint32_t);
	return ext_lists_fit(ext, part, swap) ? 0 : -EINVAL;
}

/* Swaps the words of the header that exist, and of all parts. */
static void ext_swap(const struct ext_section *ext, uint8_t *data, uint32_t header_size)
{
	size_t known = header_size < EXT_HEADER_RELOS ? EXT_HEADER_MIN : EXT_HEADER_RELOS;
	uint16_t magic;

	memcpy(&magic, data, sizeof(magic));
	magic = bswap_16(magic);
	memcpy(data, &magic, sizeof(magic));
	for (size_t at = EXT_HEADER_LEN_AT; at < known; at += sizeof(uint32_t))
		ext_set_word(data, at, bswap_32(ext_word(data, at)));
	for (int i = 0; i < BTF_EXT_PARTS; i++) {
		const struct ext_part *part = &ext->parts[i];

		for (size_t at = 0; part->size && at < part->size + sizeof(uint32_t); at += 4) {
			size_t word = part->start - sizeof(uint32_t) + at;

			ext_set_word(data, word, bswap_32(ext_word(data, word)));
		}
	}
}

static int ext_parse(struct ext_section *ext)
{
	uint32_t header_size, parts;
	uint16_t magic;
	int err = 0;
	bool swap;

	if (ext->size < EXT_FIRST_PART_AT)
		return -EINVAL;
	memcpy(&magic, ext->data, sizeof(magic));
	swap = magic == bswap_16(BTF_MAGIC);
	if (!swap && magic != BTF_MAGIC)
		return -EINVAL;
	if (ext->data[EXT_VERSION_AT] != EXT_VERSION || ext->data[EXT_FLAGS_AT])
		return -ENOTSUP;
	header_size = ext_read(ext, EXT_HEADER_LEN_AT, swap);
	if (header_size >= ext->size || header_size < EXT_HEADER_MIN)
		return -EINVAL;
	parts = header_size < EXT_HEADER_RELOS ? BTF_EXT_RELOS : BTF_EXT_PARTS;
	for (uint32_t i = 0; !err && i < parts; i++)
		err = ext_parse_part(ext, i, header_size, swap);
	if (!err && swap)
		ext_swap(ext, ext->data, header_size);
	ext->swapped = swap;
	return err;
}

/* --- the interface */

void btf_ext__free(struct ext_section *ext)
{
	if (!ext || object_is_error(ext))
		return;
	free(ext->data);
	free(ext->data_swapped);
	free(ext);
}

struct ext_section *btf_ext__new(const uint8_t *data, uint32_t size)
{
	struct ext_section *ext = calloc(1, sizeof(*ext));
	int err = -ENOMEM;

	if (ext)
		ext->data = malloc((size_t)size + 1);
	if (ext && ext->data) {
		if (size)
			memcpy(ext->data, data, size);
		ext->size = size;
		err = ext_parse(ext);
	}
	if (!err)
		return ext;
	btf_ext__free(ext);
	return object_null(err);
}

const void *btf_ext__raw_data(const struct ext_section *const_ext, uint32_t *size)
{
	/* The bytes are kept with the object, which is no change that callers can see. */
	struct ext_section *ext = (struct ext_section *)(uintptr_t)const_ext;

	*size = ext->size;
	if (!ext->swapped)
		return ext->data;
	if (!ext->data_swapped) {
		ext->data_swapped = malloc(ext->size);
		if (!ext->data_swapped)
			return object_null(ENOMEM);
		memcpy(ext->data_swapped, ext->data, ext->size);
		ext_swap(ext, ext->data_swapped, ext_word(ext->data, EXT_HEADER_LEN_AT));
	}
	return ext->data_swapped;
}

const void *btf_ext__get_raw_data(const struct ext_section *ext, uint32_t *size)
{
	return btf_ext__raw_data(ext, size);
}

int btf_ext__endianness(const struct ext_section *ext)
{
	return HOST_BIG_ENDIAN != ext->swapped;
}

static void ext_forget_swapped(struct ext_section *ext)
{
	free(ext->data_swapped);
	ext->data_swapped = NULL;
}

int btf_ext__set_endianness(struct ext_section *ext, int order)
{
	if (order != BTF_ORDER_LITTLE && order != BTF_ORDER_BIG)
		return object_result(-EINVAL);
	ext->swapped = HOST_BIG_ENDIAN != (order == BTF_ORDER_BIG);
	if (!ext->swapped)
		ext_forget_swapped(ext);
	return 0;
}

/* --- changes */

typedef void (*ext_visitor)(struct ext_section *ext, size_t at, void *arg);

/* Visits the words of all records of a part whose bits are set, and the names of the lists. */
static void ext_visit_part(struct ext_section *ext, const struct ext_part *part, uint32_t words,
			   bool names, ext_visitor visit, void *arg)
{
	size_t at = part->start, end = part->start + part->size;

	while (end - at >= EXT_LIST_HEADER) {
		uint32_t count = ext_word(ext->data, at + sizeof(uint32_t));

		if (names)
			visit(ext, at, arg);
		at += EXT_LIST_HEADER;
		for (; count && end - at >= part->record_size; count--, at += part->record_size) {
			for (uint32_t i = 0; words >> i; i++) {
				if (words >> i & 1)
					visit(ext, at + i * sizeof(uint32_t), arg);
			}
		}
	}
}

struct ext_change {
	ext_mapper map;
	void *arg;
	uint32_t end; /* ids must be less */
	bool invalid;
};

static void ext_check_word(struct ext_section *ext, size_t at, void *arg)
{
	struct ext_change *change = arg;

	change->invalid |= ext_word(ext->data, at) >= change->end;
}

static void ext_map_word(struct ext_section *ext, size_t at, void *arg)
{
	struct ext_change *change = arg;

	ext_set_word(ext->data, at, change->map(change->arg, ext_word(ext->data, at)));
}

void ext_map_strings(struct ext_section *ext, ext_mapper map, void *arg)
{
	struct ext_change change = { .map = map, .arg = arg };

	ext_forget_swapped(ext);
	for (int i = 0; i < BTF_EXT_PARTS; i++)
		ext_visit_part(ext, &ext->parts[i], btf_ext_kinds[i].strings, true, ext_map_word,
			       &change);
}

int ext_map_ids(struct ext_section *ext, uint32_t end, ext_mapper map, void *arg)
{
	struct ext_change change = { .map = map, .arg = arg, .end = end };

	ext_forget_swapped(ext);
	for (int i = 0; i < BTF_EXT_PARTS; i++)
		ext_visit_part(ext, &ext->parts[i], btf_ext_kinds[i].types, false, ext_check_word,
			       &change);
	if (change.invalid)
		return -EINVAL;
	for (int i = 0; i < BTF_EXT_PARTS; i++)
		ext_visit_part(ext, &ext->parts[i], btf_ext_kinds[i].types, false, ext_map_word,
			       &change);
	return 0;
}
