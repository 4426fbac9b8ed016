/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Expected results are those of the comments on libbpf's functions, and of libbpf 1.8 itself. */
#include "libbpf/built_for_test.h"

static void ids_count_from_one_and_go_on_over_a_base(void **state)
{
	_cleanup_btf_ struct btf *base = built_base();
	_cleanup_btf_ struct btf *split = btf__new_empty_split(base);

	(void)state;
	assert_int_equal(btf__type_cnt(base), 4);
	assert_int_equal(btf__type_cnt(split), 4);
	assert_int_equal(btf__add_typedef(split, "t", 2), 4);
	assert_int_equal(btf__type_cnt(split), 5);
	assert_ptr_equal(btf__base_btf(split), base);
	assert_string_equal(built_name(split, 2), "s");
}

static void a_string_is_added_once_and_the_base_has_its_own(void **state)
{
	_cleanup_btf_ struct btf *base = built_base();
	_cleanup_btf_ struct btf *split = btf__new_empty_split(base);
	int off = btf__add_str(split, "new");

	(void)state;
	/* "" int s x: 1 + 4 + 2 + 2 bytes */
	assert_int_equal(btf__find_str(base, "int"), 1);
	assert_int_equal(off, 9);
	assert_int_equal(btf__add_str(split, "new"), off);
	assert_int_equal(btf__add_str(split, "int"), 1);
	assert_int_equal(btf__add_str(split, ""), 0);
	assert_errno(btf__find_str(split, "ew"), ENOENT);
	assert_null_errno(btf__str_by_offset(split, 13), EINVAL);
}

static void names_that_may_not_be_empty(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();

	(void)state;
	assert_errno(btf__add_int(btf, "", 4, 0), EINVAL);
	assert_errno(btf__add_float(btf, NULL, 4), EINVAL);
	assert_errno(btf__add_fwd(btf, "", BTF_FORWARD_STRUCT), EINVAL);
	assert_errno(btf__add_typedef(btf, NULL, 1), EINVAL);
	assert_errno(btf__add_func(btf, "", REBTF_LINKAGE_STATIC, 1), EINVAL);
	assert_errno(btf__add_var(btf, NULL, REBTF_LINKAGE_STATIC, 1), EINVAL);
	assert_errno(btf__add_datasec(btf, "", 4), EINVAL);
	assert_errno(btf__add_type_tag(btf, "", 1), EINVAL);
	assert_errno(btf__add_decl_tag(btf, NULL, 1, -1), EINVAL);
	assert_int_equal(btf__add_struct(btf, NULL, 4), 1);
	assert_int_equal(btf__add_enum(btf, "", 4), 2);
}

static void sizes_that_c_does_not_have(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();

	(void)state;
	assert_errno(btf__add_int(btf, "i", 3, 0), EINVAL);
	assert_errno(btf__add_int(btf, "i", 32, 0), EINVAL);
	assert_errno(btf__add_int(btf, "i", 0, 0), EINVAL);
	assert_errno(btf__add_int(btf, "i", 4, 8), EINVAL);
	assert_errno(btf__add_float(btf, "f", 6), EINVAL);
	assert_int_equal(btf__add_float(btf, "f", 12), 1);
	assert_errno(btf__add_enum(btf, "e", 3), EINVAL);
	assert_errno(btf__add_enum64(btf, "e", 16, false), EINVAL);
}

static void ids_and_linkages_out_of_range(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();

	(void)state;
	assert_errno(btf__add_ptr(btf, -1), EINVAL);
	assert_errno(btf__add_array(btf, -1, 1, 1), EINVAL);
	assert_errno(btf__add_func(btf, "f", 3, 1), EINVAL);
	assert_errno(btf__add_var(btf, "v", -1, 1), EINVAL);
	assert_errno(btf__add_decl_tag(btf, "t", 1, -2), EINVAL);
	assert_errno(btf__add_fwd(btf, "f", 3), EINVAL);
	/* A type that comes later. */
	assert_int_equal(btf__add_ptr(btf, 100), 1);
}

