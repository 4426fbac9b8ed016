/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The forms of attribute values. Frequent forms have an action of their own (abbrev.h); the
 * functions here read all of them.
 */
#ifndef REBTF_ENCODE_FORM_H
#define REBTF_ENCODE_FORM_H

#include "encode/die.h"

/* A position in bytes. Reading past the end sets @failed, moves to the end, and returns 0. */
struct form_bytes {
	const uint8_t *data;
	size_t size, at;
	bool failed;
};

uint64_t form_uleb(struct form_bytes *b);
int64_t form_sleb(struct form_bytes *b);
/* A number of 1, 2, 3, 4 or 8 bytes. */
uint64_t form_number(struct form_bytes *b, size_t size, bool big_endian);
/* The next @size bytes. */
const uint8_t *form_take(struct form_bytes *b, uint64_t size);

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

/* The size of a value, or FORM_VARIES, or FORM_UNKNOWN. */
int form_size(uint64_t form, struct abbrev_sizes sizes);

/* Skips a value. False: the form is unknown. */
bool form_skip(struct form_bytes *b, uint64_t form, struct abbrev_sizes sizes, bool big_endian);

/*
 * Reads a value. If its class fits @field, stores it in @die and sets the bit of @has. Does not
 * report reading past the end (@b does). Errors: FORMAT (an invalid offset, an unknown form), IO,
 * NOMEM.
 */
struct rebtf_error *form_read(struct unit_reader *reader, struct form_bytes *b, uint64_t form,
			      enum die_field field, struct die *die);

/* Sets *@address to entry @index of the unit's part of .debug_addr. Errors: FORMAT, IO, NOMEM. */
struct rebtf_error *form_indexed_address(struct unit_reader *reader, uint64_t index,
					 uint64_t *address);

#endif
