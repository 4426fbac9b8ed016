/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The header of a BTF file: where its sections are. It is read from hostile bytes, so what comes
 * out of header_parse() is the one place that later code need not question: sections that lie
 * inside the file, do not overlap, and start where words may start.
 *
 * Source: struct btf_header in the kernel's include/uapi/linux/btf.h; the last two members came
 * with the layout section in Linux 7.2, and a header without them is 24 bytes long.
 */
#ifndef REBTF_BTF_HEADER_H
#define REBTF_BTF_HEADER_H

#include "rebtf.h"

#define BTF_MAGIC   0xeb9f
#define BTF_VERSION 1

struct btf_header {
	uint16_t magic;
	uint8_t version;
	uint8_t flags;	  /* none are defined */
	uint32_t hdr_len; /* bytes, of this header */
	/* Offsets count bytes from the end of this header. */
	uint32_t type_off;
	uint32_t type_len;
	uint32_t str_off;
	uint32_t str_len;
	uint32_t layout_off;
	uint32_t layout_len;
};

#define HEADER_SIZE	   24u /* without the layout section */
#define HEADER_SIZE_LAYOUT 32u

/* The host's own order, as the header of a file written here would have it. */
#define HOST_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

/* Where a file's sections start, in bytes from its first byte, and how long they are. */
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

/* Errors: FORMAT. */
struct rebtf_error *header_parse(const void *data, size_t size, struct btf_sections *sections);

/*
 * Turns the words of the type section (any kind's data are 32-bit words) between the two byte
 * orders.
 */
void swap_types(void *types, size_t size);

/* Likewise the layout section, whose entries are two bytes and a 16-bit number. */
void swap_layout(void *layout, size_t size);

/*
 * Writes the header for sections of these sizes, in the order types, layout, strings. Returns its
 * size.
 */
size_t header_write(void *out, bool big_endian, uint32_t types_size, uint32_t layout_size,
		    uint32_t strings_size);

#endif
