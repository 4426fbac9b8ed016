/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Unit tests: DWARF that no compiler makes. Each error names the file, the section, the unit and the
 * DIE, and no input makes the reader hang or read outside of its sections.
 */
#include "encode/dwarf_for_test.h"
#include "encode/location.h"

/* One unit whose root has @bytes behind its code; its abbreviation 1 has the attributes. */
#define MAKE_ROOT(m, version, attributes, ...)                                                     \
	do {                                                                                       \
		made_abbrev(m, 1, DW_TAG_compile_unit, 1);                                         \
		made_abbrev_rest(m, attributes);                                                   \
		made_unit(m, version, 0);                                                          \
		made_info(m, 1, __VA_ARGS__);                                                      \
		made_unit_end(m);                                                                  \
	} while (0)

struct pairs {
	uint8_t count;
	uint8_t bytes[8];
};

static void made_abbrev_rest(struct made_dwarf *m, struct pairs attributes)
{
	for (size_t i = 0; i < attributes.count; i++)
		made_abbrev(m, attributes.bytes[i]);
	made_abbrev(m, 0, 0, 0);
}

#define ATTRIBUTE(attribute, form)                                                                 \
	(struct pairs)                                                                             \
	{                                                                                          \
		2,                                                                                 \
		{                                                                                  \
			attribute, form                                                            \
		}                                                                                  \
	}
#define NO_ATTRIBUTES                                                                              \
	(struct pairs)                                                                             \
	{                                                                                          \
	}

static void assert_walk_fails(struct made_dwarf *m, enum rebtf_error_code code, const char *text)
{
	size_t count;

	assert_fails(made_walk(m, NULL, &count), code, text);
}

/* ---------------------------------------------------------------------------------------- units */

static void unit_past_the_section_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 4, NO_ATTRIBUTES, 0);
	put32(m.sections[DWARF_INFO].data, 10, false);
	assert_walk_fails(&m, REBTF_ERR_FORMAT,
			  "made.o: .debug_info: unit at 0x0: the unit ends past the section");
}

static void truncated_header_is_refused(void **state)
{
	(void)state;
	for (uint8_t size = 1; size < 11; size++) {
		_cleanup_made_ struct made_dwarf m = {};

		MAKE_ROOT(&m, 4, NO_ATTRIBUTES, 0);
		m.sections[DWARF_INFO].size = size;
		put32(m.sections[DWARF_INFO].data, size < 4 ? 0 : size - 4u, false);
		assert_walk_fails(&m, REBTF_ERR_FORMAT, "unit at 0x0: the ");
	}
}

static void unknown_version_is_refused(void **state)
{
	static const uint16_t versions[] = { 0, 1, 6, 0xffff };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		_cleanup_made_ struct made_dwarf m = {};

		MAKE_ROOT(&m, versions[i], NO_ATTRIBUTES, 0);
		assert_walk_fails(&m, REBTF_ERR_UNSUPPORTED, "unit at 0x0: unsupported version");
	}
}

static void second_unit_names_its_offset(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 4, NO_ATTRIBUTES, 0);
	made_unit(&m, 7, 0);
	made_unit_end(&m);
	assert_walk_fails(&m, REBTF_ERR_UNSUPPORTED, "unit at 0xd: unsupported version");
}

static void split_dwarf_is_refused_with_its_remedy(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 5, NO_ATTRIBUTES, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	m.sections[DWARF_INFO].data[6] = DW_UT_skeleton;
	assert_walk_fails(&m, REBTF_ERR_UNSUPPORTED, "build without -gsplit-dwarf");
}

static void die_past_its_unit_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 4, ATTRIBUTE(DW_AT_stmt_list, DW_FORM_data4), 1, 2, 3);
	made_unit(&m, 4, 0);
	made_info(&m, 1, 1, 2, 3, 4, 0);
	made_unit_end(&m);
	assert_walk_fails(&m, REBTF_ERR_FORMAT,
			  "unit at 0x0: DIE at 0xb: the DIE ends past its unit");
}

