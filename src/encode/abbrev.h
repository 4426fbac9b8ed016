/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Abbreviations: the layouts of DIEs. A unit has a table of them, and each DIE starts with the code
 * of its layout. We compile each layout once per unit into two short programs. The first skips a
 * DIE, and mostly is a single addition. The second reads the attributes that the encoder uses
 * (enum die_field), and skips the bytes between them.
 */
#ifndef REBTF_ENCODE_ABBREV_H
#define REBTF_ENCODE_ABBREV_H

#include "encode/form.h"

/* The attributes that we read, by class of value. */
enum die_field {
	DIE_FIRST_STRING = 0,
	DIE_NAME = DIE_FIRST_STRING,
	DIE_PRODUCER,
	DIE_DWO_NAME,
	DIE_TAG_VALUE, /* DW_AT_const_value of an annotation: a string */

	DIE_FIRST_REF,
	DIE_TYPE = DIE_FIRST_REF,
	DIE_ORIGIN, /* DW_AT_abstract_origin */
	DIE_SPECIFICATION,
	DIE_IMPORT,
	DIE_SIGNATURE,
	DIE_SIBLING,
	DIE_ANNOTATION, /* DW_AT_GNU_annotation */

	DIE_FIRST_NUMBER,
	DIE_BYTE_SIZE = DIE_FIRST_NUMBER,
	DIE_BIT_SIZE,
	DIE_BIT_OFFSET,	     /* DWARF 2 and 3: from the most significant bit of the storage */
	DIE_DATA_BIT_OFFSET, /* DWARF 4 and 5: from the start of the struct */
	DIE_MEMBER_LOCATION, /* bytes; a constant, or an expression that adds one */
	DIE_CONST_VALUE,
	DIE_COUNT,
	DIE_LOWER_BOUND,
	DIE_UPPER_BOUND,
	DIE_LOW_PC,	  /* an address */
	DIE_ENTRY_PC,	  /* an address */
	DIE_ENTRY_OFFSET, /* DW_AT_entry_pc as a distance from DIE_LOW_PC or the first range */
	DIE_ENCODING,
	DIE_INLINE,
	DIE_CALLING_CONVENTION,
	DIE_LANGUAGE,
	DIE_STR_OFFSETS_BASE,
	DIE_ADDR_BASE,
	DIE_LOCLISTS_BASE,
	DIE_RNGLISTS_BASE,
	DIE_RANGES, /* offset in .debug_ranges or .debug_rnglists; see die_low_pc() */

	DIE_FIRST_FLAG,
	DIE_DECLARATION = DIE_FIRST_FLAG,
	DIE_EXTERNAL,
	DIE_ARTIFICIAL,

	DIE_LOCATION,

	DIE_STRINGS = DIE_FIRST_REF - DIE_FIRST_STRING,
	DIE_REFS = DIE_FIRST_NUMBER - DIE_FIRST_REF,
	DIE_NUMBERS = DIE_FIRST_FLAG - DIE_FIRST_NUMBER,
};

enum abbrev_action {
	ABBREV_END,
	ABBREV_NOTHING,
	/* Skips. */
	ABBREV_SKIP_LEB,
	ABBREV_SKIP_STRING,
	ABBREV_SKIP_BLOCK1,
	ABBREV_SKIP_BLOCK,
	ABBREV_SKIP_FORM, /* of form @argument */
	/*
	 * Reads of frequent forms. The bits of @has are set beforehand, and @field is the index among
	 * the fields of the class.
	 */
	ABBREV_NUMBER1,
	ABBREV_NUMBER2,
	ABBREV_NUMBER4,
	ABBREV_NUMBER8,
	ABBREV_UDATA,
	ABBREV_SDATA,
	ABBREV_IMPLICIT, /* the value is constants[argument] */
	ABBREV_STRP4,
	ABBREV_REF4,
	ABBREV_LOCATION, /* exprloc */
	/* All other reads: the form is @argument. They set the bit of @has if the class fits. */
	ABBREV_FORM,
};

struct abbrev_step {
	uint16_t skip;	/* bytes before the value */
	uint8_t action; /* enum abbrev_action */
	uint8_t field;	/* enum die_field */
	uint32_t argument;
};

/* The part of an abbreviation that a walk needs in its fastest loop. */
struct abbrev_row {
	uint32_t fixed;	 /* size of the values if all sizes are known, else ABBREV_VARIES */
	int8_t depth;	 /* 1: DIEs inside follow; -1: a zero, which ends them */
	uint8_t slot;	 /* of the tag in a filter */
	uint8_t unusual; /* not 0: the size varies, or the byte does not tell the abbreviation */
};

#define ABBREV_VARIES UINT32_MAX

/*
 * The offsets of a DIE's values behind its code, for a DIE with no other values than these. Most types,
 * members, enumerators and parameters are such DIEs.
 */
struct abbrev_brief {
	uint8_t usable;	     /* false: the DIE has other values, or no fixed size */
	uint8_t name, type;  /* offset plus 1 of DIE_NAME, DIE_TYPE; or 0 */
	uint8_t number;	     /* of a type, DIE_BYTE_SIZE; of an enumerator, DIE_CONST_VALUE; else
				DIE_MEMBER_LOCATION */
	uint8_t number_size; /* 1, 2 or 4 bytes */
	bool is_signed;	     /* the number is an int64_t */
	uint32_t constant;   /* without a number in the DIE: its index in constants, plus 1 */
};

struct abbrev {
	uint64_t code;
	uint16_t tag;
	bool is_type; /* of a kind that @brief can be of */
	struct abbrev_row row;
	struct abbrev_brief brief;
	uint32_t skip, read; /* the first steps of the programs */
	/* Of each DIE with this abbreviation; see struct die. */
	uint64_t has, present, signed_forms;
};

DEFINE_VECTOR(abbrev_vector, struct abbrev);
DEFINE_VECTOR(abbrev_step_vector, struct abbrev_step);
DEFINE_VECTOR(abbrev_constant_vector, int64_t);

struct abbrev_table {
	struct abbrev_vector abbrevs; /* by code */
	struct abbrev_step_vector steps;
	struct abbrev_constant_vector constants;
	bool dense;		      /* codes are 1, 2, 3, ... as compilers number them */
	struct abbrev_row first[256]; /* by the first byte of a code */
};

/*
 * Compiles the table at the start of @data into @table, which may hold an older one. Errors, which
 * lack the place: FORMAT, UNSUPPORTED, NOMEM.
 */
struct rebtf_error *abbrev_compile(struct abbrev_table *table, const uint8_t *data, size_t size,
				   struct abbrev_sizes sizes);

void abbrev_table_release(struct abbrev_table *table);

/* The abbreviation of that code, which is not 0. NULL: the table has none. */
const struct abbrev *abbrev_search(const struct abbrev_table *table, uint64_t code);

static inline const struct abbrev *abbrev_find(const struct abbrev_table *table, uint64_t code)
{
	if (__builtin_expect(table->dense, true))
		return code - 1 < table->abbrevs.count ? &table->abbrevs.items[code - 1] : NULL;
	return abbrev_search(table, code);
}

/* Tags that a filter tells apart. Unknown tags are all the same. */
enum { TAG_SLOTS = 128 };

/* The slot of a tag in a filter. */
uint8_t abbrev_tag_slot(uint16_t tag);

#endif
