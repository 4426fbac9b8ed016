/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of making BTF standalone: which types are included, in full or declared, and the cost of
 * hostile input. Results are compared as dumped text. Equality: standalone_same_test.c.
 */
#include "split/standalone_for_test.h"

/* --- included types */

static struct rebtf_builder *build_over_base(void)
{
	_cleanup_unref_ struct rebtf_btf *base = build_base();

	return build_over(base);
}

static void what_the_split_points_to_comes_in_full_and_what_that_points_to_declared(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_CONST, PTR_OUTER);
	assert_standalone(
		b, false,
		"[1] CONST '(anon)' type_id=6\n" INT_LINE(2) "[3] FWD 'inner' fwd_kind=struct\n"
							     "[4] PTR '(anon)' type_id=3\n"
							     "[5] STRUCT 'outer' size=8 vlen=1\n"
							     "\t'x' type_id=4 bits_offset=0\n"
							     "[6] PTR '(anon)' type_id=5\n");
}

static void what_its_members_point_to_the_split_points_to(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	add_struct(b, "own", 8, PTR_OUTER);
	assert_standalone(
		b, false,
		"[1] STRUCT 'own' size=8 vlen=1\n"
		"\t'x' type_id=6 bits_offset=0\n" INT_LINE(2) "[3] FWD 'inner' fwd_kind=struct\n"
							      "[4] PTR '(anon)' type_id=3\n"
							      "[5] STRUCT 'outer' size=8 vlen=1\n"
							      "\t'x' type_id=4 bits_offset=0\n"
							      "[6] PTR '(anon)' type_id=5\n");
}

static void everything_comes_in_full_if_that_is_asked_for(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_CONST, PTR_OUTER);
	assert_standalone(
		b, true,
		"[1] CONST '(anon)' type_id=6\n" INT_LINE(2) "[3] STRUCT 'inner' size=4 vlen=1\n"
							     "\t'x' type_id=7 bits_offset=0\n"
							     "[4] PTR '(anon)' type_id=3\n"
							     "[5] STRUCT 'outer' size=8 vlen=1\n"
							     "\t'x' type_id=4 bits_offset=0\n"
							     "[6] PTR '(anon)' type_id=5\n"
							     "[7] TYPEDEF 'int_t' type_id=2\n");
}

static void what_lies_in_a_struct_comes_in_full(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	add_struct(b, "own", 8, TOP);
	assert_standalone(
		b, false,
		"[1] STRUCT 'own' size=8 vlen=1\n"
		"\t'x' type_id=6 bits_offset=0\n" INT_LINE(2) "[3] FWD 'inner' fwd_kind=struct\n"
							      "[4] PTR '(anon)' type_id=3\n"
							      "[5] STRUCT 'outer' size=8 vlen=1\n"
							      "\t'x' type_id=4 bits_offset=0\n"
							      "[6] STRUCT 'top' size=8 vlen=1\n"
							      "\t'x' type_id=5 bits_offset=0\n");
}

/* If the split itself refers to it, other pointers to it also point to the full type. */
static void a_struct_is_in_full_for_all_or_for_none(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_CONST, PTR_OUTER);
	rebtf_builder_ref(b, REBTF_KIND_CONST, INNER);
	assert_standalone(
		b, false,
		"[1] CONST '(anon)' type_id=7\n"
		"[2] CONST '(anon)' type_id=4\n" INT_LINE(3) "[4] STRUCT 'inner' size=4 vlen=1\n"
							     "\t'x' type_id=8 bits_offset=0\n"
							     "[5] PTR '(anon)' type_id=4\n"
							     "[6] STRUCT 'outer' size=8 vlen=1\n"
							     "\t'x' type_id=5 bits_offset=0\n"
							     "[7] PTR '(anon)' type_id=6\n"
							     "[8] TYPEDEF 'int_t' type_id=3\n");
}

static void a_chain_of_bases_is_followed_through(void **state)
{
	_cleanup_unref_ struct rebtf_btf *middle = NULL;
	struct rebtf_builder *b = build_over_base();
	uint32_t id;

	(void)state;
	id = add_struct(b, "middle", 8, PTR_OUTER);
	middle = built(b);
	b = build_over(middle);
	add_struct(b, "own", 8, id);
	rebtf_builder_typedef(b, "int_t", INT);
	assert_standalone(
		b, false,
		"[1] STRUCT 'own' size=8 vlen=1\n"
		"\t'x' type_id=6 bits_offset=0\n"
		"[2] TYPEDEF 'int_t' type_id=3\n" INT_LINE(3) "[4] FWD 'outer' fwd_kind=struct\n"
							      "[5] PTR '(anon)' type_id=4\n"
							      "[6] STRUCT 'middle' size=8 vlen=1\n"
							      "\t'x' type_id=5 bits_offset=0\n");
}

/*
 * Behind a pointer in a base's struct: a prototype with a union by value and one by pointer, an
 * array of structs, and a struct without a name. Only named types that need no size are declared.
 */
