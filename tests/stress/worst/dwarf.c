/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Objects whose DWARF is slow to read or to encode: long chains, many units, tables and lists that
 * many DIEs share.
 */
#include <stdio.h>

#include "encode/constants.h"
#include "object.h"

/* The sections, and the unit that is written. Units are DWARF 4 or 5, little-endian. */
struct dwarf {
	struct buffer info, abbrev, text, ranges, locations, symbols, strings, ids;
	size_t unit;
};

/* ---------------------------------------------------------------------------------------- writing */

static void put(struct buffer *b, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)(number >> 8 * i);

		buffer_append(b, &byte, 1);
	}
}

static void put_leb(struct buffer *b, uint64_t number)
{
	for (; number > 0x7f; number >>= 7)
		put(b, (number & 0x7f) | 0x80, 1);
	put(b, number, 1);
}

/* Starts an abbreviation. Attributes and put_abbrev_end() follow. */
static void put_abbrev(struct dwarf *d, uint64_t code, uint16_t tag, bool children)
{
	put_leb(&d->abbrev, code);
	put_leb(&d->abbrev, tag);
	put(&d->abbrev, children, 1);
}

static void put_attribute(struct dwarf *d, uint64_t attribute, uint64_t form)
{
	put_leb(&d->abbrev, attribute);
	put_leb(&d->abbrev, form);
}

static void put_abbrev_end(struct dwarf *d)
{
	put_attribute(d, 0, 0);
}

/* Abbreviations of all shapes. */
enum { UNIT = 1, INT, TYPEDEF, POINTER, STRUCT, MEMBER, FUNCTION, PARAMETER, BLOCK, DECLARED, OWN };

static void put_abbrevs(struct dwarf *d)
{
	put_abbrev(d, UNIT, DW_TAG_compile_unit, true);
	put_abbrev_end(d);
	put_abbrev(d, INT, DW_TAG_base_type, false);
	put_attribute(d, DW_AT_name, DW_FORM_strp);
	put_attribute(d, DW_AT_byte_size, DW_FORM_data1);
	put_attribute(d, DW_AT_encoding, DW_FORM_data1);
	put_abbrev_end(d);
	put_abbrev(d, TYPEDEF, DW_TAG_typedef, false);
	put_attribute(d, DW_AT_name, DW_FORM_strp);
	put_attribute(d, DW_AT_type, DW_FORM_ref4);
	put_abbrev_end(d);
	put_abbrev(d, POINTER, DW_TAG_pointer_type, false);
	put_attribute(d, DW_AT_type, DW_FORM_ref4);
	put_abbrev_end(d);
	put_abbrev(d, STRUCT, DW_TAG_structure_type, true);
	put_attribute(d, DW_AT_name, DW_FORM_strp);
	put_attribute(d, DW_AT_byte_size, DW_FORM_data4);
	put_abbrev_end(d);
	put_abbrev(d, MEMBER, DW_TAG_member, false);
	put_attribute(d, DW_AT_name, DW_FORM_strp);
	put_attribute(d, DW_AT_type, DW_FORM_ref_addr);
	put_attribute(d, DW_AT_data_member_location, DW_FORM_data4);
	put_abbrev_end(d);
	put_abbrev(d, FUNCTION, DW_TAG_subprogram, true);
	put_attribute(d, DW_AT_name, DW_FORM_strp);
	put_attribute(d, DW_AT_ranges, DW_FORM_sec_offset);
	put_abbrev_end(d);
	put_abbrev(d, PARAMETER, DW_TAG_formal_parameter, false);
	put_attribute(d, DW_AT_name, DW_FORM_strp);
	put_attribute(d, DW_AT_type, DW_FORM_ref4);
	put_attribute(d, DW_AT_location, DW_FORM_sec_offset);
	put_abbrev_end(d);
	put_abbrev(d, BLOCK, DW_TAG_lexical_block, true);
	put_abbrev_end(d);
	put_abbrev(d, DECLARED, DW_TAG_subprogram, false);
	put_attribute(d, DW_AT_abstract_origin, DW_FORM_ref4);
	put_abbrev_end(d);
}

static struct dwarf start(void)
{
	struct dwarf d = {};

	put_abbrevs(&d);
	add_string(&d.text, "");
	add_string(&d.strings, "");
	buffer_append(&d.symbols, &(Elf64_Sym){}, sizeof(Elf64_Sym));
	return d;
}

static void start_unit(struct dwarf *d)
{
	d->unit = d->info.size;
	put(&d->info, 0, 4);
	put(&d->info, 4, 2);
	put(&d->info, 0, 4);
	put(&d->info, 8, 1);
	put(&d->info, UNIT, 1);
}