/* ------------------------------------------------------------------------------ abbreviations */

static void unknown_code_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 4, NO_ATTRIBUTES, 2, 0);
	assert_walk_fails(&m, REBTF_ERR_FORMAT, "DIE at 0xc: no abbreviation has code 2");
}

static void huge_code_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 4, NO_ATTRIBUTES, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0);
	assert_walk_fails(&m, REBTF_ERR_FORMAT, "no abbreviation has code 18446744073709551615");
}

static void code_without_end_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 4, NO_ATTRIBUTES, 0x80, 0x80, 0x80, 0x80);
	assert_walk_fails(&m, REBTF_ERR_FORMAT, "DIE at 0xc: the DIE ends past its unit");
}

static void table_with_gaps_is_searched(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	size_t count;

	(void)state;
	made_abbrev(&m, 0x80, 0x01, DW_TAG_base_type, 0, 0, 0);
	made_abbrev(&m, 7, DW_TAG_compile_unit, 1, 0, 0, 0);
	made_unit(&m, 4, 0);
	made_info(&m, 7, 0x80, 1, 0x80, 1, 0);
	made_unit_end(&m);
	assert_ok(made_walk(&m, NULL, &count));
	assert_int_equal(count, 3);
}

static void code_used_twice_in_a_table_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	made_abbrev(&m, 3, DW_TAG_base_type, 0, 0, 0);
	made_abbrev(&m, 3, DW_TAG_compile_unit, 1, 0, 0, 0);
	made_unit(&m, 4, 0);
	made_info(&m, 3, 0);
	made_unit_end(&m);
	assert_walk_fails(&m, REBTF_ERR_FORMAT, "two abbreviations with code 3");
}

static void unknown_form_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 4, ATTRIBUTE(DW_AT_name, 0x50), 0);
	assert_walk_fails(&m, REBTF_ERR_UNSUPPORTED,
			  "abbreviation 1: unknown form 0x50 of attribute 0x3");
}

static void table_without_end_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	made_abbrev(&m, 1, DW_TAG_compile_unit, 1, DW_AT_name);
	made_unit(&m, 4, 0);
	made_info(&m, 1, 0);
	made_unit_end(&m);
	assert_walk_fails(&m, REBTF_ERR_FORMAT, "abbreviation 1 ends past its table");
}

/* Otherwise each of many units could compile all of a large table again, from another row on. */
static void overlapping_tables_are_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 4, ATTRIBUTE(DW_AT_language, DW_FORM_data1), 12, 0);
	made_unit(&m, 4, 3);
	made_info(&m, 1, 0);
	made_unit_end(&m);
	assert_walk_fails(&m, REBTF_ERR_FORMAT, "abbreviation 1 ends past its table");
}

static void table_outside_of_the_section_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 4, NO_ATTRIBUTES, 0);
	put32(m.sections[DWARF_INFO].data + 6, 0x1000, false);
	assert_walk_fails(&m, REBTF_ERR_FORMAT,
			  "DIE at 0xb: abbreviations at 0x1000 are not in .debug_abbrev");
}

/* The values take more bytes than a step of a program can skip. */
static void abbreviation_with_many_attributes_is_read(void **state)
{
	enum { ATTRIBUTES = 5000 };
	_cleanup_made_ struct made_dwarf m = {};
	struct die die;

	(void)state;
	made_abbrev(&m, 1, DW_TAG_compile_unit, 0);
	for (size_t i = 0; i < ATTRIBUTES; i++)
		made_abbrev(&m, DW_AT_stmt_list, DW_FORM_data16);
	made_abbrev(&m, DW_AT_language, DW_FORM_data1, 0, 0, 0);
	made_unit(&m, 5, 0);
	made_info(&m, 1);
	for (size_t i = 0; i < 2 * ATTRIBUTES; i++)
		made_number(&m, DWARF_INFO, i, 8);
	made_info(&m, DW_LANG_Rust);
	made_unit_end(&m);
	assert_ok(made_read(&m));
	assert_int_equal(m.reader.language, DW_LANG_Rust);
	assert_ok(die_read(&m.reader, m.reader.unit->first_die, &die));
	assert_false(die.children);
}

