/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Unit tests: reading DIEs that are made by hand, with the numbers of the DWARF standard. */
#include "encode/dwarf_for_test.h"

/* The compile unit of a struct with two members. Offsets in .debug_info are in comments. */
static void make_struct(struct made_dwarf *m)
{
	uint32_t point = made_string(m, "point"), x = made_string(m, "x");
	uint32_t number = made_string(m, "int");

	made_abbrev(m, 1, DW_TAG_compile_unit, 1, DW_AT_language, DW_FORM_data1, 0, 0);
	made_abbrev(m, 2, DW_TAG_structure_type, 1, DW_AT_name, DW_FORM_strp, DW_AT_byte_size,
		    DW_FORM_data1, DW_AT_sibling, DW_FORM_ref4, 0, 0);
	made_abbrev(m, 3, DW_TAG_member, 0, DW_AT_name, DW_FORM_strp, DW_AT_type, DW_FORM_ref4,
		    DW_AT_data_member_location, DW_FORM_udata, 0, 0);
	made_abbrev(m, 4, DW_TAG_member, 0, DW_AT_name, DW_FORM_string, DW_AT_type, DW_FORM_ref4,
		    DW_AT_data_member_location, DW_FORM_data1, 0, 0);
	made_abbrev(m, 5, DW_TAG_base_type, 0, DW_AT_byte_size, DW_FORM_data1, DW_AT_encoding,
		    DW_FORM_data1, DW_AT_name, DW_FORM_strp, 0, 0, 0);
	made_unit(m, 4, 0);
	made_info(m, 1, DW_LANG_C11); /* 11 */
	made_info(m, 2);	      /* 13 */
	made_number(m, DWARF_INFO, point, 4);
	made_info(m, 8);
	made_number(m, DWARF_INFO, 43, 4);
	made_info(m, 3); /* 23 */
	made_number(m, DWARF_INFO, x, 4);
	made_number(m, DWARF_INFO, 43, 4);
	made_info(m, 0x80, 0x00); /* the number 0, padded */
	made_info(m, 4, 'y', 0);  /* 34 */
	made_number(m, DWARF_INFO, 43, 4);
	made_info(m, 4, 0);		   /* 42: the end of the members */
	made_info(m, 5, 4, DW_ATE_signed); /* 43 */
	made_number(m, DWARF_INFO, number, 4);
	made_info(m, 0);
	made_unit_end(m);
}

static void cursor_visits_all_dies_in_order(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	struct die_cursor c;
	struct die die;

	(void)state;
	make_struct(&m);
	assert_ok(made_read(&m));
	assert_int_equal(m.reader.language, DW_LANG_C11);
	die_cursor_start(&c, &m.reader, NULL, m.units.items[0].first_die);
	assert_true(die_next(&c, &die));
	assert_int_equal(die.tag, DW_TAG_compile_unit);
	assert_int_equal(die.offset, 11);
	assert_int_equal(die.depth, 0);
	assert_true(die_next(&c, &die));
	assert_int_equal(die.tag, DW_TAG_structure_type);
	assert_int_equal(die.depth, 1);
	assert_true(die.children);
	assert_string_equal(die_string(&die, DIE_NAME).text, "point");
	assert_int_equal(die_number(&die, DIE_BYTE_SIZE, 0), 8);
	assert_false(die_has(&die, DIE_TYPE));
	assert_true(die_next(&c, &die));
	assert_int_equal(die.depth, 2);
	assert_int_equal(die_number(&die, DIE_MEMBER_LOCATION, 99), 0);
	assert_int_equal(die_ref(&die, DIE_TYPE).offset, 43);
	assert_int_equal(die_ref(&die, DIE_TYPE).place, DIE_IN_UNIT);
	assert_true(die_next(&c, &die));
	assert_string_equal(die_string(&die, DIE_NAME).text, "y");
	assert_int_equal(die_string(&die, DIE_NAME).key, 0);
	assert_int_equal(die_number(&die, DIE_MEMBER_LOCATION, 0), 4);
	assert_true(die_next(&c, &die));
	assert_int_equal(die.offset, 43);
	assert_int_equal(die.depth, 1);
	assert_int_equal(die_number(&die, DIE_ENCODING, 0), DW_ATE_signed);
	assert_false(die_next(&c, &die));
	assert_null(c.err);
}

