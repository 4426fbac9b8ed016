/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of looking for a few strings in all strings of BTF. */
#include "btf/build_for_test.h"
#include "btf/string_seek.h"

static void each_string_is_found_where_it_starts(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	struct sought_string sought[] = {
		{ "int", 1 }, { "first", 1 }, { "WIDE_MIN", 1 }, { "irst", 1 }, { "absent", 1 },
	};

	(void)state;
	assert_ok(string_seek(btf, sought, 5));
	for (int i = 0; i < 3; i++)
		assert_string_equal(rebtf_btf_string(btf, sought[i].off), sought[i].text);
	/* The tail of a string is not a string. */
	assert_int_equal(sought[3].off, 0);
	assert_int_equal(sought[4].off, 0);
}

static void all_strings_are_found_at_once(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_all_kinds();
	struct sought_string sought[64];
	size_t count = 0;

	(void)state;
	for (uint32_t at = 1; at < btf->strings_size; at += strlen(btf->strings + at) + 1)
		sought[count++] = (struct sought_string){ .text = btf->strings + at };
	assert_ok(string_seek(btf, sought, count));
	for (size_t i = 0; i < count; i++)
		assert_ptr_equal(rebtf_btf_string(btf, sought[i].off), sought[i].text);
}

static void the_base_comes_first(void **state)
{
	_cleanup_unref_ struct rebtf_btf *base = build_int(), *split = NULL;
	struct sought_string sought[] = { { .text = "int" }, { .text = "own" } };

	(void)state;
	assert_ok(OPEN_RAW("int\0own\0own", base, &split, 5, INFO(FWD, 0), 0));
	assert_ok(string_seek(split, sought, 2));
	assert_int_equal(sought[0].off, 1);
	assert_int_equal(sought[1].off, rebtf_btf_start_string(split) + 4);
}

static void nothing_is_sought(void **state)
{
	_cleanup_unref_ struct rebtf_btf *btf = build_int();

	(void)state;
	assert_ok(string_seek(btf, NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_string_is_found_where_it_starts),
		cmocka_unit_test(all_strings_are_found_at_once),
		cmocka_unit_test(the_base_comes_first),
		cmocka_unit_test(nothing_is_sought),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
