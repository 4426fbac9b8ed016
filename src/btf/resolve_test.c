/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of following chains: the type below typedefs and qualifiers, sizes counted by hand, and
 * chains that are too long.
 */
#include "btf/build_for_test.h"
#include "btf/resolve.h"

/* Adds @count qualifiers in front of @type. Returns the first. */
static uint32_t add_qualifiers(struct rebtf_builder *b, uint32_t type, uint32_t count)
{
	while (count--)
		type = rebtf_builder_ref(b, REBTF_KIND_CONST, type);
	return type;
}

static void the_end_of_a_chain_is_below_all_aliases(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t type = add_int(b), id, array;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	(void)state;
	array = rebtf_builder_array(b, type, type, 4);
	id = rebtf_builder_type_tag(b, "user", array);
	id = rebtf_builder_ref(b, REBTF_KIND_RESTRICT, id);
	id = rebtf_builder_ref(b, REBTF_KIND_VOLATILE, id);
	id = rebtf_builder_ref(b, REBTF_KIND_CONST, id);
	id = rebtf_builder_typedef(b, "name", id);
	btf = built(b);
	assert_ptr_equal(resolve_skip(btf, FAMILY_ALIAS, &id), btf_type(btf, array));
	assert_int_equal(id, array);
	assert_ptr_equal(resolve_skip(btf, FAMILY_ALIAS, &id), btf_type(btf, array));
	assert_int_equal(id, array);
	resolve_skip(btf, FAMILY_ALIAS | FAMILY_ARRAY, &id);
	assert_int_equal(id, type);
}

static void a_chain_may_end_in_void(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t id = add_qualifiers(b, 0, 1);
	_cleanup_unref_ struct rebtf_btf *btf = built(b);
	uint64_t size;

	(void)state;
	assert_false(resolve_size(btf, id, 8, &size));
	assert_non_null(resolve_skip(btf, FAMILY_ALIAS, &id));
	assert_int_equal(id, 0);
}

static void sizes_are_those_of_the_compiler(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t type = add_int(b), pointer, grid, proto;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	uint64_t size;

	(void)state;
	pointer = rebtf_builder_ref(b, REBTF_KIND_PTR, type);
	grid = rebtf_builder_array(b, add_qualifiers(b, pointer, 1), type, 3);
	grid = rebtf_builder_array(b, rebtf_builder_typedef(b, "row", grid), type, 5);
	grid = rebtf_builder_var(b, "grid", REBTF_LINKAGE_STATIC, grid);
	proto = rebtf_builder_func_proto(b, type);
	btf = built(b);
	assert_true(resolve_size(btf, type, 8, &size));
	assert_int_equal(size, 4);
	assert_true(resolve_size(btf, pointer, 4, &size));
	assert_int_equal(size, 4);
	assert_true(resolve_size(btf, grid, 8, &size));
	assert_int_equal(size, 5 * 3 * 8);
	assert_true(resolve_size(btf, grid, 4, &size));
	assert_int_equal(size, 5 * 3 * 4);
	assert_false(resolve_size(btf, proto, 8, &size));
	assert_false(resolve_size(btf, 0, 8, &size));
}

static void a_size_beyond_64_bits_is_none(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t type = add_int(b), fits, larger;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	uint64_t size;

	(void)state;
	fits = rebtf_builder_array(b, rebtf_builder_array(b, type, type, 1u << 31), type, 1u << 30);
	larger = rebtf_builder_array(b, fits, type, 2);
	btf = built(b);
	assert_true(resolve_size(btf, fits, 8, &size));
	assert_true(size == (uint64_t)1 << 63);
	assert_false(resolve_size(btf, larger, 8, &size));
}

static void long_chains_are_given_up(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t type = add_int(b), longest, longer;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	uint64_t size;

	(void)state;
	longest = add_qualifiers(b, type, RESOLVE_TYPES_MAX - 1);
	longer = add_qualifiers(b, longest, 1);
	btf = built(b);
	assert_true(resolve_size(btf, longest, 8, &size));
	assert_int_equal(size, 4);
	assert_false(resolve_size(btf, longer, 8, &size));
	assert_non_null(resolve_skip(btf, FAMILY_ALIAS, &longest));
	assert_null(resolve_skip(btf, FAMILY_ALIAS, &longer));
}