static void end_unit(struct dwarf *d)
{
	uint32_t length;

	put(&d->info, 0, 1);
	if (d->info.failed)
		return;
	length = (uint32_t)(d->info.size - d->unit - 4);
	for (size_t i = 0; i < 4; i++)
		d->info.data[d->unit + i] = (uint8_t)(length >> 8 * i);
}

/* The offset in the unit, which references have. */
static uint32_t here(const struct dwarf *d)
{
	return (uint32_t)(d->info.size - d->unit);
}

static uint32_t put_name(struct dwarf *d, const char *name)
{
	uint32_t offset = add_string(&d->text, name);

	put(&d->info, offset, 4);
	return offset;
}

static uint32_t put_int(struct dwarf *d)
{
	uint32_t at = here(d);

	put(&d->info, INT, 1);
	put_name(d, "int");
	put(&d->info, 4, 1);
	put(&d->info, DW_ATE_signed, 1);
	return at;
}

static void put_struct(struct dwarf *d, const char *name, uint32_t size)
{
	put(&d->info, STRUCT, 1);
	put_name(d, name);
	put(&d->info, size, 4);
}

/* @type: offset in the section. */
static void put_member(struct dwarf *d, const char *name, uint32_t type, uint32_t offset)
{
	put(&d->info, MEMBER, 1);
	put_name(d, name);
	put(&d->info, type, 4);
	put(&d->info, offset, 4);
}

static uint32_t put_pointer(struct dwarf *d, uint32_t type)
{
	uint32_t at = here(d);

	put(&d->info, POINTER, 1);
	put(&d->info, type, 4);
	return at;
}

/* A symbol in .text, or, with section 2, in .BTF_ids. */
static void put_symbol(struct dwarf *d, const char *name, uint16_t in, uint64_t value,
		       uint64_t size)
{
	Elf64_Sym symbol = {
		.st_name = add_string(&d->strings, name),
		.st_info = ELF64_ST_INFO(STB_GLOBAL, in == 1 ? STT_FUNC : STT_NOTYPE),
		.st_shndx = in,
		.st_value = value,
		.st_size = size,
	};

	buffer_append(&d->symbols, &symbol, sizeof(symbol));
}

static struct buffer finish(struct dwarf *d)
{
	struct object o = start_object();
	/* Section 1 is .text, and section 2 .BTF_ids, as symbols have it. */
	uint32_t text = add_section(&o, ".text", SHT_PROGBITS, "code", 4), ids, table, strings;

	section(&o, text)->sh_flags = SHF_ALLOC;
	section(&o, text)->sh_size = 4;
	ids = add_section(&o, ".BTF_ids", SHT_PROGBITS, d->ids.data, d->ids.size);
	section(&o, ids)->sh_flags = SHF_ALLOC;
	put(&d->abbrev, 0, 1);
	add_section(&o, ".debug_info", SHT_PROGBITS, d->info.data, d->info.size);
	add_section(&o, ".debug_abbrev", SHT_PROGBITS, d->abbrev.data, d->abbrev.size);
	add_section(&o, ".debug_str", SHT_PROGBITS, d->text.data, d->text.size);
	add_section(&o, ".debug_ranges", SHT_PROGBITS, d->ranges.data, d->ranges.size);
	add_section(&o, ".debug_loc", SHT_PROGBITS, d->locations.data, d->locations.size);
	strings = add_section(&o, ".strtab", SHT_STRTAB, d->strings.data, d->strings.size);
	table = add_section(&o, ".symtab", SHT_SYMTAB, d->symbols.data, d->symbols.size);
	section(&o, table)->sh_entsize = sizeof(Elf64_Sym);
	section(&o, table)->sh_link = strings;
	for (struct buffer *b = &d->info; b <= &d->ids; b++)
		buffer_release(b);
	return finish_object(&o);
}

/* ----------------------------------------------------------------------------------------- shapes */

static struct buffer typedefs_in_a_chain(uint32_t n)
{
	struct dwarf d = start();
	char name[32];

	start_unit(&d);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t next = here(&d) + 9;

		snprintf(name, sizeof(name), "t%u", i);
		put(&d.info, TYPEDEF, 1);
		put_name(&d, name);
		put(&d.info, next, 4);
	}
	put_int(&d);
	end_unit(&d);
	return finish(&d);
}

/* Each unit has another definition of a struct that all have, and types that reach it. */
static struct buffer definitions_that_differ(uint32_t n)
{
	struct dwarf d = start();

	for (uint32_t i = 0; i < n; i++) {
		uint32_t at;

		start_unit(&d);
		at = here(&d);
		put_struct(&d, "own", 8 + i);
		put(&d.info, 0, 1);
		at = put_pointer(&d, at);
		put_struct(&d, "user", 8);
		put_member(&d, "own", (uint32_t)d.unit + at, 0);
		put(&d.info, 0, 1);
		end_unit(&d);
	}
	return finish(&d);
}

