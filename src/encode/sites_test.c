/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the places where functions were inlined, from DWARF that is made by hand: each form of a
 * location, of an address and of a description of the function.
 */
#include "btf/build_for_test.h"
#include "encode/dwarf_for_test.h"
#include "encode/encode.h"
#include "split/inlined.h"

/* Codes of abbreviations. */
enum {
	UNIT = 1,
	BASE,
	SOURCE,	   /* a function's source */
	PARAMETER, /* of it */
	CODE,	   /* of a function */
	SITE,	   /* with DW_AT_low_pc */
	SITE_ENTRY,
	PLACED, /* a parameter at a site, with an expression */
	CONSTANT,
	LISTED,
};

#define TEXT 0x1000

static void make_abbrevs(struct made_dwarf *m)
{
	made_abbrev(m, UNIT, DW_TAG_compile_unit, 1, DW_AT_low_pc, DW_FORM_addr, 0, 0);
	made_abbrev(m, BASE, DW_TAG_base_type, 0, DW_AT_name, DW_FORM_string, DW_AT_byte_size,
		    DW_FORM_data1, DW_AT_encoding, DW_FORM_data1, 0, 0);
	made_abbrev(m, SOURCE, DW_TAG_subprogram, 1, DW_AT_name, DW_FORM_string, DW_AT_inline,
		    DW_FORM_data1, 0, 0);
	made_abbrev(m, PARAMETER, DW_TAG_formal_parameter, 0, DW_AT_name, DW_FORM_string,
		    DW_AT_type, DW_FORM_ref4, 0, 0);
	made_abbrev(m, CODE, DW_TAG_subprogram, 1, DW_AT_name, DW_FORM_string, 0, 0);
	made_abbrev(m, SITE, DW_TAG_inlined_subroutine, 1, DW_AT_abstract_origin, DW_FORM_ref4,
		    DW_AT_low_pc, DW_FORM_addr, 0, 0);
	made_abbrev(m, SITE_ENTRY, DW_TAG_inlined_subroutine, 1, DW_AT_abstract_origin,
		    DW_FORM_ref4, DW_AT_low_pc, DW_FORM_addr, DW_AT_entry_pc, DW_FORM_data1, 0, 0);
	made_abbrev(m, PLACED, DW_TAG_formal_parameter, 0, DW_AT_abstract_origin, DW_FORM_ref4,
		    DW_AT_location, DW_FORM_exprloc, 0, 0);
	made_abbrev(m, CONSTANT, DW_TAG_formal_parameter, 0, DW_AT_abstract_origin, DW_FORM_ref4,
		    DW_AT_const_value, DW_FORM_sdata, 0, 0);
	made_abbrev(m, LISTED, DW_TAG_formal_parameter, 0, DW_AT_abstract_origin, DW_FORM_ref4,
		    DW_AT_location, DW_FORM_sec_offset, 0, 0);
	made_abbrev(m, 0);
}

static uint32_t here(const struct made_dwarf *m)
{
	return (uint32_t)(m->sections[DWARF_INFO].size - m->unit);
}

static void add_text(struct made_dwarf *m, const char *text)
{
	assert_non_null(buffer_append(&m->sections[DWARF_INFO], text, strlen(text) + 1));
}

/* Offsets of DIEs. */
struct made_function {
	uint32_t source, parameter;
};

/* A unit with "long", the source of "inlined(long x)", and the start of the function "outer". */
static struct made_function start_file(struct made_dwarf *m)
{
	struct made_function f;
	uint32_t type;

	make_abbrevs(m);
	made_unit(m, 5, 0);
	made_info(m, UNIT);
	made_number(m, DWARF_INFO, TEXT, 8);
	type = here(m);
	made_info(m, BASE);
	add_text(m, "long");
	made_info(m, 8, DW_ATE_signed);
	f.source = here(m);
	made_info(m, SOURCE);
	add_text(m, "inlined");
	made_info(m, 1);
	f.parameter = here(m);
	made_info(m, PARAMETER);
	add_text(m, "x");
	made_number(m, DWARF_INFO, type, 4);
	made_info(m, 0, CODE);
	add_text(m, "outer");
	return f;
}

