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

/* A typedef, at 12 of a unit of 21 bytes, and .debug_str of 4 bytes. */
static void make_typedef(struct made_dwarf *m, uint32_t name, uint32_t type)
{
	made_string(m, "abc");
	made_abbrev(m, 1, DW_TAG_compile_unit, 1, 0, 0);
	made_abbrev(m, 2, DW_TAG_typedef, 0, DW_AT_name, DW_FORM_strp, DW_AT_type, DW_FORM_ref4, 0,
		    0, 0);
	made_unit(m, 4, 0);
	made_info(m, 1, 2);
	made_number(m, DWARF_INFO, name, 4);
	made_number(m, DWARF_INFO, type, 4);
	made_unit_end(m);
}

/* The first byte behind a section or a unit is not in it. The slow way has the error. */
static void values_at_the_end_are_not_read_in_brief(void **state)
{
	static const struct {
		uint32_t name, type;
		const char *error;
	} cases[] = {
		{ 3, 20, NULL },
		{ 4, 20, "DIE at 0xc: a string at offset 0x4 is not in .debug_str" },
		{ 3, 21, "DIE at 0xc: a reference to offset 0x15 of the unit of 0x15 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_made_ struct made_dwarf m = {};
		const bool good = !cases[i].error;
		struct die_cursor c, same;
		struct die_brief type;
		struct die die;

		make_typedef(&m, cases[i].name, cases[i].type);
		assert_ok(made_read(&m));
		die_cursor_start(&c, &m.reader, NULL, m.units.items[0].first_die);
		assert_true(die_next(&c, &die));
		same = c;
		assert_int_equal(die_next_type(&same, &type), good);
		same = c;
		assert_int_equal(die_next_brief(&same, DW_TAG_typedef, &type, 1), good);
		assert_int_equal(die_next(&c, &die), good);
		if (good)
			assert_null(c.err);
		else
			assert_fails(c.err, REBTF_ERR_FORMAT, cases[i].error);
	}
}

/* A unit may have both attributes. Their numbers differ: 3 is C in the one, and Ada in the other. */
static void language_of_a_unit_is_not_its_language_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_made_ struct made_dwarf m = {};

		made_abbrev(&m, 1, DW_TAG_compile_unit, 0);
		/* 0x90: DW_AT_language_name */
		made_abbrev(&m, 0x90, 1, DW_FORM_data1);
		if (i)
			made_abbrev(&m, DW_AT_language, DW_FORM_data1);
		made_abbrev(&m, 0, 0, 0);
		made_unit(&m, 5, 0);
		made_info(&m, 1, 3);
		if (i)
			made_info(&m, DW_LANG_C11);
		made_unit_end(&m);
		assert_ok(made_read(&m));
		assert_int_equal(m.reader.language, i ? DW_LANG_C11 : 0);
	}
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

/* ------------------------------------------------------------------------------- indirect forms */

/* A form, and its value: @number in @number_size bytes, and then @zeros. */
struct form_value {
	uint8_t form, number_size, number, zeros;
};

/* No field stands for DW_AT_comp_dir, so its values are skipped. */
static const struct form_value skipped_values[] = {
	{ DW_FORM_flag_present, 0, 0, 0 }, { DW_FORM_flag, 1, 1, 0 },
	{ DW_FORM_data1, 1, 9, 0 },	   { DW_FORM_data2, 2, 9, 0 },
	{ DW_FORM_data4, 4, 9, 0 },	   { DW_FORM_data8, 8, 9, 0 },
	{ DW_FORM_data16, 8, 9, 8 },	   { DW_FORM_strx3, 1, 9, 2 },
	{ DW_FORM_addr, 8, 9, 0 },	   { DW_FORM_strp, 4, 9, 0 },
	{ DW_FORM_sec_offset, 4, 9, 0 },   { DW_FORM_udata, 1, 0x80, 1 },
	{ DW_FORM_sdata, 1, 0x80, 1 },	   { DW_FORM_strx, 1, 0x80, 1 },
	{ DW_FORM_string, 1, 'x', 1 },	   { DW_FORM_block, 1, 3, 3 },
	{ DW_FORM_block1, 1, 3, 3 },	   { DW_FORM_block2, 2, 3, 3 },
	{ DW_FORM_block4, 4, 3, 3 },	   { DW_FORM_exprloc, 1, 3, 3 },
};

enum { SKIPPED_VALUES = sizeof(skipped_values) / sizeof(*skipped_values) };