static void elements_belong_to_the_last_type_only(void **state)
{
	_cleanup_btf_ struct btf *base = built_base();
	_cleanup_btf_ struct btf *split = btf__new_empty_split(base);

	(void)state;
	assert_errno(btf__add_field(base, "y", 1, 32, 0), EINVAL);
	assert_errno(btf__add_enum_value(base, "A", 1), EINVAL);
	assert_errno(btf__add_enum64_value(base, "A", 1), EINVAL);
	assert_errno(btf__add_func_param(base, "p", 1), EINVAL);
	assert_errno(btf__add_datasec_var_info(base, 1, 0, 4), EINVAL);
	/* The last type of the base is not its own. */
	assert_int_equal(btf__add_struct(base, "t", 4), 4);
	assert_errno(btf__add_field(split, "y", 1, 0, 0), EINVAL);
}

static void the_first_bit_field_sets_the_flag(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();
	const struct rebtf_type *t;

	(void)state;
	btf__add_struct(btf, "bits", 8);
	assert_int_equal(btf__add_field(btf, "a", 1, 0, 0), 0);
	assert_false(rebtf_type_kind_flag(btf__type_by_id(btf, 4)));
	assert_int_equal(btf__add_field(btf, "b", 1, 33, 3), 0);
	assert_errno(btf__add_field(btf, "c", 1, 33, 0), EINVAL);
	assert_errno(btf__add_field(btf, "c", 1, 33, 256), EINVAL);
	t = btf__type_by_id(btf, 4);
	assert_true(rebtf_type_kind_flag(t));
	assert_int_equal(rebtf_type_vlen(t), 2);
	assert_int_equal(rebtf_members(t)[1].offset, 3 << 24 | 33);
	btf__add_union(btf, "u", 8);
	assert_errno(btf__add_field(btf, "c", 1, 8, 0), EINVAL);
}

static void a_negative_value_makes_an_enumeration_signed(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();

	(void)state;
	btf__add_enum(btf, "e", 4);
	assert_int_equal(btf__add_enum_value(btf, "A", UINT32_MAX), 0);
	assert_false(rebtf_type_kind_flag(btf__type_by_id(btf, 1)));
	assert_int_equal(btf__add_enum_value(btf, "B", -1), 0);
	assert_true(rebtf_type_kind_flag(btf__type_by_id(btf, 1)));
	assert_errno(btf__add_enum_value(btf, "C", 1ll << 32), E2BIG);
	btf__add_enum64(btf, "f", 8, true);
	assert_int_equal(btf__add_enum64_value(btf, "D", 1ull << 63 | 2), 0);
	assert_int_equal(rebtf_enum64_value(rebtf_enums64(btf__type_by_id(btf, 2))),
			 1ull << 63 | 2);
}

/* Asserts that the last type has the flag, with this many elements. */
#define assert_last(btf, flag, vlen)                                                               \
	do {                                                                                       \
		const struct rebtf_type *t_ = btf__type_by_id(btf, btf__type_cnt(btf) - 1);        \
		assert_int_equal(rebtf_type_kind_flag(t_), flag);                                  \
		assert_int_equal(rebtf_type_vlen(t_), vlen);                                       \
	} while (0)

static void values_of_64_bits_leave_the_sign_alone(void **state)
{
	static const uint64_t values[] = { 1, INT64_MAX, 1ull << 63, UINT64_MAX };
	_cleanup_btf_ struct btf *btf = btf__new_empty();

	(void)state;
	for (int is_signed = 0; is_signed < 2; is_signed++) {
		btf__add_enum64(btf, "e", 8, is_signed);
		assert_last(btf, is_signed, 0);
		for (int i = 0; i < 4; i++) {
			assert_int_equal(btf__add_enum64_value(btf, "A", values[i]), 0);
			assert_last(btf, is_signed, i + 1);
		}
	}
}

static void an_enumeration_of_positive_values_is_unsigned(void **state)
{
	static const int64_t values[] = { 0, 1, INT32_MAX, UINT32_MAX };
	_cleanup_btf_ struct btf *btf = btf__new_empty();

	(void)state;
	btf__add_enum(btf, "e", 4);
	assert_last(btf, false, 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(btf__add_enum_value(btf, "A", values[i]), 0);
		assert_last(btf, false, i + 1);
	}
	/* A value that is refused changes nothing. */
	assert_errno(btf__add_enum_value(btf, "B", (int64_t)INT32_MIN - 1), E2BIG);
	assert_last(btf, false, 4);
	assert_int_equal(btf__add_enum_value(btf, "B", INT32_MIN), 0);
	assert_last(btf, true, 5);
	/* The sign stays. */
	assert_int_equal(btf__add_enum_value(btf, "C", 1), 0);
	assert_last(btf, true, 6);
}