static void add_site(struct made_dwarf *m, uint32_t source, uint64_t pc)
{
	made_info(m, SITE);
	made_number(m, DWARF_INFO, source, 4);
	made_number(m, DWARF_INFO, pc, 8);
}

/* Ends the file and returns its inline BTF, which holds a reference to the BTF. */
static struct rebtf_btf *encoded(struct made_dwarf *m)
{
	struct encode_section sections[] = {
		{ .name = ".text", .address = TEXT, .size = 0x100, .is_data = true },
		{ .name = ".init.text", .address = 0x2000, .size = 0x100, .is_data = true },
	};
	struct encode_symbol symbols[] = { { .name = "_text", .address = TEXT, .type = 0 } };
	struct encode_object object = {
		.symbols = { .items = symbols, .count = 1 },
		.sections = { .items = sections, .count = 2 },
		.machine = 62,
		.pointer_size = 8,
	};
	struct encode_options options = { .jobs = 1, .inlined = true };
	_cleanup_unref_ struct rebtf_btf *joined = NULL, *btf = NULL;
	_cleanup_free_ uint32_t *new_ids = NULL;
	struct rebtf_btf *inlined;

	made_info(m, 0, 0);
	made_unit_end(m);
	object.dwarf = *made_finish(m);
	assert_ok(encode_object(&object, &options, NULL, &joined));
	assert_ok(inlined_part(joined, joined, &btf, &inlined, &new_ids));
	assert_dump(btf, "[1] INT 'long' size=8 bits_offset=0 nr_bits=64 encoding=SIGNED\n");
	return inlined;
}

#define FUNCTION                                                                                   \
	"[2] FUNC_PROTO '(anon)' ret_type_id=0 vlen=1\n"                                           \
	"\t'x' type_id=1\n"                                                                        \
	"[3] FUNC 'inlined' type_id=2 linkage=static\n"