/* --------------------------------------------------------------------------------------- values */

static void value_past_the_unit_is_refused(void **state)
{
	static const struct pairs attributes[] = {
		{ 2, { DW_AT_name, DW_FORM_string } },
		{ 2, { DW_AT_location, DW_FORM_exprloc } },
		{ 2, { DW_AT_comp_dir, DW_FORM_string } },
		{ 2, { DW_AT_comp_dir, DW_FORM_block1 } },
		{ 2, { DW_AT_comp_dir, DW_FORM_block4 } },
		{ 2, { DW_AT_comp_dir, DW_FORM_udata } },
		{ 2, { DW_AT_byte_size, DW_FORM_udata } },
		{ 2, { DW_AT_byte_size, DW_FORM_sdata } },
		{ 2, { DW_AT_comp_dir, DW_FORM_block } },
		{ 2, { DW_AT_byte_size, DW_FORM_data8 } },
		{ 2, { DW_AT_comp_dir, DW_FORM_indirect } },
		{ 2, { DW_AT_low_pc, DW_FORM_addr } },
		{ 2, { DW_AT_type, DW_FORM_ref_sig8 } },
		{ 2, { DW_AT_name, DW_FORM_strp } },
		{ 2, { DW_AT_type, DW_FORM_ref4 } },
		{ 2, { DW_AT_location, DW_FORM_block4 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++) {
		_cleanup_made_ struct made_dwarf m = {};

		made_string(&m, "strings");
		MAKE_ROOT(&m, 4, attributes[i], 0x89, 0x80, 0x80);
		assert_walk_fails(&m, REBTF_ERR_FORMAT, "DIE at 0xb: ");
	}
}

/* A unit whose last DIE, at 12, has a value in each of four forms. Its zeros are left out. */
static void make_last_die(struct made_dwarf *m)
{
	made_abbrev(m, 1, DW_TAG_compile_unit, 1, 0, 0);
	made_abbrev(m, 2, DW_TAG_structure_type, 0, DW_AT_byte_size, DW_FORM_udata, DW_AT_sibling,
		    DW_FORM_ref4, DW_AT_comp_dir, DW_FORM_string, DW_AT_bit_size, DW_FORM_udata, 0,
		    0, 0);
	made_unit(m, 4, 0);
	made_info(m, 1, 2);
	made_info(m, 8);		/* 13 */
	made_info(m, 11, 0, 0, 0);	/* 14 */
	made_info(m, 'a', 'b', 'c', 0); /* 18 */
	made_info(m, 7);		/* 22 */
}

/*
 * A DIE may end where its unit does, but may not lack values: whether it is read, passed, or inside
 * of a DIE that is passed as a whole.
 */
static void last_die_must_have_all_its_values(void **state)
{
	enum { FIRST_VALUE = 13, END = 23 };
	struct die_filter filters[3] = {};

	(void)state;
	die_filter_set(&filters[0], DW_TAG_structure_type, DIE_WANTED);
	die_filter_set(&filters[1], DW_TAG_member, DIE_WANTED);
	die_filter_set(&filters[2], DW_TAG_compile_unit, DIE_CLOSED);
	for (size_t i = 0; i < 3; i++) {
		for (size_t cut = FIRST_VALUE; cut <= END; cut++) {
			_cleanup_made_ struct made_dwarf m = {};
			struct rebtf_error *err;
			size_t count;

			make_last_die(&m);
			m.sections[DWARF_INFO].size = cut;
			made_unit_end(&m);
			err = made_walk(&m, &filters[i], &count);
			if (cut == END)
				assert_ok(err);
			else
				assert_fails(err, REBTF_ERR_FORMAT,
					     "DIE at 0xc: the DIE ends past its unit");
			assert_int_equal(count, cut == END && i == 0);
		}
	}
}

static void string_outside_of_its_section_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	made_string(&m, "abc");
	MAKE_ROOT(&m, 4, ATTRIBUTE(DW_AT_name, DW_FORM_strp), 4, 0, 0, 0, 0);
	assert_walk_fails(&m, REBTF_ERR_FORMAT,
			  "DIE at 0xb: a string at offset 0x4 is not in .debug_str");
}

static void reference_outside_of_the_unit_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 4, ATTRIBUTE(DW_AT_type, DW_FORM_ref4), 17, 0, 0, 0, 0);
	assert_walk_fails(&m, REBTF_ERR_FORMAT,
			  "a reference to offset 0x11 of the unit of 0x11 bytes");
}

