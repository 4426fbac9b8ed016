/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Unit tests: BTF of DWARF that is made by hand, also of a kind that no compiler makes. */
#include "btf/build_for_test.h"
#include "encode/dwarf_for_test.h"
#include "encode/encode.h"

/* Codes of the abbreviations. */
enum {
	UNIT = 1,
	POINTER,
	TYPEDEF,
	STRUCT,
	ANONYMOUS,
	MEMBER,
	BASE,
	ARRAY,
	DIMENSION,
	DECLARATION,
	REMOTE_POINTER,
	FUNCTION,
	PROTO,
	PARAMETER,
	REFERENCE,
	BIT_FIELD,
	UNION,
	RUST_UNIT,
	ATOMIC,
	USUAL_MEMBER,
};

static void make_abbrevs(struct made_dwarf *m)
{
	made_abbrev(m, UNIT, DW_TAG_compile_unit, 1, 0, 0);
	made_abbrev(m, POINTER, DW_TAG_pointer_type, 0, DW_AT_type, DW_FORM_ref4, 0, 0);
	made_abbrev(m, TYPEDEF, DW_TAG_typedef, 0, DW_AT_name, DW_FORM_string, DW_AT_type,
		    DW_FORM_ref4, 0, 0);
	made_abbrev(m, STRUCT, DW_TAG_structure_type, 1, DW_AT_name, DW_FORM_string,
		    DW_AT_byte_size, DW_FORM_data1, 0, 0);
	made_abbrev(m, ANONYMOUS, DW_TAG_structure_type, 1, DW_AT_byte_size, DW_FORM_data1, 0, 0);
	made_abbrev(m, MEMBER, DW_TAG_member, 0, DW_AT_name, DW_FORM_string, DW_AT_type,
		    DW_FORM_ref4, DW_AT_data_member_location, DW_FORM_data4, 0, 0);
	made_abbrev(m, BASE, DW_TAG_base_type, 0, DW_AT_name, DW_FORM_string, DW_AT_byte_size,
		    DW_FORM_data1, DW_AT_encoding, DW_FORM_data1, 0, 0);
	made_abbrev(m, ARRAY, DW_TAG_array_type, 1, DW_AT_type, DW_FORM_ref4, 0, 0);
	made_abbrev(m, DIMENSION, DW_TAG_subrange_type, 0, DW_AT_count, DW_FORM_data1, 0, 0);
	made_abbrev(m, DECLARATION, DW_TAG_structure_type, 0, DW_AT_name, DW_FORM_string,
		    DW_AT_declaration, DW_FORM_flag_present, 0, 0);
	made_abbrev(m, REMOTE_POINTER, DW_TAG_pointer_type, 0, DW_AT_type, DW_FORM_ref_addr, 0, 0);
	made_abbrev(m, FUNCTION, DW_TAG_subprogram, 1, 0, 0);
	made_abbrev(m, PROTO, DW_TAG_subroutine_type, 1, 0, 0);
	made_abbrev(m, PARAMETER, DW_TAG_formal_parameter, 0, DW_AT_type, DW_FORM_ref4, 0, 0);
	made_abbrev(m, REFERENCE, DW_TAG_reference_type, 0, DW_AT_type, DW_FORM_ref4, 0, 0);
	made_abbrev(m, BIT_FIELD, DW_TAG_member, 0, DW_AT_name, DW_FORM_string, DW_AT_type,
		    DW_FORM_ref4, DW_AT_bit_size, DW_FORM_data1, DW_AT_bit_offset, DW_FORM_data1,
		    DW_AT_data_member_location, DW_FORM_data1, 0, 0);
	made_abbrev(m, UNION, DW_TAG_union_type, 1, DW_AT_name, DW_FORM_string, DW_AT_byte_size,
		    DW_FORM_data1, 0, 0);
	made_abbrev(m, RUST_UNIT, DW_TAG_compile_unit, 1, DW_AT_language, DW_FORM_data1, 0, 0);
	made_abbrev(m, ATOMIC, DW_TAG_atomic_type, 0, DW_AT_type, DW_FORM_ref4, 0, 0);
	/* 0x3b: DW_AT_decl_line, which is skipped. */
	made_abbrev(m, USUAL_MEMBER, DW_TAG_member, 0, DW_AT_name, DW_FORM_strp, 0x3b,
		    DW_FORM_data2, DW_AT_type, DW_FORM_ref4, DW_AT_data_member_location,
		    DW_FORM_data1, 0, 0);
	made_bytes(m, DWARF_ABBREV, 0);
}

