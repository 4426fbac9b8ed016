/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests whether BTF shows how its arrays of arrays are encoded. tests/cli/encode.bats has the encoder. */
#include "btf/build_for_test.h"
#include "encode/flat_arrays.h"

/* Asks about BTF with @count arrays of integers and, if @nested, an array of one of these. */
static bool flat_arrays_of(uint32_t count, bool nested)
{
	struct rebtf_builder *b = build_over(NULL);
	_cleanup_unref_ struct rebtf_btf *base = NULL, *split = NULL;
	uint32_t i = add_int(b), array = 0;

	for (uint32_t j = 0; j < count; j++)
		array = rebtf_builder_array(b, i, i, j);
	if (nested)
		rebtf_builder_array(b, array, i, 2);
	base = built(b);
	split = built(build_over(base));
	assert_int_equal(flat_arrays_in(base), flat_arrays_in(split));
	return flat_arrays_in(base);
}

static void many_arrays_show_whether_they_are_flat(void **state)
{
	(void)state;
	assert_true(flat_arrays_of(500, false));
	assert_false(flat_arrays_of(500, true));
	assert_false(flat_arrays_of(499, false));
}

static void elements_are_multiplied_unless_there_are_too_many(void **state)
{
	static const uint32_t dimensions[] = { 2, 3, 0, 0x10000, 0x10000 };
	uint32_t elements = 7;

	(void)state;
	assert_true(flat_arrays_count(dimensions, 2, &elements));
	assert_int_equal(elements, 6);
	assert_true(flat_arrays_count(dimensions, 5, &elements));
	assert_int_equal(elements, 0);
	assert_true(flat_arrays_count(NULL, 0, &elements));
	assert_int_equal(elements, 0);
	elements = 7;
	assert_false(flat_arrays_count(dimensions + 3, 2, &elements));
	assert_int_equal(elements, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_arrays_show_whether_they_are_flat),
		cmocka_unit_test(elements_are_multiplied_unless_there_are_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