/*
 * A unit with a base type, whose @attribute has the value in an indirect form, and a type behind it.
 * Returns the offset of the latter.
 */
static size_t make_indirect(struct made_dwarf *m, uint8_t attribute, struct form_value value)
{
	size_t end;

	made_abbrev(m, 1, DW_TAG_compile_unit, 1, 0, 0);
	made_abbrev(m, 2, DW_TAG_base_type, 0, attribute, DW_FORM_indirect, DW_AT_bit_size,
		    DW_FORM_udata, 0, 0);
	made_abbrev(m, 3, DW_TAG_unspecified_type, 0, 0, 0, 0);
	made_unit(m, 4, 0);
	made_info(m, 1);
	made_info(m, 2, value.form); /* 12 */
	made_number(m, DWARF_INFO, value.number, value.number_size);
	for (size_t i = 0; i < value.zeros; i++)
		made_info(m, 0);
	made_info(m, 7);
	end = m->sections[DWARF_INFO].size;
	made_info(m, 3, 0);
	made_unit_end(m);
	return end;
}

/* @wanted: whether the walk reads the base type, or passes it. */
static void check_indirect_value_is_skipped(struct form_value value, bool big_endian, bool wanted)
{
	_cleanup_made_ struct made_dwarf m = { .file.big_endian = big_endian };
	size_t behind = make_indirect(&m, DW_AT_comp_dir, value);
	struct die_filter filter = {};
	struct die_cursor c;
	struct die die;

	die_filter_set(&filter, DW_TAG_unspecified_type, DIE_WANTED);
	if (wanted)
		die_filter_set(&filter, DW_TAG_base_type, DIE_WANTED);
	assert_ok(made_read(&m));
	die_cursor_start(&c, &m.reader, &filter, m.units.items[0].first_die);
	if (wanted) {
		assert_true(die_next(&c, &die));
		assert_int_equal(die.offset, 12);
		assert_int_equal(die_number(&die, DIE_BIT_SIZE, 0), 7);
	}
	assert_true(die_next(&c, &die));
	assert_int_equal(die.tag, DW_TAG_unspecified_type);
	assert_int_equal(die.offset, behind);
	assert_false(die_next(&c, &die));
	assert_null(c.err);
}

static void values_in_indirect_forms_are_skipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < SKIPPED_VALUES; i++) {
		for (unsigned int bits = 0; bits < 4; bits++)
			check_indirect_value_is_skipped(skipped_values[i], bits & 1, bits & 2);
	}
}

static void values_in_indirect_forms_are_read(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	struct die_cursor c;
	struct die die;

	(void)state;
	made_abbrev(&m, 1, DW_TAG_variable, 0);
	made_abbrev(&m, DW_AT_name, DW_FORM_indirect, DW_AT_type, DW_FORM_indirect);
	made_abbrev(&m, DW_AT_byte_size, DW_FORM_indirect, DW_AT_location, DW_FORM_indirect);
	made_abbrev(&m, DW_AT_external, DW_FORM_indirect, DW_AT_declaration, DW_FORM_indirect);
	made_abbrev(&m, DW_AT_bit_size, DW_FORM_data1, 0, 0, 0);
	made_unit(&m, 4, 0);
	made_info(&m, 1);
	made_info(&m, DW_FORM_string, 'a', 'b', 0, DW_FORM_ref1, 11);
	made_info(&m, DW_FORM_data2, 1, 2, DW_FORM_exprloc, 1, DW_OP_reg0);
	made_info(&m, DW_FORM_flag, 1, DW_FORM_flag_present, 7);
	made_unit_end(&m);
	assert_ok(made_read(&m));
	die_cursor_start(&c, &m.reader, NULL, m.units.items[0].first_die);
	assert_true(die_next(&c, &die));
	assert_string_equal(die_string(&die, DIE_NAME).text, "ab");
	assert_int_equal(die_ref(&die, DIE_TYPE).offset, 11);
	assert_int_equal(die_number(&die, DIE_BYTE_SIZE, 0), 0x201);
	assert_true(die_has(&die, DIE_LOCATION));
	assert_int_equal(die.location.size, 1);
	assert_int_equal(die.location.data[0], DW_OP_reg0);
	assert_true(die_has(&die, DIE_EXTERNAL));
	assert_true(die_has(&die, DIE_DECLARATION));
	assert_int_equal(die_number(&die, DIE_BIT_SIZE, 0), 7);
	assert_false(die_next(&c, &die));
	assert_null(c.err);
}