static void what_must_have_a_size_or_has_no_name_comes_in_full(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t by_value, by_pointer, element, anonymous, array, proto, holder;

	(void)state;
	add_int(b);
	by_value = rebtf_builder_struct(b, REBTF_KIND_UNION, "by_value", 4);
	rebtf_builder_member(b, "x", 1, 0, 0);
	by_pointer = rebtf_builder_struct(b, REBTF_KIND_UNION, "by_pointer", 4);
	rebtf_builder_member(b, "x", 1, 0, 0);
	element = add_struct(b, "element", 4, 1);
	anonymous = add_struct(b, NULL, 4, 1);
	array = rebtf_builder_array(b, element, 1, 2);
	proto = rebtf_builder_func_proto(b, by_value);
	rebtf_builder_param(b, "p", rebtf_builder_next_id(b) + 1);
	holder = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "holder", 24);
	rebtf_builder_member(b, "array", holder + 2, 0, 0);
	rebtf_builder_member(b, "run", holder + 3, 64, 0);
	rebtf_builder_member(b, "anonymous", holder + 4, 128, 0);
	rebtf_builder_ref(b, REBTF_KIND_PTR, by_pointer);
	rebtf_builder_ref(b, REBTF_KIND_PTR, array);
	rebtf_builder_ref(b, REBTF_KIND_PTR, proto);
	rebtf_builder_ref(b, REBTF_KIND_PTR, anonymous);
	base = built(b);
	b = build_over(base);
	rebtf_builder_typedef(b, "own", holder);
	assert_standalone(b, false,
			  "[1] TYPEDEF 'own' type_id=9\n" INT_LINE(
				  2) "[3] UNION 'by_value' size=4 vlen=1\n"
				     "\t'x' type_id=2 bits_offset=0\n"
				     "[4] FWD 'by_pointer' fwd_kind=union\n"
				     "[5] STRUCT 'element' size=4 vlen=1\n"
				     "\t'x' type_id=2 bits_offset=0\n"
				     "[6] STRUCT '(anon)' size=4 vlen=1\n"
				     "\t'x' type_id=2 bits_offset=0\n"
				     "[7] ARRAY '(anon)' type_id=5 index_type_id=2 nr_elems=2\n"
				     "[8] FUNC_PROTO '(anon)' ret_type_id=3 vlen=1\n"
				     "\t'p' type_id=10\n"
				     "[9] STRUCT 'holder' size=24 vlen=3\n"
				     "\t'array' type_id=11 bits_offset=0\n"
				     "\t'run' type_id=12 bits_offset=64\n"
				     "\t'anonymous' type_id=13 bits_offset=128\n"
				     "[10] PTR '(anon)' type_id=4\n"
				     "[11] PTR '(anon)' type_id=7\n"
				     "[12] PTR '(anon)' type_id=8\n"
				     "[13] PTR '(anon)' type_id=6\n");
}

static void each_kind_is_copied(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_all_kinds(), *result = NULL;
	struct rebtf_builder *b = build_over(base);
	uint32_t count = rebtf_btf_type_count(base) - 1, referred = 0;

	(void)state;
	for (uint32_t id = 1; id <= count; id++)
		referred += add_reference(b, base, id);
	result = built_standalone(b, false);
	/* All types except a section and two tags. */
	assert_int_equal(referred, count - 3);
	/* The base had a pointer to its first type, which the split has as well. */
	assert_int_equal(rebtf_btf_type_count(result) - 1, 2 * referred - 1);
	for (uint32_t id = 1; id <= count; id++) {
		const struct rebtf_type *t = rebtf_btf_type(base, id);

		if (*rebtf_btf_type_name(base, t) && !(layout_of(t)->role & ROLE_ALONE))
			assert_int_not_equal(rebtf_btf_find(result, rebtf_btf_type_name(base, t),
							    rebtf_type_kind(t)),
					     0);
	}
}

/* --- "int" */

static void int_comes_along_unasked(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 0);
	assert_standalone(b, false, "[1] PTR '(anon)' type_id=0\n" INT_LINE(2));
}

static void an_int_of_its_own_is_enough(void **state)
{
	struct rebtf_builder *b = build_over_base();

	(void)state;
	add_int(b);
	assert_standalone(b, false, INT_LINE(1));
}

static void without_an_int_there_is_no_standalone_btf(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_int(b, "char", 1, 0, 8);
	base = built(b);
	b = build_over(base);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	split = built(b);
	assert_fails(rebtf_standalone(split, NULL, &result), REBTF_ERR_UNSUPPORTED,
		     "no INT 'int' in the BTF or its base");
}

/* --- refused input */

static void what_is_not_split_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_int(), *result = NULL;

	(void)state;
	assert_fails(rebtf_standalone(btf, NULL, &result), REBTF_ERR_ARGUMENT,
		     "no base (expected split BTF)");
}

