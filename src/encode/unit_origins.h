/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The parts of a function's or variable's description that are in another DIE. The compiler
 * describes the source of an inlined function once (its abstract origin). The DIE of its code refers
 * to that, as do those of its parameters. A definition can refer to an earlier declaration (its
 * specification). The other DIE may be in another unit: link-time optimization inlines across units,
 * and dwz moves DIEs that several units share to a partial unit.
 */
#ifndef REBTF_ENCODE_UNIT_ORIGINS_H
#define REBTF_ENCODE_UNIT_ORIGINS_H

#include "encode/die.h"
#include "util/buffer.h"
#include "util/vec.h"

/* The attributes of a DIE and of its origins together. */
struct origin {
	struct die_string name; /* text NULL: no name */
	struct die_ref type;
	uint64_t calling_convention; /* DW_CC_* */
	bool is_external, is_artificial;
};

DEFINE_VECTOR(parameter_offset_vector, uint64_t);

struct unit_origins {
	const struct dwarf_file *file;
	const struct dwarf_unit_vector *units;	       /* of the file */
	const struct dwarf_unit_vector *supplementary; /* of its supplementary file */
	struct unit_reader *reader;		       /* of the current unit */
	/*
	 * Of a unit that the current one refers to: of the file, and of its supplementary file. A
	 * reader of both files would compile shared tables of abbreviations again.
	 */
	struct unit_reader other, elsewhere;
	struct die_filter parameters;
	/*
	 * Bytes that may be read again: DIEs that this unit's DIEs refer to, other units of the
	 * file. Compilers stay far below. A hostile file could have each DIE refer to another unit.
	 */
	uint64_t unit_budget, file_budget;
	/* The name that the last origin took from another unit. */
	struct buffer name;
	/* The parameters of the function that was last asked for, by offset. */
	uint64_t function;
	bool is_supplementary; /* the function is in the supplementary file */
	struct parameter_offset_vector offsets;
};

void unit_origins_init(struct unit_origins *o, const struct dwarf_file *file,
		       const struct dwarf_unit_vector *units,
		       const struct dwarf_unit_vector *supplementary);
void unit_origins_release(struct unit_origins *o);
void unit_origins_start(struct unit_origins *o, struct unit_reader *reader);

/*
 * Reads the DIE that @ref of the current unit refers to. *@found: it exists. Its references are as
 * the current unit would express them. Its strings are valid until the next call. Errors: as
 * die_next().
 */
struct rebtf_error *unit_origins_read(struct unit_origins *o, struct die_ref ref, struct die *die,
				      bool *found);

/* Combines @die with its origins. Strings are valid until the next call. Errors: as die_next(). */
struct rebtf_error *unit_origins_follow(struct unit_origins *o, const struct die *die,
					struct origin *origin);

/*
 * The same for parameter number @index of a function with the origin @function. *@moved: the
 * function has the parameter at another position.
 */
struct rebtf_error *unit_origins_parameter(struct unit_origins *o, const struct die *die,
					   struct die_ref function, uint32_t index,
					   struct origin *origin, bool *moved);

#endif
