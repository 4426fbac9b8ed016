/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the size of pointers: the type that reveals it, and the verdict if it is unknown. */
#include "btf/pointer_size.h"
#include "verify/verify_for_test.h"

/* With pointers of 4 bytes, both members lie in struct pair. With 8 bytes, one does not. */
static void add_pair(struct rebtf_builder *b)
{
	uint32_t pointer = rebtf_builder_ref(b, REBTF_KIND_PTR, 0);

	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "pair", 8);
	rebtf_builder_member(b, "a", pointer, 0, 0);
	rebtf_builder_member(b, "b", pointer, 32, 0);
}

/* A kernel with an INT of that name and size. NULL: without such an INT. */
static struct rebtf_btf *build_kernel(const char *name, uint32_t size)
{
	struct rebtf_builder *b = build_over(NULL);

	add_int(b);
	if (name)
		rebtf_builder_int(b, name, size, 0, size * 8);
	return built(b);
}

static struct rebtf_violations *verify(struct rebtf_btf *btf,
				       const struct rebtf_verify_options *options)
{
	_cleanup_bytes_ struct bytes bytes = written(btf, 0);
	struct rebtf_violations *violations;

	assert_ok(rebtf_verify(bytes.data, bytes.size, "x", rebtf_btf_base(btf), options,
			       &violations));
	return violations;
}

enum verdict { ACCEPTED, REFUSED, UNCLEAR };

static void assert_verdict(struct rebtf_btf *btf, const struct rebtf_verify_options *options,
			   enum verdict want)
{
	struct rebtf_violations *found = verify(btf, options);

	assert_int_equal(found->errors.count != 0, want != ACCEPTED);
	assert_int_equal(found->only_64_bit, want == UNCLEAR);
	rebtf_violations_free(found);
}

/* Frees the object of @b. */
static void assert_pair(struct rebtf_builder *b, const struct rebtf_verify_options *options,
			enum verdict want)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;

	add_pair(b);
	btf = built(b);
	assert_verdict(btf, options, want);
}

static void a_long_of_the_btf_tells_the_size(void **state)
{
	static const char *const names[] = { "long unsigned int", "unsigned long", "long int",
					     "long" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		for (uint32_t size = 4; size <= 8; size += 4) {
			struct rebtf_builder *b = build_over(NULL);

			rebtf_builder_int(b, names[i], size, 0, size * 8);
			assert_pair(b, NULL, size == 4 ? ACCEPTED : REFUSED);
		}
	}
}

static void of_several_longs_the_unsigned_one_counts(void **state)
{
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		struct rebtf_builder *b = build_over(NULL);

		for (int i = 0; i < 2; i++)
			rebtf_builder_int(b, i == swapped ? "long" : "unsigned long",
					  i == swapped ? 8 : 4, 0, 32);
		assert_pair(b, NULL, ACCEPTED);
	}
}

static void types_that_cannot_be_a_long_tell_nothing(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *odd = build_kernel("long", 2);
	_cleanup_unref_ struct rebtf_btf *narrow = build_kernel("unsigned long", 4);

	(void)state;
	rebtf_builder_int(b, "long", 2, 0, 16);
	rebtf_builder_typedef(b, "long", 1);
	rebtf_builder_int(b, "long long", 8, 0, 64);
	assert_pair(b, NULL, UNCLEAR);
	assert_int_equal(pointer_size(odd), 0);
	assert_int_equal(pointer_size(narrow), 4);
}

static void the_base_tells_the_size_before_the_btf_itself(void **state)
{
	_cleanup_unref_ struct rebtf_btf *narrow = build_kernel("long unsigned int", 4);
	_cleanup_unref_ struct rebtf_btf *silent = build_kernel(NULL, 0);
	struct rebtf_builder *b = build_over(narrow);

	(void)state;
	assert_pair(build_over(narrow), NULL, ACCEPTED);
	rebtf_builder_int(b, "long", 8, 0, 64);
	assert_pair(b, NULL, ACCEPTED);
	b = build_over(silent);
	rebtf_builder_int(b, "long", 4, 0, 32);
	assert_pair(b, NULL, ACCEPTED);
	assert_pair(build_over(silent), NULL, UNCLEAR);
}

static void the_kernel_that_a_program_is_for_tells_the_size(void **state)
{
	_cleanup_unref_ struct rebtf_btf *narrow = build_kernel("unsigned long", 4);
	const struct rebtf_verify_options options = { .size = sizeof(struct rebtf_verify_options),
						      .limit = 1,
						      .kernel_types = narrow };
	struct rebtf_builder *b = build_over(NULL);

	(void)state;
	rebtf_builder_int(b, "unsigned long", 8, 0, 64);
	assert_pair(b, &options, ACCEPTED);
}

