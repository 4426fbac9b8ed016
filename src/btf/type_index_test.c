/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the indexes of types by contents. */
#include <stdlib.h>

#include "btf/build_for_test.h"
#include "btf/string_index.h"
#include "btf/type_index.h"
#include "util/table.h"

/* Types, some of them twice: [1] INT, [2] PTR to 1, [3] PTR to 1, ... */
static struct rebtf_btf *build_types(void)
{
	struct rebtf_builder *b = build_over(NULL);

	rebtf_builder_int(b, "int", 4, REBTF_INT_SIGNED, 32);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	rebtf_builder_typedef(b, "t", 1);
	rebtf_builder_func_proto(b, 1);
	rebtf_builder_param(b, "x", 2);
	rebtf_builder_func_proto(b, 1);
	rebtf_builder_param(b, "y", 2);
	rebtf_builder_func(b, "f", REBTF_LINKAGE_STATIC, 5);
	rebtf_builder_func(b, "f", REBTF_LINKAGE_STATIC, 6);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 4);
	rebtf_builder_member(b, "x", 1, 0, 0);
	return built(b);
}

static uint32_t find_type(const struct rebtf_btf *btf, const struct table *few, uint32_t id)
{
	uint32_t i = id - btf->start_id, found;

	assert_ok(type_index_find(btf, few, btf_own_type(btf, i), btf_own_type_size(btf, i),
				  &found));
	return found;
}

static void each_type_is_found_by_its_contents(void **state)
{
	static const uint32_t expected[] = { 0, 1, 2, 2, 4, 5, 6, 7, 8, 0 };
	_cleanup_unref_ struct rebtf_btf *btf = build_types();

	(void)state;
	for (uint32_t id = 1; id < 10; id++)
		assert_int_equal(find_type(btf, NULL, id), expected[id]);
}

static void an_index_of_few_types_finds_them_as_an_index_of_all_does(void **state)
{
	struct type_filter filter = {};
	struct table *few, *again;
	_cleanup_unref_ struct rebtf_btf *btf = build_types();

	(void)state;
	type_filter_add(&filter, btf_own_type(btf, 2));
	type_filter_add(&filter, btf_own_type(btf, 5));
	type_filter_add(&filter, btf_own_type(btf, 6));
	assert_ok(type_index_of_few(btf, &filter, &few));
	assert_non_null(few);
	assert_int_equal(find_type(btf, few, 3), 2);
	assert_int_equal(find_type(btf, few, 6), 6);
	assert_int_equal(find_type(btf, few, 7), 7);
	/* The other prototype has another parameter name, so it is not in the index. */
	assert_int_equal(find_type(btf, few, 5), 0);
	table_free(few);
	assert_ok(type_index_of_few(btf, &filter, &again));
	assert_null(again);
}

static void only_a_string_without_an_equal_one_is_surely_the_first(void **state)
{
	_cleanup_unref_ struct rebtf_btf *unique = NULL, *repeated = NULL;
	uint32_t off;

	(void)state;
	assert_ok(OPEN_RAW("\0one\0two\0", NULL, &unique, 1, INFO(FWD, 0), 0));
	assert_ok(OPEN_RAW("\0one\0two\0one\0", NULL, &repeated, 1, INFO(FWD, 0), 0));
	assert_false(string_index_is_first(unique, 5));
	assert_ok(string_index_find(unique, "x", 1, 0, &off));
	assert_ok(string_index_find(repeated, "x", 1, 0, &off));
	assert_true(string_index_is_first(unique, 5));
	assert_false(string_index_is_first(unique, 6));
	assert_false(string_index_is_first(repeated, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_is_found_by_its_contents),
		cmocka_unit_test(an_index_of_few_types_finds_them_as_an_index_of_all_does),
		cmocka_unit_test(only_a_string_without_an_equal_one_is_surely_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
