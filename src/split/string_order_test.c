/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of the order of strings: that of their first use, without unused ones. */
#include "split/split_for_test.h"
#include "split/string_order.h"

static void strings_come_in_the_order_of_use(void **state)
{
	static const char want[] = "\0second\0member\0first";
	_cleanup_unref_ struct rebtf_btf *btf = NULL, *ordered = NULL;

	(void)state;
	assert_ok(OPEN_RAW("\0first\0unused\0member\0second", NULL, &btf, 21, INFO(STRUCT, 2), 0,
			   14, 2, 0, 1, 2, 0, 1, INFO(FWD, 0), 0));
	assert_ok(string_order(btf, &ordered));
	assert_reopens(ordered);
	assert_int_equal(ordered->strings_size, sizeof(want));
	assert_memory_equal(ordered->strings, want, sizeof(want));
	assert_string_equal(rebtf_btf_type_name(ordered, rebtf_btf_type(ordered, 2)), "first");
}

static void strings_of_the_base_keep_their_offsets(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *split = NULL, *ordered = NULL;

	(void)state;
	assert_ok(OPEN_RAW("b\0a", base, &split, 7, INFO(FWD, 0), 0, 1, INFO(FWD, 0), 0, 5,
			   INFO(FWD, 0), 0));
	assert_ok(string_order(split, &ordered));
	assert_dump(ordered, "[2] FWD 'a' fwd_kind=struct\n"
			     "[3] FWD 'int' fwd_kind=struct\n"
			     "[4] FWD 'b' fwd_kind=struct\n");
	assert_memory_equal(ordered->strings, "a\0b", 4);
}

/* Otherwise a small file could have strings that take the square of its size. */
static void strings_inside_strings_are_refused(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = NULL;
	struct rebtf_btf *ordered;

	(void)state;
	assert_ok(OPEN_RAW("\0abcdef", NULL, &btf, 1, INFO(FWD, 0), 0, 2, INFO(FWD, 0), 0));
	assert_fails(string_order(btf, &ordered), REBTF_ERR_UNSUPPORTED, "overlap");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_come_in_the_order_of_use),
		cmocka_unit_test(strings_of_the_base_keep_their_offsets),
		cmocka_unit_test(strings_inside_strings_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