/* --- DIEs. Each returns its offset in the unit, which references to it have. */

static void start_unit(struct made_dwarf *m)
{
	if (!m->sections[DWARF_ABBREV].size)
		make_abbrevs(m);
	made_unit(m, 4, 0);
	made_info(m, UNIT);
}

static void end_unit(struct made_dwarf *m)
{
	made_info(m, 0);
	made_unit_end(m);
}

static uint32_t here(const struct made_dwarf *m)
{
	return m->sections[DWARF_INFO].size - m->unit;
}

static void put_name(struct made_dwarf *m, const char *name)
{
	assert_non_null(buffer_append(&m->sections[DWARF_INFO], name, strlen(name) + 1));
}

static uint32_t put_die(struct made_dwarf *m, uint8_t code)
{
	uint32_t at = here(m);

	made_info(m, code);
	return at;
}

static uint32_t put_ref(struct made_dwarf *m, uint8_t code, uint32_t ref)
{
	uint32_t at = put_die(m, code);

	made_number(m, DWARF_INFO, ref, 4);
	return at;
}

static uint32_t put_base(struct made_dwarf *m, const char *name, uint8_t size, uint8_t encoding)
{
	uint32_t at = put_die(m, BASE);

	put_name(m, name);
	made_info(m, size, encoding);
	return at;
}

static uint32_t put_int(struct made_dwarf *m)
{
	return put_base(m, "int", 4, DW_ATE_signed);
}

static uint32_t put_typedef(struct made_dwarf *m, const char *name, uint32_t ref)
{
	uint32_t at = put_die(m, TYPEDEF);

	put_name(m, name);
	made_number(m, DWARF_INFO, ref, 4);
	return at;
}

static uint32_t put_struct(struct made_dwarf *m, const char *name, uint8_t size)
{
	uint32_t at = put_die(m, *name ? STRUCT : ANONYMOUS);

	if (*name)
		put_name(m, name);
	made_info(m, size);
	return at;
}

static void put_member(struct made_dwarf *m, const char *name, uint32_t type, uint32_t offset)
{
	put_die(m, MEMBER);
	put_name(m, name);
	made_number(m, DWARF_INFO, type, 4);
	made_number(m, DWARF_INFO, offset, 4);
}

static void put_end(struct made_dwarf *m)
{
	made_info(m, 0);
}

static uint32_t put_declaration(struct made_dwarf *m, const char *name)
{
	uint32_t at = put_die(m, DECLARATION);

	put_name(m, name);
	return at;
}

/* --- encoding */

static const struct encode_object *finish(struct made_dwarf *m, struct encode_object *object)
{
	*object = (struct encode_object){ .dwarf = *made_finish(m) };
	return object;
}

/* Asserts the types in the BTF of the file, and the number of skips. */
static void assert_encodes(struct made_dwarf *m, uint64_t skips, const char *want)
{
	struct encode_options options = { .features = ENCODE_FLOAT | ENCODE_ENUM64, .jobs = 1 };
	struct encode_report report = {};
	struct encode_object object;
	struct rebtf_btf *btf;

	assert_ok(encode_object(finish(m, &object), &options, &report, &btf));
	assert_int_equal(report.skips.count, skips);
	assert_dump(btf, want);
	rebtf_btf_unref(btf);
	encode_report_release(&report);
}

static void a_struct_may_come_after_the_types_that_refer_to_it(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	uint32_t i, pointer;

	(void)state;
	start_unit(&m);
	i = put_int(&m);
	pointer = put_ref(&m, POINTER, here(&m) + 5);
	put_struct(&m, "list", 16);
	put_member(&m, "next", pointer, 0);
	put_member(&m, "number", i, 8);
	put_end(&m);
	end_unit(&m);
	assert_encodes(&m, 0,
		       "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
		       "[2] PTR '(anon)' type_id=3\n"
		       "[3] STRUCT 'list' size=16 vlen=2\n"
		       "\t'next' type_id=2 bits_offset=0\n"
		       "\t'number' type_id=1 bits_offset=64\n");
}

