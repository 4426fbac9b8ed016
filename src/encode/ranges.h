/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Where a function starts. */
#ifndef REBTF_ENCODE_RANGES_H
#define REBTF_ENCODE_RANGES_H

#include "encode/die.h"

/*
 * Sets *@pc to the address of the DIE's code: DIE_LOW_PC, or the start of its first range that is not
 * empty. GCC splits functions into frequent and rare code, and then gives ranges only. *@found is
 * false if the DIE has no code. Errors: FORMAT, IO, NOMEM.
 */
struct rebtf_error *die_low_pc(struct unit_reader *reader, const struct die *die, uint64_t *pc,
			       bool *found);

/*
 * Sets *@pc to the address where the code of an inlined function starts: DW_AT_entry_pc, or that of
 * die_low_pc(). Errors: FORMAT, IO, NOMEM.
 */
struct rebtf_error *die_entry_pc(struct unit_reader *reader, const struct die *die, uint64_t *pc,
				 bool *found);

#endif