/* Cuts the unit at every byte of the base type. */
static void check_cut_indirect_value(uint8_t attribute, struct form_value value, bool wanted)
{
	struct die_filter filter = {};
	size_t behind = SIZE_MAX, count;

	die_filter_set(&filter, wanted ? DW_TAG_base_type : DW_TAG_unspecified_type, DIE_WANTED);
	for (size_t cut = 13; cut < behind; cut++) {
		_cleanup_made_ struct made_dwarf m = {};

		behind = make_indirect(&m, attribute, value);
		m.sections[DWARF_INFO].size = cut;
		made_unit_end(&m);
		assert_fails(made_walk(&m, &filter, &count), REBTF_ERR_FORMAT,
			     "DIE at 0xc: the DIE ends past its unit");
		assert_int_equal(count, 0);
	}
}

static void cut_values_in_indirect_forms_are_errors(void **state)
{
	static const struct {
		uint8_t attribute;
		struct form_value value;
	} read[] = {
		{ DW_AT_name, { DW_FORM_string, 1, 'x', 1 } },
		{ DW_AT_type, { DW_FORM_ref2, 2, 11, 0 } },
		{ DW_AT_byte_size, { DW_FORM_data4, 4, 9, 0 } },
		{ DW_AT_location, { DW_FORM_block2, 2, 3, 3 } },
		{ DW_AT_external, { DW_FORM_flag, 1, 1, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < 2 * (size_t)SKIPPED_VALUES; i++)
		check_cut_indirect_value(DW_AT_comp_dir, skipped_values[i / 2], i % 2);
	for (size_t i = 0; i < 5; i++)
		check_cut_indirect_value(read[i].attribute, read[i].value, true);
}

static void an_unwanted_die_past_its_unit_is_named(void **state)
{
	struct die_filter filter = {};
	_cleanup_made_ struct made_dwarf m = {};
	size_t count;

	(void)state;
	made_abbrev(&m, 1, DW_TAG_compile_unit, 1, 0, 0);
	made_abbrev(&m, 2, DW_TAG_constant, 0, DW_AT_name, DW_FORM_data4, 0, 0, 0);
	made_unit(&m, 4, 0);
	made_info(&m, 1, 2, 1, 2, 3, 4, 2, 1);
	made_unit_end(&m);
	assert_fails(made_walk(&m, &filter, &count), REBTF_ERR_FORMAT,
		     "unit at 0x0: DIE at 0x11: the DIE ends past its unit");
}

/* Otherwise each of many units could compile all of a large table again. */
static void a_table_is_compiled_once_for_each_version(void **state)
{
	static const uint16_t versions[] = { 4, 3, 4, 3 };
	_cleanup_made_ struct made_dwarf m = {};
	const struct dwarf_unit *units;

	(void)state;
	made_abbrev(&m, 1, DW_TAG_compile_unit, 0, 0, 0, 0);
	for (size_t i = 0; i < 4; i++) {
		made_unit(&m, versions[i], 0);
		made_info(&m, 1);
		made_unit_end(&m);
	}
	assert_ok(made_read(&m));
	units = m.units.items;
	assert_int_not_equal(units[0].shared_abbrevs, 0);
	assert_int_equal(units[2].shared_abbrevs, units[0].shared_abbrevs);
	assert_int_not_equal(units[1].shared_abbrevs, 0);
	assert_int_not_equal(units[1].shared_abbrevs, units[0].shared_abbrevs);
	assert_int_equal(units[3].shared_abbrevs, units[1].shared_abbrevs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cursor_visits_all_dies_in_order),
		cmocka_unit_test(types_in_the_usual_forms_are_read_in_brief),
		cmocka_unit_test(values_at_the_end_are_not_read_in_brief),
		cmocka_unit_test(language_of_a_unit_is_not_its_language_name),
		cmocka_unit_test(long_codes_of_a_table_without_gaps_are_found),
		cmocka_unit_test(a_code_behind_the_last_is_an_error),
		cmocka_unit_test(values_in_indirect_forms_are_skipped),
		cmocka_unit_test(values_in_indirect_forms_are_read),
		cmocka_unit_test(cut_values_in_indirect_forms_are_errors),
		cmocka_unit_test(an_unwanted_die_past_its_unit_is_named),
		cmocka_unit_test(a_table_is_compiled_once_for_each_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