/* [1] PTR to itself, which opening accepts. */
static void a_cycle_of_pointers_is_given_up(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	uint32_t id = 1;
	uint64_t size;

	(void)state;
	assert_ok(OPEN_RAW("", NULL, &btf, 0, INFO(PTR, 0), 1));
	assert_null(resolve_skip(btf, FAMILY_POINTER, &id));
	assert_true(resolve_size(btf, 1, 8, &size));
	assert_int_equal(size, 8);
}

static void a_budget_pays_for_each_step(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t type = add_int(b), first = add_qualifiers(b, type, 100), id = first;
	_cleanup_unref_ struct rebtf_btf *btf = built(b);
	uint64_t budget = 101;

	(void)state;
	assert_ptr_equal(resolve_aliases(btf, &id, &budget), btf_type(btf, type));
	assert_int_equal(id, type);
	assert_int_equal(budget, 1);
	budget = 100;
	id = first;
	assert_null(resolve_aliases(btf, &id, &budget));
	assert_int_equal(budget, 0);
	assert_null(resolve_aliases(btf, &first, &budget));
	assert_int_equal(budget, 0);
}

static void callers_skip_modifiers_and_learn_sizes(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	uint32_t type = add_int(b), array, id;
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	uint64_t size;

	(void)state;
	array = rebtf_builder_array(b, type, type, 4);
	id = rebtf_builder_typedef(b, "name", rebtf_builder_ref(b, REBTF_KIND_CONST, array));
	btf = built(b);
	assert_true(rebtf_btf_resolve_size(btf, id, 8, &size));
	assert_int_equal(size, 16);
	assert_ptr_equal(rebtf_btf_skip_modifiers(btf, &id), rebtf_btf_type(btf, array));
	assert_int_equal(id, array);
}

static void accessors_return_the_data_of_a_kind(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	const struct rebtf_type *t;

	(void)state;
	assert_ok(OPEN_RAW("\0a\0b", NULL, &btf, 1, INFO(INT, 0), 4, 0x01020004, 0, INFO(ARRAY, 0),
			   0, 1, 1, 7, 1, INFO(STRUCT, 1), 4, 3, 1, 0, 3, INFO(VAR, 0), 1, 1, 3,
			   INFO(DECL_TAG, 0), 3, UINT32_MAX, 1, INFO(ENUM64, 1), 8, 3, 5, 6, 0,
			   INFO(FUNC_PROTO, 1), 1, 3, 1));
	t = rebtf_btf_type(btf, 1);
	assert_int_equal(rebtf_int_encoding(t), REBTF_INT_SIGNED);
	assert_int_equal(rebtf_int_bits(t), 4);
	assert_int_equal(rebtf_int_offset(t), 2);
	assert_int_equal(rebtf_array(rebtf_btf_type(btf, 2))->nelems, 7);
	t = rebtf_btf_type(btf, 3);
	assert_true(rebtf_is_composite(t));
	assert_false(rebtf_is_composite(rebtf_btf_type(btf, 1)));
	assert_string_equal(rebtf_btf_string(btf, rebtf_members(t)[0].name_off), "b");
	assert_int_equal(rebtf_var_linkage(rebtf_btf_type(btf, 4)), REBTF_LINKAGE_GLOBAL);
	assert_int_equal(rebtf_decl_tag_component(rebtf_btf_type(btf, 5)), -1);
	assert_int_equal(rebtf_enum64_value(rebtf_enums64(rebtf_btf_type(btf, 6))),
			 (uint64_t)6 << 32 | 5);
	assert_int_equal(rebtf_params(rebtf_btf_type(btf, 7))->type, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_of_a_chain_is_below_all_aliases),
		cmocka_unit_test(a_chain_may_end_in_void),
		cmocka_unit_test(sizes_are_those_of_the_compiler),
		cmocka_unit_test(a_size_beyond_64_bits_is_none),
		cmocka_unit_test(long_chains_are_given_up),
		cmocka_unit_test(a_cycle_of_pointers_is_given_up),
		cmocka_unit_test(a_budget_pays_for_each_step),
		cmocka_unit_test(callers_skip_modifiers_and_learn_sizes),
		cmocka_unit_test(accessors_return_the_data_of_a_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