static void an_option_tells_the_size_before_all_else(void **state)
{
	(void)state;
	for (uint32_t size = 4; size <= 8; size += 4) {
		const struct rebtf_verify_options options = {
			.size = sizeof(struct rebtf_verify_options),
			.limit = 1,
			.pointer_size = size
		};
		struct rebtf_builder *b = build_over(NULL);

		rebtf_builder_int(b, "unsigned long", 12 - size, 0, 32);
		assert_pair(b, &options, size == 4 ? ACCEPTED : REFUSED);
		assert_pair(build_over(NULL), &options, size == 4 ? ACCEPTED : REFUSED);
	}
}

static void a_size_that_pointers_never_have_is_refused(void **state)
{
	const struct rebtf_verify_options options = { .size = sizeof(struct rebtf_verify_options),
						      .pointer_size = 16 };
	struct rebtf_violations *violations;

	(void)state;
	assert_fails(rebtf_verify("", 0, "x", NULL, &options, &violations), REBTF_ERR_ARGUMENT,
		     "invalid pointer size 16 (expected 4 or 8)");
}

/* Members that lie outside for both sizes make the verdict certain. */
static void what_is_wrong_for_both_sizes_is_refused(void **state)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	const struct rebtf_verify_options all = { .size = sizeof(struct rebtf_verify_options) };
	struct rebtf_violations *found;

	(void)state;
	add_pair(b);
	rebtf_builder_struct(b, REBTF_KIND_STRUCT, "small", 2);
	rebtf_builder_member(b, "a", 1, 0, 0);
	btf = built(b);
	found = verify(btf, &all);
	assert_false(found->only_64_bit);
	assert_int_equal(found->errors.count, 1);
	assert_string_equal(found->errors.items[0]->type_name, "small");
	rebtf_violations_free(found);
}

static void what_does_not_depend_on_the_size_is_accepted(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct rebtf_builder *b = build_over(NULL);
		_cleanup_unref_ struct rebtf_btf *btf = NULL;

		rebtf_builder_ref(b, REBTF_KIND_PTR, 0);
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 8);
		if (i)
			rebtf_builder_member(b, "a", 1, 0, 0);
		btf = built(b);
		assert_verdict(btf, NULL, ACCEPTED);
	}
}

/* Arrays of pointers, also in the base, and the alignment of floats. */
static void arrays_and_floats_follow_the_size(void **state)
{
	(void)state;
	for (uint32_t size = 4; size <= 8; size += 4) {
		const struct rebtf_verify_options options = {
			.size = sizeof(struct rebtf_verify_options),
			.limit = 1,
			.pointer_size = size
		};
		struct rebtf_builder *b = build_over(NULL);
		_cleanup_unref_ struct rebtf_btf *base = NULL, *array = NULL, *aligned = NULL;

		add_int(b);
		rebtf_builder_ref(b, REBTF_KIND_PTR, 0);
		rebtf_builder_array(b, 2, 1, 4);
		base = built(b);
		b = build_over(base);
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 16);
		rebtf_builder_member(b, "a", 3, 0, 0);
		array = built(b);
		assert_verdict(array, &options, size == 4 ? ACCEPTED : REFUSED);
		b = build_over(NULL);
		rebtf_builder_float(b, "double", 8);
		rebtf_builder_struct(b, REBTF_KIND_STRUCT, "s", 12);
		rebtf_builder_member(b, "a", 1, 32, 0);
		aligned = built(b);
		assert_verdict(aligned, &options, size == 4 ? ACCEPTED : REFUSED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_of_the_btf_tells_the_size),
		cmocka_unit_test(of_several_longs_the_unsigned_one_counts),
		cmocka_unit_test(types_that_cannot_be_a_long_tell_nothing),
		cmocka_unit_test(the_base_tells_the_size_before_the_btf_itself),
		cmocka_unit_test(the_kernel_that_a_program_is_for_tells_the_size),
		cmocka_unit_test(an_option_tells_the_size_before_all_else),
		cmocka_unit_test(a_size_that_pointers_never_have_is_refused),
		cmocka_unit_test(what_is_wrong_for_both_sizes_is_refused),
		cmocka_unit_test(what_does_not_depend_on_the_size_is_accepted),
		cmocka_unit_test(arrays_and_floats_follow_the_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
