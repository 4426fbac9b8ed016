/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* Tests of patterns. The expected results are those of glob(7). */
#include "util/glob.h"
#include "util/testing.h"

static void assert_matches(const char *pattern, const char *text, bool want)
{
	if (glob_matches(pattern, text) != want)
		fail_msg("'%s' and '%s'", pattern, text);
}

static void stars_and_question_marks_stand_for_text(void **state)
{
	(void)state;
	assert_matches("", "", true);
	assert_matches("", "a", false);
	assert_matches("abc", "abc", true);
	assert_matches("abc", "abcd", false);
	assert_matches("abcd", "abc", false);
	assert_matches("*", "", true);
	assert_matches("*", "abc", true);
	assert_matches("a*", "abc", true);
	assert_matches("*c", "abc", true);
	assert_matches("a*c", "abcbc", true);
	assert_matches("a*c", "abcb", false);
	assert_matches("*b*", "abc", true);
	assert_matches("*a*b*", "ba", false);
	assert_matches("**a", "a", true);
	assert_matches("a?c", "abc", true);
	assert_matches("a?c", "ac", false);
	assert_matches("?", "", false);
	assert_matches("nf_*_hook?", "nf_nat_hook2", true);
	assert_matches("*ab", "aab", true);
}

static void sets_stand_for_one_character(void **state)
{
	(void)state;
	assert_matches("[abc]x", "bx", true);
	assert_matches("[abc]x", "dx", false);
	assert_matches("[a-c]x", "bx", true);
	assert_matches("[!a-c]x", "bx", false);
	assert_matches("[!a-c]x", "dx", true);
	assert_matches("[^a]", "b", true);
	assert_matches("[]]", "]", true);
	assert_matches("[!]]", "]", false);
	assert_matches("[a-]", "-", true);
	assert_matches("[-a]", "-", true);
	assert_matches("[a", "[a", true);
	assert_matches("[a", "a", false);
	assert_matches("[", "[", true);
	assert_matches("*[0-9]", "foo7", true);
	assert_matches("[a]", "", false);
	assert_matches("[\x80-\xff]", "\xc3", true);
}

static void a_backslash_takes_the_next_character_literally(void **state)
{
	(void)state;
	assert_matches("\\*", "*", true);
	assert_matches("\\*", "a", false);
	assert_matches("\\\\", "\\", true);
	assert_matches("a\\", "a\\", true);
	assert_matches("a\\", "ab", false);
}

/* With fnmatch() of some C libraries, this does not end. */
static void many_stars_take_no_time(void **state)
{
	char pattern[201], text[4096];

	(void)state;
	for (int i = 0; i < 200; i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[200] = 0;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	assert_true(glob_matches(pattern, text));
	pattern[199] = 'b';
	assert_false(glob_matches(pattern, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stars_and_question_marks_stand_for_text),
		cmocka_unit_test(sets_stand_for_one_character),
		cmocka_unit_test(a_backslash_takes_the_next_character_literally),
		cmocka_unit_test(many_stars_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
