/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads .BTF.ext, checks it against the program's BTF, and writes it back: in either byte order, and
 * for deduplicated BTF.
 */
#include <string.h>

#include "btf/build.h"
#include "btf/header.h"
#include "core/btf_ext.h"
#include "util/bytes.h"
#include "util/error.h"

#define BTF_EXT_MAGIC	0xeb9f
#define BTF_EXT_VERSION 1
/* Byte offsets in the header. Each part has a pair of words: its offset and its size. */
#define BTF_EXT_HEADER_SIZE 4
#define BTF_EXT_FIRST_PART  8
/* Headers without CO-RE relocations end here. */
#define BTF_EXT_HEADER_MIN 24

#define BTF_EXT_FAIL(...) return error_new(REBTF_ERR_FORMAT, __VA_ARGS__)

/* The bit of a word in a record. */
#define BTF_EXT_BIT(record, member) (1u << offsetof(struct record, member) / sizeof(uint32_t))

const struct btf_ext_kind btf_ext_kinds[BTF_EXT_PARTS] = {
	[BTF_EXT_FUNCS] = { "functions", sizeof(struct btf_ext_func) / 4,
			    BTF_EXT_BIT(btf_ext_func, type_id), 0 },
	[BTF_EXT_LINES] = { "lines", sizeof(struct btf_ext_line) / 4, 0,
			    BTF_EXT_BIT(btf_ext_line, file_off) |
				    BTF_EXT_BIT(btf_ext_line, text_off) },
	[BTF_EXT_RELOS] = { "CO-RE relocations", sizeof(struct btf_ext_relo) / 4,
			    BTF_EXT_BIT(btf_ext_relo, type_id),
			    BTF_EXT_BIT(btf_ext_relo, access_off) },
};

static inline uint32_t btf_ext_word(const struct btf_ext *ext, size_t offset)
{
	return ((const uint32_t *)ext->bytes)[offset / 4];
}

/* Byte-swaps the magic number and all words after the first four bytes. */
static void btf_ext_swap(uint8_t *bytes, size_t size)
{
	uint32_t *words = (uint32_t *)bytes;
	uint8_t first = bytes[0];

	bytes[0] = bytes[1];
	bytes[1] = first;
	for (size_t i = 1; i < size / 4; i++)
		words[i] = __builtin_bswap32(words[i]);
}

static struct rebtf_error *btf_ext_check_string(const struct rebtf_btf *btf, uint32_t off,
						const char *what)
{
	if (!rebtf_btf_string(btf, off))
		BTF_EXT_FAIL("%s: string offset %u is out of range", what, off);
	return NULL;
}

static struct rebtf_error *btf_ext_check_type(const struct rebtf_btf *btf, uint32_t id,
					      const char *what)
{
	if (id >= rebtf_btf_type_count(btf))
		BTF_EXT_FAIL("%s: type [%u] does not exist", what, id);
	return NULL;
}

static struct rebtf_error *btf_ext_check_record(const struct rebtf_btf *btf, enum btf_ext_part part,
						const void *record)
{
	const char *what = btf_ext_kinds[part].name;
	const struct btf_ext_func *func = record;
	const struct btf_ext_line *line = record;
	const struct btf_ext_relo *relo = record;

	switch (part) {
	case BTF_EXT_FUNCS:
		TRY(btf_ext_check_type(btf, func->type_id, what));
		if (rebtf_type_kind(btf_type(btf, func->type_id)) != REBTF_KIND_FUNC)
			BTF_EXT_FAIL("functions: type [%u] is not a FUNC", func->type_id);
		return NULL;
	case BTF_EXT_LINES:
		TRY(btf_ext_check_string(btf, line->file_off, what));
		return btf_ext_check_string(btf, line->text_off, what);
	default:
		TRY(btf_ext_check_type(btf, relo->type_id, what));
		return btf_ext_check_string(btf, relo->access_off, what);
	}
}

/* Reads the list at *@offset, which ends before @end at the latest, and moves *@offset past it. */
static struct rebtf_error *btf_ext_read_list(struct btf_ext *ext, const struct rebtf_btf *btf,
					     enum btf_ext_part part, size_t *offset, size_t end)
{
	const char *what = btf_ext_kinds[part].name;
	uint32_t record_size = ext->parts[part].record_words * 4;
	struct btf_ext_list list;

	if (end - *offset < 8)
		BTF_EXT_FAIL("%s: truncated list of records", what);
	list.name_off = btf_ext_word(ext, *offset);
	list.count = btf_ext_word(ext, *offset + 4);
	*offset += 8;
	list.first = (uint32_t)(*offset / 4);
	TRY(btf_ext_check_string(btf, list.name_off, what));
	if (!list.count)
		BTF_EXT_FAIL("%s: list without records for section '%.64s'", what,
			     btf_string(btf, list.name_off));
	if (list.count > (end - *offset) / record_size)
		BTF_EXT_FAIL("%s: %u records of %u bytes for section '%.64s' exceed the part", what,
			     list.count, record_size, btf_string(btf, list.name_off));
	*offset += (size_t)list.count * record_size;
	for (uint32_t i = 0; i < list.count; i++)
		TRY(btf_ext_check_record(btf, part, btf_ext_record(ext, part, &list, i)));
	return btf_ext_lists_append(&ext->parts[part].lists, list) ? NULL : error_nomem();
}

