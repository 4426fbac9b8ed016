/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of equality when BTF is made standalone: types that base and split both have, same-named
 * types, and types behind forward declarations.
 */
#include "split/standalone_for_test.h"

/* --- equal types */

/* Relocated BTF has copies of types that the base has too, with names of its own. */
static void what_the_base_has_as_well_comes_once(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_base();
	_cleanup_unref_ struct rebtf_btf *split = NULL, *over_distilled = NULL, *moved = NULL;
	_cleanup_unref_ struct rebtf_btf *result = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	add_struct(b, "own", 8, PTR_OUTER);
	rebtf_builder_ref(b, REBTF_KIND_CONST, LIKE_INT);
	rebtf_builder_ref(b, REBTF_KIND_CONST, INNER);
	split = built(b);
	over_distilled = distilled(split);
	moved = relocated(over_distilled, base);
	result = made_standalone(moved, false);
	assert_dump(result, "[1] STRUCT 'own' size=8 vlen=1\n"
			    "\t'x' type_id=4 bits_offset=0\n"
			    "[2] CONST '(anon)' type_id=5\n"
			    "[3] CONST '(anon)' type_id=7\n"
			    "[4] PTR '(anon)' type_id=9\n"
			    "[5] TYPEDEF 'int_t' type_id=6\n" INT_LINE(
				    6) "[7] STRUCT 'inner' size=4 vlen=1\n"
				       "\t'x' type_id=5 bits_offset=0\n"
				       "[8] PTR '(anon)' type_id=7\n"
				       "[9] STRUCT 'outer' size=8 vlen=1\n"
				       "\t'x' type_id=8 bits_offset=0\n");
}

/*
 * Two same-named types that differ only in the type they point to, which is only declared here.
 * They also point to themselves.
 */
static void same_named_types_that_cutting_made_alike_become_one(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL;
	struct rebtf_builder *b = build_over(NULL);
	uint32_t same_named[2];

	(void)state;
	add_int(b);
	for (int i = 0; i < 2; i++) {
		uint32_t far = add_struct(b, "far", 4 + i * 4, 1);
		uint32_t ptr = rebtf_builder_ref(b, REBTF_KIND_PTR, far);
		uint32_t self = rebtf_builder_ref(b, REBTF_KIND_PTR, ptr + 2);

		same_named[i] = rebtf_builder_struct(b, REBTF_KIND_STRUCT, "homonym", 16);
		rebtf_builder_member(b, "far", ptr, 0, 0);
		rebtf_builder_member(b, "self", self, 64, 0);
	}
	base = built(b);
	b = build_over(base);
	rebtf_builder_typedef(b, "one", same_named[0]);
	rebtf_builder_typedef(b, "other", same_named[1]);
	assert_standalone(b, false,
			  "[1] TYPEDEF 'one' type_id=7\n"
			  "[2] TYPEDEF 'other' type_id=7\n" INT_LINE(
				  3) "[4] FWD 'far' fwd_kind=struct\n"
				     "[5] PTR '(anon)' type_id=4\n"
				     "[6] PTR '(anon)' type_id=7\n"
				     "[7] STRUCT 'homonym' size=16 vlen=2\n"
				     "\t'far' type_id=5 bits_offset=0\n"
				     "\t'self' type_id=6 bits_offset=64\n");
}

/* The same with full definitions of the types that differ. */
static void same_named_types_that_differ_deep_inside_stay_two(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_int(b);
	for (int i = 0; i < 2; i++) {
		uint32_t far = add_struct(b, "far", 4 + i * 4, 1);
		uint32_t ptr = rebtf_builder_ref(b, REBTF_KIND_PTR, far);

		add_struct(b, "homonym", 8, ptr);
	}
	base = built(b);
	b = build_over(base);
	rebtf_builder_typedef(b, "one", 4);
	rebtf_builder_typedef(b, "other", 7);
	result = built_standalone(b, true);
	assert_int_equal(rebtf_btf_type_count(result) - 1, 2 + 7);
}

static void variables_of_one_name_stay_two(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int();
	struct rebtf_builder *b = build_over(base);
	uint32_t one, other;

	(void)state;
	one = rebtf_builder_var(b, "counter", REBTF_LINKAGE_STATIC, INT);
	other = rebtf_builder_var(b, "counter", REBTF_LINKAGE_STATIC, INT);
	rebtf_builder_datasec(b, ".data..percpu", 8);
	rebtf_builder_secinfo(b, one, 0, 4);
	rebtf_builder_secinfo(b, other, 4, 4);
	assert_standalone(b, false,
			  "[1] VAR 'counter' type_id=4, linkage=static\n"
			  "[2] VAR 'counter' type_id=4, linkage=static\n"
			  "[3] DATASEC '.data..percpu' size=8 vlen=2\n"
			  "\ttype_id=1 offset=0 size=4 (VAR 'counter')\n"
			  "\ttype_id=2 offset=4 size=4 (VAR 'counter')\n" INT_LINE(4));
}

