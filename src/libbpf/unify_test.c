/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * tests/peers/libbpf compares deduplication with libbpf's own tests, and on whole kernels. Here are the
 * rules that differ from rebtf_dedup(), and bad input.
 */
#include "libbpf/ext_for_test.h"

/* struct NAME { struct TARGET *p; }: two types, first the struct. */
static int add_pointing(struct btf *btf, const char *name, int target)
{
	int id = btf__add_struct(btf, name, 8);

	btf__add_field(btf, "p", id + 1, 0, 0);
	btf__add_ptr(btf, target);
	return id;
}

static void equal_types_become_the_first(void **state)
{
	_cleanup_btf_ struct btf *btf = built_base();

	(void)state;
	assert_int_equal(btf__add_int(btf, "int", 4, REBTF_INT_SIGNED), 4);
	assert_int_equal(btf__add_struct(btf, "s", 4), 5);
	btf__add_field(btf, "x", 4, 0, 0);
	assert_int_equal(btf__add_ptr(btf, 5), 6);
	assert_int_equal(btf__add_ptr(btf, 6), 7);
	assert_int_equal(btf__dedup(btf, NULL), 0);
	assert_int_equal(btf__type_cnt(btf), 5);
	assert_int_equal(btf__type_by_id(btf, 4)->type, 3);
}

/* A sanitizer sees what is written behind the map of ids. */
static void no_types_stay_none(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty(), *base = built_base();
	_cleanup_btf_ struct btf *split = btf__new_empty_split(base);

	(void)state;
	assert_int_equal(btf__dedup(btf, NULL), 0);
	assert_int_equal(btf__type_cnt(btf), 1);
	assert_int_equal(btf__dedup(split, NULL), 0);
	assert_int_equal(btf__type_cnt(split), 4);
}

/* libbpf merges the target of a pointer before the pointer. */
static void a_type_that_an_earlier_type_refers_to_comes_first(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();

	(void)state;
	btf__add_ptr(btf, 3);	/* [1] -> [3] */
	btf__add_const(btf, 0); /* [2], equal to [3] */
	btf__add_const(btf, 0);
	assert_int_equal(btf__dedup(btf, NULL), 0);
	assert_int_equal(btf__type_cnt(btf), 3);
	assert_int_equal(btf__type_by_id(btf, 1)->type, 2);
}

static void a_declaration_goes_with_the_definition_in_its_place(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();

	(void)state;
	/* Two definitions, so that the name does not decide. */
	assert_int_equal(btf__add_struct(btf, "t", 4), 1);
	assert_int_equal(btf__add_struct(btf, "t", 8), 2);
	assert_int_equal(btf__add_fwd(btf, "t", BTF_FORWARD_STRUCT), 3);
	assert_int_equal(add_pointing(btf, "user", 2), 4);
	assert_int_equal(add_pointing(btf, "user", 3), 6);
	assert_int_equal(btf__add_ptr(btf, 3), 8);
	assert_int_equal(btf__dedup(btf, NULL), 0);
	/* t, t, user, t *: the declaration is the second t now. */
	assert_int_equal(btf__type_cnt(btf), 5);
	assert_int_equal(btf__type_by_id(btf, 4)->type, 2);
}

