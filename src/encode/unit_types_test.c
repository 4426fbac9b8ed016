/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests which DIEs count as types. */
#include "btf/build_for_test.h"
#include "encode/dwarf_for_test.h"
#include "encode/encode.h"
#include "encode/features.h"

/* Codes of abbreviations. */
enum {
	UNIT = 1,
	STRUCT,
	POINTER,
	NAMELESS_FIRST,
	NAMELESS_END = NAMELESS_FIRST + 3,
	ENUM = NAMELESS_END,
	ENUMERATOR,
	VALUE,
	CLOSED_FIRST,
	CLOSED_END = CLOSED_FIRST + 6,
	MEMBERS = CLOSED_END,
	MEMBER,
	VARIABLE,
	ANNOTATION,
	BIT_FIELD,
};

static void make_abbrevs(struct made_dwarf *m)
{
	made_abbrev(m, UNIT, DW_TAG_compile_unit, 1, 0, 0);
	made_abbrev(m, STRUCT, DW_TAG_structure_type, 0, DW_AT_name, DW_FORM_string,
		    DW_AT_byte_size, DW_FORM_data1, 0, 0);
	made_abbrev(m, POINTER, DW_TAG_pointer_type, 0, DW_AT_type, DW_FORM_ref4, 0, 0);
	made_abbrev(m, NAMELESS_FIRST, DW_TAG_structure_type, 0, DW_AT_byte_size, DW_FORM_data1,
		    DW_AT_declaration, DW_FORM_flag_present, 0, 0);
	made_abbrev(m, NAMELESS_FIRST + 1, DW_TAG_union_type, 0, DW_AT_byte_size, DW_FORM_data1,
		    DW_AT_declaration, DW_FORM_flag_present, 0, 0);
	made_abbrev(m, NAMELESS_FIRST + 2, DW_TAG_enumeration_type, 0, DW_AT_byte_size,
		    DW_FORM_data1, DW_AT_declaration, DW_FORM_flag_present, 0, 0);
	made_abbrev(m, ENUM, DW_TAG_enumeration_type, 1, DW_AT_name, DW_FORM_string,
		    DW_AT_byte_size, DW_FORM_data1, 0, 0);
	made_abbrev(m, ENUMERATOR, DW_TAG_enumerator, 0, DW_AT_name, DW_FORM_string, 0, 0);
	made_abbrev(m, VALUE, DW_TAG_enumerator, 0, DW_AT_name, DW_FORM_string, DW_AT_const_value,
		    DW_FORM_data1, 0, 0);
	made_abbrev(m, CLOSED_FIRST, DW_TAG_call_site, 1, 0, 0);
	made_abbrev(m, CLOSED_FIRST + 1, DW_TAG_call_site_parameter, 1, 0, 0);
	made_abbrev(m, CLOSED_FIRST + 2, DW_TAG_inlined_subroutine, 1, 0, 0);
	made_abbrev(m, CLOSED_FIRST + 3, DW_TAG_variant_part, 1, 0, 0);
	/* DW_TAG_GNU_call_site and DW_TAG_GNU_call_site_parameter, as ULEB128 */
	made_abbrev(m, CLOSED_FIRST + 4, 0x89, 0x82, 0x01, 1, 0, 0);
	made_abbrev(m, CLOSED_FIRST + 5, 0x8a, 0x82, 0x01, 1, 0, 0);
	made_abbrev(m, MEMBERS, DW_TAG_structure_type, 1, DW_AT_name, DW_FORM_string,
		    DW_AT_byte_size, DW_FORM_data1, 0, 0);
	made_abbrev(m, MEMBER, DW_TAG_member, 1, DW_AT_name, DW_FORM_string, 0, 0);
	made_abbrev(m, BIT_FIELD, DW_TAG_member, 1, DW_AT_name, DW_FORM_string, DW_AT_bit_size,
		    DW_FORM_data1, DW_AT_data_bit_offset, DW_FORM_data4, 0, 0);
	made_abbrev(m, VARIABLE, DW_TAG_variable, 1, 0, 0);
	/* DW_TAG_LLVM_annotation, as ULEB128 */
	made_abbrev(m, ANNOTATION, 0x80, 0xc0, 0x01, 0, DW_AT_name, DW_FORM_string,
		    DW_AT_const_value, DW_FORM_string, 0, 0);
	made_bytes(m, DWARF_ABBREV, 0);
}

static void add_struct(struct made_dwarf *m, const char *name, uint8_t size)
{
	made_info(m, STRUCT);
	assert_non_null(buffer_append(&m->sections[DWARF_INFO], name, strlen(name) + 1));
	made_info(m, size);
}

/* Those DIEs describe copies of code. */
static void types_inside_calls_and_inlined_functions_are_not_encoded(void **state)
{
	struct encode_options options = { .jobs = 1 };
	_cleanup_made_ struct made_dwarf m = {};
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct encode_object object = {};

	(void)state;
	make_abbrevs(&m);
	made_unit(&m, 4, 0);
	made_info(&m, UNIT);
	for (uint8_t code = CLOSED_FIRST; code < CLOSED_END; code++) {
		made_info(&m, code);
		add_struct(&m, "inside", code);
		made_info(&m, 0);
	}
	add_struct(&m, "outside", 4);
	made_info(&m, 0);
	made_unit_end(&m);
	object.dwarf = *made_finish(&m);
	assert_ok(encode_object(&object, &options, NULL, &btf));
	assert_dump(btf, "[1] STRUCT 'outside' size=4 vlen=0\n");
}

