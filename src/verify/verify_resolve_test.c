/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of the second pass, and of the chains of modifiers in the third: valid targets of
 * references, and kernel quirks, verdicts that depend on the type that kernels visit first.
 */
#include "verify/verify_words_for_test.h"

/* ----------------------------------------------------------------------------------- references */

static void what_has_no_size_is_in_nothing(void **state)
{
	(void)state;
	ACCEPTS(S_INT, INFO(FWD, 0), 0, 0, INFO(PTR, 0), 1);
	REFUSES("member 0: type [1] has invalid kind FWD", S_INT, INFO(FWD, 0), 0, 0,
		INFO(STRUCT, 1), 8, 0, 1, 0);
	REFUSES("member 0: type [1] has no size", 0, INFO(CONST, 0), 0, 0, INFO(STRUCT, 1), 8, 0, 1,
		0);
	REFUSES(": type [1] has no size", 0, INFO(CONST, 0), 0, S_INT, INFO(VAR, 0), 1, 1);
	REFUSES("return type [1] has no size", 0, INFO(CONST, 0), 0, 0, INFO(FUNC_PROTO, 0), 1);
	REFUSES("target type [2] has invalid kind VAR", AN_INT, S_INT, INFO(VAR, 0), 1, 1, 0,
		INFO(PTR, 0), 2);
}

static void arrays_have_elements_and_an_int_as_index(void **state)
{
	(void)state;
	ACCEPTS(AN_INT, 0, INFO(ARRAY, 0), 0, 1, 1, 0x3fffffff);
	REFUSES("exceed 4 GiB", AN_INT, 0, INFO(ARRAY, 0), 0, 1, 1, 0x40000000);
	REFUSES("index type [2] is not a regular INT", AN_INT, 0, INFO(PTR, 0), 0, 0,
		INFO(ARRAY, 0), 0, 1, 2, 1);
	REFUSES("element type [2] is not a regular INT", AN_INT, 0, INFO(INT, 0), 4,
		INT_DATA(0, 0, 24), 0, INFO(ARRAY, 0), 0, 2, 1, 1);
	REFUSES("element type is void", AN_INT, 0, INFO(ARRAY, 0), 0, 0, 1, 1);
	REFUSES("size or type field 4", AN_INT, 0, INFO(ARRAY, 0), 4, 1, 1, 1);
}

static void loops_are_refused(void **state)
{
	(void)state;
	REFUSES("reference loop through type [1]", 0, INFO(CONST, 0), 1);
	REFUSES("reference loop through type [1]", 0, INFO(PTR, 0), 2, 0, INFO(CONST, 0), 1);
	REFUSES("reference loop through type [1]", 0, INFO(STRUCT, 1), 4, 0, 1, 0);
	REFUSES("reference loop through type [2]", AN_INT, 0, INFO(ARRAY, 0), 0, 2, 1, 1);
	/* A reference that is not by value is not a cycle. */
	ACCEPTS(0, INFO(STRUCT, 1), 8, 0, 2, 0, 0, INFO(PTR, 0), 1);
}

static void functions_have_prototypes_with_names(void **state)
{
	(void)state;
	ACCEPTS(AN_INT, 0, INFO(FUNC_PROTO, 2), 0, S_INT, 1, 0, 0, S_INT, INFO(FUNC, 1), 2);
	REFUSES("parameter 0 of prototype [2] has no name", AN_INT, 0, INFO(FUNC_PROTO, 1), 0, 0, 1,
		S_INT, INFO(FUNC, 0), 2);
	REFUSES("is not a FUNC_PROTO", AN_INT, S_INT, INFO(FUNC, 0), 1);
	REFUSES("invalid linkage 2", S_INT, INFO(FUNC, 2), 1);
	REFUSES("variable arguments cannot have a name", 0, INFO(FUNC_PROTO, 1), 0, S_INT, 0);
	REFUSES("parameter 0: type [0] has no size", AN_INT, 0, INFO(FUNC_PROTO, 2), 0, 0, 0, 0, 1);
	REFUSES("parameter 0: name 'x y'", AN_INT, 0, INFO(FUNC_PROTO, 1), 0, S_SPACE, 1);
}

static void a_tag_is_of_something_that_is_there(void **state)
{
#define A_STRUCT AN_INT, 0, INFO(STRUCT, 1), 4, 0, 1, 0
	(void)state;
	ACCEPTS(A_STRUCT, S_TAG, INFO(DECL_TAG, 0), 2, 0);
	ACCEPTS(A_STRUCT, S_TAG, INFO(DECL_TAG, 0), 2, -1u);
	REFUSES("component 1 (expected less than 1)", A_STRUCT, S_TAG, INFO(DECL_TAG, 0), 2, 1);
	REFUSES("invalid component -2", A_STRUCT, S_TAG, INFO(DECL_TAG, 0), 2, -2u);
	REFUSES("tagged type [1] has invalid kind INT", A_STRUCT, S_TAG, INFO(DECL_TAG, 0), 1, -1u);
	REFUSES("component 0 (TYPEDEF has no components)", AN_INT, S_INT, INFO(TYPEDEF, 0), 1,
		S_TAG, INFO(DECL_TAG, 0), 2, 0);
	REFUSES("component 1 (expected less than 1)", AN_INT, 0, INFO(FUNC_PROTO, 1), 0, S_INT, 1,
		S_INT, INFO(FUNC, 0), 2, S_TAG, INFO(DECL_TAG, 0), 3, 1);
}