/* Each unit refers to a type of the next one. */
static struct buffer types_of_other_units(uint32_t n)
{
	struct dwarf d = start();

	for (uint32_t i = 0; i < n; i++) {
		start_unit(&d);
		put_int(&d);
		put_struct(&d, "s", i + 4);
		put_member(&d, "m", (uint32_t)(i + 1 < n ? d.info.size + 16 + 11 : 12), 0);
		put(&d.info, 0, 1);
		end_unit(&d);
	}
	return finish(&d);
}

static void put_more_abbrevs(struct dwarf *d, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		put_abbrev(d, OWN + i, DW_TAG_typedef, false);
		put_attribute(d, DW_AT_name, DW_FORM_strp);
		put_abbrev_end(d);
	}
}

/* All units use one table, which is long. */
static struct buffer units_that_share_abbreviations(uint32_t n)
{
	struct dwarf d = start();

	put_more_abbrevs(&d, n);
	for (uint32_t i = 0; i < n; i++) {
		start_unit(&d);
		end_unit(&d);
	}
	return finish(&d);
}

/* As before, but each unit has another version than the one before it. */
static struct buffer versions_that_share_abbreviations(uint32_t n)
{
	struct dwarf d = start();

	put_more_abbrevs(&d, n);
	for (uint32_t i = 0; i < n; i++) {
		start_unit(&d);
		if (!d.info.failed)
			d.info.data[d.unit + 4] = 3 + i % 2;
		end_unit(&d);
	}
	return finish(&d);
}

/* Functions whose source is in one and another unit by turns. Both have a long table. */
static struct buffer origins_in_two_units(uint32_t n)
{
	uint32_t sources[2];
	struct dwarf d = start();

	put_abbrev(&d, OWN, DW_TAG_subprogram, false);
	put_attribute(&d, DW_AT_abstract_origin, DW_FORM_ref_addr);
	put_abbrev_end(&d);
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t table;

		put(&d.abbrev, 0, 1);
		table = (uint32_t)d.abbrev.size;
		put_abbrevs(&d);
		put_more_abbrevs(&d, n);
		start_unit(&d);
		if (!d.info.failed)
			memcpy(d.info.data + d.unit + 6, &table, 4);
		sources[i] = (uint32_t)d.info.size;
		put_int(&d);
		end_unit(&d);
	}
	start_unit(&d);
	for (uint32_t i = 0; i < n; i++) {
		put(&d.info, OWN, 1);
		put(&d.info, sources[i % 2], 4);
	}
	end_unit(&d);
	return finish(&d);
}

/* The table of each unit starts inside that of another. */
static struct buffer abbreviations_inside_one_another(uint32_t n)
{
	struct dwarf d = start();
	size_t first = d.abbrev.size;

	for (uint32_t i = 0; i < n; i++) {
		put_abbrev(&d, UNIT + i, DW_TAG_compile_unit, true);
		put_abbrev_end(&d);
	}
	for (uint32_t i = 0; i < n; i++) {
		start_unit(&d);
		if (!d.info.failed) {
			uint32_t at = (uint32_t)first;

			memcpy(d.info.data + d.unit + 6, &at, 4);
		}
		end_unit(&d);
		first += i + UNIT > 0x7f ? 6 + (i + UNIT > 0x3fff) : 5;
	}
	return finish(&d);
}

/* DIEs of one byte, whose abbreviation has many attributes without bytes. */
static struct buffer attributes_without_bytes(uint32_t n)
{
	struct dwarf d = start();

	put_abbrev(&d, OWN, DW_TAG_typedef, false);
	for (uint32_t i = 0; i < n; i++) {
		put_attribute(&d, i % 2 ? DW_AT_declaration : DW_AT_byte_size,
			      i % 2 ? DW_FORM_flag_present : DW_FORM_implicit_const);
		if (!(i % 2))
			put(&d.abbrev, 1, 1);
	}
	put_abbrev_end(&d);
	start_unit(&d);
	for (uint32_t i = 0; i < n; i++)
		put(&d.info, OWN, 1);
	end_unit(&d);
	return finish(&d);
}

static struct buffer strings_inside_one_another(uint32_t n)
{
	struct dwarf d = start();
	uint32_t i, text;

	start_unit(&d);
	i = put_int(&d);
	text = (uint32_t)d.text.size;
	for (uint32_t k = 0; k < n; k++) {
		buffer_append(&d.text, "aaaaaaaa", 8);
		put(&d.info, TYPEDEF, 1);
		put(&d.info, text + 8 * k, 4);
		put(&d.info, i, 4);
	}
	add_string(&d.text, "");
	end_unit(&d);
	return finish(&d);
}

static struct buffer blocks_in_blocks(uint32_t n)
{
	struct dwarf d = start();