/* The standard forbids both, for values that are read and for those that are skipped. */
static void chain_of_indirect_forms_is_refused(void **state)
{
	static const uint8_t forms[] = { DW_FORM_indirect, DW_FORM_implicit_const };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_made_ struct made_dwarf read = {}, skipped = {};
		char message[64];

		snprintf(message, sizeof(message), "form 0x%x follows DW_FORM_indirect", forms[i]);
		MAKE_ROOT(&read, 4, ATTRIBUTE(DW_AT_name, DW_FORM_indirect), forms[i],
			  DW_FORM_data1, 0, 0);
		assert_walk_fails(&read, REBTF_ERR_FORMAT, message);
		MAKE_ROOT(&skipped, 4, ATTRIBUTE(DW_AT_comp_dir, DW_FORM_indirect), forms[i],
			  DW_FORM_data1, 0, 0);
		assert_walk_fails(&skipped, REBTF_ERR_FORMAT, "DIE at 0xb: ");
	}
}

static void unknown_indirect_form_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf read = {}, skipped = {};

	(void)state;
	MAKE_ROOT(&read, 4, ATTRIBUTE(DW_AT_name, DW_FORM_indirect), 0x50, 0, 0);
	assert_walk_fails(&read, REBTF_ERR_FORMAT, "DIE at 0xb: unknown form 0x50");
	MAKE_ROOT(&skipped, 4, ATTRIBUTE(DW_AT_comp_dir, DW_FORM_indirect), 0x50, 0, 0);
	assert_walk_fails(&skipped, REBTF_ERR_FORMAT, "DIE at 0xb: ");
}

static void indexed_string_without_a_base_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 5, ATTRIBUTE(DW_AT_name, DW_FORM_strx1), 0, 0);
	assert_walk_fails(&m, REBTF_ERR_FORMAT, "the unit has no DW_AT_str_offsets_base");
}

static void supplementary_string_without_the_file_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 5, ATTRIBUTE(DW_AT_name, DW_FORM_strp_sup), 0, 0, 0, 0, 0);
	assert_walk_fails(&m, REBTF_ERR_FORMAT, "no such file is known");
}

/* ------------------------------------------------------------------------------------ structure */

/* A root with one struct, whose sibling is @sibling, and a base type behind it. */
static void make_sibling(struct made_dwarf *m, uint32_t sibling)
{
	made_abbrev(m, 1, DW_TAG_compile_unit, 1, 0, 0);
	made_abbrev(m, 2, DW_TAG_structure_type, 1, DW_AT_sibling, DW_FORM_ref4, 0, 0);
	made_abbrev(m, 3, DW_TAG_base_type, 0, 0, 0, 0);
	made_unit(m, 4, 0);
	made_info(m, 1, 2);
	made_number(m, DWARF_INFO, sibling, 4);
	made_info(m, 3, 3, 0); /* 17 */
	made_info(m, 3, 0);    /* 20 */
	made_unit_end(m);
}

static void siblings_that_point_backwards_are_walked_past(void **state)
{
	static const uint32_t siblings[] = { 0, 11, 12, 16, 17, 20 };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		_cleanup_made_ struct made_dwarf m = {};
		struct die_filter filter = {};
		size_t count;

		die_filter_set(&filter, DW_TAG_structure_type, DIE_CLOSED);
		die_filter_set(&filter, DW_TAG_base_type, DIE_WANTED);
		make_sibling(&m, siblings[i]);
		assert_ok(made_walk(&m, &filter, &count));
		assert_int_equal(count, 1);
	}
}