static void parameters_and_variables_of_a_section_set_no_flag(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();

	(void)state;
	btf__add_func_proto(btf, 1);
	assert_last(btf, false, 0);
	assert_int_equal(btf__add_func_param(btf, "p", 1), 0);
	assert_int_equal(btf__add_func_param(btf, NULL, 0), 0);
	assert_last(btf, false, 2);
	btf__add_datasec(btf, ".data", 8);
	assert_last(btf, false, 0);
	assert_int_equal(btf__add_datasec_var_info(btf, 1, 0, 4), 0);
	assert_last(btf, false, 1);
}

static void whole_members_set_no_flag_and_bit_fields_do(void **state)
{
	/* A whole byte, one bit, and a byte that crosses two. */
	static const uint32_t bits[][2] = { { 8, 8 }, { 8, 1 }, { 15, 8 } };
	_cleanup_btf_ struct btf *btf = built_base();

	(void)state;
	for (int i = 0; i < 3; i++) {
		btf__add_struct(btf, "s", 4);
		assert_int_equal(btf__add_field(btf, "a", 1, 8, 0), 0);
		assert_last(btf, false, 1);
		assert_int_equal(btf__add_field(btf, "b", 1, bits[i][0], bits[i][1]), 0);
		assert_last(btf, true, 2);
		assert_int_equal(btf__add_field(btf, "c", 1, 16, 0), 0);
		assert_last(btf, true, 3);
	}
	btf__add_union(btf, "u", 4);
	assert_int_equal(btf__add_field(btf, "a", 1, 0, 0), 0);
	assert_last(btf, false, 1);
	assert_int_equal(btf__add_field(btf, "b", 1, 0, 3), 0);
	assert_last(btf, true, 2);
}

static void the_flag_of_a_new_type_is_what_its_kind_says(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();

	(void)state;
#define ASSERT_ADDED(call, flag)                                                                   \
	do {                                                                                       \
		assert_true((call) > 0);                                                           \
		assert_last(btf, flag, 0);                                                         \
	} while (0)
	ASSERT_ADDED(btf__add_int(btf, "i", 4, REBTF_INT_SIGNED), false);
	ASSERT_ADDED(btf__add_float(btf, "f", 4), false);
	ASSERT_ADDED(btf__add_ptr(btf, 1), false);
	ASSERT_ADDED(btf__add_volatile(btf, 1), false);
	ASSERT_ADDED(btf__add_const(btf, 1), false);
	ASSERT_ADDED(btf__add_restrict(btf, 1), false);
	ASSERT_ADDED(btf__add_typedef(btf, "t", 1), false);
	ASSERT_ADDED(btf__add_array(btf, 1, 1, 1), false);
	ASSERT_ADDED(btf__add_struct(btf, "s", 4), false);
	ASSERT_ADDED(btf__add_union(btf, "u", 4), false);
	ASSERT_ADDED(btf__add_func(btf, "f", REBTF_LINKAGE_STATIC, 1), false);
	ASSERT_ADDED(btf__add_var(btf, "v", REBTF_LINKAGE_STATIC, 1), false);
	/* A declaration of a union, and a tag that is an attribute. */
	ASSERT_ADDED(btf__add_fwd(btf, "f", BTF_FORWARD_STRUCT), false);
	ASSERT_ADDED(btf__add_fwd(btf, "f", BTF_FORWARD_UNION), true);
	ASSERT_ADDED(btf__add_fwd(btf, "f", BTF_FORWARD_ENUM), false);
	ASSERT_ADDED(btf__add_type_tag(btf, "t", 1), false);
	ASSERT_ADDED(btf__add_type_attr(btf, "t", 1), true);
	ASSERT_ADDED(btf__add_decl_tag(btf, "t", 1, -1), false);
	ASSERT_ADDED(btf__add_decl_attr(btf, "t", 1, -1), true);
}