/*
 * Makes @length modifiers. Each refers to the next one if @upwards, otherwise to the previous one.
 */
static struct bytes chain_of(uint32_t length, bool upwards)
{
	uint32_t words[3 * 200] = {};

	for (uint32_t i = 0; i < length; i++) {
		words[3 * i + 1] = INFO(CONST, 0);
		words[3 * i + 2] = upwards ? (i + 1 < length ? i + 2 : 0) : i;
	}
	return raw_bytes(words, 12 * length, NULL, 0, "", 1);
}

static void a_chain_has_up_to_32_types(void **state)
{
	_cleanup_bytes_ struct bytes most = chain_of(32, true), more = chain_of(33, true);

	(void)state;
	expect_of(&most, NULL, "6.18", false, NULL, __LINE__);
	expect_of(&more, NULL, "6.18", false,
		  "type [32] CONST: nested too deep below type [1] (maximum 32)", __LINE__);
	expect_of(&more, NULL, "6.18", true, "more than 32 modifiers", __LINE__);
}

/*
 * ---------------------------------------------------------------------------------- kernel quirks
 */

static void a_chain_that_was_checked_before_may_be_longer(void **state)
{
	_cleanup_bytes_ struct bytes bytes = chain_of(200, false);

	(void)state;
	expect_of(&bytes, NULL, "6.18", false, NULL, __LINE__);
}

static void a_struct_may_contain_itself_through_what_a_pointer_has_done(void **state)
{
	(void)state;
	ACCEPTS(0, INFO(PTR, 0), 2, 0, INFO(CONST, 0), 3, 0, INFO(STRUCT, 1), 4, 0, 2, 0);
	REFUSES("reference loop", 0, INFO(STRUCT, 1), 4, 0, 2, 0, 0, INFO(CONST, 0), 1);
}

static void an_array_has_no_size_yet_where_a_pointer_has_done_it(void **state)
{
	(void)state;
	ACCEPTS(AN_INT, 0, INFO(PTR, 0), 3, 0, INFO(CONST, 0), 5, 0, INFO(STRUCT, 1), 4, 0, 3, 0, 0,
		INFO(ARRAY, 0), 0, 1, 1, 2);
	REFUSES("8 bytes at offset 0 end past the struct's 4 bytes", AN_INT, 0, INFO(CONST, 0), 4,
		0, INFO(STRUCT, 1), 4, 0, 2, 0, 0, INFO(ARRAY, 0), 0, 1, 1, 2);
}

static void a_pointer_to_a_function_counts_if_that_comes_first(void **state)
{
	(void)state;
	ACCEPTS(0, INFO(FUNC_PROTO, 0), 0, S_INT, INFO(FUNC, 0), 1, 0, INFO(PTR, 0), 2);
	REFUSES("type [3] has invalid kind FUNC", 0, INFO(FUNC_PROTO, 0), 0, 0, INFO(PTR, 0), 3,
		S_INT, INFO(FUNC, 0), 1);
}

static void the_size_of_a_variable_after_its_section_is_not_looked_at(void **state)
{
	(void)state;
	ACCEPTS(AN_INT, S_BSS, INFO(DATASEC, 1), 8, 3, 0, 1, S_INT, INFO(VAR, 0), 1, 1);
}

static void types_past_the_largest_id_are_left_out(void **state)
{
	const uint32_t count = 1048576;
	uint32_t *words = calloc(count, 12);
	struct bytes bytes;

	(void)state;
	assert_non_null(words);
	for (uint32_t i = 0; i < count; i++)
		words[3 * i + 1] = INFO(PTR, 0);
	/* This would be a cycle. */
	words[3 * (count - 1) + 2] = count - 1;
	words[2] = 1048574;
	bytes = raw_bytes(words, (size_t)count * 12, NULL, 0, "", 1);
	expect_of(&bytes, NULL, "6.18", false, NULL, __LINE__);
	bytes_release(&bytes);
	words[2] = 1048575;
	bytes = raw_bytes(words, (size_t)count * 12, NULL, 0, "", 1);
	expect_of(&bytes, NULL, "6.18", false, "type [1048575] does not exist", __LINE__);
	bytes_release(&bytes);
	free(words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_has_no_size_is_in_nothing),
		cmocka_unit_test(arrays_have_elements_and_an_int_as_index),
		cmocka_unit_test(loops_are_refused),
		cmocka_unit_test(functions_have_prototypes_with_names),
		cmocka_unit_test(a_tag_is_of_something_that_is_there),
		cmocka_unit_test(a_chain_has_up_to_32_types),
		cmocka_unit_test(a_chain_that_was_checked_before_may_be_longer),
		cmocka_unit_test(a_struct_may_contain_itself_through_what_a_pointer_has_done),
		cmocka_unit_test(an_array_has_no_size_yet_where_a_pointer_has_done_it),
		cmocka_unit_test(a_pointer_to_a_function_counts_if_that_comes_first),
		cmocka_unit_test(the_size_of_a_variable_after_its_section_is_not_looked_at),
		cmocka_unit_test(types_past_the_largest_id_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
