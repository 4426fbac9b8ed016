/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Where a variable or parameter is: expressions, and lists of expressions that hold for a part of
 * the code each.
 */
#ifndef REBTF_ENCODE_LOCATION_H
#define REBTF_ENCODE_LOCATION_H

#include "encode/die.h"

/* Walks over the operations of an expression. */
struct die_location {
	const uint8_t *data; /* NULL: the DIE has no location */
	size_t size, at;
	struct unit_reader *reader;
	uint64_t die_offset;
};

struct die_operation {
	uint8_t atom; /* DW_OP_* */
	/*
	 * A register (also of DW_OP_reg0 to 31 and breg0 to 31), a constant without sign, an address
	 * (also of addrx), the size of a piece in bytes or bits.
	 */
	uint64_t number;
	uint64_t second; /* an offset or constant with a sign (int64_t), or the other number */
	/* The operand of implicit_value and entry_value: bytes, or an expression. */
	const uint8_t *block;
	size_t block_size;
};

/*
 * Finds the expression of the DIE's DIE_LOCATION: that of the attribute, or the first one of its
 * list that is not empty; with @pc, the first one that holds at that address. It is valid until the
 * next call for this reader. Errors: FORMAT, IO, NOMEM.
 */
struct rebtf_error *die_location(struct unit_reader *reader, const struct die *die,
				 const uint64_t *pc, struct die_location *location);

/*
 * Reads the next operation. *@more is false at the end of the expression. Errors: FORMAT,
 * UNSUPPORTED (an unknown operation, whose size is unknown, too).
 */
struct rebtf_error *die_operation_next(struct die_location *location, struct die_operation *op,
				       bool *more);

#endif
