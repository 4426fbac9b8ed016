/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of decoding UTF-8 and of recognizing control characters. */
#include "util/testing.h"

static void assert_character(const char *text, size_t size, uint32_t code, bool control)
{
	uint32_t found_code;
	bool found_control;

	assert_int_equal(rebtf_character(text, &found_code, &found_control), size);
	assert_int_equal(found_code, code);
	assert_int_equal(found_control, control);
}

static void letters_of_every_size_are_plain(void **state)
{
	(void)state;
	assert_character("a", 1, 'a', false);
	assert_character(" ", 1, ' ', false);
	assert_character("~", 1, '~', false);
	assert_character("\xc2\xa0", 2, 0xa0, false);
	assert_character("\xc3\xa9", 2, 0xe9, false);
	assert_character("\xe6\x97\xa5", 3, 0x65e5, false);
	assert_character("\xf0\x9f\x90\xa7", 4, 0x1f427, false);
	assert_character("\xf4\x8f\xbf\xbf", 4, 0x10ffff, false);
}

static void control_characters_are_controls(void **state)
{
	(void)state;
	for (int c = 1; c < 0x20; c++) {
		const char text[] = { (char)c, 0 };

		assert_character(text, 1, (uint32_t)c, true);
	}
	assert_character("\x7f", 1, 0x7f, true);
	for (int c = 0x80; c < 0xa0; c++) {
		const char text[] = { (char)0xc2, (char)c, 0 };

		assert_character(text, 2, (uint32_t)c, true);
	}
}

static void what_changes_the_order_of_text_is_a_control(void **state)
{
	(void)state;
	assert_character("\xd8\x9c", 2, 0x61c, true);
	assert_character("\xe2\x80\x8d", 3, 0x200d, false); /* joins emoji */
	assert_character("\xe2\x80\x8e", 3, 0x200e, true);
	assert_character("\xe2\x80\xa7", 3, 0x2027, false);
	assert_character("\xe2\x80\xa8", 3, 0x2028, true);
	assert_character("\xe2\x80\xae", 3, 0x202e, true);
	assert_character("\xe2\x80\xaf", 3, 0x202f, false);
	assert_character("\xe2\x81\xa6", 3, 0x2066, true);
	assert_character("\xe2\x81\xa9", 3, 0x2069, true);
	assert_character("\xe2\x81\xaa", 3, 0x206a, false);
}

static void bytes_that_are_no_character_come_one_by_one(void **state)
{
	static const char *const broken[] = {
		"\xc2",		    /* cut short */
		"\xc3z",	    /* followed by no continuation */
		"\xe6\x97",	    /* cut short */
		"\xc0\x9b",	    /* overlong: U+001B */
		"\xe0\x82\x9b",	    /* overlong: U+009B */
		"\xf0\x80\x82\x9b", /* overlong: U+009B */
		"\xed\xa0\x80",	    /* a surrogate */
		"\xf4\x90\x80\x80", /* past the last character */
		"\xff",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_character(broken[i], 1, REBTF_NO_CHARACTER, false);
}

static void bytes_that_are_c1_without_utf8_are_controls(void **state)
{
	(void)state;
	for (int c = 0x80; c < 0xc0; c++) {
		const char text[] = { (char)c, 0 };

		assert_character(text, 1, REBTF_NO_CHARACTER, c < 0xa0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_of_every_size_are_plain),
		cmocka_unit_test(control_characters_are_controls),
		cmocka_unit_test(what_changes_the_order_of_text_is_a_control),
		cmocka_unit_test(bytes_that_are_no_character_come_one_by_one),
		cmocka_unit_test(bytes_that_are_c1_without_utf8_are_controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