static void types_in_the_usual_forms_are_read_in_brief(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	struct die_cursor c;
	struct die_brief type;
	struct die die;

	(void)state;
	make_struct(&m);
	assert_ok(made_read(&m));
	die_cursor_start(&c, &m.reader, NULL, m.units.items[0].first_die);
	assert_false(die_next_type(&c, &type)); /* the unit */
	assert_true(die_next(&c, &die));
	assert_true(die_next_type(&c, &type));
	assert_int_equal(type.tag, DW_TAG_structure_type);
	assert_int_equal(type.offset, 13);
	assert_int_equal(type.depth, 1);
	assert_true(type.children);
	assert_string_equal(type.name.text, "point");
	assert_int_equal(type.number, 8);
	assert_int_equal(type.type, 0);
	assert_false(die_next_type(&c, &type)); /* a member */
	assert_true(die_next(&c, &die));
	assert_int_equal(die.offset, 23);
	assert_int_equal(die.depth, 2);
	assert_true(die_next(&c, &die));
	assert_false(die_next_type(&c, &type)); /* an INT has an encoding, too */
	assert_true(die_next(&c, &die));
	assert_int_equal(die.offset, 43);
	assert_int_equal(die.depth, 1);
	assert_false(die_next_type(&c, &type));
	assert_false(die_next(&c, &die));
	assert_null(c.err);
}

enum { MANY_CODES = 300 };

static uint16_t tag_of_code(unsigned int code)
{
	static const uint16_t tags[] = { DW_TAG_base_type, DW_TAG_unspecified_type,
					 DW_TAG_string_type };

	return tags[code % 3];
}

/* Appends a code of two bytes. */
static void made_code(struct made_dwarf *m, enum dwarf_section_id id, unsigned int code)
{
	made_bytes(m, id, (uint8_t)(code | 0x80), (uint8_t)(code >> 7));
}

/* A unit with a DIE for each of many codes, which follow each other without gaps, and one for @last. */
static void make_many_codes(struct made_dwarf *m, unsigned int last)
{
	made_abbrev(m, 1, DW_TAG_compile_unit, 1, 0, 0);
	for (unsigned int code = 2; code <= MANY_CODES; code++) {
		made_code(m, DWARF_ABBREV, code);
		made_abbrev(m, (uint8_t)tag_of_code(code), 0, DW_AT_byte_size, DW_FORM_data1, 0, 0);
	}
	made_abbrev(m, 0);
	made_unit(m, 4, 0);
	made_info(m, 1);
	for (unsigned int code = 2; code <= MANY_CODES; code++) {
		made_code(m, DWARF_INFO, code);
		made_info(m, (uint8_t)code);
	}
	made_code(m, DWARF_INFO, last);
	made_info(m, (uint8_t)last, 0);
	made_unit_end(m);
}

/* Codes from 128 on take another way to their abbreviation than shorter ones. */
static void long_codes_of_a_table_without_gaps_are_found(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	struct die_cursor c;
	struct die die;

	(void)state;
	make_many_codes(&m, MANY_CODES);
	assert_ok(made_read(&m));
	die_cursor_start(&c, &m.reader, NULL, m.units.items[0].first_die);
	assert_true(die_next(&c, &die));
	for (unsigned int code = 2; code <= MANY_CODES + 1; code++) {
		unsigned int used = code <= MANY_CODES ? code : MANY_CODES;

		assert_true(die_next(&c, &die));
		assert_int_equal(die.tag, tag_of_code(used));
		assert_int_equal(die_number(&die, DIE_BYTE_SIZE, 0), used & 0xff);
	}
	assert_false(die_next(&c, &die));
	assert_null(c.err);
}

static void a_code_behind_the_last_is_an_error(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	size_t count;

	(void)state;
	make_many_codes(&m, MANY_CODES + 1);
	assert_fails(made_walk(&m, NULL, &count), REBTF_ERR_FORMAT, "301");
	assert_int_equal(count, MANY_CODES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cursor_visits_all_dies_in_order),
		cmocka_unit_test(types_in_the_usual_forms_are_read_in_brief),
		cmocka_unit_test(long_codes_of_a_table_without_gaps_are_found),
		cmocka_unit_test(a_code_behind_the_last_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