/*
 * Structs that look alike, each pointing to the next one, so that equality can only be decided from
 * the last one back, one at a time. That takes too long, so they all stay.
 */
static void same_named_types_that_are_told_apart_one_by_one_take_no_time(void **state)
{
	enum { COUNT = 100000 };
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *split = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	add_struct(b, "last", 8, 1);
	for (uint32_t i = 0; i < COUNT; i++) {
		uint32_t ptr = rebtf_builder_ref(b, REBTF_KIND_PTR, rebtf_builder_next_id(b) - 1);

		add_struct(b, "link", 8, ptr);
	}
	split = built(b);
	result = made_standalone(split, false);
	assert_int_equal(rebtf_btf_type_count(result), rebtf_btf_type_count(split));
}

/* --- forward declarations */

/* A base whose "holder" [4] points to a FWD "later" [2], or contains it. */
static struct rebtf_btf *build_forward_base(bool contains)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	rebtf_builder_fwd(b, REBTF_KIND_STRUCT, "later");
	rebtf_builder_ref(b, contains ? REBTF_KIND_CONST : REBTF_KIND_PTR, 2);
	add_struct(b, "holder", 8, 3);
	return built(b);
}

static void the_module_knows_what_the_kernel_only_declares(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_forward_base(false);
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_typedef(b, "own", 4);
	add_struct(b, "later", 4, 1);
	assert_standalone(
		b, false,
		"[1] TYPEDEF 'own' type_id=5\n"
		"[2] STRUCT 'later' size=4 vlen=1\n"
		"\t'x' type_id=3 bits_offset=0\n" INT_LINE(3) "[4] PTR '(anon)' type_id=2\n"
							      "[5] STRUCT 'holder' size=8 vlen=1\n"
							      "\t'x' type_id=4 bits_offset=0\n");
}

static void a_declaration_that_can_mean_two_stays(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_forward_base(false), *result = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_typedef(b, "own", 4);
	add_struct(b, "later", 4, 1);
	add_struct(b, "later", 8, 1);
	result = built_standalone(b, false);
	assert_int_equal(rebtf_btf_find(result, "later", REBTF_KIND_FWD), 5);
}

static void a_union_is_not_what_a_struct_was_declared_as(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_forward_base(false), *result = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_typedef(b, "own", 4);
	rebtf_builder_struct(b, REBTF_KIND_UNION, "later", 8);
	result = built_standalone(b, false);
	assert_int_not_equal(rebtf_btf_find(result, "later", REBTF_KIND_FWD), 0);
}

/* It would contain itself: "later" contains a holder, and holder a "later". */
static void what_is_contained_is_not_replaced(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_forward_base(true), *result = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	add_struct(b, "later", 8, 4);
	result = built_standalone(b, false);
	assert_int_not_equal(rebtf_btf_find(result, "later", REBTF_KIND_FWD), 0);
}

/*
 * The type that the base's holder [4] points to has a same-named type in the split, of @size bytes.
 */
static struct rebtf_btf *standalone_with_same_name(uint32_t size)
{
	_cleanup_unref_ struct rebtf_btf *base = NULL;
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	add_struct(b, "common", 4, 1);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 2);
	add_struct(b, "holder", 8, 3);
	base = built(b);
	b = build_over(base);
	rebtf_builder_typedef(b, "own", 4);
	add_struct(b, "common", size, 1);
	return built_standalone(b, false);
}

static void one_of_the_same_name_and_size_is_the_same(void **state)
{
	_cleanup_unref_ struct rebtf_btf *result = standalone_with_same_name(4);

	(void)state;
	assert_int_equal(rebtf_btf_find(result, "common", REBTF_KIND_STRUCT), 2);
	assert_int_equal(rebtf_btf_find(result, "common", REBTF_KIND_FWD), 0);
}

static void one_of_another_size_is_another_one(void **state)
{
	_cleanup_unref_ struct rebtf_btf *result = standalone_with_same_name(8);

	(void)state;
	assert_int_equal(rebtf_btf_find(result, "common", REBTF_KIND_STRUCT), 2);
	assert_int_not_equal(rebtf_btf_find(result, "common", REBTF_KIND_FWD), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_base_has_as_well_comes_once),
		cmocka_unit_test(same_named_types_that_cutting_made_alike_become_one),
		cmocka_unit_test(same_named_types_that_differ_deep_inside_stay_two),
		cmocka_unit_test(variables_of_one_name_stay_two),
		cmocka_unit_test(same_named_types_that_are_told_apart_one_by_one_take_no_time),
		cmocka_unit_test(the_module_knows_what_the_kernel_only_declares),
		cmocka_unit_test(a_declaration_that_can_mean_two_stays),
		cmocka_unit_test(a_union_is_not_what_a_struct_was_declared_as),
		cmocka_unit_test(what_is_contained_is_not_replaced),
		cmocka_unit_test(one_of_the_same_name_and_size_is_the_same),
		cmocka_unit_test(one_of_another_size_is_another_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
