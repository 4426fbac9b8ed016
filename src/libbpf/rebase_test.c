/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
#include "libbpf/ext_for_test.h"

static void distilled_types_have_a_base_of_their_own(void **state)
{
	_cleanup_btf_ struct btf *base = built_base(), *split = built_split(base);
	_cleanup_btf_ struct btf *distilled = NULL, *made = NULL;

	(void)state;
	assert_int_equal(btf__distill_base(split, &distilled, &made), 0);
	/* struct s without members; own, and the pointer that the base does not have. */
	assert_int_equal(btf__type_cnt(distilled), 2);
	assert_int_equal(btf__type_by_id(distilled, 1)->size, 4);
	assert_int_equal(btf__type_cnt(made), 4);
	assert_ptr_equal(btf__base_btf(made), distilled);
	assert_string_equal(built_name(made, 2), "own");
	btf__free(made); /* before its base */
	made = NULL;
}

static void only_split_btf_is_distilled(void **state)
{
	_cleanup_btf_ struct btf *base = built_base();
	struct btf *distilled, *made;

	(void)state;
	assert_errno(btf__distill_base(base, &distilled, &made), EINVAL);
}

static void both_results_need_a_place(void **state)
{
	_cleanup_btf_ struct btf *base = built_base(), *split = built_split(base);
	struct btf *made = NULL;

	(void)state;
	assert_errno(btf__distill_base(split, NULL, &made), EINVAL);
	assert_errno(btf__distill_base(split, &made, NULL), EINVAL);
	assert_errno(btf__distill_base(split, NULL, NULL), EINVAL);
	assert_null(made);
}

static void distilled_types_are_relocated_in_place(void **state)
{
	_cleanup_btf_ struct btf *old = built_base(), *split = built_split(old);
	_cleanup_btf_ struct btf *base = btf__new_empty(), *distilled = NULL;
	struct btf *made = NULL;
	const struct rebtf_type *t;

	(void)state;
	btf__add_fwd(base, "first", BTF_FORWARD_STRUCT);
	btf__add_struct(base, "s", 4);
	assert_int_equal(btf__distill_base(split, &distilled, &made), 0);
	assert_int_equal(btf__relocate(made, base), 0);
	assert_ptr_equal(btf__base_btf(made), base);
	t = btf__type_by_id(made, 3);
	assert_string_equal(built_name(made, 3), "own");
	assert_int_equal(rebtf_members(t)->type, 2);
	assert_int_equal(btf__type_by_id(made, 4)->type, 2);
	btf__free(made);
}

static void a_type_that_does_not_fit_leaves_the_object_as_it_is(void **state)
{
	_cleanup_btf_ struct btf *old = built_base(), *split = built_split(old);
	_cleanup_btf_ struct btf *base = btf__new_empty(), *distilled = NULL;
	struct btf *made = NULL;

	(void)state;
	btf__add_struct(base, "s", 8);
	assert_int_equal(btf__distill_base(split, &distilled, &made), 0);
	assert_errno(btf__relocate(made, base), EINVAL);
	assert_ptr_equal(btf__base_btf(made), distilled);
	assert_string_equal(built_name(made, 2), "own");
	assert_errno(btf__relocate(made, NULL), EINVAL);
	btf__free(made);
}

static void only_split_btf_is_relocated_and_to_another_base(void **state)
{
	_cleanup_btf_ struct btf *base = built_base(), *split = built_split(base);
	_cleanup_btf_ struct btf *distilled = NULL;
	struct btf *made = NULL;

	(void)state;
	assert_int_equal(btf__distill_base(split, &distilled, &made), 0);
	assert_errno(btf__relocate(distilled, base), EINVAL);
	assert_null(btf__base_btf(distilled));
	assert_errno(btf__relocate(made, distilled), EINVAL);
	assert_ptr_equal(btf__base_btf(made), distilled);
	btf__free(made);
}

/* Callers write into types. A copy of a type from before must not be used again. */
static void types_that_were_written_are_seen(void **state)
{
	_cleanup_btf_ struct btf *old = built_base(), *split = built_split(old);
	struct btf *distilled, *made;

	(void)state;
	assert_int_equal(btf__distill_base(split, &distilled, &made), 0);
	btf__free(made);
	btf__free(distilled);
	((struct rebtf_type *)(uintptr_t)btf__type_by_id(old, 2))->size = 12;
	assert_int_equal(btf__distill_base(split, &distilled, &made), 0);
	assert_int_equal(btf__type_by_id(distilled, 1)->size, 12);
	btf__free(made);
	btf__free(distilled);
	((struct rebtf_type *)(uintptr_t)btf__type_by_id(old, 3))->type = 99;
	assert_errno(btf__distill_base(split, &distilled, &made), EINVAL);
}

static void types_change_places_with_their_references(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();
	uint32_t map[] = { 0, 3, 1, 2 };

	(void)state;
	assert_int_equal(btf__permute(btf, map, 4, NULL), 0);
	assert_string_equal(built_name(btf, 3), "int");
	assert_string_equal(built_name(btf, 1), "s");
	assert_int_equal(rebtf_members(btf__type_by_id(btf, 1))->type, 3);
	assert_int_equal(btf__type_by_id(btf, 2)->type, 1);
}

static void split_types_change_places_and_the_ext_section_follows(void **state)
{
	_cleanup_btf_ struct btf *base = built_base(), *split = built_split(base);
	struct btf_permute_opts opts = { .sz = sizeof(opts) };
	_cleanup_ext_ struct ext_section *ext = NULL;
	struct ext_words w = ext_of(1, 4);
	uint32_t map[] = { 5, 4 };

	(void)state;
	btf__add_ptr(split, 4);
	opts.btf_ext = ext = ext_opened(&w);
	assert_int_equal(btf__permute(split, map, 2, &opts), 0);
	assert_int_equal(btf__type_by_id(split, 4)->type, 5);
	assert_int_equal(ext_word_at(ext, EXT_FUNC_TYPE), 5);
	btf__free(split);
	split = NULL;
}

static void maps_that_are_no_permutation_are_refused(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();
	uint32_t twice[] = { 0, 1, 1, 2 }, moved_void[] = { 1, 0, 2, 3 }, out[] = { 0, 1, 2, 4 };

	(void)state;
	assert_errno(btf__permute(btf, twice, 4, NULL), EINVAL);
	assert_errno(btf__permute(btf, moved_void, 4, NULL), EINVAL);
	assert_errno(btf__permute(btf, out, 4, NULL), EINVAL);
	assert_errno(btf__permute(btf, out, 3, NULL), EINVAL);
	assert_string_equal(built_name(btf, 1), "int");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distilled_types_have_a_base_of_their_own),
		cmocka_unit_test(only_split_btf_is_distilled),
		cmocka_unit_test(both_results_need_a_place),
		cmocka_unit_test(distilled_types_are_relocated_in_place),
		cmocka_unit_test(a_type_that_does_not_fit_leaves_the_object_as_it_is),
		cmocka_unit_test(only_split_btf_is_relocated_and_to_another_base),
		cmocka_unit_test(types_that_were_written_are_seen),
		cmocka_unit_test(types_change_places_with_their_references),
		cmocka_unit_test(split_types_change_places_and_the_ext_section_follows),
		cmocka_unit_test(maps_that_are_no_permutation_are_refused),
	};

	return cmocka_run_group_tests_name("libbpf: rebase", tests, built_print_nothing, NULL);
}
