/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of sized option structs: those of older and newer callers, and invalid ones. */
#include "util/options.h"
#include "util/testing.h"

/* A later version of struct rebtf_write_options. */
struct newer {
	struct rebtf_write_options known;
	uint32_t unknown[4];
};

static void missing_options_are_defaults(void **state)
{
	struct rebtf_write_options copy;

	(void)state;
	memset(&copy, 0xff, sizeof(copy));
	assert_ok(OPTIONS_COPY(rebtf_write_options, &copy, NULL));
	assert_int_equal(copy.size, sizeof(copy));
	assert_int_equal(copy.byte_order, REBTF_BYTE_ORDER_SAME);
	assert_int_equal(copy.layout, REBTF_LAYOUT_SAME);
}

static void members_that_an_older_caller_lacks_are_zero(void **state)
{
	REBTF_OPTIONS(rebtf_write_options, old, .byte_order = REBTF_BYTE_ORDER_BIG,
		      .layout = REBTF_LAYOUT_WITH);
	struct rebtf_write_options copy;

	(void)state;
	old.size = offsetof(struct rebtf_write_options, layout);
	assert_ok(OPTIONS_COPY(rebtf_write_options, &copy, &old));
	assert_int_equal(copy.size, sizeof(copy));
	assert_int_equal(copy.byte_order, REBTF_BYTE_ORDER_BIG);
	assert_int_equal(copy.layout, REBTF_LAYOUT_SAME);
}

static void newer_members_must_be_zero(void **state)
{
	struct newer newer = { .known = { .size = sizeof(newer), .layout = REBTF_LAYOUT_WITH } };
	struct rebtf_write_options copy;

	(void)state;
	assert_ok(OPTIONS_COPY(rebtf_write_options, &copy, &newer.known));
	assert_int_equal(copy.size, sizeof(copy));
	assert_int_equal(copy.layout, REBTF_LAYOUT_WITH);
	newer.unknown[3] = 1u << 31;
	assert_fails(OPTIONS_COPY(rebtf_write_options, &copy, &newer.known), REBTF_ERR_ARGUMENT,
		     "unknown member of struct rebtf_write_options at byte");
	newer.unknown[3] = 0;
	newer.unknown[0] = 1;
	assert_fails(OPTIONS_COPY(rebtf_write_options, &copy, &newer.known), REBTF_ERR_ARGUMENT,
		     "unknown member");
}

static void size_must_be_set(void **state)
{
	struct rebtf_write_options options = {}, copy;

	(void)state;
	assert_fails(OPTIONS_COPY(rebtf_write_options, &copy, &options), REBTF_ERR_ARGUMENT,
		     "invalid size of struct rebtf_write_options (found 0 bytes");
	options.size = sizeof(size_t) - 1;
	assert_fails(OPTIONS_COPY(rebtf_write_options, &copy, &options), REBTF_ERR_ARGUMENT,
		     " bytes, expected ");
	options.size = sizeof(size_t);
	assert_ok(OPTIONS_COPY(rebtf_write_options, &copy, &options));
}

static void values_of_an_enum_must_be_known(void **state)
{
	(void)state;
	assert_ok(options_check("layout", 0, REBTF_LAYOUT_WITHOUT));
	assert_ok(options_check("layout", REBTF_LAYOUT_WITHOUT, REBTF_LAYOUT_WITHOUT));
	assert_fails(options_check("layout", 3, REBTF_LAYOUT_WITHOUT), REBTF_ERR_ARGUMENT,
		     "unknown layout 3 (maximum 2)");
	assert_fails(options_check("layout", UINT32_MAX, REBTF_LAYOUT_WITHOUT), REBTF_ERR_ARGUMENT,
		     "unknown layout 4294967295 (maximum 2)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_options_are_defaults),
		cmocka_unit_test(members_that_an_older_caller_lacks_are_zero),
		cmocka_unit_test(newer_members_must_be_zero),
		cmocka_unit_test(size_must_be_set),
		cmocka_unit_test(values_of_an_enum_must_be_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
