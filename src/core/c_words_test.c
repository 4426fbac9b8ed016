/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The expected words are those of the standards of C11, C23 and C++20. */
#include "core/c_words.h"
#include "util/testing.h"

static void words_of_each_language_are_recognized(void **state)
{
	static const char *const c11[] = {
		"asm",	    "auto",    "break",	   "case",     "char",	   "const",
		"continue", "default", "do",	   "double",   "else",	   "enum",
		"extern",   "float",   "for",	   "goto",     "if",	   "inline",
		"int",	    "long",    "register", "restrict", "return",   "short",
		"signed",   "sizeof",  "static",   "struct",   "switch",   "typedef",
		"typeof",   "union",   "unsigned", "void",     "volatile", "while",
	};
	static const char *const c23[] = {
		"alignas", "alignof",	    "bool",	    "constexpr", "false",
		"nullptr", "static_assert", "thread_local", "true",	 "typeof_unqual",
	};
	static const char *const cxx[] = {
		"and",	     "and_eq",	    "bitand",	  "bitor",
		"catch",     "char16_t",    "char32_t",	  "char8_t",
		"class",     "co_await",    "co_return",  "co_yield",
		"compl",     "concept",	    "const_cast", "consteval",
		"constinit", "decltype",    "delete",	  "dynamic_cast",
		"explicit",  "export",	    "friend",	  "mutable",
		"namespace", "new",	    "noexcept",	  "not",
		"not_eq",    "operator",    "or",	  "or_eq",
		"private",   "protected",   "public",	  "reinterpret_cast",
		"requires",  "static_cast", "template",	  "this",
		"throw",     "try",	    "typeid",	  "typename",
		"using",     "virtual",	    "wchar_t",	  "xor",
		"xor_eq",
	};
	static const char *const plain[] = {
		"a",	"clas", "classy", "Class",
		"_new", "new1", "tru",	  "a_very_long_name_of_more_than_thirty_two_bytes"
	};
	static const char *const invalid[] = {
		"", "1a", "a.b", "a::b", "\xc3\xa4", "a b", "a\xff"
	};

	(void)state;
#define ASSERT_ALL(words, kind)                                                                    \
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)                              \
	assert_int_equal(c_word_of(words[i]), kind)
	ASSERT_ALL(c11, C_WORD_C11);
	ASSERT_ALL(c23, C_WORD_C23);
	ASSERT_ALL(cxx, C_WORD_CXX);
	ASSERT_ALL(plain, C_WORD_PLAIN);
	ASSERT_ALL(invalid, C_WORD_INVALID);
}

static void texts_and_attributes_that_c_takes_are_recognized(void **state)
{
	static const char *const texts[] = { "", "rcu", "a b", "(", "~" };
	static const char *const no_texts[] = { "\"", "\\", "a\n", "\x7f", "\xc3\xa4" };
	static const char *const attributes[] = { "a", "a()", "address_space(1)", "_b(-1, (c d))" };
	static const char *const no_attributes[] = { "",      "1a",   " a",   "a b",   "a(",
						     "a)",    "a())", "a()b", "a(()",  "a()()",
						     "a(\n)", "a({)", "a;",   "a(\")", "(a)" };

	(void)state;
#define ASSERT_EACH(words, question, answer)                                                       \
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)                              \
	assert_int_equal(question(words[i]), answer)
	ASSERT_EACH(texts, c_word_is_text, true);
	ASSERT_EACH(no_texts, c_word_is_text, false);
	ASSERT_EACH(attributes, c_word_is_attribute, true);
	ASSERT_EACH(no_attributes, c_word_is_attribute, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_each_language_are_recognized),
		cmocka_unit_test(texts_and_attributes_that_c_takes_are_recognized),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
