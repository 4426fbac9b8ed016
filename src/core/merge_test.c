/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * Tests of merging: equal types become one, types that differ stay and are reported, and every type
 * knows its members.
 */
#include "btf/build_for_test.h"
#include "core/merge.h"
#include "core/set_for_test.h"

/* A set of a kernel with "int" and "struct device". */
static struct rebtf_set *new_set(void)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *kernel = NULL;
	struct rebtf_set *set;
	uint32_t number = add_int(b);

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 8);
	rebtf_builder_member(b, "id", number, 0, 0);
	kernel = built(b);
	assert_ok(set_new(kernel, 1, &set));
	return set;
}

static struct rebtf_builder *build_module(struct rebtf_set *set)
{
	const struct rebtf_btf *kernel;

	assert_ok(rebtf_set_btf(set, SET_KERNEL, &kernel));
	return build_over(btf_mutable(kernel));
}

static void add_module(struct rebtf_set *set, const char *name, struct rebtf_builder *b)
{
	_cleanup_unref_ struct rebtf_btf *btf = built(b);

	assert_ok(rebtf_set_add(set, name, btf));
}

/* Adds "struct S" whose member x is at this bit. Types 1 and 2 are those of the kernel. */
static void add_s(struct rebtf_builder *b, uint32_t bit)
{
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "S", 24);
	rebtf_builder_member(b, "x", 1, bit, 0);
}

static struct rebtf_merge *merged(struct rebtf_set *set, bool split)
{
	REBTF_OPTIONS(rebtf_merge_options, options, .split = split);
	_cleanup_unref_ struct rebtf_btf *again = NULL;
	_cleanup_bytes_ struct bytes bytes = {};
	struct rebtf_merge *merge;
	struct rebtf_btf *btf;

	assert_ok(rebtf_merge(set, &options, &merge));
	btf = rebtf_merge_btf(merge);
	assert_true(rebtf_btf_is_sorted(btf));
	bytes = written(btf, 0);
	assert_ok(open_bytes(&bytes, rebtf_btf_base(btf), &again));
	return merge;
}

static void equal_types_of_modules_become_one(void **state)
{
	_cleanup_set_ struct rebtf_set *set = new_set();
	_cleanup_merge_ struct rebtf_merge *merge = NULL;
	struct rebtf_builder *b;
	uint32_t s;

	(void)state;
	for (int i = 0; i < 3; i++) {
		b = build_module(set);
		rebtf_builder_ref(b, REBTF_KIND_PTR, 2);
		if (i)
			add_s(b, 96);
		add_module(set, "module", b);
	}
	merge = merged(set, false);
	assert_dump(rebtf_merge_btf(merge), "[1] PTR '(anon)' type_id=3\n"
					    "[2] STRUCT 'S' size=24 vlen=1\n"
					    "\t'x' type_id=4 bits_offset=96\n"
					    "[3] STRUCT 'device' size=8 vlen=1\n"
					    "\t'id' type_id=4 bits_offset=0\n"
					    "[4] INT 'int' size=4 bits_offset=0 nr_bits=32 "
					    "encoding=SIGNED\n");
	s = rebtf_btf_find(rebtf_merge_btf(merge), "S", REBTF_KIND_STRUCT);
	assert_int_equal(rebtf_merge_origin(merge, s), 2);
	assert_int_equal(rebtf_merge_shared(merge, s), 2);
	assert_int_equal(rebtf_merge_origin(merge, 1), 1);
	assert_int_equal(rebtf_merge_shared(merge, 1), 3);
	assert_int_equal(rebtf_merge_origin(merge, 4), SET_KERNEL);
	assert_int_equal(rebtf_merge_shared(merge, 4), 1);
	assert_int_equal(rebtf_merge_id(merge, 2, 4), s);
	assert_int_equal(rebtf_merge_id(merge, 3, 4), s);
	assert_int_equal(rebtf_merge_id(merge, 3, 1), 4);
	assert_int_equal(rebtf_merge_id(merge, SET_KERNEL, 2), 3);
	assert_int_equal(rebtf_merge_id(merge, 1, 4), 0);
	assert_int_equal(rebtf_merge_id(merge, 1, 0), 0);
	assert_int_equal(rebtf_merge_id(merge, 9, 1), 0);
	assert_int_equal(rebtf_merge_count(merge), 0);
}