static void types_inside_functions_are_encoded_too(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	start_unit(&m);
	put_die(&m, FUNCTION);
	put_struct(&m, "local", 4);
	put_end(&m);
	put_end(&m);
	put_die(&m, FUNCTION);
	put_ref(&m, POINTER, here(&m) + 5);
	put_struct(&m, "local", 8);
	put_end(&m);
	put_end(&m);
	end_unit(&m);
	/* The pointer is to the struct of its own function. */
	assert_encodes(&m, 0,
		       "[1] STRUCT 'local' size=4 vlen=0\n"
		       "[2] PTR '(anon)' type_id=3\n"
		       "[3] STRUCT 'local' size=8 vlen=0\n");
}

static void an_array_has_a_type_for_each_dimension(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};

	(void)state;
	start_unit(&m);
	put_ref(&m, ARRAY, here(&m) + 10);
	put_die(&m, DIMENSION);
	made_info(&m, 2);
	put_die(&m, DIMENSION);
	made_info(&m, 3);
	put_end(&m);
	put_int(&m);
	end_unit(&m);
	assert_encodes(&m, 0,
		       "[1] ARRAY '(anon)' type_id=3 index_type_id=3 nr_elems=3\n"
		       "[2] ARRAY '(anon)' type_id=1 index_type_id=3 nr_elems=2\n"
		       "[3] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n");
}

static void the_offset_of_a_bit_field_depends_on_the_byte_order(void **state)
{
	(void)state;
	for (int big_endian = 0; big_endian < 2; big_endian++) {
		_cleanup_made_ struct made_dwarf m = { .file.big_endian = big_endian };
		uint32_t i;

		start_unit(&m);
		i = put_int(&m);
		put_struct(&m, "bits", 8);
		put_die(&m, BIT_FIELD);
		put_name(&m, "field");
		made_number(&m, DWARF_INFO, i, 4);
		made_info(&m, 3, 5, 4); /* 3 bits, 5 bits from the highest, at byte 4 */
		put_end(&m);
		end_unit(&m);
		assert_encodes(
			&m, 0,
			big_endian
				? "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
				  "[2] STRUCT 'bits' size=8 vlen=1\n"
				  "\t'field' type_id=1 bits_offset=37 bitfield_size=3\n"
				: "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
				  "[2] STRUCT 'bits' size=8 vlen=1\n"
				  "\t'field' type_id=1 bits_offset=56 bitfield_size=3\n");
	}
}

static void a_reference_to_no_type_becomes_void(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	uint32_t function;

	(void)state;
	start_unit(&m);
	function = put_die(&m, FUNCTION);
	put_end(&m);
	put_ref(&m, POINTER, function);
	put_typedef(&m, "inside", function + 1);
	end_unit(&m);
	assert_encodes(&m, 2,
		       "[1] PTR '(anon)' type_id=0\n"
		       "[2] TYPEDEF 'inside' type_id=0\n");
}

static void what_c_cannot_express_becomes_void(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	uint32_t i, reference, atomic;

	(void)state;
	start_unit(&m);
	i = put_int(&m);
	reference = put_ref(&m, REFERENCE, i);
	put_ref(&m, POINTER, reference);
	put_ref(&m, POINTER, put_base(&m, "complex", 8, DW_ATE_complex_float));
	atomic = put_ref(&m, ATOMIC, i);
	put_ref(&m, POINTER, atomic);
	put_base(&m, "odd", 3, DW_ATE_unsigned);
	end_unit(&m);
	assert_encodes(
		&m, 2,
		"[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
		"[2] PTR '(anon)' type_id=0\n"
		"[3] PTR '(anon)' type_id=1\n"
		"[4] INT '__SANITIZED_FAKE_INT__' size=4 bits_offset=0 nr_bits=32 encoding=(none)\n");
}

static void put_usual_member(struct made_dwarf *m, uint32_t name, uint32_t type, uint8_t offset)
{
	put_die(m, USUAL_MEMBER);
	made_number(m, DWARF_INFO, name, 4);
	made_number(m, DWARF_INFO, 0xffff, 2);
	made_number(m, DWARF_INFO, type, 4);
	made_info(m, offset);
}