enum { DEPTH = 1000000 };

static void make_deep(struct made_dwarf *m)
{
	made_abbrev(m, 1, DW_TAG_compile_unit, 1, 0, 0);
	made_abbrev(m, 2, DW_TAG_lexical_block, 1, 0, 0, 0);
	made_unit(m, 4, 0);
	made_info(m, 1);
	for (size_t i = 0; i < DEPTH; i++)
		made_info(m, 2);
	made_unit_end(m);
}

static void deep_nesting_takes_no_stack(void **state)
{
	_cleanup_made_ struct made_dwarf open = {}, closed = {};
	struct die_filter filter = {};
	size_t count;

	(void)state;
	make_deep(&open);
	assert_ok(made_walk(&open, NULL, &count));
	assert_int_equal(count, DEPTH + 1);
	make_deep(&closed);
	die_filter_set(&filter, DW_TAG_lexical_block, DIE_CLOSED);
	assert_ok(made_walk(&closed, &filter, &count));
	assert_int_equal(count, 0);
}

static void zeros_without_a_die_end_the_walk(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	MAKE_ROOT(&m, 4, NO_ATTRIBUTES, 0, 0, 0, 0);
	m.sections[DWARF_INFO].data[11] = 0;
	assert_walk_fails(&m, REBTF_ERR_FORMAT, "DIE at 0xb: no DIE is there");
}

/* Every way to cut or change one byte of a good unit ends, with or without an error. */
static void changed_bytes_are_harmless(void **state)
{
	(void)state;
	for (size_t at = 0; at < 22; at++) {
		for (unsigned int value = 0; value < 256; value++) {
			_cleanup_made_ struct made_dwarf m = {};
			struct rebtf_error *err;
			size_t count;

			make_sibling(&m, 20);
			m.sections[DWARF_INFO].data[at] = (uint8_t)value;
			err = made_walk(&m, NULL, &count);
			assert_true(count <= 22);
			rebtf_error_free(err);
		}
	}
}

/* ------------------------------------------------------------------------------------ locations */

static struct rebtf_error *read_location(struct made_dwarf *m, struct die_operation *op)
{
	struct die_location location;
	struct die die;
	bool more;

	TRY(made_read(m));
	TRY(die_read(&m->reader, m->reader.unit->first_die, &die));
	TRY(die_location(&m->reader, &die, NULL, &location));
	*op = (struct die_operation){};
	return die_operation_next(&location, op, &more);
}

static void first_location_of_a_list_is_found(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	struct die_operation op;

	(void)state;
	MAKE_ROOT(&m, 5, ATTRIBUTE(DW_AT_location, DW_FORM_sec_offset), 2, 0, 0, 0);
	made_bytes(&m, DWARF_LOCLISTS, 9, 9, DW_LLE_base_addressx, 0x81, 1, DW_LLE_offset_pair, 0,
		   1, 0, DW_LLE_offset_pair, 1, 2, 1, DW_OP_reg0 + 5, DW_LLE_end_of_list);
	assert_ok(read_location(&m, &op));
	assert_int_equal(op.atom, DW_OP_reg0 + 5);
	assert_int_equal(op.number, 5);
}

static void first_location_of_an_old_list_is_found(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	struct die_operation op;

	(void)state;
	MAKE_ROOT(&m, 3, ATTRIBUTE(DW_AT_location, DW_FORM_data4), 0, 0, 0, 0);
	made_number(&m, DWARF_LOC, UINT64_MAX, 8); /* a base address */
	made_number(&m, DWARF_LOC, 0x1000, 8);
	made_number(&m, DWARF_LOC, 0, 8);
	made_number(&m, DWARF_LOC, 4, 8);
	made_bytes(&m, DWARF_LOC, 2, 0, DW_OP_fbreg, 0x7c);
	assert_ok(read_location(&m, &op));
	assert_int_equal(op.atom, DW_OP_fbreg);
	assert_int_equal((int64_t)op.second, -4);
}