static struct rebtf_error *btf_ext_read_part(struct btf_ext *ext, const struct rebtf_btf *btf,
					     enum btf_ext_part part, uint32_t header_size)
{
	const char *what = btf_ext_kinds[part].name;
	size_t at = BTF_EXT_FIRST_PART + 8 * (size_t)part, end;
	uint64_t start = (uint64_t)header_size + btf_ext_word(ext, at);
	uint32_t size = btf_ext_word(ext, at + 4), record_size;

	if (!size)
		return NULL;
	if (start > ext->size || size > ext->size - start)
		BTF_EXT_FAIL("%s: %u bytes at offset %llu exceed the section (%zu bytes)", what,
			     size, (unsigned long long)start, ext->size);
	if (start % 4 || size % 4)
		BTF_EXT_FAIL("%s: offset and size are not multiples of 4 (found %llu and %u)", what,
			     (unsigned long long)start, size);
	record_size = btf_ext_word(ext, start);
	if (record_size % 4 || record_size / 4 < btf_ext_kinds[part].record_words)
		BTF_EXT_FAIL("%s: invalid size of a record (found %u, expected %u or more)", what,
			     record_size, btf_ext_kinds[part].record_words * 4);
	ext->parts[part].record_words = record_size / 4;
	end = start + size;
	at = start + 4;
	if (at == end)
		BTF_EXT_FAIL("%s: no records", what);
	while (at < end)
		TRY(btf_ext_read_list(ext, btf, part, &at, end));
	return NULL;
}

static struct rebtf_error *btf_ext_read_header(struct btf_ext *ext, uint32_t *header_size)
{
	if (ext->size < BTF_EXT_HEADER_MIN)
		BTF_EXT_FAIL("truncated header (found %zu bytes, expected %d or more)", ext->size,
			     BTF_EXT_HEADER_MIN);
	ext->big_endian = get16(ext->bytes, true) == BTF_EXT_MAGIC;
	if (get16(ext->bytes, ext->big_endian) != BTF_EXT_MAGIC)
		BTF_EXT_FAIL("invalid magic number (found 0x%04x, expected 0x%04x)",
			     get16(ext->bytes, false), BTF_EXT_MAGIC);
	if (ext->bytes[2] != BTF_EXT_VERSION)
		BTF_EXT_FAIL("unsupported version %u (expected %d)", ext->bytes[2],
			     BTF_EXT_VERSION);
	if (ext->bytes[3])
		BTF_EXT_FAIL("unsupported flags 0x%x", ext->bytes[3]);
	if (ext->big_endian != HOST_BIG_ENDIAN)
		btf_ext_swap(ext->bytes, ext->size);
	*header_size = btf_ext_word(ext, BTF_EXT_HEADER_SIZE);
	if (*header_size < BTF_EXT_HEADER_MIN || *header_size > ext->size || *header_size % 4)
		BTF_EXT_FAIL("invalid header size (found %u, the section has %zu bytes)",
			     *header_size, ext->size);
	return NULL;
}

struct rebtf_error *btf_ext_read(const void *data, size_t size, const struct rebtf_btf *btf,
				 struct btf_ext *ext)
{
	uint32_t header_size;

	*ext = (struct btf_ext){ .size = size };
	if (size > UINT32_MAX)
		BTF_EXT_FAIL("section of %zu bytes", size);
	ext->bytes = malloc(size ?: 1);
	if (!ext->bytes)
		return error_nomem();
	if (size)
		memcpy(ext->bytes, data, size);
	TRY(btf_ext_read_header(ext, &header_size));
	if (ext->big_endian != btf->big_endian)
		BTF_EXT_FAIL("its byte order is not that of .BTF");
	for (enum btf_ext_part part = 0; part < BTF_EXT_PARTS; part++) {
		if (BTF_EXT_FIRST_PART + 8 * ((uint32_t)part + 1) <= header_size)
			TRY(btf_ext_read_part(ext, btf, part, header_size));
	}
	return NULL;
}

void btf_ext_release(struct btf_ext *ext)
{
	for (enum btf_ext_part part = 0; part < BTF_EXT_PARTS; part++)
		btf_ext_lists_release(&ext->parts[part].lists);
	free(ext->bytes);
	*ext = (struct btf_ext){};
}

struct rebtf_error *btf_ext_write(const struct btf_ext *ext, bool big_endian, void **data)
{
	uint8_t *bytes = malloc(ext->size);