static void usual_and_unusual_members_keep_their_order(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	uint32_t i, name;

	(void)state;
	name = made_string(&m, "usual");
	start_unit(&m);
	i = put_int(&m);
	put_struct(&m, "mixed", 20);
	put_usual_member(&m, name, i, 0);
	put_usual_member(&m, name, i, 4);
	put_member(&m, "unusual", i, 8);
	put_usual_member(&m, name, i, 12);
	put_end(&m);
	end_unit(&m);
	assert_encodes(&m, 0,
		       "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
		       "[2] STRUCT 'mixed' size=20 vlen=4\n"
		       "\t'usual' type_id=1 bits_offset=0\n"
		       "\t'usual' type_id=1 bits_offset=32\n"
		       "\t'unusual' type_id=1 bits_offset=64\n"
		       "\t'usual' type_id=1 bits_offset=96\n");
}

/* Otherwise a small file would need memory that grows with the square of its size. */
static void names_inside_each_other_have_a_limit(void **state)
{
	enum { LENGTH = 4000 };
	_cleanup_made_ struct made_dwarf m = {};
	struct encode_options options = { .jobs = 1 };
	struct encode_object object;
	char name[LENGTH + 1] = {};
	struct rebtf_btf *btf;
	uint32_t i, start;

	(void)state;
	memset(name, 'a', LENGTH);
	start = made_string(&m, name);
	start_unit(&m);
	i = put_int(&m);
	put_struct(&m, "hostile", 4);
	for (uint32_t offset = 0; offset < LENGTH; offset++)
		put_usual_member(&m, start + offset, i, 0);
	put_end(&m);
	end_unit(&m);
	assert_fails(encode_object(finish(&m, &object), &options, NULL, &btf), REBTF_ERR_FORMAT,
		     "names start inside each other");
}