static void a_type_is_copied_with_its_strings(void **state)
{
	_cleanup_btf_ struct btf *from = built_base(), *to = btf__new_empty();
	const struct rebtf_type *t;

	(void)state;
	btf__add_str(to, "other");
	assert_int_equal(btf__add_type(to, from, btf__type_by_id(from, 2)), 1);
	t = btf__type_by_id(to, 1);
	assert_string_equal(built_name(to, 1), "s");
	assert_string_equal(btf__str_by_offset(to, rebtf_members(t)->name_off), "x");
	assert_int_equal(rebtf_members(t)->type, 1);
}

static void a_type_can_be_copied_within_its_object(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();

	(void)state;
	for (uint32_t id = 4; id < 2000; id++)
		assert_int_equal(btf__add_type(btf, btf, btf__type_by_id(btf, id - 2)), id);
	assert_string_equal(built_name(btf, 1998), "s");
}

static void all_types_are_appended_with_new_ids(void **state)
{
	_cleanup_btf_ struct btf *from = built_base(), *to = built_base();

	(void)state;
	assert_int_equal(btf__add_btf(to, from), 4);
	assert_int_equal(btf__type_cnt(to), 7);
	assert_int_equal(btf__type_by_id(to, 6)->type, 5);
	assert_int_equal(btf__type_by_id(to, 5)->name_off, btf__type_by_id(to, 2)->name_off);
}

static void a_type_whose_name_is_no_string_is_not_copied(void **state)
{
	_cleanup_btf_ struct btf *from = built_base(), *to = built_base();
	struct rebtf_type *t = (struct rebtf_type *)(uintptr_t)btf__type_by_id(from, 2);

	(void)state;
	t->name_off = 1 << 20;
	assert_errno(btf__add_type(to, from, t), EINVAL);
	assert_errno(btf__add_btf(to, from), EINVAL);
	assert_int_equal(btf__type_cnt(to), 4);
}

static void split_btf_is_appended_over_the_same_base_only(void **state)
{
	_cleanup_btf_ struct btf *base = built_base(), *other = btf__new_empty();
	_cleanup_btf_ struct btf *from = btf__new_empty_split(base);
	_cleanup_btf_ struct btf *to = btf__new_empty_split(base);

	(void)state;
	btf__add_const(to, 1);
	btf__add_const(from, 1);
	btf__add_ptr(from, 4);
	assert_int_equal(btf__add_btf(to, from), 5);
	assert_int_equal(btf__type_by_id(to, 5)->type, 1);
	assert_int_equal(btf__type_by_id(to, 6)->type, 5);
	assert_errno(btf__add_btf(other, from), EOPNOTSUPP);
	assert_int_equal(btf__type_cnt(other), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_count_from_one_and_go_on_over_a_base),
		cmocka_unit_test(a_string_is_added_once_and_the_base_has_its_own),
		cmocka_unit_test(names_that_may_not_be_empty),
		cmocka_unit_test(sizes_that_c_does_not_have),
		cmocka_unit_test(ids_and_linkages_out_of_range),
		cmocka_unit_test(elements_belong_to_the_last_type_only),
		cmocka_unit_test(the_first_bit_field_sets_the_flag),
		cmocka_unit_test(a_negative_value_makes_an_enumeration_signed),
		cmocka_unit_test(values_of_64_bits_leave_the_sign_alone),
		cmocka_unit_test(an_enumeration_of_positive_values_is_unsigned),
		cmocka_unit_test(parameters_and_variables_of_a_section_set_no_flag),
		cmocka_unit_test(whole_members_set_no_flag_and_bit_fields_do),
		cmocka_unit_test(the_flag_of_a_new_type_is_what_its_kind_says),
		cmocka_unit_test(a_type_is_copied_with_its_strings),
		cmocka_unit_test(a_type_can_be_copied_within_its_object),
		cmocka_unit_test(all_types_are_appended_with_new_ids),
		cmocka_unit_test(a_type_whose_name_is_no_string_is_not_copied),
		cmocka_unit_test(split_btf_is_appended_over_the_same_base_only),
	};

	return cmocka_run_group_tests_name("libbpf: add", tests, built_print_nothing, NULL);
}
