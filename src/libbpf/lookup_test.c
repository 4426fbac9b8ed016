/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Sizes and alignments are those that gcc gives to the same declarations on x86-64. */
#include "libbpf/built_for_test.h"

static void the_base_comes_first_in_a_search_by_name(void **state)
{
	_cleanup_btf_ struct btf *base = built_base();
	_cleanup_btf_ struct btf *split = btf__new_empty_split(base);

	(void)state;
	btf__add_struct(split, "s", 8);
	btf__add_typedef(split, "s", 1);
	assert_int_equal(btf__find_by_name(split, "s"), 2);
	assert_int_equal(btf__find_by_name_kind(split, "s", REBTF_KIND_STRUCT), 2);
	assert_int_equal(btf__find_by_name_kind(split, "s", REBTF_KIND_TYPEDEF), 5);
	assert_errno(btf__find_by_name_kind(base, "s", REBTF_KIND_TYPEDEF), ENOENT);
	assert_errno(btf__find_by_name(split, "none"), ENOENT);
	assert_int_equal(btf__find_by_name(split, "void"), 0);
	assert_int_equal(btf__find_by_name_kind(split, "none", REBTF_KIND_VOID), 0);
}

static void a_search_by_name_goes_through_all_bases(void **state)
{
	struct btf *chain[40] = { built_base() };
	const size_t last = sizeof(chain) / sizeof(*chain) - 1;

	(void)state;
	for (size_t i = 1; i <= last; i++)
		chain[i] = btf__new_empty_split(chain[i - 1]);
	btf__add_struct(chain[last], "s", 8);
	assert_int_equal(btf__find_by_name(chain[last], "s"), 2);
	for (size_t i = last + 1; i--;)
		btf__free(chain[i]);
}

static void sorted_types_are_found_by_name(void **state)
{
	_cleanup_btf_ struct btf *built = btf__new_empty(), *sorted = NULL;
	const char *names[] = { "a", "b", "b", "b", "c" };
	uint32_t size;
	const void *raw;

	(void)state;
	btf__add_ptr(built, 0);
	for (size_t i = 0; i < 5; i++)
		btf__add_struct(built, names[i], i);
	btf__add_typedef(built, "c", 0);
	raw = btf__raw_data(built, &size);
	sorted = btf__new(raw, size);
	assert_int_equal(btf__find_by_name(sorted, "b"), 3);
	assert_int_equal(btf__find_by_name_kind(sorted, "c", REBTF_KIND_TYPEDEF), 7);
	assert_int_equal(btf__find_by_name_kind(sorted, "", REBTF_KIND_PTR), 1);
	assert_errno(btf__find_by_name(sorted, "aa"), ENOENT);
	assert_errno(btf__find_by_name(sorted, "d"), ENOENT);
	/* A change can end the order. */
	assert_int_equal(btf__add_struct(sorted, "aa", 1), 8);
	assert_int_equal(btf__find_by_name(sorted, "aa"), 8);
}

static void ids_that_do_not_exist(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();

	(void)state;
	assert_int_equal(rebtf_type_kind(btf__type_by_id(btf, 0)), REBTF_KIND_VOID);
	assert_null_errno(btf__type_by_id(btf, 4), EINVAL);
	assert_errno(btf__resolve_size(btf, 4), EINVAL);
	assert_errno(btf__resolve_type(btf, 4), EINVAL);
	assert_int_equal(btf__align_of(btf, 4), 0);
}

static void sizes_pass_through_arrays_and_names(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();

	(void)state;
	assert_int_equal(btf__add_array(btf, 1, 2, 10), 4);
	assert_int_equal(btf__add_const(btf, 4), 5);
	assert_int_equal(btf__add_typedef(btf, "t", 5), 6);
	assert_int_equal(btf__add_array(btf, 1, 6, 3), 7);
	assert_int_equal(btf__add_var(btf, "v", 0, 7), 8);
	assert_int_equal(btf__resolve_size(btf, 8), 120);
	assert_int_equal(btf__resolve_type(btf, 6), 4);
	assert_int_equal(btf__resolve_size(btf, 3), 8);
	assert_int_equal(btf__add_array(btf, 1, 7, 1u << 30), 9);
	assert_errno(btf__resolve_size(btf, 9), E2BIG);
	assert_errno(btf__resolve_size(btf, 0), EINVAL);
}