static void a_declaration_becomes_the_only_definition_of_its_name_and_kind(void **state)
{
	static const struct {
		enum btf_forward kind;
		uint32_t definitions, types; /* [0] VOID counts */
	} cases[] = {
		{ BTF_FORWARD_STRUCT, 0, 3 },
		{ BTF_FORWARD_STRUCT, 1, 3 },
		{ BTF_FORWARD_UNION, 1, 4 },
		{ BTF_FORWARD_STRUCT, 2, 5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_btf_ struct btf *btf = btf__new_empty(), *base = btf__new_empty();
		_cleanup_btf_ struct btf *split = NULL;
		int fwd;

		for (uint32_t size = 1; size <= cases[i].definitions; size++) {
			btf__add_struct(btf, "t", 4 * size);
			btf__add_struct(base, "t", 4 * size);
		}
		fwd = btf__add_fwd(btf, "t", cases[i].kind);
		btf__add_ptr(btf, fwd);
		assert_int_equal(btf__dedup(btf, NULL), 0);
		assert_int_equal(btf__type_cnt(btf), cases[i].types);

		/* The definition may be in the base. */
		split = btf__new_empty_split(base);
		btf__add_fwd(split, "t", cases[i].kind);
		btf__add_ptr(split, fwd);
		assert_int_equal(btf__dedup(split, NULL), 0);
		assert_int_equal(btf__type_cnt(split), cases[i].types);
	}
}

static void equal_definitions_count_as_one(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();
	int fwd;

	(void)state;
	btf__add_struct(btf, "t", 4);
	btf__add_struct(btf, "t", 4);
	fwd = btf__add_fwd(btf, "t", BTF_FORWARD_STRUCT);
	btf__add_ptr(btf, fwd);
	assert_int_equal(btf__dedup(btf, NULL), 0);
	assert_int_equal(btf__type_cnt(btf), 3);
	assert_int_equal(btf__type_by_id(btf, 2)->type, 1);
}

/* Types of other kinds can have the same name. */
static void only_structs_and_unions_are_definitions(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();
	int fwd;

	(void)state;
	btf__add_struct(btf, "t", 4);
	btf__add_typedef(btf, "t", 1);
	fwd = btf__add_fwd(btf, "t", BTF_FORWARD_STRUCT);
	btf__add_ptr(btf, fwd);
	assert_int_equal(btf__dedup(btf, NULL), 0);
	assert_int_equal(btf__type_cnt(btf), 4);
	assert_int_equal(btf__type_by_id(btf, 3)->type, 1);
}

/* As in libbpf: no compiler writes a declaration without a name, and kernels refuse it. */
static void a_declaration_without_a_name_becomes_the_only_such_definition(void **state)
{
	(void)state;
	for (uint32_t definitions = 0; definitions <= 2; definitions++) {
		static const uint32_t types[] = { 3, 3, 5 };
		_cleanup_btf_ struct btf *btf = btf__new_empty();
		int fwd;

		for (uint32_t size = 1; size <= definitions; size++)
			btf__add_struct(btf, NULL, 4 * size);
		fwd = btf__add_fwd(btf, "t", BTF_FORWARD_STRUCT);
		((struct rebtf_type *)(uintptr_t)btf__type_by_id(btf, fwd))->name_off = 0;
		btf__add_ptr(btf, fwd);
		assert_int_equal(btf__dedup(btf, NULL), 0);
		assert_int_equal(btf__type_cnt(btf), types[definitions]);
	}
}

static void a_declaration_of_the_base_stays(void **state)
{
	_cleanup_btf_ struct btf *base = btf__new_empty(), *split = NULL;

	(void)state;
	btf__add_fwd(base, "t", BTF_FORWARD_STRUCT);
	assert_int_equal(add_pointing(base, "user", 1), 2);
	split = btf__new_empty_split(base);
	assert_int_equal(btf__add_struct(split, "t", 4), 4);
	assert_int_equal(add_pointing(split, "user", 4), 5);
	assert_int_equal(btf__dedup(split, NULL), 0);
	assert_int_equal(btf__type_cnt(split), 7);
	assert_int_equal(btf__type_cnt(base), 4);
}

static void split_types_become_those_of_the_base(void **state)
{
	_cleanup_btf_ struct btf *base = built_base();
	_cleanup_btf_ struct btf *split = btf__new_empty_split(base);

	(void)state;
	btf__add_int(split, "int", 4, REBTF_INT_SIGNED);
	assert_int_equal(btf__add_struct(split, "s", 4), 5);
	btf__add_field(split, "x", 4, 0, 0);
	btf__add_ptr(split, 5);
	assert_int_equal(btf__add_var(split, "v", 0, 6), 7);
	assert_int_equal(btf__dedup(split, NULL), 0);
	assert_int_equal(btf__type_cnt(split), 5);
	assert_int_equal(btf__type_by_id(split, 4)->type, 3);
}

static void strings_that_no_type_uses_are_gone(void **state)
{
	_cleanup_btf_ struct btf *built = built_base(), *btf = NULL;
	uint32_t size, size_after;
	const void *raw;

	(void)state;
	btf__add_str(built, "unused");
	raw = btf__raw_data(built, &size);
	btf = btf__new(raw, size);
	assert_int_equal(btf__dedup(btf, NULL), 0);
	btf__raw_data(btf, &size_after);
	assert_int_equal(size - size_after, sizeof("unused"));
	assert_string_equal(built_name(btf, 2), "s");
}

/*
 * Declarations whose names are the ends of one string: all of it, all but the first byte, ..., and
 * for the last declaration all but the first @last bytes.
 */
static struct btf *named_inside_one_string(uint32_t count, uint32_t last)
{
	_cleanup_btf_ struct btf *built = btf__new_empty();
	struct btf *btf;
	uint32_t size;
	const void *raw;

	for (uint32_t i = 0; i < count; i++)
		btf__add_fwd(built, "abcdefghijklmnopqrstuvwxyz", BTF_FORWARD_STRUCT);
	raw = btf__raw_data(built, &size);
	btf = btf__new(raw, size);
	for (uint32_t i = 0; i < count; i++)
		((struct rebtf_type *)(uintptr_t)btf__type_by_id(btf, i + 1))->name_off +=
			i + 1 < count ? i : last;
	return btf;
}

static void names_inside_others_do_not_multiply_without_limit(void **state)
{
	_cleanup_btf_ struct btf *few = named_inside_one_string(3, 2);
	_cleanup_btf_ struct btf *many = named_inside_one_string(26, 25);

	(void)state;
	assert_int_equal(btf__dedup(few, NULL), 0);
	assert_int_equal(btf__type_cnt(few), 4);
	assert_string_equal(built_name(few, 3), "cdefghijklmnopqrstuvwxyz");
	assert_errno(btf__dedup(many, NULL), E2BIG);
}

/*
 * "" and the string have 1 + 27 bytes, so that the limit is 8 * (28 + 1) = 232. "" and the ten longest
 * names have 1 + 27 + 26 + ... + 18 = 226 bytes. The last name has 5 or 6 characters.
 */
static void names_may_become_eight_times_as_large(void **state)
{
	_cleanup_btf_ struct btf *most = named_inside_one_string(11, 21);
	_cleanup_btf_ struct btf *more = named_inside_one_string(11, 20);

	(void)state;
	assert_errno(btf__dedup(more, NULL), E2BIG);
	assert_int_equal(btf__dedup(most, NULL), 0);
	assert_int_equal(btf__type_cnt(most), 12);
	assert_string_equal(built_name(most, 11), "vwxyz");
	assert_int_equal(btf__find_str(most, "vwxyz"), 226);
	assert_int_equal(btf__add_str(most, "new"), 232);
}

static void the_ext_section_follows(void **state)
{
	_cleanup_btf_ struct btf *built = btf__new_empty(), *btf = NULL;
	_cleanup_ext_ struct ext_section *ext = NULL;
	struct btf_dedup_opts opts = { .sz = sizeof(opts) };
	struct ext_words w;
	uint32_t size;
	const void *raw;
	int off;

	(void)state;
	btf__add_str(built, "unused");
	off = btf__add_str(built, "section");
	btf__add_int(built, "int", 4, 0);
	btf__add_int(built, "int", 4, 0);
	btf__add_ptr(built, 2);
	raw = btf__raw_data(built, &size);
	btf = btf__new(raw, size);
	w = ext_of(off, 3);
	opts.btf_ext = ext = ext_opened(&w);
	assert_int_equal(btf__dedup(btf, &opts), 0);
	assert_int_equal(ext_word_at(ext, EXT_FUNC_TYPE), 2);
	assert_int_equal(ext_word_at(ext, EXT_RELO_TYPE), 2);
	/* "", "int", "section" */
	assert_int_equal(ext_word_at(ext, EXT_SECTION_NAME), 5);
	assert_int_equal(ext_word_at(ext, EXT_LINE_FILE), 5);
	assert_int_equal(ext_word_at(ext, EXT_RELO_ACCESS), 5);
}

static void references_in_a_circle_are_an_error(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();

	(void)state;
	btf__add_ptr(btf, 2);
	btf__add_const(btf, 1);
	assert_errno(btf__dedup(btf, NULL), ELOOP);
}

static void ids_that_never_came_are_an_error(void **state)
{
	_cleanup_btf_ struct btf *base = btf__new_empty(), *split = NULL;

	(void)state;
	btf__add_ptr(base, 3);
	assert_errno(btf__dedup(base, NULL), EINVAL);
	split = btf__new_empty_split(base);
	btf__add_const(split, 1);
	assert_errno(btf__dedup(split, NULL), EINVAL);
}

/* A recursive walk would need a call for each. */
static void long_chains_need_no_stack(void **state)
{
	_cleanup_btf_ struct btf *btf = btf__new_empty();
	const int count = 200000;

	(void)state;
	for (int copy = 0; copy < 2; copy++) {
		for (int i = 1; i < count; i++)
			btf__add_ptr(btf, copy * count + i + 1);
		btf__add_struct(btf, "end", 4);
	}
	btf__add_typedef(btf, "t", 1);
	btf__add_typedef(btf, "t", count + 1);
	assert_int_equal(btf__dedup(btf, NULL), 0);
	assert_int_equal(btf__type_cnt(btf), count + 2);
}

/* struct outer { TARGET *a; OTHER *b; } */
static void add_outer(struct btf *btf, int target, int other)
{
	int a = btf__add_ptr(btf, target), b = other == target ? a : btf__add_ptr(btf, other);

	btf__add_struct(btf, "outer", 16);
	btf__add_field(btf, "a", a, 0, 0);
	btf__add_field(btf, "b", b, 64, 0);
}

/* int (*)(PARAM x) */
static int add_function(struct btf *btf, int result, int param, int count)
{
	int id = btf__add_func_proto(btf, result);

	for (int i = 0; i < count; i++)
		btf__add_func_param(btf, "x", param);
	return id;
}

/* struct inner { struct inner { ... } x; } with @count structs. Returns the id of the outermost. */
static int add_nested(struct btf *btf, int count)
{
	int id = btf__add_struct(btf, "inner", 4);

	for (int i = 1; i < count; i++) {
		btf__add_field(btf, "x", id + i, 0, 0);
		btf__add_struct(btf, "inner", 4);
	}
	return id;
}

static int add_inner(struct btf *btf, int member)
{
	int id = btf__add_struct(btf, "inner", 4);

	btf__add_field(btf, "x", member, 0, 0);
	return id;
}

/* One unit has a type once, the other twice. If these two differ, so do the structs that use them. */
static void types_that_a_unit_has_twice_have_to_be_identical(void **state)
{
	static const struct {
		int result, param, count;
	} functions[] = { { 1, 1, 1 }, { 2, 1, 1 }, { 1, 2, 1 }, { 1, 1, 2 } };

	(void)state;
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		_cleanup_btf_ struct btf *btf = btf__new_empty();
		int function;

		btf__add_int(btf, "int", 4, REBTF_INT_SIGNED);
		btf__add_int(btf, "unsigned int", 4, 0);
		function = add_function(btf, 1, 1, 1);
		add_outer(btf, function, function);
		add_outer(btf, add_function(btf, 1, 1, 1),
			  add_function(btf, functions[i].result, functions[i].param,
				       functions[i].count));
		assert_int_equal(btf__dedup(btf, NULL), 0);
		assert_int_equal(btf__type_cnt(btf), i ? 9 : 6);
	}
	for (int member = 1; member <= 2; member++) {
		_cleanup_btf_ struct btf *btf = btf__new_empty();
		int inner;

		btf__add_int(btf, "int", 4, REBTF_INT_SIGNED);
		btf__add_int(btf, "unsigned int", 4, 0);
		inner = add_inner(btf, 1);
		add_outer(btf, inner, inner);
		add_outer(btf, add_inner(btf, 1), add_inner(btf, member));
		assert_int_equal(btf__dedup(btf, NULL), 0);
		assert_int_equal(btf__type_cnt(btf), member == 2 ? 9 : 6);
	}
}