/* An operation and its operands, each of one byte if the form allows that. */
static const struct {
	uint8_t bytes[10], size;
	uint64_t number, second;
} operations[] = {
	{ { DW_OP_addr, 1, 0, 0, 0, 0, 0, 0, 0 }, 9, 1, 0 },
	{ { DW_OP_const1u, 7 }, 2, 7, 0 },
	{ { DW_OP_const2u, 7, 1 }, 3, 0x107, 0 },
	{ { DW_OP_const4u, 7, 0, 0, 1 }, 5, 0x1000007, 0 },
	{ { DW_OP_const8u, 7, 0, 0, 0, 0, 0, 0, 0 }, 9, 7, 0 },
	{ { DW_OP_constu, 0x81, 1 }, 3, 0x81, 0 },
	{ { DW_OP_plus_uconst, 9 }, 2, 9, 0 },
	{ { DW_OP_pick, 3 }, 2, 3, 0 },
	{ { DW_OP_skip, 5, 0 }, 3, 5, 0 },
	{ { DW_OP_bra, 5, 0 }, 3, 5, 0 },
	{ { DW_OP_regx, 40 }, 2, 40, 0 },
	{ { DW_OP_fbreg, 0x70 }, 2, 0, (uint64_t)-16 },
	{ { DW_OP_breg0 + 6, 8 }, 2, 6, 8 },
	{ { DW_OP_bregx, 33, 0x7c }, 3, 33, (uint64_t)-4 },
	{ { DW_OP_piece, 8 }, 2, 8, 0 },
	{ { DW_OP_bit_piece, 64, 3 }, 3, 64, 3 },
	{ { DW_OP_deref_size, 4 }, 2, 4, 0 },
	{ { DW_OP_call2, 1, 2 }, 3, 0x201, 0 },
	{ { DW_OP_call4, 1, 2, 0, 0 }, 5, 0x201, 0 },
	{ { DW_OP_call_ref, 1, 0, 0, 0 }, 5, 1, 0 },
	{ { DW_OP_implicit_pointer, 11, 0, 0, 0, 0x7f }, 6, 11, (uint64_t)-1 },
	{ { DW_OP_regval_type, 5, 0x20 }, 3, 5, 0x20 },
	{ { DW_OP_deref_type, 8, 0x20 }, 3, 8, 0x20 },
	{ { DW_OP_const_type, 0x20, 2, 0x34, 0x12 }, 5, 0x20, 0 },
	{ { DW_OP_convert, 0x20 }, 2, 0x20, 0 },
	{ { DW_OP_implicit_value, 2, 1, 2 }, 4, 0, 0 },
	{ { DW_OP_entry_value, 1, DW_OP_reg0 }, 3, 0, 0 },
	{ { DW_OP_stack_value }, 1, 0, 0 },
};

static void the_next_operation_follows_the_operands(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
		_cleanup_made_ struct made_dwarf m = {};
		struct die_location location;
		struct die_operation op;
		struct die die;
		bool more;

		MAKE_ROOT(&m, 5, ATTRIBUTE(DW_AT_location, DW_FORM_exprloc),
			  operations[i].size + 1);
		assert_non_null(buffer_append(&m.sections[DWARF_INFO], operations[i].bytes,
					      operations[i].size));
		made_info(&m, DW_OP_dup);
		made_unit_end(&m);
		assert_ok(made_read(&m));
		assert_ok(die_read(&m.reader, m.reader.unit->first_die, &die));
		assert_ok(die_location(&m.reader, &die, NULL, &location));
		assert_ok(die_operation_next(&location, &op, &more));
		assert_true(more);
		assert_int_equal(op.atom, operations[i].bytes[0]);
		assert_int_equal(op.number, operations[i].number);
		assert_int_equal(op.second, operations[i].second);
		assert_ok(die_operation_next(&location, &op, &more));
		assert_true(more);
		assert_int_equal(op.atom, DW_OP_dup);
		assert_ok(die_operation_next(&location, &op, &more));
		assert_false(more);
	}
}

