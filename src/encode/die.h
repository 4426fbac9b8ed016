/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Reads the DIEs of a unit in order. A cursor has a filter: for each tag, whether the caller wants
 * such a DIE and whether it wants the DIEs inside. A DIE that the caller does not want costs little
 * more than the addition of its size.
 *
 *	struct die_cursor c;
 *	struct die die;
 *
 *	die_cursor_start(&c, reader, &filter, reader->unit->first_die);
 *	while (die_next(&c, &die))
 *		...
 *	return c.err;
 */
#ifndef REBTF_ENCODE_DIE_H
#define REBTF_ENCODE_DIE_H

#include "encode/unit.h"

struct die_string {
	const char *text; /* valid until the reader reads its next unit */
	/* Equal keys mean equal strings of the same struct dwarf_file. 0: the string has no key. */
	uint64_t key;
};

enum die_place {
	DIE_NOWHERE,
	DIE_IN_UNIT,	      /* of the DIE that refers to it */
	DIE_IN_INFO,	      /* another unit of .debug_info, which unit_find() finds */
	DIE_IN_SUPPLEMENTARY, /* .debug_info of the supplementary file */
	DIE_BY_SIGNATURE,     /* the type of the type unit with that signature */
};

/*
 * The target of a reference from a DIE. The target need not exist: only an offset in the unit is
 * checked.
 */
struct die_ref {
	uint64_t offset; /* in the section; or the signature */
	enum die_place place;
};

/*
 * The value of DW_AT_location or of another attribute with an expression. die_location() (location.h)
 * finds the expression.
 */
struct die_expression {
	const uint8_t *data; /* NULL: in a location list */
	uint64_t size;	     /* of @data; or the offset of the list, or its index */
	bool is_index;
};

struct die {
	uint64_t offset; /* in the section */
	uint32_t depth;	 /* 0: the DIE where the cursor started */
	uint16_t tag;
	bool children;
	/* Bits (1 << enum die_field): the attribute has a value here; the flag is set. */
	uint64_t has;
	uint64_t present; /* the DIE has the attribute, perhaps in a form that we do not read */
	uint64_t signed_forms; /* the number is an int64_t */
	/* Valid only with their bit in @has: read them with the functions below. */
	struct die_string string[DIE_STRINGS];
	struct die_ref ref[DIE_REFS];
	uint64_t number[DIE_NUMBERS];
	struct die_expression location;
};

static inline bool die_has(const struct die *die, enum die_field field)
{
	return die->has >> field & 1;
}

static inline bool die_is_present(const struct die *die, enum die_field field)
{
	return die->present >> field & 1;
}

/* DIE_NAME, DIE_PRODUCER, ... Without one: NULL and key 0. */
static inline struct die_string die_string(const struct die *die, enum die_field field)
{
	return die_has(die, field) ? die->string[field - DIE_FIRST_STRING] : (struct die_string){};
}

/* DIE_TYPE, DIE_ORIGIN, ... */
static inline struct die_ref die_ref(const struct die *die, enum die_field field)
{
	return die_has(die, field) ? die->ref[field - DIE_FIRST_REF] : (struct die_ref){};
}

/* DIE_BYTE_SIZE, ... An int64_t if die_is_signed(). Without one: @otherwise. */
static inline uint64_t die_number(const struct die *die, enum die_field field, uint64_t otherwise)
{
	return die_has(die, field) ? die->number[field - DIE_FIRST_NUMBER] : otherwise;
}

/* Whether the number's form is signed (sdata, implicit_const). Others are not: 0xff is 255. */
static inline bool die_is_signed(const struct die *die, enum die_field field)
{
	return die->signed_forms >> field & 1;
}

/* Values of a filter. 0: the DIE is not wanted, but wanted DIEs may be inside. */
enum {
	DIE_WANTED = 1, /* die_next() stops at the DIE */
	DIE_CLOSED = 2, /* DIEs inside are not visited */
};

struct die_filter {
	uint8_t action[TAG_SLOTS];
};

void die_filter_set(struct die_filter *filter, uint16_t tag, uint8_t action);

struct die_cursor {
	struct unit_reader *reader;
	const struct die_filter *filter;
	size_t at;	/* in the unit: where the next DIE starts */
	uint32_t depth; /* of the next DIE */
	bool done;
	struct rebtf_error *err; /* set when die_next() ended by an error; the caller's */
};

/*
 * Starts at the DIE at @offset of the section, which lies in the reader's unit. The cursor visits
 * this DIE and all DIEs inside. @filter: NULL wants all. A reader may have several cursors.
 */
void die_cursor_start(struct die_cursor *c, struct unit_reader *reader,
		      const struct die_filter *filter, uint64_t offset);

/* Fills @die with the next wanted DIE. False: no more DIEs, or c->err is the error. */
bool die_next(struct die_cursor *c, struct die *die);

/* A DIE, reduced to a few values: see die_next_brief() and die_next_type(). */
struct die_brief {
	struct die_string name; /* NULL and 0 without a name */
	uint64_t offset;	/* in the section */
	uint32_t type;		/* DIE_TYPE: offset in the unit, or 0 */
	bool is_signed;
	/* Only of die_next_type(). */
	uint32_t depth;
	uint16_t tag;
	bool children;
	/* Of a type, DIE_BYTE_SIZE; of an enumerator, DIE_CONST_VALUE; else DIE_MEMBER_LOCATION; or 0 */
	uint64_t number;
};

/*
 * Reads up to @room DIEs that follow, as long as they have @tag, and their values are those of struct
 * die_brief in the most frequent forms. Returns their number. This is faster than die_next(), which
 * then continues with the next DIE.
 */
size_t die_next_brief(struct die_cursor *c, uint16_t tag, struct die_brief *list, size_t room);

/*
 * Reads the DIE that follows if it is a type, and its values are those of struct die_brief in the most
 * frequent forms. Passes the ends of other DIEs before it. DIEs inside of the type are next. Does not
 * ask the filter. This is faster than die_next(), which continues if this returns false.
 */
bool die_next_type(struct die_cursor *c, struct die_brief *type);

/*
 * Reads the DIE at @offset of the section, which lies in the reader's unit. Errors: FORMAT (also: no
 * DIE is there), IO, NOMEM. An offset between two DIEs is not detected.
 */
struct rebtf_error *die_read(struct unit_reader *reader, uint64_t offset, struct die *die);

/* --- between die.c, location.c and form_read.c */

struct form_bytes;

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
