/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads the values of attributes in any form. A class of values has several forms, and some forms
 * stand for different classes in different versions of DWARF.
 */
#include <string.h>

#include "encode/form.h"
#include "util/bytes.h"

/* ---------------------------------------------------------------------------------------- bytes */

uint64_t form_long_uleb(struct form_bytes *b)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; b->at < b->size; shift += 7) {
		uint8_t byte = b->data[b->at++];

		/* Zeros may pad a number to any length. Higher bits are lost. */
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	b->failed = true;
	return 0;
}

int64_t form_sleb(struct form_bytes *b)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; b->at < b->size;) {
		uint8_t byte = b->data[b->at++];

		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift = shift < 64 ? shift + 7 : shift;
		if (byte < 0x80)
			return (int64_t)(byte & 0x40 && shift < 64 ? value | ~0ull << shift
								   : value);
	}
	b->failed = true;
	return 0;
}

const uint8_t *form_take(struct form_bytes *b, uint64_t size)
{
	const uint8_t *start = b->data + b->at;

	if (size > b->size - b->at) {
		b->at = b->size;
		b->failed = true;
		return start;
	}
	b->at += size;
	return start;
}

uint64_t form_number(struct form_bytes *b, size_t size, bool big_endian)
{
	const uint8_t *p = form_take(b, size);

	if (b->failed)
		return 0;
	switch (size) {
	case 1:
		return *p;
	case 2:
		return get16(p, big_endian);
	case 3:
		return big_endian ? get16(p, true) << 8 | p[2] : get16(p, false) | p[2] << 16;
	case 4:
		return get32(p, big_endian);
	default:
		return get64(p, big_endian);
	}
}

/* ---------------------------------------------------------------------------------------- sizes */

int form_size(uint64_t form, struct abbrev_sizes sizes)
{
	switch (form) {
	case DW_FORM_flag_present:
	case DW_FORM_implicit_const:
		return 0;
	case DW_FORM_data1:
	case DW_FORM_ref1:
	case DW_FORM_flag:
	case DW_FORM_strx1:
	case DW_FORM_addrx1:
		return 1;
	case DW_FORM_data2:
	case DW_FORM_ref2:
	case DW_FORM_strx2:
	case DW_FORM_addrx2:
		return 2;
	case DW_FORM_strx3:
	case DW_FORM_addrx3:
		return 3;
	case DW_FORM_data4:
	case DW_FORM_ref4:
	case DW_FORM_ref_sup4:
	case DW_FORM_strx4:
	case DW_FORM_addrx4:
		return 4;
	case DW_FORM_data8:
	case DW_FORM_ref8:
	case DW_FORM_ref_sig8:
	case DW_FORM_ref_sup8:
		return 8;
	case DW_FORM_data16:
		return 16;
	case DW_FORM_addr:
		return sizes.address_size;
	case DW_FORM_ref_addr:
		return sizes.version < 3 ? sizes.address_size : sizes.offset_size;
	case DW_FORM_strp:
	case DW_FORM_line_strp:
	case DW_FORM_strp_sup:
	case DW_FORM_sec_offset:
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_GNU_strp_alt:
		return sizes.offset_size;
	case DW_FORM_string:
	case DW_FORM_block:
	case DW_FORM_block1:
	case DW_FORM_block2:
	case DW_FORM_block4:
	case DW_FORM_exprloc:
	case DW_FORM_sdata:
	case DW_FORM_udata:
	case DW_FORM_ref_udata:
	case DW_FORM_strx:
	case DW_FORM_addrx:
	case DW_FORM_loclistx:
	case DW_FORM_rnglistx:
	case DW_FORM_GNU_addr_index:
	case DW_FORM_GNU_str_index:
	case DW_FORM_indirect:
		return FORM_VARIES;
	default:
		return FORM_UNKNOWN;
	}
}

const uint8_t *form_string(struct form_bytes *b)
{
	const uint8_t *start = b->data + b->at, *end = memchr(start, 0, b->size - b->at);

	return form_take(b, end ? (uint64_t)(end - start) + 1 : UINT64_MAX);
}

uint64_t form_block_size(struct form_bytes *b, uint64_t form, bool big_endian)
{
	switch (form) {
	case DW_FORM_block1:
		return form_number(b, 1, big_endian);
	case DW_FORM_block2:
		return form_number(b, 2, big_endian);
	case DW_FORM_block4:
		return form_number(b, 4, big_endian);
	default:
		return form_uleb(b);
	}
}

bool form_skip(struct form_bytes *b, uint64_t form, struct abbrev_sizes sizes, bool big_endian)
{
	int size;

	if (form == DW_FORM_indirect) {
		form = form_uleb(b);
		/* Constants are in the abbreviation, and the standard forbids a chain of forms. */
		if (form == DW_FORM_indirect || form == DW_FORM_implicit_const)
			return false;
		if (b->failed)
			return true;
	}
	size = form_size(form, sizes);
	if (size == FORM_UNKNOWN)
		return false;
	if (size != FORM_VARIES) {
		form_take(b, (uint64_t)size);
		return true;
	}
	switch (form) {
	case DW_FORM_string:
		form_string(b);
		break;
	case DW_FORM_block:
	case DW_FORM_block1:
	case DW_FORM_block2:
	case DW_FORM_block4:
	case DW_FORM_exprloc:
		form_take(b, form_block_size(b, form, big_endian));
		break;
	default:
		form_uleb(b);
	}
	return true;
}
