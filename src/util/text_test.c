/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of joined and compared strings. */
#include <malloc.h>
#include <string.h>

#include "util/testing.h"
#include "util/text.h"

static void assert_joined(char *text, const char *want)
{
	assert_non_null(text);
	assert_string_equal(text, want);
	assert_true(malloc_usable_size(text) > strlen(want));
	free(text);
}

static void strings_are_joined_in_order(void **state)
{
	(void)state;
	assert_joined(text_join("one"), "one");
	assert_joined(text_join("/lib", "/", "modules"), "/lib/modules");
	assert_joined(text_join("1", "22", "333", "4444", "55555"), "122333444455555");
}

static void empty_strings_add_nothing(void **state)
{
	(void)state;
	assert_joined(text_join(""), "");
	assert_joined(text_join("", ""), "");
	assert_joined(text_join("a", "", "b", ""), "ab");
}

static void a_text_ends_in_an_ending_but_is_none(void **state)
{
	(void)state;
	assert_true(text_ends_in("x.ko", ".ko"));
	assert_false(text_ends_in(".ko", ".ko"));
	assert_false(text_ends_in("ko", ".ko"));
	assert_false(text_ends_in("x.ko.xz", ".ko"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_joined_in_order),
		cmocka_unit_test(empty_strings_add_nothing),
		cmocka_unit_test(a_text_ends_in_an_ending_but_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
