/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The forms of attribute values. Frequent forms have an action of their own (abbrev.h); the
 * functions here read all of them.
 */
#ifndef REBTF_ENCODE_FORM_H
#define REBTF_ENCODE_FORM_H

#include "encode/dwarf.h"

/* A position in bytes. Reading past the end sets @failed, moves to the end, and returns 0. */
struct form_bytes {
	const uint8_t *data;
	size_t size, at;
	bool failed;
};

/* As form_uleb(), for a number of any length. */
uint64_t form_long_uleb(struct form_bytes *b);

/* Most numbers have one byte. */
static inline uint64_t form_uleb(struct form_bytes *b)
{
	if (b->at < b->size && b->data[b->at] < 0x80)
		return b->data[b->at++];
	return form_long_uleb(b);
}

int64_t form_sleb(struct form_bytes *b);
/* A number of 1, 2, 3, 4 or 8 bytes. */
uint64_t form_number(struct form_bytes *b, size_t size, bool big_endian);
/* The next @size bytes. */
const uint8_t *form_take(struct form_bytes *b, uint64_t size);
/* The next bytes up to a NUL, which is taken as well. */
const uint8_t *form_string(struct form_bytes *b);
/* The size of a block, which follows the length that is read here. */
uint64_t form_block_size(struct form_bytes *b, uint64_t form, bool big_endian);

/* The highest bits of a string's key, which tell the section. */
enum {
	FORM_KEY_STR = 1,
	FORM_KEY_LINE_STR,
	FORM_KEY_SUPPLEMENTARY,
};

#define FORM_KEY_SHIFT 60

enum {
	FORM_VARIES = -1,
	FORM_UNKNOWN = -2,
};

/* The sizes of forms depend on these. */
struct abbrev_sizes {
	uint16_t version;
	uint8_t offset_size, address_size;
};

/* The size of a value, or FORM_VARIES, or FORM_UNKNOWN. */
int form_size(uint64_t form, struct abbrev_sizes sizes);

/* Skips a value. False: the form is unknown. */
bool form_skip(struct form_bytes *b, uint64_t form, struct abbrev_sizes sizes, bool big_endian);

#endif