	if (!bytes)
		return error_nomem();
	memcpy(bytes, ext->bytes, ext->size);
	/* The first two bytes are in the byte order of the words. */
	if (big_endian != HOST_BIG_ENDIAN)
		btf_ext_swap(bytes, ext->size);
	*data = bytes;
	return NULL;
}

/* ---------------------------------------------------------------------------------- new BTF */

struct btf_ext_renewal {
	const struct btf_ext *ext;
	const struct rebtf_btf *btf;
	const struct rebtf_dedup *dedup;
	struct rebtf_builder *strings;
	uint32_t *words; /* the new section, in host order */
};

static uint32_t btf_ext_renew_string(const struct btf_ext_renewal *r, uint32_t off)
{
	return *btf_string(r->btf, off) ? builder_source_string(r->strings, off) : 0;
}

/*
 * A forward declaration can become its definition. A relocation that starts there would then have
 * other candidates, because these are of the same kind.
 */
static struct rebtf_error *btf_ext_check_kind(const struct btf_ext_renewal *r, uint32_t old_id,
					      uint32_t new_id)
{
	const struct rebtf_type *old = btf_type(r->btf, old_id);
	const struct rebtf_type *new = btf_type(rebtf_dedup_btf(r->dedup), new_id);

	if (rebtf_type_kind(old) == rebtf_type_kind(new))
		return NULL;
	return error_new(REBTF_ERR_UNSUPPORTED,
			 "CO-RE relocations: type [%u] %s '%s' becomes a %s, which changes the "
			 "answer to a relocation",
			 old_id, rebtf_kind_name(rebtf_type_kind(old)),
			 rebtf_btf_type_name(r->btf, old), rebtf_kind_name(rebtf_type_kind(new)));
}

static struct rebtf_error *btf_ext_renew_list(const struct btf_ext_renewal *r,
					      enum btf_ext_part part,
					      const struct btf_ext_list *list)
{
	const uint32_t *old = (const uint32_t *)r->ext->bytes;
	size_t end = list->first + (size_t)list->count * btf_ext_kinds[part].record_words;

	r->words[list->first - 2] = btf_ext_renew_string(r, list->name_off);
	for (size_t i = list->first; i < end; i += btf_ext_kinds[part].record_words) {
		for (uint32_t j = 0; j < btf_ext_kinds[part].record_words; j++) {
			if (btf_ext_kinds[part].types >> j & 1)
				r->words[i + j] = rebtf_dedup_id(r->dedup, old[i + j]);
			else if (btf_ext_kinds[part].strings >> j & 1)
				r->words[i + j] = btf_ext_renew_string(r, old[i + j]);
		}
		if (part == BTF_EXT_RELOS)
			TRY(btf_ext_check_kind(r, old[i + 1], r->words[i + 1]));
	}
	return NULL;
}

/* Words that this library does not know could refer to types. */
static struct rebtf_error *btf_ext_check_known(const struct btf_ext *ext)
{
	size_t known = BTF_EXT_FIRST_PART + 8 * BTF_EXT_PARTS;
	size_t header_size = btf_ext_word(ext, BTF_EXT_HEADER_SIZE);

	if (header_size > known && !only_zeros(ext->bytes + known, header_size - known))
		return error_new(REBTF_ERR_UNSUPPORTED,
				 "cannot renew ids: the header has unknown parts (%zu bytes)",
				 header_size);
	for (enum btf_ext_part part = 0; part < BTF_EXT_PARTS; part++) {
		if (ext->parts[part].lists.count &&
		    ext->parts[part].record_words != btf_ext_kinds[part].record_words)
			return error_new(REBTF_ERR_UNSUPPORTED,
					 "cannot renew ids: %s have unknown fields (found records "
					 "of %u bytes, expected %u)",
					 btf_ext_kinds[part].name,
					 ext->parts[part].record_words * 4,
					 btf_ext_kinds[part].record_words * 4);
	}
	return NULL;
}

struct rebtf_error *btf_ext_renew(const struct btf_ext *ext, const struct rebtf_btf *btf,
				  const struct rebtf_dedup *dedup, struct rebtf_builder *strings,
				  void **data)
{
	struct btf_ext_renewal r = { ext, btf, dedup, strings, NULL };
	struct rebtf_error *err;
	void *words;

	TRY(btf_ext_check_known(ext));
	TRY(btf_ext_write(ext, HOST_BIG_ENDIAN, &words));
	r.words = words;
	err = builder_set_source(strings, btf, 64, false) ? NULL : error_nomem();
	for (enum btf_ext_part part = 0; part < BTF_EXT_PARTS; part++) {
		const struct btf_ext_lists *lists = &ext->parts[part].lists;

		for (size_t i = 0; !err && i < lists->count; i++)
			err = btf_ext_renew_list(&r, part, &lists->items[i]);
	}
	if (err) {
		free(words);
		return err;
	}
	if (ext->big_endian != HOST_BIG_ENDIAN)
		btf_ext_swap(words, ext->size);
	*data = words;
	return NULL;
}