/* An expression, and the location that it is in BTF; NULL: unknown. */
static const struct {
	uint8_t expression[12], size;
	const char *location;
} locations[] = {
	{ { DW_OP_reg0 + 5 }, 1, "size=8 flags=0x8 vlen=1 values='reg5'" },
	{ { DW_OP_reg0 }, 1, "size=8 flags=0x8 vlen=1 values='reg0'" },
	{ { DW_OP_reg31 }, 1, "size=8 flags=0x8 vlen=1 values='reg31'" },
	{ { DW_OP_regx, 40 }, 2, "size=8 flags=0x8 vlen=1 values='reg40'" },
	{ { DW_OP_fbreg, 0x70 }, 2, "size=8 flags=0x39 vlen=2 values='*(fbreg - 0x10)'" },
	{ { DW_OP_breg0 + 6, 0 }, 2, "size=8 flags=0x18 vlen=1 values='*(reg6)'" },
	{ { DW_OP_breg0 + 6, 8 }, 2, "size=8 flags=0x38 vlen=2 values='*(reg6 + 0x8)'" },
	{ { DW_OP_breg0, 8 }, 2, "size=8 flags=0x38 vlen=2 values='*(reg0 + 0x8)'" },
	{ { DW_OP_breg31, 8 }, 2, "size=8 flags=0x38 vlen=2 values='*(reg31 + 0x8)'" },
	{ { DW_OP_bregx, 33, 8 }, 3, "size=8 flags=0x38 vlen=2 values='*(reg33 + 0x8)'" },
	{ { DW_OP_breg0 + 6, 0, DW_OP_stack_value }, 3, "size=8 flags=0x8 vlen=1 values='reg6'" },
	{ { DW_OP_breg0 + 6, 0x78, DW_OP_stack_value },
	  3,
	  "size=8 flags=0x29 vlen=2 values='reg6 - 0x8'" },
	{ { DW_OP_fbreg, 8, DW_OP_stack_value },
	  3,
	  "size=8 flags=0x28 vlen=2 values='fbreg + 0x8'" },
	{ { DW_OP_breg0 + 6, 8, DW_OP_deref, DW_OP_stack_value },
	  4,
	  "size=8 flags=0x38 vlen=2 values='*(reg6 + 0x8)'" },
	{ { DW_OP_lit0 + 7, DW_OP_stack_value }, 2, "size=8 flags=0x2 vlen=2 values='0x7'" },
	{ { DW_OP_const1s, 0xfe, DW_OP_stack_value }, 3, "size=8 flags=0x3 vlen=2 values='-0x2'" },
	{ { DW_OP_const1u, 0xfe, DW_OP_stack_value }, 3, "size=8 flags=0x2 vlen=2 values='0xfe'" },
	{ { DW_OP_const8u, 1, 2, 3, 4, 5, 6, 7, 8, DW_OP_stack_value },
	  10,
	  "size=8 flags=0x2 vlen=2 values='0x807060504030201'" },
	{ { DW_OP_consts, 0x7f, DW_OP_stack_value }, 3, "size=8 flags=0x3 vlen=2 values='-0x1'" },
	{ { DW_OP_implicit_value, 2, 0x34, 0x12 }, 4, "size=8 flags=0x2 vlen=2 values='0x1234'" },
	{ { DW_OP_addr, 0x10, 0x10, 0, 0, 0, 0, 0, 0, DW_OP_stack_value },
	  10,
	  "size=8 flags=0x6 vlen=2 values='0x10 (addr)'" },
	{ { DW_OP_reg0 + 5, DW_OP_piece, 8, DW_OP_reg0 + 4, DW_OP_piece, 8 },
	  6,
	  "size=8 flags=0x8 vlen=2 values='reg5, reg4'" },
	/* BTF cannot express these. */
	{ { DW_OP_addr, 0x10, 0x10, 0, 0, 0, 0, 0, 0 }, 9, NULL },
	{ { DW_OP_reg0 + 5, DW_OP_piece, 4, DW_OP_reg0 + 4, DW_OP_piece, 4 }, 6, NULL },
	{ { DW_OP_breg0 + 6, 0, DW_OP_lit0 + 2, DW_OP_plus, DW_OP_stack_value }, 5, NULL },
	{ { DW_OP_entry_value, 1, DW_OP_reg0 + 5, DW_OP_stack_value }, 4, NULL },
	{ { DW_OP_lit0 + 7 }, 1, NULL },
	{ {}, 0, NULL },
};

static void each_expression_becomes_a_location_or_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(locations) / sizeof(*locations); i++) {
		_cleanup_made_ struct made_dwarf m = {};
		_cleanup_unref_ struct rebtf_btf *inlined = NULL;
		struct made_function f = start_file(&m);
		char want[1024];

		add_site(&m, f.source, TEXT + 0x24);
		made_info(&m, PLACED);
		made_number(&m, DWARF_INFO, f.parameter, 4);
		made_info(&m, locations[i].size);
		assert_non_null(buffer_append(&m.sections[DWARF_INFO], locations[i].expression,
					      locations[i].size));
		made_info(&m, 0);
		inlined = encoded(&m);
		if (locations[i].location)
			snprintf(want, sizeof(want),
				 FUNCTION "[4] LOC_PARAM '(anon)' %s\n"
					  "[5] LOC_PROTO '(anon)' vlen=1\n"
					  "\ttype_id=4 value=%s\n"
					  "[6] LOCSEC '.text' vlen=1\n"
					  "\tname='inlined' func_type_id=3 "
					  "loc_proto_type_id=5 offset=36\n",
				 locations[i].location, strchr(locations[i].location, '\''));
		else
			snprintf(want, sizeof(want), "%s",
				 FUNCTION "[4] LOCSEC '.text' vlen=1\n"
					  "\tname='inlined' func_type_id=3 "
					  "loc_proto_type_id=0 offset=36\n");
		assert_dump(inlined, want);
	}
}