/* Nothing says what they are, so a pointer to one is one to void. */
static void declarations_without_a_name_are_skipped(void **state)
{
	struct encode_options options = { .jobs = 1 };
	_cleanup_made_ struct made_dwarf m = {};
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct encode_object object = {};
	struct encode_report report = {};

	(void)state;
	make_abbrevs(&m);
	made_unit(&m, 4, 0);
	made_info(&m, UNIT);
	add_struct(&m, "first", 4);
	for (uint8_t code = NAMELESS_FIRST; code < NAMELESS_END; code++) {
		uint32_t at = m.sections[DWARF_INFO].size - m.unit;

		made_info(&m, code, 4, POINTER);
		made_number(&m, DWARF_INFO, at, 4);
	}
	made_info(&m, 0);
	made_unit_end(&m);
	object.dwarf = *made_finish(&m);
	assert_ok(encode_object(&object, &options, &report, &btf));
	assert_dump(btf, "[1] STRUCT 'first' size=4 vlen=0\n"
			 "[2] PTR '(anon)' type_id=0\n");
	assert_int_equal(report.skip_counts[SKIP_NO_NAME], 3);
	encode_report_release(&report);
}

static void an_enumerator_without_a_value_is_0(void **state)
{
	struct encode_options options = { .jobs = 1 };
	_cleanup_made_ struct made_dwarf m = {};
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct encode_object object = {};

	(void)state;
	make_abbrevs(&m);
	made_unit(&m, 4, 0);
	made_info(&m, UNIT, ENUM, 'e', 0, 4);
	made_info(&m, ENUMERATOR, 'a', 0, VALUE, 'b', 0, 7, 0);
	made_info(&m, 0);
	made_unit_end(&m);
	object.dwarf = *made_finish(&m);
	assert_ok(encode_object(&object, &options, NULL, &btf));
	assert_dump(btf, "[1] ENUM 'e' encoding=UNSIGNED size=4 vlen=2\n"
			 "\t'a' val=0\n"
			 "\t'b' val=7\n");
}

static void add_annotation(struct made_dwarf *m, char text)
{
	static const char name[] = "btf_decl_tag";

	made_info(m, ANNOTATION);
	assert_non_null(buffer_append(&m->sections[DWARF_INFO], name, sizeof(name)));
	made_info(m, (uint8_t)text, 0);
}

/* Variables have no BTF here, so the walk does not visit them. */
static void annotations_of_variables_are_not_those_of_an_earlier_member(void **state)
{
	struct encode_options options = { .jobs = 1, .features = ENCODE_DECL_TAG };
	_cleanup_made_ struct made_dwarf m = {};
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct encode_object object = {};

	(void)state;
	make_abbrevs(&m);
	made_unit(&m, 4, 0);
	made_info(&m, UNIT, MEMBERS, 's', 0, 4, MEMBER, 'a', 0);
	add_annotation(&m, 'm');
	/* A static member of C++ is a variable inside the struct. */
	made_info(&m, 0, VARIABLE);
	add_annotation(&m, 'v');
	made_info(&m, 0, 0, VARIABLE);
	add_annotation(&m, 'w');
	made_info(&m, 0, 0);
	made_unit_end(&m);
	object.dwarf = *made_finish(&m);
	assert_ok(encode_object(&object, &options, NULL, &btf));
	assert_dump(btf, "[1] STRUCT 's' size=4 vlen=1\n"
			 "\t'a' type_id=0 bits_offset=0\n"
			 "[2] DECL_TAG 'm' type_id=1 component_idx=0\n");
}

static void add_bit_field(struct made_dwarf *m, char name, uint32_t offset)
{
	made_info(m, BIT_FIELD, (uint8_t)name, 0, 1);
	made_number(m, DWARF_INFO, offset, 4);
	add_annotation(m, name);
	made_info(m, 0);
}

/* The second member has no room in BTF, so the third has another index. */
static void a_struct_without_a_far_member_has_no_tags_of_members(void **state)
{
	struct encode_options options = { .jobs = 1, .features = ENCODE_DECL_TAG };
	_cleanup_made_ struct made_dwarf m = {};
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct encode_object object = {};

	(void)state;
	make_abbrevs(&m);
	made_unit(&m, 4, 0);
	made_info(&m, UNIT, MEMBERS, 's', 0, 4);
	add_annotation(&m, 's');
	add_bit_field(&m, 'a', 0);
	add_bit_field(&m, 'b', 1 << 24);
	add_bit_field(&m, 'c', 1);
	made_info(&m, 0, 0);
	made_unit_end(&m);
	object.dwarf = *made_finish(&m);
	assert_ok(encode_object(&object, &options, NULL, &btf));
	assert_dump(btf, "[1] STRUCT 's' size=4 vlen=2\n"
			 "\t'a' type_id=0 bits_offset=0 bitfield_size=1\n"
			 "\t'c' type_id=0 bits_offset=1 bitfield_size=1\n"
			 "[2] DECL_TAG 's' type_id=1 component_idx=-1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_inside_calls_and_inlined_functions_are_not_encoded),
		cmocka_unit_test(declarations_without_a_name_are_skipped),
		cmocka_unit_test(an_enumerator_without_a_value_is_0),
		cmocka_unit_test(annotations_of_variables_are_not_those_of_an_earlier_member),
		cmocka_unit_test(a_struct_without_a_far_member_has_no_tags_of_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