static void split_result_has_only_what_the_kernel_has_not(void **state)
{
	_cleanup_set_ struct rebtf_set *set = new_set();
	_cleanup_merge_ struct rebtf_merge *merge = NULL;
	struct rebtf_builder *b;

	(void)state;
	for (int i = 0; i < 2; i++) {
		b = build_module(set);
		/* A copy of the kernel's, as renumbered standalone BTF has it. */
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 8);
		rebtf_builder_member(b, "id", 1, 0, 0);
		rebtf_builder_ref(b, REBTF_KIND_PTR, 3);
		add_module(set, "module", b);
	}
	merge = merged(set, true);
	assert_dump(rebtf_merge_btf(merge), "[3] PTR '(anon)' type_id=2\n");
	assert_int_equal(rebtf_merge_id(merge, 2, 3), 2);
	assert_int_equal(rebtf_merge_id(merge, 2, 4), 3);
	assert_int_equal(rebtf_merge_id(merge, 2, 1), 1);
	assert_int_equal(rebtf_merge_origin(merge, 2), SET_KERNEL);
	assert_int_equal(rebtf_merge_shared(merge, 2), 0);
	assert_int_equal(rebtf_merge_shared(merge, 3), 2);
	/* No type has the next id. */
	assert_int_equal(rebtf_merge_origin(merge, 4), SET_KERNEL);
	assert_int_equal(rebtf_merge_shared(merge, 4), 0);
}

/* The example of the mailing list: S.x is at 12 in one module and at 20 in the other. */
static void structs_that_differ_stay_and_are_reported(void **state)
{
	for (int split = 0; split < 2; split++) {
		_cleanup_set_ struct rebtf_set *set = new_set();
		_cleanup_merge_ struct rebtf_merge *merge = NULL;
		const struct rebtf_version *v;
		struct rebtf_builder *b;

		(void)state;
		b = build_module(set);
		add_s(b, 96);
		add_module(set, "M", b);
		b = build_module(set);
		add_s(b, 160);
		add_module(set, "N", b);
		merge = merged(set, split);
		assert_int_equal(rebtf_merge_count(merge), 1);
		v = rebtf_merge_at(merge, 0);
		assert_int_equal(v->first_id, rebtf_merge_id(merge, 1, 3));
		assert_int_equal(v->id, rebtf_merge_id(merge, 2, 3));
		assert_int_equal(v->cause, v->id);
		assert_string_equal(v->member, "x");
		assert_string_equal(v->first_member, "x");
		assert_int_equal(v->first_offset, 96);
		assert_int_equal(v->offset, 160);
		assert_string_equal(rebtf_set_name(set, rebtf_merge_origin(merge, v->first_id)),
				    "M");
		assert_string_equal(rebtf_set_name(set, rebtf_merge_origin(merge, v->id)), "N");
		assert_none_beyond(merge, merge);
	}
}

static void a_module_that_differs_from_the_kernel_is_reported(void **state)
{
	_cleanup_set_ struct rebtf_set *set = new_set();
	_cleanup_merge_ struct rebtf_merge *merge = NULL;
	const struct rebtf_version *v;
	struct rebtf_builder *b = build_module(set);

	(void)state;
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "device", 8);
	rebtf_builder_member(b, "id", 1, 32, 0);
	add_module(set, "M", b);
	merge = merged(set, true);
	assert_int_equal(rebtf_merge_count(merge), 1);
	v = rebtf_merge_at(merge, 0);
	assert_int_equal(v->first_id, 2);
	assert_int_equal(v->id, 3);
	assert_int_equal(rebtf_merge_origin(merge, v->first_id), SET_KERNEL);
	assert_int_equal(v->first_offset, 0);
	assert_int_equal(v->offset, 32);
}

static struct rebtf_error *open_damaged(void *arg, struct rebtf_btf *kernel, struct rebtf_btf **btf,
					struct rebtf_kfuncs **kfuncs)
{
	(void)arg, (void)kernel, (void)btf, (void)kfuncs;
	return error_new(REBTF_ERR_FORMAT, "damaged");
}

/*
 * Opens split BTF with "ab", "b" inside that, and two types that have these names. Pointers follow,
 * because opening checks only the last names.
 */
static struct rebtf_error *open_overlap(void *arg, struct rebtf_btf *kernel, struct rebtf_btf **btf,
					struct rebtf_kfuncs **kfuncs)
{
	uint32_t off = rebtf_btf_string_end(kernel), words[6 + 8 * 3] = {
		off, INFO(TYPEDEF, 0), 1, off + 1, INFO(TYPEDEF, 0), 1,
	};

	(void)arg, (void)kfuncs;
	for (uint32_t i = 0; i < 8; i++) {
		words[6 + 3 * i + 1] = INFO(PTR, 0);
		words[6 + 3 * i + 2] = 3 + i;
	}
	return open_raw(words, sizeof(words), "ab", 3, kernel, btf);
}

/* A FUNC refers to an INT, and so many types follow that opening does not check it. */
static struct rebtf_error *open_odd(void *arg, struct rebtf_btf *kernel, struct rebtf_btf **btf,
				    struct rebtf_kfuncs **kfuncs)
{
	struct rebtf_builder *b = build_over(kernel);
	uint32_t x = rebtf_builder_int(b, "x", 4, 0, 32);

	(void)arg, (void)kfuncs;
	rebtf_builder_func(b, "f", REBTF_LINKAGE_STATIC, x);
	for (int i = 0; i < 10; i++)
		rebtf_builder_ref(b, REBTF_KIND_CONST, x);
	return rebtf_builder_finish(b, btf);
}