static void location_list_past_its_section_is_refused(void **state)
{
	static const uint8_t lists[][4] = {
		{ DW_LLE_offset_pair, 0, 1, 9 },
		{ DW_LLE_offset_pair, 0, 0x80, 0x80 },
		{ DW_LLE_start_end, 1, 2, 3 },
		{ 0x77, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		_cleanup_made_ struct made_dwarf m = {};
		struct die_operation op;

		MAKE_ROOT(&m, 5, ATTRIBUTE(DW_AT_location, DW_FORM_sec_offset), 0, 0, 0, 0);
		assert_non_null(buffer_append(&m.sections[DWARF_LOCLISTS], lists[i], 4));
		assert_fails(read_location(&m, &op), REBTF_ERR_FORMAT,
			     "DIE at 0xc: a location list ends past .debug_loclists");
	}
}

static void operation_past_its_expression_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	struct die_operation op;

	(void)state;
	MAKE_ROOT(&m, 5, ATTRIBUTE(DW_AT_location, DW_FORM_exprloc), 2, DW_OP_addr, 1, 0);
	assert_fails(read_location(&m, &op), REBTF_ERR_FORMAT,
		     "operation 0x3 ends past its expression");
}

static void unknown_operation_is_refused(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	struct die_operation op;

	(void)state;
	MAKE_ROOT(&m, 5, ATTRIBUTE(DW_AT_location, DW_FORM_exprloc), 1, 0xff, 0);
	assert_fails(read_location(&m, &op), REBTF_ERR_UNSUPPORTED, "unknown operation 0xff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unit_past_the_section_is_refused),
		cmocka_unit_test(truncated_header_is_refused),
		cmocka_unit_test(unknown_version_is_refused),
		cmocka_unit_test(second_unit_names_its_offset),
		cmocka_unit_test(split_dwarf_is_refused_with_its_remedy),
		cmocka_unit_test(die_past_its_unit_is_refused),
		cmocka_unit_test(unknown_code_is_refused),
		cmocka_unit_test(huge_code_is_refused),
		cmocka_unit_test(code_without_end_is_refused),
		cmocka_unit_test(table_with_gaps_is_searched),
		cmocka_unit_test(code_used_twice_in_a_table_is_refused),
		cmocka_unit_test(unknown_form_is_refused),
		cmocka_unit_test(table_without_end_is_refused),
		cmocka_unit_test(overlapping_tables_are_refused),
		cmocka_unit_test(table_outside_of_the_section_is_refused),
		cmocka_unit_test(abbreviation_with_many_attributes_is_read),
		cmocka_unit_test(value_past_the_unit_is_refused),
		cmocka_unit_test(last_die_must_have_all_its_values),
		cmocka_unit_test(string_outside_of_its_section_is_refused),
		cmocka_unit_test(reference_outside_of_the_unit_is_refused),
		cmocka_unit_test(chain_of_indirect_forms_is_refused),
		cmocka_unit_test(unknown_indirect_form_is_refused),
		cmocka_unit_test(indexed_string_without_a_base_is_refused),
		cmocka_unit_test(supplementary_string_without_the_file_is_refused),
		cmocka_unit_test(siblings_that_point_backwards_are_walked_past),
		cmocka_unit_test(deep_nesting_takes_no_stack),
		cmocka_unit_test(zeros_without_a_die_end_the_walk),
		cmocka_unit_test(changed_bytes_are_harmless),
		cmocka_unit_test(first_location_of_a_list_is_found),
		cmocka_unit_test(first_location_of_an_old_list_is_found),
		cmocka_unit_test(the_next_operation_follows_the_operands),
		cmocka_unit_test(location_list_past_its_section_is_refused),
		cmocka_unit_test(operation_past_its_expression_is_refused),
		cmocka_unit_test(unknown_operation_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