	start_unit(&d);
	put(&d.info, FUNCTION, 1);
	put_name(&d, "f");
	put(&d.info, 0, 4);
	for (uint32_t i = 0; i < n; i++)
		put(&d.info, BLOCK, 1);
	put_int(&d);
	for (uint32_t i = 0; i <= n; i++)
		put(&d.info, 0, 1);
	end_unit(&d);
	put(&d.ranges, 0, 16);
	return finish(&d);
}

/* All functions share a list of empty ranges, and all parameters a list of locations. */
static struct buffer lists_that_are_shared(uint32_t n)
{
	struct dwarf d = start();
	uint32_t i;
	char name[32];

	start_unit(&d);
	i = put_int(&d);
	/* An entry costs more steps than it has bytes. Of both sizes more than 1,000 follow, where the encoder stops. */
	for (uint32_t k = 0; k < n / 4; k++) {
		snprintf(name, sizeof(name), "f%u", k);
		put_symbol(&d, name, 1, k, 1);
		put(&d.info, FUNCTION, 1);
		put_name(&d, name);
		put(&d.info, 0, 4);
		put(&d.info, PARAMETER, 1);
		put_name(&d, "p");
		put(&d.info, i, 4);
		put(&d.info, 0, 4);
		put(&d.info, 0, 1);
		put(&d.ranges, 8, 8);
		put(&d.ranges, 8, 8);
		put(&d.locations, 8, 8);
		put(&d.locations, 8, 8);
		put(&d.locations, 0, 2);
	}
	end_unit(&d);
	put(&d.ranges, 0, 8);
	put(&d.ranges, 0, 8);
	put(&d.locations, 0, 8);
	put(&d.locations, 0, 8);
	return finish(&d);
}

/* One function has many descriptions. Each leads to the next. */
static struct buffer descriptions_of_one_function(uint32_t n)
{
	struct dwarf d = start();

	put_symbol(&d, "f", 1, 0, 1);
	start_unit(&d);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t next = here(&d) + 5;

		put(&d.info, DECLARED, 1);
		put(&d.info, next, 4);
	}
	for (uint32_t i = 0; i < n; i++) {
		put(&d.info, FUNCTION, 1);
		put_name(&d, "f");
		put(&d.info, 0, 4);
		put(&d.info, 0, 1);
	}
	end_unit(&d);
	put(&d.ranges, 0, 8);
	put(&d.ranges, 0, 8);
	return finish(&d);
}

/* Each set of kfuncs is the whole section. */
static struct buffer sets_of_kfuncs(uint32_t n)
{
	struct dwarf d = start();
	char name[64];

	start_unit(&d);
	put_int(&d);
	end_unit(&d);
	for (uint32_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "__BTF_ID__set8__s%u", i);
		put_symbol(&d, name, 2, 0, 8ull * n);
		snprintf(name, sizeof(name), "__BTF_ID__func__f%u__%u", i, i);
		put_symbol(&d, name, 2, 8ull * i, 4);
		put(&d.ids, 1ull << 32, 8);
	}
	return finish(&d);
}

/* A name with several definitions is hidden behind the first. */
static struct buffer structs_of_one_name(uint32_t n)
{
	struct dwarf d = start();

	start_unit(&d);
	for (uint32_t i = 0; i < n; i++) {
		put_struct(&d, "s t r u c t", 4 + i);
		put(&d.info, 0, 1);
		put_struct(&d, "s", 4 + i);
		put(&d.info, 0, 1);
	}
	end_unit(&d);
	return finish(&d);
}

static const struct {
	const char *name;
	struct buffer (*make)(uint32_t n);
} shapes[] = {
	{ "DWARF: typedefs in a chain", typedefs_in_a_chain },
	{ "DWARF: definitions that differ", definitions_that_differ },
	{ "DWARF: types of other units", types_of_other_units },
	{ "DWARF: units that share abbreviations", units_that_share_abbreviations },
	{ "DWARF: versions that share abbreviations", versions_that_share_abbreviations },
	{ "DWARF: origins in two units", origins_in_two_units },
	{ "DWARF: abbreviations inside one another", abbreviations_inside_one_another },
	{ "DWARF: attributes without bytes", attributes_without_bytes },
	{ "DWARF: strings inside one another", strings_inside_one_another },
	{ "DWARF: blocks in blocks", blocks_in_blocks },
	{ "DWARF: lists that are shared", lists_that_are_shared },
	{ "DWARF: descriptions of one function", descriptions_of_one_function },
	{ "DWARF: sets of kfuncs", sets_of_kfuncs },
	{ "DWARF: structs of one name", structs_of_one_name },
};

const char *dwarf_shape_name(uint32_t shape)
{
	return shape < sizeof(shapes) / sizeof(shapes[0]) ? shapes[shape].name : NULL;
}

struct buffer dwarf_shape(uint32_t shape, uint32_t n)
{
	return shapes[shape].make(n);
}
