/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Checks the frame of BTF: its header, sections and strings. */
#include <stdlib.h>
#include <string.h>

#include "btf/header.h"
#include "util/error.h"
#include "util/order.h"
#include "verify/verify.h"

/* The kernel's BTF_MAX_SIZE, for BTF that programs load. */
#define LARGEST_FILE (16u << 20)

static uint32_t header_size(const struct verifier *v)
{
	return v->rules->layout_section ? HEADER_SIZE_LAYOUT : HEADER_SIZE;
}

/* Whether the header is long enough for a layout section and describes one. */
static bool has_layout(const struct verifier *v, const struct btf_header *h)
{
	return v->rules->layout_section && h->hdr_len >= HEADER_SIZE_LAYOUT && h->layout_len;
}

/* Reads the header. It may be shorter than the kernel's: missing fields are 0. */
static struct rebtf_error *frame_read_header(const struct verifier *v, const uint8_t *data,
					     size_t size, struct btf_header *h, bool *swapped)
{
	uint32_t known = header_size(v);

	*h = (struct btf_header){};
	if (size < offsetof(struct btf_header, type_off))
		FAIL("truncated BTF header (found %zu bytes, expected at least %zu)", size,
		     offsetof(struct btf_header, type_off));
	memcpy(h, data, offsetof(struct btf_header, type_off));
	*swapped = h->magic == __builtin_bswap16(BTF_MAGIC);
	if (*swapped)
		h->hdr_len = __builtin_bswap32(h->hdr_len);
	if (h->hdr_len > size)
		FAIL("truncated BTF header (found %zu bytes, expected %u)", size, h->hdr_len);
	for (uint32_t i = known; i < h->hdr_len; i++) {
		if (data[i])
			FAIL("unsupported header byte %u on Linux %s (found 0x%02x, expected 0x00)",
			     i, v->rules->release, data[i]);
	}
	known = h->hdr_len < known ? h->hdr_len : known;
	*h = (struct btf_header){};
	memcpy(h, data, known);
	if (*swapped) {
		h->magic = __builtin_bswap16(h->magic);
		swap_types(&h->hdr_len, sizeof(*h) - offsetof(struct btf_header, hdr_len));
	}
	return NULL;
}

static struct rebtf_error *frame_check_header(const struct verifier *v, const struct btf_header *h,
					      size_t size, bool big_endian)
{
	if (h->magic != BTF_MAGIC)
		FAIL("not BTF (found magic 0x%04x, expected 0x%04x)", h->magic, BTF_MAGIC);
	if (v->base && rebtf_btf_is_big_endian(v->base) != big_endian)
		FAIL("byte order differs from the base (found %s-endian)",
		     big_endian ? "big" : "little");
	if (h->version != BTF_VERSION)
		FAIL("unsupported BTF version %u (expected %u)", h->version, BTF_VERSION);
	if (h->flags)
		FAIL("unsupported header flags 0x%02x (expected 0x00)", h->flags);
	if (!v->base && size == h->hdr_len)
		FAIL("no data after the header");
	return NULL;
}

struct named_span {
	const char *name;
	uint32_t off;
	uint32_t len;
};

static int compare_spans(const void *a, const void *b)
{
	const struct named_span *x = a, *y = b;

	return by_number(x->off, y->off) ?: by_number(x->len, y->len);
}

/* Sections may have any order but must cover the file without gaps. */
static struct rebtf_error *check_sections(const struct verifier *v, const struct btf_header *h,
					  size_t size)
{
	struct named_span spans[] = {
		{ "type section", h->type_off, h->type_len },
		{ "string section", h->str_off, h->str_len },
		{ "layout section", h->layout_off, h->layout_len },
	};
	size_t count = has_layout(v, h) ? 3 : 2, left = size - h->hdr_len;
	uint32_t end = 0;

	qsort(spans, count, sizeof(spans[0]), compare_spans);
	for (size_t i = 0; i < count; i++) {
		const struct named_span *s = &spans[i];

		if (s->off > end)
			FAIL("gap before the %s (found offset %u, expected %u)", s->name, s->off,
			     end);
		if (s->off < end)
			FAIL("the %s overlaps the previous section (found offset %u, expected %u)",
			     s->name, s->off, end);
		if (s->len > left - end)
			FAIL("%s of %u bytes at offset %u ends past the file's %zu bytes", s->name,
			     s->len, s->off, size);
		end += s->len;
	}
	if (end != left)
		FAIL("%zu bytes are outside all sections", left - end);
	return NULL;
}

static struct rebtf_error *frame_check_strings(const struct verifier *v, const struct btf_header *h,
					       const char *strings, size_t left)
{
	if (h->hdr_len < header_size(v) || !v->rules->layout_section) {
		if (left != (size_t)h->str_off + h->str_len)
			FAIL("the string section is not the last section");
	}
	if (v->base && !h->str_len)
		return NULL;
	if (!h->str_len)
		FAIL("no string section");
	if (h->str_len - 1 > LARGEST_STRING_OFFSET)
		FAIL("string section is too large (found %u bytes, maximum %u)", h->str_len,
		     LARGEST_STRING_OFFSET + 1);
	if (strings[h->str_len - 1])
		FAIL("the string section does not end with a NUL");
	if (!v->base && strings[0])
		FAIL("the string section does not start with an empty string");
	return NULL;
}

static struct rebtf_error *frame_check_layout(const struct verifier *v, const struct btf_header *h)
{
	if (!has_layout(v, h))
		return NULL;
	if (h->layout_off % 4 || h->layout_len % 4)
		FAIL("layout section size %u or offset %u is not a multiple of 4", h->layout_len,
		     h->layout_off);
	return NULL;
}

struct rebtf_error *verify_frame(struct verifier *v, const uint8_t *data, size_t size,
				 struct btf_header *h, bool *swapped)
{
	const uint8_t *sections;

	if (!v->kernel_btf && size > LARGEST_FILE)
		FAIL("BTF is too large for a program (found %zu bytes, maximum %u)", size,
		     LARGEST_FILE);
	TRY(frame_read_header(v, data, size, h, swapped));
	TRY(frame_check_header(v, h, size, *swapped != HOST_BIG_ENDIAN));
	TRY(check_sections(v, h, size));
	sections = data + h->hdr_len;
	v->strings = (const char *)sections + h->str_off;
	v->strings_size = h->str_len;
	TRY(frame_check_strings(v, h, v->strings, size - h->hdr_len));
	/* Kernels do not check the rest in their own BTF. */
	if (v->kernel_btf)
		return NULL;
	TRY(frame_check_layout(v, h));
	if (h->type_off % 4)
		FAIL("type section offset %u is not a multiple of 4", h->type_off);
	if (!v->base && !h->type_len)
		FAIL("no types");
	return NULL;
}