/* The first entry of the list is for other code. */
static void the_entry_of_a_list_that_covers_the_place_counts(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	_cleanup_unref_ struct rebtf_btf *inlined = NULL;
	struct made_function f = start_file(&m);

	(void)state;
	made_bytes(&m, DWARF_LOCLISTS, DW_LLE_offset_pair, 0x00, 0x24, 1, DW_OP_reg0 + 1,
		   DW_LLE_offset_pair, 0x24, 0x24, 1, DW_OP_reg0 + 2, DW_LLE_offset_pair, 0x24,
		   0x30, 1, DW_OP_reg0 + 3, DW_LLE_end_of_list);
	add_site(&m, f.source, TEXT + 0x24);
	made_info(&m, LISTED);
	made_number(&m, DWARF_INFO, f.parameter, 4);
	made_number(&m, DWARF_INFO, 0, 4);
	made_info(&m, 0);
	inlined = encoded(&m);
	assert_dump(inlined,
		    FUNCTION "[4] LOC_PARAM '(anon)' size=8 flags=0x8 vlen=1 values='reg3'\n"
			     "[5] LOC_PROTO '(anon)' vlen=1\n"
			     "\ttype_id=4 value='reg3'\n"
			     "[6] LOCSEC '.text' vlen=1\n"
			     "\tname='inlined' func_type_id=3 loc_proto_type_id=5 offset=36\n");
}

/* Places are in the section of their code; a place in another one, or in none, is left out. */
static void places_are_sorted_and_in_their_sections(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	_cleanup_unref_ struct rebtf_btf *inlined = NULL;
	struct made_function f = start_file(&m);

	(void)state;
	add_site(&m, f.source, TEXT + 0x40);
	/* A place inside a place. */
	add_site(&m, f.source, TEXT + 0x30);
	made_info(&m, CONSTANT);
	made_number(&m, DWARF_INFO, f.parameter, 4);
	made_info(&m, 0x7f, 0, 0);
	add_site(&m, f.source, 0x2008);
	made_info(&m, 0);
	add_site(&m, f.source, 0x3000);
	made_info(&m, 0);
	/* DW_AT_entry_pc as a distance from DW_AT_low_pc. */
	made_info(&m, SITE_ENTRY);
	made_number(&m, DWARF_INFO, f.source, 4);
	made_number(&m, DWARF_INFO, TEXT + 0x10, 8);
	made_info(&m, 4, 0);
	/* The function's DIE is missing. */
	add_site(&m, f.source + 1, TEXT);
	made_info(&m, 0);
	inlined = encoded(&m);
	assert_dump(inlined,
		    FUNCTION "[4] LOC_PARAM '(anon)' size=8 flags=0x3 vlen=2 values='-0x1'\n"
			     "[5] LOC_PROTO '(anon)' vlen=1\n"
			     "\ttype_id=4 value='-0x1'\n"
			     "[6] LOCSEC '.text' vlen=3\n"
			     "\tname='inlined' func_type_id=3 loc_proto_type_id=0 offset=20\n"
			     "\tname='inlined' func_type_id=3 loc_proto_type_id=5 offset=48\n"
			     "\tname='inlined' func_type_id=3 loc_proto_type_id=0 offset=64\n"
			     "[7] LOCSEC '.init.text' vlen=1\n"
			     "\tname='inlined' func_type_id=3 loc_proto_type_id=0 offset=8\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_expression_becomes_a_location_or_none),
		cmocka_unit_test(the_entry_of_a_list_that_covers_the_place_counts),
		cmocka_unit_test(places_are_sorted_and_in_their_sections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
