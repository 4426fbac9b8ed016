/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of renumbering standalone BTF: all types are unchanged, after those of the base. */
#include "split/split_for_test.h"

static struct rebtf_btf *renumbered(const struct rebtf_btf *standalone, struct rebtf_btf *base)
{
	struct rebtf_btf *result;

	assert_ok(rebtf_renumber(standalone, base, &result));
	assert_ptr_equal(rebtf_btf_base(result), base);
	assert_reopens(result);
	return result;
}

/* Each field of @b is that of @a plus @moved, except that zero stays zero. */
static void assert_moved(const struct rebtf_type *a, const struct rebtf_type *b,
			 enum rebtf_field field, uint32_t moved)
{
	struct rebtf_field_iter it_a, it_b;
	const uint32_t *field_a, *field_b;

	rebtf_field_iter_init(&it_a, a, field);
	rebtf_field_iter_init(&it_b, b, field);
	while ((field_a = rebtf_field_iter_next(&it_a))) {
		field_b = rebtf_field_iter_next(&it_b);
		assert_int_equal(*field_b, *field_a ? *field_a + moved : 0);
	}
}

static void assert_renumbered(const struct rebtf_btf *standalone, struct rebtf_btf *base)
{
	_cleanup_unref_ struct rebtf_btf *result = renumbered(standalone, base);
	uint32_t ids = rebtf_btf_type_count(base) - 1;

	assert_int_equal(rebtf_btf_start_id(result), ids + 1);
	assert_int_equal(rebtf_btf_type_count(result), ids + rebtf_btf_type_count(standalone));
	for (uint32_t id = 1; id < rebtf_btf_type_count(standalone); id++) {
		const struct rebtf_type *a = rebtf_btf_type(standalone, id),
					*b = rebtf_btf_type(result, ids + id);

		assert_int_equal(b->info, a->info);
		assert_string_equal(rebtf_btf_type_name(result, b),
				    rebtf_btf_type_name(standalone, a));
		assert_moved(a, b, REBTF_FIELD_IDS, ids);
		assert_moved(a, b, REBTF_FIELD_STRINGS, rebtf_btf_string_end(base));
	}
}

static void all_kinds_move(void **state)
{
	_cleanup_unref_ struct rebtf_btf *standalone = build_all_kinds(), *base = build_int();

	(void)state;
	assert_renumbered(standalone, base);
	assert_renumbered(standalone, standalone);
}

static void a_split_base_counts_whole(void **state)
{
	_cleanup_unref_ struct rebtf_btf *standalone = build_all_kinds(), *base = build_int(),
					 *upper = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	rebtf_builder_typedef(b, "more", 1);
	upper = built(b);
	assert_renumbered(standalone, upper);
}

static void void_and_no_name_stay(void **state)
{
	_cleanup_unref_ struct rebtf_btf *standalone = NULL, *base = build_int(), *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 0);
	rebtf_builder_func_proto(b, 0);
	rebtf_builder_param(b, "format", 1);
	rebtf_builder_param(b, NULL, 0);
	standalone = built(b);
	result = renumbered(standalone, base);
	assert_dump(result, "[2] PTR '(anon)' type_id=0\n"
			    "[3] FUNC_PROTO '(anon)' ret_type_id=0 vlen=2\n"
			    "\t'format' type_id=2\n"
			    "\t'(anon)' type_id=0\n");
}

static void no_types_are_none_over_any_base(void **state)
{
	_cleanup_unref_ struct rebtf_btf *empty = NULL, *base = build_int(), *result = NULL;

	(void)state;
	empty = built(build_over(NULL));
	result = renumbered(empty, base);
	assert_int_equal(rebtf_btf_type_count(result), rebtf_btf_type_count(base));
}

static void byte_order_and_layout_stay(void **state)
{
	_cleanup_unref_ struct rebtf_btf *standalone = NULL, *base = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	add_int(b);
	rebtf_builder_set_byte_order(b, OTHER_BYTE_ORDER);
	base = built(b);
	b = build_over(NULL);
	rebtf_builder_set_byte_order(b, OTHER_BYTE_ORDER);
	rebtf_builder_set_layout(b, REBTF_LAYOUT_WITH);
	rebtf_builder_float(b, "double", 8);
	standalone = built(b);
	result = renumbered(standalone, base);
	assert_int_equal(rebtf_btf_is_big_endian(result), !HOST_BIG_ENDIAN);
	assert_true(rebtf_btf_has_layout(result));
	assert_dump(result, "[2] FLOAT 'double' size=8\n");
}

/* Standalone BTF that is renumbered has its own types at the split's ids. */
static void own_types_have_the_ids_of_the_split(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_all_kinds(), *split = NULL,
					 *standalone = NULL, *result = NULL;
	struct rebtf_builder *b = build_over(base);

	(void)state;
	for (uint32_t id = rebtf_btf_type_count(base) - 1; id; id--) {
		if (!(layout_of(rebtf_btf_type(base, id))->role & ROLES_NO_TYPE))
			rebtf_builder_typedef(b, id % 2 ? "odd" : "even", id);
	}
	split = built(b);
	assert_ok(rebtf_standalone(split, NULL, &standalone));
	result = renumbered(standalone, base);
	for (uint32_t id = rebtf_btf_start_id(split); id < rebtf_btf_type_count(split); id++)
		assert_string_equal(rebtf_btf_type_name(result, rebtf_btf_type(result, id)),
				    rebtf_btf_type_name(split, rebtf_btf_type(split, id)));
}

static void what_is_split_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *split = NULL;
	struct rebtf_builder *b = build_over(base);
	struct rebtf_btf *refused;

	(void)state;
	rebtf_builder_ref(b, REBTF_KIND_PTR, 1);
	split = built(b);
	assert_fails(rebtf_renumber(split, base, &refused), REBTF_ERR_ARGUMENT,
		     "found split BTF, expected standalone BTF");
}

static void another_byte_order_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *other = NULL;
	struct rebtf_builder *b = build_over(NULL);
	struct rebtf_btf *refused;

	(void)state;
	rebtf_builder_float(b, "double", 8);
	rebtf_builder_set_byte_order(b, OTHER_BYTE_ORDER);
	other = built(b);
	assert_fails(rebtf_renumber(other, base, &refused), REBTF_ERR_ARGUMENT, "-endian");
}

/* It could not be opened again: over a base, void is not a prototype. */
static void a_function_without_a_prototype_is_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *odd = NULL;
	struct rebtf_btf *refused;

	(void)state;
	assert_ok(OPEN_RAW("\0f", NULL, &odd, 1, INFO(FUNC, 0), 0));
	assert_fails(rebtf_renumber(odd, base, &refused), REBTF_ERR_UNSUPPORTED,
		     "type [1] FUNC 'f': cannot renumber: this function has no prototype");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds_move),
		cmocka_unit_test(a_split_base_counts_whole),
		cmocka_unit_test(void_and_no_name_stay),
		cmocka_unit_test(no_types_are_none_over_any_base),
		cmocka_unit_test(byte_order_and_layout_stay),
		cmocka_unit_test(own_types_have_the_ids_of_the_split),
		cmocka_unit_test(what_is_split_is_refused),
		cmocka_unit_test(another_byte_order_is_refused),
		cmocka_unit_test(a_function_without_a_prototype_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