static void invalid_usual_members_are_errors(void **state)
{
	static const struct {
		uint32_t name, type;
		bool cut;
		const char *problem;
	} cases[] = {
		{ 99, 12, false, "string at offset 0x63" },
		{ 0, 0xfffffff0, false, "reference to offset 0xfffffff0" },
		{ 0, 12, true, "ends past its unit" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_made_ struct made_dwarf m = {};
		struct encode_options options = { .jobs = 1 };
		struct encode_object object;
		struct rebtf_btf *btf;

		made_string(&m, "usual");
		start_unit(&m);
		put_int(&m);
		put_struct(&m, "bad", 4);
		put_usual_member(&m, cases[i].name, cases[i].type, 0);
		if (cases[i].cut)
			m.sections[DWARF_INFO].size -= 1;
		else
			put_end(&m);
		if (!cases[i].cut)
			put_end(&m);
		made_unit_end(&m);
		assert_fails(encode_object(finish(&m, &object), &options, NULL, &btf),
			     REBTF_ERR_FORMAT, cases[i].problem);
	}
}

static void a_member_out_of_reach_is_left_out(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	uint32_t i;

	(void)state;
	start_unit(&m);
	i = put_int(&m);
	put_struct(&m, "far", 4);
	put_member(&m, "near", i, 0x1fffffff);
	put_member(&m, "far", i, 0x20000000);
	put_end(&m);
	put_die(&m, UNION);
	put_name(&m, "shifted");
	made_info(&m, 4);
	put_member(&m, "inside", i, 4);
	put_end(&m);
	end_unit(&m);
	assert_encodes(&m, 2,
		       "[1] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n"
		       "[2] STRUCT 'far' size=4 vlen=1\n"
		       "\t'near' type_id=1 bits_offset=4294967288\n"
		       "[3] UNION 'shifted' size=4 vlen=0\n");
}

/* --- cycles */

static void types_that_only_refer_to_each_other_are_cut(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	uint32_t pointer;

	(void)state;
	start_unit(&m);
	pointer = put_ref(&m, POINTER, here(&m) + 5);
	put_typedef(&m, "loop", pointer);
	pointer = here(&m);
	put_ref(&m, POINTER, pointer);
	end_unit(&m);
	assert_encodes(&m, 2,
		       "[1] PTR '(anon)' type_id=2\n"
		       "[2] TYPEDEF 'loop' type_id=0\n"
		       "[3] PTR '(anon)' type_id=0\n");
}

static void a_struct_without_a_name_may_contain_itself(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	uint32_t pointer;

	(void)state;
	start_unit(&m);
	pointer = put_ref(&m, POINTER, here(&m) + 5);
	put_typedef(&m, "list", here(&m) + 10);
	put_struct(&m, "", 8);
	put_member(&m, "next", pointer, 0);
	put_end(&m);
	end_unit(&m);
	assert_encodes(&m, 0,
		       "[1] PTR '(anon)' type_id=2\n"
		       "[2] TYPEDEF 'list' type_id=3\n"
		       "[3] STRUCT '(anon)' size=8 vlen=1\n"
		       "\t'next' type_id=1 bits_offset=0\n");
}

#define MANY 20000

/* Each parameter leads through a long chain back to the prototype. */
static void many_cycles_take_linear_time(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	struct encode_options options = { .jobs = 1 };
	struct encode_object object;
	struct rebtf_btf *btf;
	uint32_t proto, chain;

	(void)state;
	start_unit(&m);
	proto = put_die(&m, PROTO);
	for (uint32_t i = 0; i < MANY; i++)
		put_ref(&m, PARAMETER, proto + 2 + 5 * MANY + 5 * MANY + (2 + 2 + 12 + 1) * i);
	put_end(&m);
	chain = proto;
	for (uint32_t i = 0; i < MANY; i++)
		chain = put_ref(&m, POINTER, chain);
	for (uint32_t i = 0; i < MANY; i++) {
		put_struct(&m, "", 8);
		put_member(&m, "abcd", chain, 0);
		put_end(&m);
	}
	end_unit(&m);
	assert_ok(encode_object(finish(&m, &object), &options, NULL, &btf));
	assert_true(rebtf_btf_type_count(btf) > MANY);
	rebtf_btf_unref(btf);
}

#define VERY_MANY 1000000

static void a_million_arrays_may_be_nested(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	struct encode_options options = { .jobs = 1 };
	struct encode_object object;
	struct rebtf_btf *btf;

	(void)state;
	start_unit(&m);
	/* The first is the outermost, so that each waits for the next. */
	for (uint32_t i = 0; i < VERY_MANY; i++) {
		put_ref(&m, ARRAY, here(&m) + 6);
		put_end(&m);
	}
	put_int(&m);
	put_ref(&m, ARRAY, 0);
	for (uint32_t i = 0; i < VERY_MANY; i++) {
		put_die(&m, DIMENSION);
		made_info(&m, 1);
	}
	put_end(&m);
	end_unit(&m);
	assert_ok(encode_object(finish(&m, &object), &options, NULL, &btf));
	assert_int_equal(rebtf_btf_type_count(btf), 2 * VERY_MANY + 2);
	rebtf_btf_unref(btf);
}

/* --- several units */

static void a_type_of_another_unit_is_found(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	size_t start;

	(void)state;
	start_unit(&m);
	put_ref(&m, REMOTE_POINTER, 0); /* the unit's header */
	put_ref(&m, REMOTE_POINTER, 0xfffffff0);
	start = m.sections[DWARF_INFO].size;
	put_ref(&m, REMOTE_POINTER, start + 5 + 1 + 12);
	end_unit(&m);
	start_unit(&m);
	put_typedef(&m, "number", here(&m) + 12);
	put_int(&m);
	end_unit(&m);
	assert_encodes(&m, 0,
		       "[1] PTR '(anon)' type_id=0\n"
		       "[2] PTR '(anon)' type_id=3\n"
		       "[3] TYPEDEF 'number' type_id=4\n"
		       "[4] INT 'int' size=4 bits_offset=0 nr_bits=32 encoding=SIGNED\n");
}

static void units_of_an_excluded_language_are_left_out(void **state)
{
	const uint16_t rust = DW_LANG_Rust;
	struct encode_options options = { .jobs = 1, .languages = &rust, .language_count = 1 };
	_cleanup_made_ struct made_dwarf m = {};
	struct encode_report report = {};
	struct encode_object object;
	struct rebtf_btf *btf;
	size_t target;

	(void)state;
	make_abbrevs(&m);
	made_unit(&m, 4, 0);
	made_info(&m, RUST_UNIT, DW_LANG_Rust);
	target = m.sections[DWARF_INFO].size;
	put_int(&m);
	end_unit(&m);
	start_unit(&m);
	put_ref(&m, REMOTE_POINTER, target);
	end_unit(&m);
	assert_ok(encode_object(finish(&m, &object), &options, &report, &btf));
	assert_int_equal(report.unit_count, 2);
	assert_int_equal(report.excluded_units, 1);
	assert_dump(btf, "[1] PTR '(anon)' type_id=0\n");
	rebtf_btf_unref(btf);
	encode_report_release(&report);
}

/* Many units, which disagree on some types. */
static void make_units(struct made_dwarf *m, uint32_t count)
{
	for (uint32_t n = 0; n < count; n++) {
		char name[16];
		uint32_t i, pointer;

		start_unit(m);
		i = put_int(m);
		snprintf(name, sizeof(name), "own%u", n);
		put_typedef(m, name, i);
		snprintf(name, sizeof(name), "version%u", n % 5);
		if (n % 3) {
			put_struct(m, name, 8 + n % 2);
			put_member(m, "m", i, 0);
			put_end(m);
		}
		pointer = put_ref(m, POINTER, put_declaration(m, name));
		snprintf(name, sizeof(name), "user%u", n % 4);
		put_struct(m, name, 8);
		put_member(m, "p", pointer, 0);
		put_end(m);
		end_unit(m);
	}
}

static void the_number_of_threads_has_no_influence(void **state)
{
	_cleanup_made_ struct made_dwarf m = {};
	struct encode_object object;
	size_t first_size = 0;
	void *first = NULL;

	(void)state;
	make_units(&m, 200);
	finish(&m, &object);
	for (unsigned int jobs = 1; jobs < 9; jobs++) {
		struct encode_options options = { .jobs = jobs };
		struct rebtf_btf *btf;
		void *data;
		size_t size;

		assert_ok(encode_object(&object, &options, NULL, &btf));
		assert_ok(rebtf_btf_write(btf, NULL, &data, &size));
		rebtf_btf_unref(btf);
		if (!first) {
			first = data;
			first_size = size;
			continue;
		}
		assert_int_equal(size, first_size);
		assert_memory_equal(data, first, size);
		free(data);
	}
	free(first);
}

static void the_first_unit_with_an_error_is_reported(void **state)
{
	struct encode_options options = { .jobs = 4 };
	_cleanup_made_ struct made_dwarf m = {};
	struct encode_object object;
	struct rebtf_btf *btf;

	(void)state;
	make_units(&m, 20);
	for (int n = 0; n < 20; n++) {
		start_unit(&m);
		made_info(&m, 77); /* no abbreviation */
		end_unit(&m);
		if (!n)
			m.units.room = 0;
	}
	assert_fails(encode_object(finish(&m, &object), &options, NULL, &btf), REBTF_ERR_FORMAT,
		     "77");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_struct_may_come_after_the_types_that_refer_to_it),
		cmocka_unit_test(types_inside_functions_are_encoded_too),
		cmocka_unit_test(an_array_has_a_type_for_each_dimension),
		cmocka_unit_test(the_offset_of_a_bit_field_depends_on_the_byte_order),
		cmocka_unit_test(a_reference_to_no_type_becomes_void),
		cmocka_unit_test(what_c_cannot_express_becomes_void),
		cmocka_unit_test(usual_and_unusual_members_keep_their_order),
		cmocka_unit_test(names_inside_each_other_have_a_limit),
		cmocka_unit_test(invalid_usual_members_are_errors),
		cmocka_unit_test(a_member_out_of_reach_is_left_out),
		cmocka_unit_test(types_that_only_refer_to_each_other_are_cut),
		cmocka_unit_test(a_struct_without_a_name_may_contain_itself),
		cmocka_unit_test(many_cycles_take_linear_time),
		cmocka_unit_test(a_million_arrays_may_be_nested),
		cmocka_unit_test(a_type_of_another_unit_is_found),
		cmocka_unit_test(units_of_an_excluded_language_are_left_out),
		cmocka_unit_test(the_number_of_threads_has_no_influence),
		cmocka_unit_test(the_first_unit_with_an_error_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