static void functions_have_no_size_whatever_they_return(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();

	(void)state;
	assert_int_equal(btf__add_func_proto(btf, 1), 4);
	assert_int_equal(btf__add_func(btf, "function", 0, 4), 5);
	assert_int_equal(btf__add_array(btf, 1, 4, 10), 6);
	for (uint32_t id = 4; id <= 6; id++)
		assert_errno(btf__resolve_size(btf, id), EINVAL);
}

static void types_that_lead_to_themselves(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();

	(void)state;
	btf__add_const(btf, 2);
	btf__add_volatile(btf, 1);
	btf__add_struct(btf, "s", 4);
	btf__add_field(btf, "s", 3, 0, 0);
	assert_errno(btf__resolve_size(btf, 1), EINVAL);
	assert_errno(btf__resolve_type(btf, 1), EINVAL);
	assert_true(btf__align_of(btf, 1) <= 0);
	assert_true(btf__align_of(btf, 3) <= 0);
}

static void an_alignment_takes_limited_work(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();

	(void)state;
	btf__add_int(btf, "int", 4, 0);
	for (uint32_t id = 2; id < 60; id++) {
		assert_int_equal(btf__add_struct(btf, NULL, 4), id);
		btf__add_field(btf, "a", id - 1, 0, 0);
		btf__add_field(btf, "b", id - 1, 0, 0);
	}
	assert_int_equal(btf__align_of(btf, 10), 4);
	assert_true(btf__align_of(btf, 59) <= 0);
}

static void alignments(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();

	(void)state;
	btf__add_int(btf, "char", 1, 0);
	btf__add_struct(btf, "aligned", 16); /* { char a; void *b; } */
	btf__add_field(btf, "a", 4, 0, 0);
	btf__add_field(btf, "b", 3, 64, 0);
	btf__add_struct(btf, "packed", 9);
	btf__add_field(btf, "a", 4, 0, 0);
	btf__add_field(btf, "b", 3, 8, 0);
	btf__add_struct(btf, "short_end", 15);
	btf__add_field(btf, "b", 3, 0, 0);
	assert_int_equal(btf__align_of(btf, 4), 1);
	assert_int_equal(btf__align_of(btf, 5), 8);
	assert_int_equal(btf__align_of(btf, 6), 1);
	assert_int_equal(btf__align_of(btf, 7), 1);
	assert_int_equal(btf__align_of(btf, 2), 4);
	assert_int_equal(btf__add_func(btf, "function", 0, 1), 8);
	errno = 0;
	assert_int_equal(btf__align_of(btf, 8), 0);
	assert_int_equal(errno, EINVAL);
}

static void the_size_of_pointers(void **state)
{
	_cleanup_btf_ struct btf *built = btf__new_empty(), *btf = NULL, *without = NULL;
	uint32_t size;
	const void *raw;

	(void)state;
	assert_int_equal(btf__pointer_size(built), sizeof(void *));
	btf__add_int(built, "unsigned", 4, 0);
	raw = btf__raw_data(built, &size);
	without = btf__new(raw, size);
	assert_int_equal(btf__pointer_size(without), 0);
	btf__add_int(built, "long unsigned int", 4, 0);
	raw = btf__raw_data(built, &size);
	btf = btf__new(raw, size);
	assert_int_equal(btf__pointer_size(btf), 4);
	assert_errno(btf__set_pointer_size(btf, 2), EINVAL);
	assert_int_equal(btf__set_pointer_size(btf, 8), 0);
	assert_int_equal(btf__pointer_size(btf), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_base_comes_first_in_a_search_by_name),
		cmocka_unit_test(a_search_by_name_goes_through_all_bases),
		cmocka_unit_test(sorted_types_are_found_by_name),
		cmocka_unit_test(ids_that_do_not_exist),
		cmocka_unit_test(sizes_pass_through_arrays_and_names),
		cmocka_unit_test(functions_have_no_size_whatever_they_return),
		cmocka_unit_test(types_that_lead_to_themselves),
		cmocka_unit_test(an_alignment_takes_limited_work),
		cmocka_unit_test(alignments),
		cmocka_unit_test(the_size_of_pointers),
	};

	return cmocka_run_group_tests_name("libbpf: lookup", tests, built_print_nothing, NULL);
}
