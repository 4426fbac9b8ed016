/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Parses, writes and byte-swaps the header of a BTF file, and byte-swaps its sections. */
#include <byteswap.h>
#include <string.h>

#include "btf/header.h"
#include "util/error.h"

const uint8_t header_starts[2][HEADER_START_SIZE] = {
	{ BTF_MAGIC & 0xff, BTF_MAGIC >> 8, BTF_VERSION },
	{ BTF_MAGIC >> 8, BTF_MAGIC & 0xff, BTF_VERSION },
};

bool header_detect(const uint8_t *data, size_t size)
{
	return size >= 2 &&
	       (!memcmp(data, header_starts[0], 2) || !memcmp(data, header_starts[1], 2));
}

void swap_header(struct btf_header *h)
{
	h->magic = bswap_16(h->magic);
	swap_types(&h->hdr_len, sizeof(*h) - offsetof(struct btf_header, hdr_len));
}

/*
 * Bytes of a header that are unknown to this library must be zero, because they might change the
 * meaning of the file.
 */
static struct rebtf_error *check_unknown_bytes(const uint8_t *data, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (data[i])
			return error_new(
				REBTF_ERR_FORMAT,
				"unsupported header byte %zu (found 0x%02x, expected 0x00)", i,
				data[i]);
	}
	return NULL;
}

static struct rebtf_error *header_read(const void *data, size_t size, struct btf_header *h,
				       bool *big_endian)
{
	uint16_t magic;
	bool swapped;

	if (size < HEADER_SIZE)
		return error_new(REBTF_ERR_FORMAT,
				 "truncated BTF header (found %zu bytes, expected %u)", size,
				 HEADER_SIZE);
	memcpy(&magic, data, sizeof(magic));
	swapped = magic == bswap_16(BTF_MAGIC);
	if (magic != BTF_MAGIC && !swapped)
		return error_new(REBTF_ERR_FORMAT,
				 "not BTF (found magic %02x %02x, expected 9f eb or eb 9f)",
				 ((const uint8_t *)data)[0], ((const uint8_t *)data)[1]);
	*big_endian = swapped != HOST_BIG_ENDIAN;

	memset(h, 0, sizeof(*h));
	memcpy(h, data, HEADER_SIZE);
	if (swapped)
		swap_header(h);
	if (h->version != BTF_VERSION)
		return error_new(REBTF_ERR_FORMAT, "unsupported BTF version %u (expected %u)",
				 h->version, BTF_VERSION);
	if (h->flags)
		return error_new(REBTF_ERR_FORMAT,
				 "unsupported header flags 0x%02x (expected 0x00)", h->flags);
	if (h->hdr_len < HEADER_SIZE || h->hdr_len > size || h->hdr_len % 4)
		return error_new(
			REBTF_ERR_FORMAT,
			"invalid header length %u (expected a multiple of 4 from %u to the file's %zu bytes)",
			h->hdr_len, HEADER_SIZE, size);
	if (h->hdr_len >= HEADER_SIZE_LAYOUT) {
		memcpy(h, data, sizeof(*h));
		if (swapped)
			swap_header(h);
	}
	return check_unknown_bytes(data,
				   h->hdr_len < HEADER_SIZE_LAYOUT ? HEADER_SIZE
								   : HEADER_SIZE_LAYOUT,
				   h->hdr_len);
}

static struct rebtf_error *place_section(const char *name, uint32_t off, uint32_t len,
					 uint32_t hdr_len, size_t size, struct section_span *span)
{
	if ((uint64_t)hdr_len + off + len > size)
		return error_new(REBTF_ERR_FORMAT,
				 "%s of %u bytes at offset %u ends past the file's %zu bytes", name,
				 len, off, size);
	span->start = (size_t)hdr_len + off;
	span->size = len;
	return NULL;
}

static bool header_sections_overlap(const struct section_span *a, const struct section_span *b)
{
	return a->size && b->size && a->start < b->start + b->size && b->start < a->start + a->size;
}

struct rebtf_error *header_parse(const void *data, size_t size, struct btf_sections *s)
{
	struct btf_header h;

	TRY(header_read(data, size, &h, &s->big_endian));
	s->header_size = h.hdr_len;
	TRY(place_section("type section", h.type_off, h.type_len, h.hdr_len, size, &s->types));
	TRY(place_section("layout section", h.layout_off, h.layout_len, h.hdr_len, size,
			  &s->layout));
	TRY(place_section("string section", h.str_off, h.str_len, h.hdr_len, size, &s->strings));
	if (header_sections_overlap(&s->types, &s->strings) ||
	    header_sections_overlap(&s->types, &s->layout) ||
	    header_sections_overlap(&s->layout, &s->strings))
		return error_new(
			REBTF_ERR_FORMAT,
			"sections overlap: types at %u + %u, layout at %u + %u, strings at %u + %u",
			h.type_off, h.type_len, h.layout_off, h.layout_len, h.str_off, h.str_len);
	if (s->types.size && h.type_off % 4)
		return error_new(REBTF_ERR_FORMAT, "type section offset %u is not a multiple of 4",
				 h.type_off);
	if (s->layout.size && (h.layout_off % 4 || h.layout_len % 4))
		return error_new(REBTF_ERR_FORMAT,
				 "layout section size %u or offset %u is not a multiple of 4",
				 h.layout_len, h.layout_off);
	return NULL;
}

void swap_types(void *types, size_t size)
{
	uint32_t *words = types;

	for (size_t i = 0; i < size / 4; i++)
		words[i] = bswap_32(words[i]);
}

void swap_layout(void *layout, size_t size)
{
	uint16_t *halves = layout;

	for (size_t i = 1; i < size / 2; i += 2)
		halves[i] = bswap_16(halves[i]);
}

size_t header_write(void *out, uint32_t least, bool big_endian, uint32_t types_size,
		    uint32_t layout_size, uint32_t strings_size)
{
	uint32_t size = header_size_for(least, layout_size);
	struct btf_header h = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = size,
		.type_len = types_size,
		.layout_off = layout_size ? types_size : 0,
		.layout_len = layout_size,
		.str_off = types_size + layout_size,
		.str_len = strings_size,
	};

	if (big_endian != HOST_BIG_ENDIAN)
		swap_header(&h);
	memset(out, 0, size);
	memcpy(out, &h, size < sizeof(h) ? size : sizeof(h));
	return size;
}