static void an_unknown_kind_is_refused_if_needed(void **state)
{
	static const uint32_t types[] = { 1, INFO(INT, 0), 4, 1u << 24 | 32, 1, 23u << 24, 0 };
	_cleanup_unref_ struct rebtf_btf *base = NULL, *needs = NULL, *does_not = NULL,
					 *result = NULL;
	struct layout_entry layout[24] = {};
	_cleanup_bytes_ struct bytes bytes = { 0 };
	struct rebtf_btf *refused;

	(void)state;
	for (uint32_t kind = 0; kind < REBTF_KNOWN_KINDS; kind++)
		layout[kind] = (struct layout_entry){ kind_layout(kind)->info_size,
						      kind_layout(kind)->elem_size, 0 };
	bytes = raw_bytes(types, sizeof(types), layout, sizeof(layout), "\0int", 5);
	assert_ok(open_bytes(&bytes, NULL, &base));
	assert_ok(OPEN_RAW("", base, &needs, 0, INFO(PTR, 0), 2));
	assert_ok(OPEN_RAW("", base, &does_not, 0, INFO(PTR, 0), 1));
	assert_fails(rebtf_standalone(needs, NULL, &refused), REBTF_ERR_UNSUPPORTED,
		     "type [2] UNKNOWN 'int': cannot make it standalone: the split refers to "
		     "this base type of unknown kind 23");
	result = made_standalone(does_not, false);
	assert_dump(result, "[1] PTR '(anon)' type_id=2\n" INT_LINE(2));
}

/* --- hostile input */

/* Ends of one long string: as many as types, all used as names. */
static void names_inside_names_do_not_multiply(void **state)
{
	enum { COUNT = 4000 };
	static uint32_t types[COUNT * 3 + 4] = { COUNT + 2, INFO(INT, 0), 4, 32 };
	static char strings[COUNT + 1 + 1 + sizeof("int")];
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL, *result = NULL;
	struct rebtf_builder *b;

	(void)state;
	memset(strings + 1, 'a', COUNT);
	memcpy(strings + COUNT + 2, "int", 4);
	for (uint32_t i = 0; i < COUNT; i++) {
		types[4 + i * 3] = i + 1;
		types[4 + i * 3 + 1] = INFO(FWD, 0);
	}
	assert_ok(open_raw(types, sizeof(types), strings, sizeof(strings), NULL, &base));
	b = build_over(base);
	for (uint32_t i = 0; i < COUNT; i++)
		rebtf_builder_ref(b, REBTF_KIND_PTR, 2 + i);
	split = built(b);
	assert_fails(rebtf_standalone(split, NULL, &result), REBTF_ERR_UNSUPPORTED,
		     "names overlap");
}

#define MANY 1000000

static void a_chain_of_a_million_types_is_followed(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_int(b);
	for (uint32_t i = 0; i < MANY; i++)
		rebtf_builder_ref(b, REBTF_KIND_PTR, 1 + i);
	base = built(b);
	b = build_over(base);
	rebtf_builder_ref(b, REBTF_KIND_CONST, 1 + MANY);
	result = built_standalone(b, false);
	assert_int_equal(rebtf_btf_type_count(result) - 1, 1 + 1 + MANY);
}

static void pointers_in_a_circle_come_to_an_end(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *result = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 3);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);
	result = built_standalone(b, true);
	assert_int_equal(rebtf_btf_type_count(result) - 1, 3);
}

/* --- form */

static void byte_order_and_layout_stay(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_int(b);
	rebtf_builder_set_byte_order(b, OTHER_BYTE_ORDER);
	base = built(b);
	b = build_over(base);
	rebtf_builder_set_layout(b, REBTF_LAYOUT_WITH);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	result = built_standalone(b, false);
	assert_int_equal(rebtf_btf_is_big_endian(result), !HOST_BIG_ENDIAN);
	assert_true(rebtf_btf_has_layout(result));
	assert_dump(result, "[1] PTR '(anon)' type_id=2\n" INT_LINE(2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_the_split_points_to_comes_in_full_and_what_that_points_to_declared),
		cmocka_unit_test(what_its_members_point_to_the_split_points_to),
		cmocka_unit_test(everything_comes_in_full_if_that_is_asked_for),
		cmocka_unit_test(what_lies_in_a_struct_comes_in_full),
		cmocka_unit_test(a_struct_is_in_full_for_all_or_for_none),
		cmocka_unit_test(a_chain_of_bases_is_followed_through),
		cmocka_unit_test(what_must_have_a_size_or_has_no_name_comes_in_full),
		cmocka_unit_test(each_kind_is_copied),
		cmocka_unit_test(int_comes_along_unasked),
		cmocka_unit_test(an_int_of_its_own_is_enough),
		cmocka_unit_test(without_an_int_there_is_no_standalone_btf),
		cmocka_unit_test(what_is_not_split_is_refused),
		cmocka_unit_test(an_unknown_kind_is_refused_if_needed),
		cmocka_unit_test(names_inside_names_do_not_multiply),
		cmocka_unit_test(a_chain_of_a_million_types_is_followed),
		cmocka_unit_test(pointers_in_a_circle_come_to_an_end),
		cmocka_unit_test(byte_order_and_layout_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
