/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Where a function's parameters are when it starts. The compiler may have changed the function:
 * removed a parameter that it does not use, passed a member instead of a struct, or another register
 * than the calling convention's. DWARF tells by the location of each parameter.
 */
#ifndef REBTF_ENCODE_PARAMETERS_H
#define REBTF_ENCODE_PARAMETERS_H

#include "encode/location.h"

#define NO_REGISTER (-1)

enum parameter_flag {
	PARAMETER_LOCATED = 1u << 0,	    /* has a location, perhaps an empty list */
	PARAMETER_CONST_LOCATION = 1u << 1, /* the location is a constant */
	PARAMETER_ON_STACK = 1u << 2,
	PARAMETER_CONST_VALUE = 1u << 3, /* DW_AT_const_value: the same in all calls */
	/* @reg counts only if the type fits in a register; only if it does not */
	PARAMETER_SCALAR_REGISTER = 1u << 4,
	PARAMETER_PIECE_REGISTER = 1u << 5,
};

/* DWARF's facts about one parameter at the start of the function. */
struct parameter_facts {
	int8_t reg; /* DWARF's number, 0 to 31; or NO_REGISTER */
	uint8_t flags;
	/*
	 * A struct in pieces: bit n is set if a piece starts at byte n of the first or the second
	 * register-sized part.
	 */
	uint8_t first_part, second_part;
};

/* Longer expressions compute a value from something, so they do not tell where it is. */
#define OPERATIONS_MAX 32

/*
 * Reads the expression of @die's location, at the address @pc (NULL: the first) into @ops, which has
 * room for OPERATIONS_MAX. *@count is 0 without an expression, for a longer one, and for one with an
 * operation whose operands we do not know. Errors: as die_location().
 */
struct rebtf_error *location_operations(struct unit_reader *reader, const struct die *die,
					const uint64_t *pc, struct die_operation *ops,
					size_t *count);

/* Reads the facts of the formal parameter @die. Errors: as die_location(). */
struct rebtf_error *parameter_facts_read(struct unit_reader *reader, const struct die *die,
					 struct parameter_facts *facts);

#endif
