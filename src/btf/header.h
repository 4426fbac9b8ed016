/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The header of a BTF file, which locates its sections. header_parse() reads untrusted bytes. Later
 * code may rely on its result: all sections are inside the file, do not overlap and are aligned.
 *
 * Source: struct btf_header in the kernel's include/uapi/linux/btf.h. The last two members came
 * with the layout section in Linux 7.2. A header without them has 24 bytes.
 */
#ifndef REBTF_BTF_HEADER_H
#define REBTF_BTF_HEADER_H

#include "rebtf.h"

#define BTF_MAGIC   0xeb9f
#define BTF_VERSION 1

struct btf_header {
	uint16_t magic;
	uint8_t version;
	uint8_t flags;	  /* no flags are defined */
	uint32_t hdr_len; /* size of this header in bytes */
	/* Section offsets are in bytes from the end of this header. */
	uint32_t type_off;
	uint32_t type_len;
	uint32_t str_off;
	uint32_t str_len;
	uint32_t layout_off;
	uint32_t layout_len;
};

#define HEADER_SIZE	   24u /* without the two layout members */
#define HEADER_SIZE_LAYOUT 32u

/* The byte order of the host. */
#define HOST_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

/* @same: whether BTF is big-endian if @order does not decide. */
static inline bool byte_order_is_big(enum rebtf_byte_order order, bool same)
{
	return order == REBTF_BYTE_ORDER_SAME ? same : order == REBTF_BYTE_ORDER_BIG;
}

/* The span of a section, in bytes from the start of the file. */
struct section_span {
	size_t start;
	uint32_t size;
};

struct btf_sections {
	bool big_endian;
	uint32_t header_size;
	struct section_span types;
	struct section_span layout;
	struct section_span strings;
};

/* The first bytes of BTF, magic and version: little-endian, big-endian. */
#define HEADER_START_SIZE 3
extern const uint8_t header_starts[2][HEADER_START_SIZE];

/* Whether the @size bytes are meant as BTF: they have its magic, in either byte order. */
bool header_detect(const uint8_t *data, size_t size);

/* Parses the header and locates the sections. Errors: FORMAT. */
struct rebtf_error *header_parse(const void *data, size_t size, struct btf_sections *sections);

/* Byte-swaps all members of a header. */
void swap_header(struct btf_header *h);

/* Byte-swaps the type section. The data of every kind are 32-bit words. */
void swap_types(void *types, size_t size);

/* Byte-swaps the layout section. Its entries are two bytes and a 16-bit number. */
void swap_layout(void *layout, size_t size);

/* The size of a header of at least @least bytes, for a layout section of @layout_size bytes. */
static inline uint32_t header_size_for(uint32_t least, size_t layout_size)
{
	uint32_t size = layout_size ? HEADER_SIZE_LAYOUT : HEADER_SIZE;

	return size > least ? size : least;
}

/*
 * Writes a header of at least @least bytes for sections of these sizes, in the order types, layout,
 * strings. Returns its size: see header_size_for().
 */
size_t header_write(void *out, uint32_t least, bool big_endian, uint32_t types_size,
		    uint32_t layout_size, uint32_t strings_size);

#endif