/*
 * libbpf compares the types that a unit has twice to a depth of 16. Deeper types are different.
 * The structs that use them come first, so that the types are not merged yet.
 */
static void types_that_a_unit_has_twice_are_compared_to_a_depth(void **state)
{
	(void)state;
	for (int depth = 15; depth <= 17; depth++) {
		_cleanup_btf_ struct btf *btf = btf__new_empty();
		const int inner = 6, second = inner + depth, third = second + depth;

		add_outer(btf, inner, inner);  /* [1] and [2] */
		add_outer(btf, second, third); /* [3] to [5] */
		assert_int_equal(add_nested(btf, depth), inner);
		assert_int_equal(add_nested(btf, depth), second);
		assert_int_equal(add_nested(btf, depth), third);
		assert_int_equal(btf__dedup(btf, NULL), 0);
		/* void, the structs inside, the pointer, and one outer or two */
		assert_int_equal(btf__type_cnt(btf), depth + (depth <= 16 ? 3 : 4));
	}
}

static void collisions_change_nothing(void **state)
{
	struct btf_dedup_opts opts = { .sz = sizeof(opts), .force_collisions = true };
	_cleanup_btf_ struct btf *btf = built_base();

	(void)state;
	for (int i = 0; i < 100; i++)
		btf__add_ptr(btf, 2);
	assert_int_equal(btf__dedup(btf, &opts), 0);
	assert_int_equal(btf__type_cnt(btf), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_types_stay_none),
		cmocka_unit_test(equal_types_become_the_first),
		cmocka_unit_test(a_type_that_an_earlier_type_refers_to_comes_first),
		cmocka_unit_test(a_declaration_goes_with_the_definition_in_its_place),
		cmocka_unit_test(a_declaration_becomes_the_only_definition_of_its_name_and_kind),
		cmocka_unit_test(equal_definitions_count_as_one),
		cmocka_unit_test(only_structs_and_unions_are_definitions),
		cmocka_unit_test(a_declaration_without_a_name_becomes_the_only_such_definition),
		cmocka_unit_test(a_declaration_of_the_base_stays),
		cmocka_unit_test(split_types_become_those_of_the_base),
		cmocka_unit_test(strings_that_no_type_uses_are_gone),
		cmocka_unit_test(names_inside_others_do_not_multiply_without_limit),
		cmocka_unit_test(names_may_become_eight_times_as_large),
		cmocka_unit_test(the_ext_section_follows),
		cmocka_unit_test(references_in_a_circle_are_an_error),
		cmocka_unit_test(ids_that_never_came_are_an_error),
		cmocka_unit_test(long_chains_need_no_stack),
		cmocka_unit_test(types_that_a_unit_has_twice_have_to_be_identical),
		cmocka_unit_test(types_that_a_unit_has_twice_are_compared_to_a_depth),
		cmocka_unit_test(collisions_change_nothing),
	};

	return cmocka_run_group_tests_name("libbpf: unify", tests, built_print_nothing, NULL);
}