static void modules_that_cannot_be_merged_are_left_out(void **state)
{
	const struct set_opener damaged = { open_damaged, NULL }, overlap = { open_overlap, NULL };
	const struct set_opener odd = { open_odd, NULL };
	_cleanup_set_ struct rebtf_set *set = new_set();
	_cleanup_merge_ struct rebtf_merge *merge = NULL;
	_cleanup_free_ char *text = NULL;
	struct rebtf_builder *b;

	(void)state;
	assert_ok(set_add(set, "damaged", "damaged.ko", &damaged));
	assert_ok(set_add(set, "overlap", "overlap.ko", &overlap));
	assert_ok(set_add(set, "odd", "odd.ko", &odd));
	b = build_module(set);
	add_s(b, 0);
	add_module(set, "good", b);
	merge = merged(set, true);
	assert_dump(rebtf_merge_btf(merge), "[3] STRUCT 'S' size=24 vlen=1\n"
					    "\t'x' type_id=1 bits_offset=0\n");
	assert_int_equal(rebtf_error_code(rebtf_merge_error(merge, 1)), REBTF_ERR_FORMAT);
	text = rebtf_error_text(rebtf_merge_error(merge, 2));
	assert_string_equal(text, "overlap.ko: .BTF: type [4] TYPEDEF 'b': cannot merge: a name is "
				  "a part of another");
	assert_int_equal(rebtf_error_code(rebtf_merge_error(merge, 3)), REBTF_ERR_WRONG_BASE);
	assert_null(rebtf_merge_error(merge, 4));
	assert_null(rebtf_merge_error(merge, 9));
	assert_int_equal(rebtf_merge_id(merge, 2, 3), 0);
}

static void names_of_all_modules_may_be_longer_than_those_of_one(void **state)
{
	_cleanup_set_ struct rebtf_set *set = new_set();

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct rebtf_builder *b = build_module(set);
		char name[101] = {};

		memset(name, 'a' + i, sizeof(name) - 1);
		rebtf_builder_typedef(b, name, 1);
		add_module(set, "module", b);
	}
	for (int split = 0; split < 2; split++) {
		_cleanup_merge_ struct rebtf_merge *merge = merged(set, split);

		assert_int_equal(rebtf_btf_type_count(rebtf_merge_btf(merge)), 3 + 4);
	}
}

static void a_set_of_the_kernel_alone_is_sorted(void **state)
{
	_cleanup_set_ struct rebtf_set *set = new_set();
	_cleanup_merge_ struct rebtf_merge *flat = merged(set, false), *split = merged(set, true);

	(void)state;
	assert_int_equal(rebtf_btf_type_count(rebtf_merge_btf(flat)), 3);
	assert_int_equal(rebtf_btf_type_count(rebtf_merge_btf(split)), 3);
	assert_null(rebtf_btf_base(rebtf_merge_btf(flat)));
	assert_non_null(rebtf_btf_base(rebtf_merge_btf(split)));
}

static void all_kinds_are_merged(void **state)
{
	_cleanup_set_ struct rebtf_set *set = new_set();
	_cleanup_merge_ struct rebtf_merge *merge = NULL;
	_cleanup_unref_ struct rebtf_btf *alone = build_all_kinds();
	struct rebtf_builder *b;
	uint32_t own;

	(void)state;
	for (int i = 0; i < 2; i++) {
		b = build_module(set);
		add_all_kinds(b);
		add_module(set, "module", b);
	}
	merge = merged(set, false);
	own = rebtf_btf_type_count(alone) - 1;
	/* Of both, variables and sections stay. Both "int" are the kernel's. */
	assert_int_equal(rebtf_btf_type_count(rebtf_merge_btf(merge)) - 1, 2 + own - 1 + 2);
}

static void the_kernel_s_byte_order_stays(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *kernel = NULL;
	_cleanup_set_ struct rebtf_set *set = NULL;

	(void)state;
	add_int(b);
	rebtf_builder_set_byte_order(b, OTHER_BYTE_ORDER);
	kernel = built(b);
	assert_ok(set_new(kernel, 1, &set));
	for (int split = 0; split < 2; split++) {
		_cleanup_merge_ struct rebtf_merge *merge = merged(set, split);

		assert_int_equal(rebtf_btf_is_big_endian(rebtf_merge_btf(merge)),
				 rebtf_btf_is_big_endian(kernel));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_types_of_modules_become_one),
		cmocka_unit_test(split_result_has_only_what_the_kernel_has_not),
		cmocka_unit_test(structs_that_differ_stay_and_are_reported),
		cmocka_unit_test(a_module_that_differs_from_the_kernel_is_reported),
		cmocka_unit_test(modules_that_cannot_be_merged_are_left_out),
		cmocka_unit_test(names_of_all_modules_may_be_longer_than_those_of_one),
		cmocka_unit_test(a_set_of_the_kernel_alone_is_sorted),
		cmocka_unit_test(all_kinds_are_merged),
		cmocka_unit_test(the_kernel_s_byte_order_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
