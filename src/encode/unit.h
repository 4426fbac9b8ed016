/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The units of a file. A unit has a header, then one tree of DIEs, whose root describes the unit. A
 * struct dwarf_unit holds the values of the header. A struct unit_reader holds one unit's bytes and
 * abbreviations while a worker reads its DIEs (die.h). Each worker has a reader of its own, and its
 * memory serves unit after unit.
 */
#ifndef REBTF_ENCODE_UNIT_H
#define REBTF_ENCODE_UNIT_H

#include "encode/abbrev.h"
#include "encode/dwarf.h"
#include "encode/window.h"

struct dwarf_unit {
	uint64_t offset, end, first_die;    /* in the section; @end is not part of the unit */
	uint64_t abbrev_offset, abbrev_end; /* no unit's table starts in between */
	/* Units with the same table have the same number. 0: no other unit has the table. */
	uint32_t shared_abbrevs;
	/* Of a type unit; @type_offset is that of a DIE in the section. */
	uint64_t signature, type_offset;
	enum dwarf_section_id section; /* DWARF_INFO or DWARF_TYPES */
	uint16_t version;	       /* 2 to 5 */
	uint8_t offset_size;	       /* 4 or 8 */
	uint8_t address_size;
	/* Before DWARF 5, the header does not tell partial units (the root's tag does). */
	enum dwarf_unit_type type;
};

static inline struct abbrev_sizes unit_sizes(const struct dwarf_unit *unit)
{
	return (struct abbrev_sizes){ unit->version, unit->offset_size, unit->address_size };
}

/* By section, then by offset. */
DEFINE_VECTOR(dwarf_unit_vector, struct dwarf_unit);

/*
 * Reads the headers of all units and appends them to @units: first those of .debug_info, then those
 * of .debug_types. Errors: FORMAT, UNSUPPORTED (another version, split DWARF), IO, NOMEM.
 */
struct rebtf_error *dwarf_units(const struct dwarf_file *file, struct dwarf_unit_vector *units);

/* The unit at @offset of the section. NULL if no unit is there. */
const struct dwarf_unit *dwarf_unit_find(const struct dwarf_unit_vector *units,
					 enum dwarf_section_id section, uint64_t offset);

/* {} is a reader without a unit. */
struct unit_reader {
	const struct dwarf_file *file;
	const struct dwarf_unit *unit;
	const uint8_t *data; /* of the unit, from its header on, followed by DWARF_PADDING bytes */
	size_t size;
	const struct abbrev_table *abbrevs;
	/* From the root DIE. Strings that the root lacks are "". */
	uint16_t root_tag;
	uint16_t language; /* DW_LANG_*; 0: unknown */
	const char *name, *producer;
	/* Where the unit's part of a section starts. 0: the unit has no part of it. */
	uint64_t str_offsets_base, addr_base, loclists_base, rnglists_base;
	uint64_t low_pc;  /* addresses in lists are relative to it */
	bool bases_known; /* false: indexed strings and addresses are left out */
	/*
	 * Tables of abbreviations: of the last unit with a table of its own, and all shared ones.
	 */
	struct abbrev_table own_abbrevs;
	struct abbrev_table *shared;
	size_t shared_count;
	/* Buffers. */
	struct window info, abbrev, str_offsets, addr, loc, loclists, ranges, rnglists;
};

/*
 * Reads @unit of @file into @reader. Both must outlive the use of @reader. Pointers into the
 * reader's previous unit are no longer valid. After an error the reader has no unit. Errors:
 * FORMAT, UNSUPPORTED (split DWARF), IO, NOMEM.
 */
struct rebtf_error *unit_read(struct unit_reader *reader, const struct dwarf_file *file,
			      const struct dwarf_unit *unit);

void unit_reader_release(struct unit_reader *reader);

/* Makes an error with the file, and the offsets of the unit and of the DIE, which are in its section. */
struct rebtf_error *unit_error(const struct unit_reader *reader, uint64_t die_offset,
			       enum rebtf_error_code code, const char *format, ...)
	__attribute__((format(printf, 4, 5), returns_nonnull));

/* Adds these to @err, unless it has a place already. Returns the error. */
struct rebtf_error *unit_error_at(const struct unit_reader *reader, uint64_t die_offset,
				  struct rebtf_error *err) __attribute__((returns_nonnull));

#endif
